"""Tests of complaints.importer."""
