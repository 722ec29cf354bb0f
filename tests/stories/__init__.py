"""Whole lives of cases."""
