"""Revisions, oldest first. A revision that has left the house is never edited."""
