"""The migrations give the tables of the models on both databases, and the log refuses to be changed."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, Insert, insert, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

from complaints import db, schema
from complaints.config import settings
from complaints.models import Complaint, Event

MOMENT = datetime(2026, 11, 20, 1, tzinfo=UTC)
FILLER: dict[type, Any] = {bool: False, int: 1, str: "x", object: {}}


def filled(table: str, **values: int) -> dict[str, Any]:
    """A row with something in every column that must not be empty."""
    columns = [column for column in db.Base.metadata.tables[table].columns if not column.nullable]
    return {column.name: filler(column.type) for column in columns} | values


def filler(kind: TypeEngine[Any]) -> Any:
    """Any value of a column's type."""
    return MOMENT if isinstance(kind, db.Instant) else FILLER[kind.python_type]


def entry(seq: int) -> Insert:
    """The statement that adds entry `seq` to the log of case 1."""
    return insert(Event).values(**filled("event", id=seq, seq=seq))


@pytest.fixture
def one_event(database: Engine) -> Engine:
    """A case with one entry in its log, written past the verbs."""
    with database.begin() as connection:
        connection.execute(insert(Complaint).values(**filled("complaint")))
        connection.execute(entry(1))
    return database


def test_the_migrations_give_the_models_tables(database: Engine) -> None:
    assert schema.is_current(database)
    assert schema.differences(database) == []


def test_a_second_upgrade_changes_nothing(database: Engine) -> None:
    schema.upgrade(database)
    assert schema.revision(database) == schema.newest()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET payload = '{}'",
        "UPDATE event SET hash = 'y' WHERE id = 1",
        "DELETE FROM event",
        "DELETE FROM event WHERE id = 1",
    ],
)
def test_the_log_refuses_to_be_changed(one_event: Engine, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), one_event.begin() as connection:
        connection.execute(text(statement))
    with one_event.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM event WHERE hash = 'x'")).scalar_one() == 1


def test_the_log_refuses_to_be_replaced_or_emptied(one_event: Engine) -> None:
    sqlite = one_event.dialect.name == "sqlite"
    by_force = entry(1).prefix_with("OR REPLACE") if sqlite else text("TRUNCATE event")
    with pytest.raises(DBAPIError, match="append-only"), one_event.begin() as connection:
        connection.execute(by_force)


def test_the_log_takes_new_entries(one_event: Engine) -> None:
    with one_event.begin() as connection:
        connection.execute(entry(2))
        assert connection.execute(text("SELECT count(*) FROM event")).scalar_one() == 2


def test_two_starters_upgrade_once(settings_env: Callable[..., None]) -> None:
    code = "from complaints import db, schema; schema.upgrade(db.engine())"
    settings()
    starters = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _ in range(3)]
    for starter in starters:
        _, said = starter.communicate(timeout=60)
        assert starter.returncode == 0, said.decode()
    assert schema.differences(db.engine()) == []


def test_the_migrations_are_found_from_any_folder(
    settings_env: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    schema.upgrade(db.engine())
    assert schema.is_current(db.engine())


def test_downgrading_and_upgrading_again_works(database: Engine) -> None:
    with database.begin() as connection:
        schema.downgrade(connection)
    assert schema.revision(database) is None
    schema.upgrade(database)
    assert schema.differences(database) == []
