"""This process and its children, told which database and which keys are theirs."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from complaints import db, queue
from complaints.config import settings


@contextmanager
def settled(environment: Mapping[str, str]) -> Iterator[None]:
    """Within, the product in this process lives in `environment` alone; children inherit it."""
    before = {name: value for name, value in os.environ.items() if name.startswith("COMPLAINTS_")}
    _become(environment)
    try:
        yield
    finally:
        _become(before)


def _become(environment: Mapping[str, str]) -> None:
    """Whoever this process was until now closes its connections: worlds may be nested, and tests leave theirs."""
    if db.engine.cache_info().currsize:
        db.engine().dispose()
    for name in [name for name in os.environ if name.startswith("COMPLAINTS_")]:
        del os.environ[name]
    os.environ.update(environment)
    for remembered in (db.engine, settings, queue.connection):
        remembered.cache_clear()
