"""A data folder apart from the user's: whatever the environment says, what happens here stays here."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from complaints import db, queue
from complaints.config import settings

PREFIX = "COMPLAINTS_"
SMTP = f"{PREFIX}SMTP_URL"


@contextmanager
def apart(folder: Path) -> Iterator[None]:
    """Run on an SQLite file in `folder`, without mail and Redis; afterwards the settings are as they were."""
    before = {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}
    _become({f"{PREFIX}DATA_DIR": str(folder)})
    try:
        yield
    finally:
        db.engine().dispose()
        _become(before)


@contextmanager
def without_mail() -> Iterator[None]:
    """Letters of an invented past are kept in the outbox, even where a mail server is set."""
    before = os.environ.pop(SMTP, None)
    settings.cache_clear()
    try:
        yield
    finally:
        if before is not None:
            os.environ[SMTP] = before
        settings.cache_clear()


def _become(environment: dict[str, str]) -> None:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        del os.environ[name]
    os.environ.update(environment)
    for remembered in (settings, db.engine, queue.connection):
        remembered.cache_clear()
