"""Alembic migrations. `complaints/schema.py` runs them; there is no alembic.ini to find."""
