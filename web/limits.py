"""How often one address may log in, file, act or add files. Counted in this process: pages never wait for Redis."""

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

LOGIN = "30 per minute;300 per hour"
FILING = "20 per minute;100 per hour"
FILES = "60 per minute;600 per hour"
ACTS = "30 per minute;300 per hour"  # of a party: each may send letters to the other side

limiter = Limiter(get_remote_address, storage_uri="memory://", swallow_errors=True)


def init_app(app: Flask) -> None:
    """Begin to count."""
    limiter.init_app(app)
