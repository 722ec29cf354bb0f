"""The same work on a product that anyone can install from the package index."""
