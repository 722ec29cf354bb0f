"""What machines that watch are told: right figures in case time, from every process alike, whatever is away."""

import math
import signal
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, event, update

from complaints import clock, db, metrics, queue
from complaints.models import Notice, Task, Uptime
from complaints.models import World as Installation
from complaints.workflow import sweeps
from tests.people import FOUNDED, MONDAY, World, moment, world
from tests.playing import file_complaint
from tests.servers import PostgresServer, ValkeyServer
from web import create_app

Told = dict[str, float]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], datetime]:
    """Make it another time."""

    def stand(text: str) -> datetime:
        instant = moment(text)
        monkeypatch.setattr(clock, "wall", lambda: instant)
        return instant

    monkeypatch.setattr(clock, "wall", lambda: MONDAY)
    return stand


@pytest.fixture
def there(database: Engine, at: Callable[[str], datetime]) -> World:
    """The usual people, on the Monday."""
    return world()


def client() -> FlaskClient:
    return create_app().test_client()


def told(at: FlaskClient | None = None, **headers: str) -> Told:
    """Every figure by its name and labels, as a new process tells it."""
    answer = (at or client()).get("/metrics", headers=headers)
    assert answer.status_code == 200, answer.text
    families = text_string_to_metric_families(answer.text)
    return {
        sample.name.removeprefix("complaints_") + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


def test_an_empty_installation_says_nought_of_everything(there: World) -> None:
    found = told()
    states = {name for name in found if name.startswith("cases ")}
    assert len(states) == 12
    assert {found[name] for name in states} == {0}
    others = ("due_next_day consumer", "overdue enterprise", "overdue party", "notices_waiting", "notices_due")
    for name in (
        *others,
        "oldest_waiting_notice_seconds",
        "notices_dead",
        "tasks_open intake",
        "closed_last_day lapsed",
    ):
        assert found[name] == 0, name
    assert math.isnan(found["ticker_heartbeat_seconds"])
    assert found["database_up"] == 1
    assert "0.1.0" in next(name for name in found if name.startswith("build_info"))


def test_cases_and_deadlines_by_owner(there: World, at: Callable[[str], datetime]) -> None:
    one, _two, three = (file_complaint(there) for _ in range(3))
    one.enterprise("decline", reason="It fell.")
    three.consumer("withdraw")
    found = told()
    assert {name: found[name] for name in found if name.startswith("cases ") and found[name]} == {
        "cases with_enterprise": 1, "cases with_consumer": 1, "cases closed": 1,
    }  # fmt: skip
    assert found["closed_last_day withdrawn"] == 1
    assert (found["due_next_day enterprise"], found["overdue enterprise"]) == (0, 0)
    at("2026-07-17 12:00")  # a Friday: the enterprise's ten working days end on the 20th
    assert (told()["due_next_day enterprise"], told()["closed_last_day withdrawn"]) == (0, 0)
    at("2026-07-20 12:00")
    found = told()
    assert (found["due_next_day enterprise"], found["overdue enterprise"]) == (1, 0)
    assert (found["due_next_day consumer"], found["overdue consumer"]) == (1, 0)
    at("2026-07-21 00:00")
    found = told()
    assert (found["due_next_day enterprise"], found["overdue enterprise"]) == (0, 1)


def test_letters(there: World, at: Callable[[str], datetime]) -> None:
    first = _notice(there, "a", "2026-07-06 10:00")
    _notice(there, "b", "2026-07-06 10:30", at_once=False, next_at="2026-07-06 11:00")
    _notice(there, "c", "2026-07-09 09:00", at_once=False)
    _notice(there, "d", "2026-07-06 10:00", status="dead")
    _notice(there, "e", "2026-07-06 10:00", status="dead", last_error="no known address")
    _notice(there, "f", "2026-07-06 10:00", status="sent")
    at("2026-07-06 10:20")
    assert _letters() == (3, 1, 20 * 60, 1)
    at("2026-07-06 11:30")
    assert _letters() == (3, 2, 90 * 60, 1)
    with db.transaction() as session:  # the mail server is gone: put off for half a minute, due all the same
        soon = moment("2026-07-06 11:30") + timedelta(seconds=36)
        session.execute(update(Notice).where(Notice.id == first).values(next_at=soon))
    assert _letters() == (3, 2, 90 * 60, 1)
    with db.transaction() as session:
        session.execute(update(Notice).where(Notice.id == first).values(status="sent"))
    assert _letters() == (2, 1, 30 * 60, 1)  # a reminder counts from its hour of the day, not from when it was planned


def _letters() -> tuple[float, ...]:
    found = told()
    names = ("notices_waiting", "notices_due", "oldest_waiting_notice_seconds", "notices_dead")
    return tuple(found[name] for name in names)


def _notice(there: World, key: str, send_at: str, *, next_at: str | None = None, **more: Any) -> int:
    facts = {"step": "news", "letter": "filed", "recipient": f"enterprise:{there.hongyun}", "channel": "email",
             "locale": "en", "at_once": True, "facts": {}, "made_at": FOUNDED, "message_id": key}  # fmt: skip
    due = moment(send_at)
    with db.transaction() as session:
        row = Notice(key=key, send_at=due, next_at=moment(next_at) if next_at else due, **facts | more)
        session.add(row)
        session.flush()
        return row.id


def test_tasks_and_the_ticker(there: World, at: Callable[[str], datetime]) -> None:
    case = file_complaint(there).id
    with db.transaction() as session:
        for n, (role, days, done) in enumerate((("intake", 1, None), ("intake", 9, None), ("supervisor", 1, MONDAY))):
            due = MONDAY + timedelta(days=days)
            session.add(Task(complaint_id=case, key=f"t{n}", kind="reach_party", role=role, made_at=MONDAY, due_at=due,
                             done_at=done))  # fmt: skip
        sweeps.heartbeat(session, MONDAY)
    at("2026-07-08 10:00")
    found = told()
    assert (found["tasks_open intake"], found["tasks_overdue intake"]) == (2, 1)
    assert (found["tasks_open supervisor"], found["tasks_overdue supervisor"]) == (0, 0)
    assert found["ticker_heartbeat_seconds"] == 2 * 86400


def test_in_a_demo_it_is_case_time(there: World) -> None:
    """Deadlines and the heartbeat as of where the demo's clock stands."""
    ahead = timedelta(days=300)
    with db.transaction() as session:
        session.add(Installation(id=1, kind="demo", clock_offset_seconds=int(ahead.total_seconds()), made_at=MONDAY))
        session.add(Uptime(started_at=MONDAY, last_seen_at=MONDAY + ahead - timedelta(seconds=7)))
    try:
        assert told()["ticker_heartbeat_seconds"] == 7
    finally:
        clock.set_offset(timedelta(0))


def test_answers_are_kept_for_a_while(there: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with db.transaction() as session:
        sweeps.heartbeat(session, MONDAY)
    asked: list[str] = []
    event.listen(db.engine(), "before_cursor_execute", lambda *given: asked.append(given[2]))
    watcher = client()
    first = told(watcher)
    assert len(asked) > 5
    _notice(there, "a", "2026-07-06 10:00")
    asked.clear()
    assert told(watcher) == first
    assert asked == []
    assert told()["notices_due"] == 1
    monkeypatch.setattr(time, "monotonic", lambda now=time.monotonic: now() + metrics.KEPT_SECONDS)
    assert (told(watcher)["notices_due"], told(watcher)["notices_waiting"]) == (1, 0)
    monkeypatch.undo()


def test_it_writes_nothing(there: World) -> None:
    asked: list[str] = []
    event.listen(db.engine(), "before_cursor_execute", lambda *given: asked.append(given[2]))
    told()
    assert {text.split()[0].upper() for text in asked} <= {"SELECT", "BEGIN"}
    assert "BEGIN IMMEDIATE" not in asked


def test_redis(valkey: ValkeyServer, sqlite: Engine, settings_env: Callable[..., None]) -> None:
    queue.enqueue_pull("deliver", 3)
    found = told()
    assert (found["redis_up"], found["queue_jobs deliver"], found["queue_jobs expire"]) == (1, 3, 0)
    assert valkey.process is not None
    valkey.process.send_signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        found = told()
        assert time.monotonic() - began < 10  # nobody answers, for ever
    finally:
        valkey.process.send_signal(signal.SIGCONT)
    assert found["redis_up"] == 0
    assert "queue_jobs deliver" not in found
    assert found["notices_due"] == 0
    valkey.stop()
    assert told()["redis_up"] == 0


def test_a_database_that_is_away_is_told_and_comes_back(
    own_postgres: PostgresServer, settings_env: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings_env(DATABASE_URL=own_postgres.url("postgres"))
    watcher = client()
    found = told(watcher)  # there, but without tables
    assert found["database_up"] == 0
    assert "notices_due" not in found
    own_postgres.stop()
    assert told()["database_up"] == 0


def test_it_can_be_closed(sqlite: Engine, settings_env: Callable[..., None]) -> None:
    assert client().get("/metrics").status_code == 200
    settings_env(METRICS_TOKEN="sesame=open")
    for shown in ("", "Bearer", "Bearer sesame", "Basic sesame=open", "Bearer 王", "sesame=open"):
        answer = client().get("/metrics", headers={"Authorization": shown.encode().decode("latin-1")})
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert "complaints_" not in answer.text
    assert told(Authorization="Bearer sesame=open")["database_up"] == 1
    assert client().get("/healthz").status_code == 200
