"""Figures over many cases: what the centre, the enterprises and the public may learn from them."""
