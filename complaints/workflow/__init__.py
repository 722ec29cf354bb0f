"""The life of a complaint, and nothing else."""
