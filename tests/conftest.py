"""Fixtures that every test may use. The servers themselves are in `servers.py`.

`settings_env`   a data folder of its own, and settings read from an environment of its own
`database`       on top of it, an empty database at the newest revision: once on SQLite, once on PostgreSQL
`sqlite`, `postgres`   the same on one of the two
`valkey`, `smtp` real servers, with COMPLAINTS_REDIS_URL or COMPLAINTS_SMTP_URL set
"""

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine

from complaints import db, queue, schema
from complaints.config import settings
from tests import servers

SESSION_FOLDER = "COMPLAINTS_TEST_SESSION_FOLDER"
TEMPLATE = "complaints_template"


class CompiledTemplates(BytecodeCache):
    """What each application that a test makes would compile again: a fourth of the time of the tests of pages."""

    def __init__(self) -> None:
        self.known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.known:
            bucket.bytecode_from_string(self.known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.known[bucket.key] = bucket.bytecode_to_string()


Flask.jinja_options = Flask.jinja_options | {"bytecode_cache": CompiledTemplates()}


def pytest_configure(config: pytest.Config) -> None:
    """The first process makes the folder in which the test processes find what they share.

    The processes that tests start keep what they compile: without, each took two and a half times as long to begin.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if not hasattr(config, "workerinput"):
        os.environ[SESSION_FOLDER] = tempfile.mkdtemp(prefix="ctest-")


def pytest_unconfigure(config: pytest.Config) -> None:
    """The first process ends the shared servers, when everybody is done."""
    if not hasattr(config, "workerinput"):
        folder = Path(os.environ.pop(SESSION_FOLDER))
        servers.end_shared(folder)
        shutil.rmtree(folder, ignore_errors=True)


def forget() -> None:
    """Drop everything that the process remembers of settings and stores."""
    if settings.cache_info().currsize and db.engine.cache_info().currsize:
        db.engine().dispose()
    for remembered in (db.engine, settings, queue.connection):
        remembered.cache_clear()


@pytest.fixture
def settings_env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """A clean environment. Call it with names without COMPLAINTS_ to set more: `settings_env(WORKERS=1)`."""
    for name in [name for name in os.environ if name.startswith("COMPLAINTS_") and name != SESSION_FOLDER]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COMPLAINTS_DATA_DIR", str(tmp_path / "data"))

    def change(**values: object) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"COMPLAINTS_{name}", str(value))
        forget()

    forget()
    yield change
    forget()


@pytest.fixture
def sqlite(settings_env: Callable[..., None]) -> Engine:
    """An empty migrated SQLite file in the data folder, copied from one that the session migrated."""
    folder = Path(os.environ[SESSION_FOLDER])
    template = folder / "template.db"
    with servers.one_at_a_time(folder / "sqlite.lock"):
        if not template.exists():
            fresh = folder / "fresh.db"
            engine = db.make_engine(f"sqlite:///{fresh}")
            schema.upgrade(engine)
            engine.dispose()  # the last connection folds the write-ahead log into the file
            fresh.rename(template)
    shutil.copy(template, settings().data_dir / "complaints.db")
    return db.engine()


@pytest.fixture
def postgres(settings_env: Callable[..., None]) -> Iterator[Engine]:
    """An empty migrated database on the session's PostgreSQL, cloned from one that the session migrated."""
    folder = Path(os.environ[SESSION_FOLDER])
    server = servers.shared_postgres(folder)
    with servers.one_at_a_time(folder / "template.lock"):
        if not (folder / "template").exists():
            server.execute(f"CREATE DATABASE {TEMPLATE}")
            engine = db.make_engine(server.url(TEMPLATE))
            schema.upgrade(engine)
            engine.dispose()
            (folder / "template").touch()
        name = f"test_{uuid.uuid4().hex}"
        server.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    settings_env(DATABASE_URL=server.url(name))
    yield db.engine()
    db.engine().dispose()
    server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Engine:
    """An empty migrated database, once on each."""
    engine: Engine = request.getfixturevalue(request.param)
    return engine


@pytest.fixture
def own_postgres() -> Iterator[servers.PostgresServer]:
    """A PostgreSQL for this test alone, which it may restart or crash."""
    server = servers.PostgresServer.create()
    yield server
    server.destroy()


@pytest.fixture
def valkey(settings_env: Callable[..., None]) -> Iterator[servers.ValkeyServer]:
    """A Valkey for this test alone."""
    with servers.valkey_server() as server:
        settings_env(REDIS_URL=server.url)
        yield server


@pytest.fixture
def smtp(settings_env: Callable[..., None]) -> Iterator[servers.SmtpServer]:
    """An SMTP server for this test alone."""
    with servers.smtp_server() as server:
        settings_env(SMTP_URL=server.url)
        yield server
