"""The stage for faults: a demo world, its own Valkey where the database is PostgreSQL, its own mail server."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from complaints import clock, db, schema
from tests.faults.staged import Stage, Witness, build
from tests.servers import PostgresServer, SmtpServer, ValkeyServer, free_port, valkey_server


@pytest.fixture
def letters(settings_env: Callable[..., None]) -> Iterator[SmtpServer]:
    """A mail server whose mailbox is a `Witness`."""
    server = SmtpServer(free_port(), Witness())
    server.up()
    yield server
    server.down()


@pytest.fixture(autouse=True)
def real_time_afterwards() -> Iterator[None]:
    """A moved clock is this process's too, so it must not outlive the test."""
    yield
    clock.set_offset(timedelta(0))


@pytest.fixture
def stage(database: Engine, letters: SmtpServer, settings_env: Callable[..., None]) -> Iterator[Stage]:
    """PostgreSQL and a Valkey by URL; or the embedded default, SQLite and the Valkey that `worker.py` starts."""
    settings_env(SMTP_URL=letters.url, TICK_SECONDS=0.2, WORKERS=2)
    if database.dialect.name == "sqlite":
        yield build(letters)
        return
    with valkey_server() as valkey:
        settings_env(REDIS_URL=valkey.url)
        yield build(letters)


@dataclass
class Stores:
    """A PostgreSQL and a Valkey that the test may crash."""

    postgres: PostgresServer
    valkey: ValkeyServer


@pytest.fixture
def stores(
    own_postgres: PostgresServer, valkey: ValkeyServer, letters: SmtpServer, settings_env: Callable[..., None]
) -> Stores:
    """Stores for this test alone, which `worker.py` will find."""
    settings_env(DATABASE_URL=own_postgres.url("postgres"), SMTP_URL=letters.url, TICK_SECONDS=0.2, WORKERS=2)
    schema.upgrade(db.engine())
    return Stores(own_postgres, valkey)
