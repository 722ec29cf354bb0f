"""The product in a real browser. `make e2e`; not part of `make test`, which needs no browser."""
