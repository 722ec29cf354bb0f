"""`complaints doctor` says which store is used and what is wrong with it."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, text

from complaints import clock, db, doctor, schema, stores
from complaints.config import settings
from complaints.models import Account, Uptime
from complaints.registry import enterprises
from tests.servers import ValkeyServer


def answers() -> dict[str, doctor.Check]:
    return {check.name: check for check in doctor.examine(settings())}


def beat(seconds_ago: float) -> None:
    at = clock.wall() - timedelta(seconds=seconds_ago)
    with db.transaction() as session:
        session.execute(insert(Uptime).values(started_at=at, last_seen_at=at))


def test_all_is_well(database: Engine, valkey: ValkeyServer) -> None:
    schema.prepare()
    beat(1)
    checks = answers()
    assert [check for check in checks.values() if not check.ok] == []
    expected = "SQLite" if database.dialect.name == "sqlite" else "PostgreSQL"
    assert checks["database"].seen.told("en").startswith(expected)
    assert "Valkey" in checks["redis"].seen.told("en")
    assert "by URL" in checks["redis"].seen.told("en")


def test_a_lone_supervisor_is_named_as_soon_as_there_is_a_participant(database: Engine) -> None:
    schema.prepare()
    assert answers()["supervisors"].ok
    with db.transaction() as session:
        enterprises.create(session, "Hongyun Kettles", clock.now(), participant=True)
    supervisor("sun")
    supervisor("gone", active=False)
    found = answers()["supervisors"]
    assert (found.ok, "1 active, at least 2" in found.seen.told("en")) == (False, True)
    assert "至少需要 2 人" in found.seen.told("zh")
    supervisor("moon")
    assert answers()["supervisors"].ok


def supervisor(login: str, *, active: bool = True) -> None:
    with db.transaction() as session:
        session.add(
            Account(login=login, name=login, password_hash="-", session_key=login, roles=["intake", "supervisor"],
                    active=active, made_at=clock.now())
        )  # fmt: skip


def test_an_empty_database_needs_init(settings_env: Callable[..., None]) -> None:
    checks = answers()
    assert checks["database"].ok
    assert "complaints init" in checks["migrations"].seen.told("en")
    assert not checks["migrations"].ok
    assert "calendar" not in checks


def test_an_unreachable_postgresql(settings_env: Callable[..., None]) -> None:
    settings_env(DATABASE_URL="postgresql+psycopg://nobody:secret@127.0.0.1:1/none")
    check = answers()["database"]
    assert not check.ok
    assert "secret" not in check.seen.told("en")


def test_no_redis(sqlite: Engine, settings_env: Callable[..., None]) -> None:
    assert "embedded" in answers()["redis"].seen.told("en")
    settings_env(REDIS_URL="redis://:secret@127.0.0.1:1/0")
    check = answers()["redis"]
    assert not check.ok
    assert "does not answer" in check.seen.told("en")
    assert "secret" not in check.seen.told("en")


def test_the_embedded_redis(sqlite: Engine) -> None:
    stores.redis_url(settings())
    try:
        check = answers()["redis"]
    finally:
        stores.stop(settings())
    assert check.ok
    assert "append-only file on" in check.seen.told("en")


def test_a_silent_ticker(sqlite: Engine) -> None:
    assert not answers()["ticker"].ok
    beat(600)
    assert not answers()["ticker"].ok
    beat(2)
    assert answers()["ticker"].ok


def test_a_demo_world_counts_in_its_own_time(sqlite: Engine) -> None:
    ahead = timedelta(days=30)
    with db.engine().begin() as connection:
        world = "INSERT INTO world (id, kind, clock_offset_seconds, made_at) VALUES (1, 'demo', :ahead, '2026-11-20')"
        connection.execute(text(world), {"ahead": int(ahead.total_seconds())})
    beat(-ahead.total_seconds() + 1)
    try:
        assert answers()["ticker"].ok
    finally:
        clock.set_offset(timedelta(0))


def test_a_damaged_file(sqlite: Engine) -> None:
    db.engine().dispose()
    path = settings().data_dir / "complaints.db"
    path.write_bytes(b"this is no database, and never was one; " * 200)
    assert not answers()["database"].ok


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_data_folder_that_cannot_be_written(sqlite: Engine) -> None:
    settings().data_dir.chmod(0o500)
    try:
        assert not answers()["data folder"].ok
    finally:
        settings().data_dir.chmod(0o700)


def test_the_command_exits_with_1_and_never_with_a_traceback(settings_env: Callable[..., None], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "complaints.cli", "doctor"], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 1
    assert "WRONG  migrations" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_bad_setting_is_one_line_and_exit_code_2(settings_env: Callable[..., None], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "complaints.cli", "doctor"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COMPLAINTS_WORKERS": "many"},
        cwd=tmp_path,
    )
    assert done.returncode == 2
    assert done.stderr == "complaints: COMPLAINTS_WORKERS must be a number, not 'many'\n"
