"""How fast the product is, as ratios of what else runs on the same machine at the same time. `make bench`."""
