"""Tests of complaints.registry."""
