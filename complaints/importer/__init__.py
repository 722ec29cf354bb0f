"""Complaint files: read (reader), understood (mapping), and filed (load)."""
