"""The database: one engine a process, one place that commits.

Timestamps are aware UTC everywhere. On SQLite every transaction that may write begins with BEGIN IMMEDIATE (a
deferred one ends in "database is locked"), and zones are kept by `Instant`.
"""

import json
import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, ClassVar
from weakref import WeakSet

import psycopg
from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    create_engine,
    event,
    text,
)
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from complaints import clock
from complaints.config import settings
from complaints.errors import Misconfigured

BUSY_MILLISECONDS = 30_000
HURRY_MILLISECONDS = 250
LONG_REST_SECONDS = 60


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant on both databases; a naive datetime is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored; give it a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


BigKey = BigInteger().with_variant(Integer, "sqlite")
MOST_ID = 10**18 - 1  # the largest number of a row that is looked for: what comes from outside has 18 digits at most


class Base(DeclarativeBase):
    """Every table's base: naming rules for constraints, types for annotations."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {
        datetime: Instant,
        dict[str, Any]: JSON,
        dict[str, str]: JSON,
        list[str]: JSON,
        list[Any]: JSON,
    }


def to_json(value: Any) -> str:
    """Canonical JSON: sorted keys, no spaces, Chinese as it is. The hash chain rests on this form."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", f"busy_timeout={BUSY_MILLISECONDS}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """A transaction that may write takes the write lock at once; one that only reads lets others write."""
    reading = connection.get_execution_options().get("postgresql_readonly", False)
    connection.exec_driver_sql("BEGIN DEFERRED" if reading else "BEGIN IMMEDIATE")


def _rests(_connection: Any, record: Any) -> None:
    record.info["rests_since"] = time.monotonic()


def _still_connected(connection: Any, record: Any, _fairy: Any) -> None:
    """Refuse a pooled connection that has ended. A server that closed it said so unasked, and no question has to be
    sent; one that rested for long is asked, for what lies between may have forgotten it in silence."""
    try:
        if time.monotonic() - record.info.get("rests_since", time.monotonic()) > LONG_REST_SECONDS:
            connection.execute("SELECT 1")
            connection.rollback()
        if _has_news(connection):
            connection.pgconn.consume_input()  # a notice to be read and forgotten; an end stays news for ever
        if not _has_news(connection):
            return
    except psycopg.Error:
        pass
    raise DisconnectionError("the server has closed this connection")


def _has_news(connection: Any) -> bool:
    """Whether the server has sent something to a connection at rest; a closed one raises psycopg's error."""
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return bool(waiting.poll(0))


def make_engine(url: str) -> Engine:
    """An engine for a SQLite file or a PostgreSQL server, with the same behaviour on both.

    Raises Misconfigured for any other address.
    """
    if not url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        known = "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"
        raise Misconfigured(f"COMPLAINTS_DATABASE_URL must be {known}, not {url.partition('://')[0]}:…")
    common: dict[str, Any] = {"json_serializer": to_json, "hide_parameters": True}  # parameters are people's data
    if url.startswith("sqlite"):
        engine = create_engine(url, **common, connect_args={"timeout": BUSY_MILLISECONDS / 1000})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    engine = create_engine(url, **common, pool_size=10, max_overflow=20)
    event.listen(engine, "checkout", _still_connected)
    event.listen(engine, "checkin", _rests)
    return engine


@cache
def engine() -> Engine:
    """This process's engine, from the settings."""
    return make_engine(settings().database_url)


@cache
def _reading(of: Engine) -> Engine:
    return of.execution_options(postgresql_readonly=True)


def forget_connections() -> None:
    """For a forked child: leave the parent's connections to the parent."""
    engine().dispose(close=False)


_live: WeakSet[Engine] = WeakSet()  # a live world never becomes a demo, so it is asked only once


def _follow_demo_clock(session: Session) -> None:
    """Set this process's case time from the world's row; a live world stands at real time."""
    if session.get_bind().engine in _live:
        clock.set_offset(timedelta(0))
        return
    row = session.execute(text("SELECT kind, clock_offset_seconds FROM world WHERE id = 1")).first()
    clock.set_offset(timedelta(seconds=row.clock_offset_seconds) if row and row.kind == "demo" else timedelta(0))
    if row and row.kind == "live":
        _live.add(session.get_bind().engine)


@contextmanager
def reading() -> Iterator[Session]:
    """One consistent look at the database that writes nothing: on SQLite it waits for no writer."""
    with Session(_reading(engine()), expire_on_commit=False) as session:
        _follow_demo_clock(session)
        yield session


@contextmanager
def in_a_hurry() -> Iterator[Session]:
    """A transaction for what may be left undone: it waits a quarter of a second for others and then gives up.

    Raises OperationalError where it gave up.
    """
    with engine().connect() as connection:
        _be_patient(connection, HURRY_MILLISECONDS)
        try:
            with _unit(connection) as session:
                if engine().dialect.name == "postgresql":
                    session.execute(text(f"SET LOCAL lock_timeout = {HURRY_MILLISECONDS}"))
                yield session
        finally:
            _be_patient(connection, BUSY_MILLISECONDS)


def _be_patient(connection: Connection, milliseconds: int) -> None:
    """How long SQLite waits for another's write; said beside any transaction."""
    if connection.dialect.name == "sqlite":
        raw: Any = connection.connection.dbapi_connection
        raw.execute(f"PRAGMA busy_timeout={milliseconds}")


@contextmanager
def transaction() -> Iterator[Session]:
    """One unit of work: everything inside is committed together, or nothing is."""
    with _unit(engine()) as session:
        yield session


@contextmanager
def _unit(where: Engine | Connection) -> Iterator[Session]:
    """The only commit there is."""
    with Session(where, expire_on_commit=False) as session:
        _follow_demo_clock(session)
        yield session
        session.commit()
