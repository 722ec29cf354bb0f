"""The supervisor with real processes and a real Redis: killed children, a killed supervisor, a vanished Redis."""

import logging
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from sqlalchemy import Engine

import worker
from complaints import db, jobs, queue, schema
from complaints.config import settings
from tests.processes_seen import Family, alive
from tests.servers import PostgresServer, ValkeyServer, wait_until

SCRIPT = Path(worker.__file__)
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux's kernel tells children of a kill -9")


@pytest.fixture
def supervisor(sqlite: Engine, valkey: ValkeyServer, settings_env: Callable[..., None]) -> Iterator[Family]:
    """A running `worker.py` with a SQLite database and a Valkey of its own."""
    settings_env(TICK_SECONDS=0.2, WORKERS=2)
    schema.prepare()  # figures are counted in working days
    with subprocess.Popen([sys.executable, str(SCRIPT)], cwd="/") as process:
        family = Family(process.pid)
        try:
            wait_until(drained, 120, "the workers to work")
            yield family
        finally:
            process.terminate()


def drained() -> bool:
    """Whether workers take what is put on the queues, within a few seconds."""
    try:
        for kind in queue.KINDS:
            queue.enqueue_pull(kind, 1)
        wait_until(lambda: set(queue.queue_lengths().values()) == {0}, 5, "the queues to be emptied")
    except AssertionError:
        return False
    return True


def works(family: Family) -> bool:
    """Whether all children are there and the queues are being emptied."""
    ready = all(family.find(*words) for words in (["tick"], ["pull", "expire"], ["pull", "deliver,beside"]))
    return ready and drained()


@pytest.mark.parametrize("words", [("tick",), ("pull", "expire"), ("pull", "deliver,beside")])
def test_a_killed_child_is_started_again(supervisor: Family, words: tuple[str, ...]) -> None:
    victim = supervisor.find(*words)
    assert victim is not None
    victim.kill()
    wait_until(lambda: (new := supervisor.find(*words)) is not None and new.pid != victim.pid, 60, "another child")
    wait_until(lambda: works(supervisor), 60, "the queues to be emptied")


@linux_only
def test_a_killed_supervisor_leaves_nobody_behind(supervisor: Family) -> None:
    members = supervisor.members()
    assert len(members) >= 3
    psutil.Process(supervisor.pid).kill()
    wait_until(lambda: not any(alive(member) for member in members), 20, "the children to follow")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_everything_when_told_to(supervisor: Family, number: signal.Signals) -> None:
    members = supervisor.members()
    process = psutil.Process(supervisor.pid)
    process.send_signal(number)
    wait_until(lambda: not alive(process), 30, "the supervisor to end")
    assert not any(alive(member) for member in members)


def test_redis_goes_and_comes_back(supervisor: Family, valkey: ValkeyServer) -> None:
    valkey.stop()
    wait_until(lambda: supervisor.find("tick") is not None, 30, "the ticker to live on")
    valkey.start()
    wait_until(lambda: works(supervisor), 90, "work to go on")


def test_everything_in_redis_may_be_lost(supervisor: Family) -> None:
    queue.enqueue_pull("deliver", 5)
    queue.connection().flushall()
    wait_until(lambda: works(supervisor), 90, "work to go on")


def test_postgresql_restarts_under_the_ticker(
    own_postgres: PostgresServer, valkey: ValkeyServer, settings_env: Callable[..., None]
) -> None:
    settings_env(DATABASE_URL=own_postgres.url("postgres"), TICK_SECONDS=0.2)
    schema.upgrade(db.engine())
    with subprocess.Popen([sys.executable, str(SCRIPT)], cwd="/") as process:
        try:
            wait_until(lambda: works(Family(process.pid)), 90, "the workers to work")
            own_postgres.restart("immediate")
            wait_until(lambda: works(Family(process.pid)), 90, "work to go on")
        finally:
            process.terminate()


def test_an_unreachable_redis_does_not_stop_the_heartbeat(
    sqlite: Engine, settings_env: Callable[..., None], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings_env(REDIS_URL="redis://127.0.0.1:1/0")
    ticks: list[int] = []

    def tick() -> dict[str, int]:
        ticks.append(1)
        return {"expire": 1, "deliver": 401}

    monkeypatch.setattr(jobs, "tick", tick)
    with caplog.at_level(logging.WARNING):
        worker.tick_once()
        worker.tick_once()
    assert len(ticks) == 2
    assert sum("enqueue-failed" in line for line in caplog.messages) == 4


def test_a_database_that_is_away_does_not_end_the_ticker(
    settings_env: Callable[..., None], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings_env(DATABASE_URL="postgresql+psycopg://nobody@127.0.0.1:1/none")
    monkeypatch.setattr(jobs, "tick", lambda: db.engine().connect())
    worker.tick_once()
    assert any("tick-failed" in line for line in caplog.messages)


def test_as_many_jobs_as_the_rows_need(valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "tick", lambda: {"expire": 0, "deliver": 401})
    worker.tick_once()
    assert queue.queue_lengths() == {"expire": 0, "deliver": 3, "beside": 0}


def test_every_kind_has_a_worker() -> None:
    assert worker.shares(1) == ["expire,deliver,beside"]
    assert worker.shares(2) == ["expire", "deliver,beside"]
    assert worker.shares(4) == ["expire", "deliver", "beside", "expire"]


def test_nothing_is_left_in_redis_after_the_work(supervisor: Family) -> None:
    for _ in range(20):
        wait_until(drained, 60, "the queues to be emptied")
    wait_until(lambda: not list(queue.connection().scan_iter("rq:job:*")), 20, "finished jobs to go")


def test_the_settings_choose_the_worker(
    sqlite: Engine, valkey: ValkeyServer, settings_env: Callable[..., None]
) -> None:
    settings_env(SIMPLE_WORKER=1, WORKERS=1, TICK_SECONDS=5)
    assert settings().simple_worker
    with subprocess.Popen([sys.executable, str(SCRIPT), "pull", "expire,deliver,beside"], cwd="/") as process:
        try:
            wait_until(drained, 60, "one simple worker to do every kind")
        finally:
            process.terminate()
            assert process.wait(20) == 0
