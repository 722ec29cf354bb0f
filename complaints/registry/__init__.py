"""Enterprises, accounts and private links."""
