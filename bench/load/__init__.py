"""Everything on one machine under open arrival: requests come when they come, whoever is still waiting. `make load`."""
