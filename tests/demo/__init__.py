"""The demo world, its clock, and the simulated year."""
