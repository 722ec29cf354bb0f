"""What machines that watch are told, in the field's words: cases, deadlines, letters, tasks, queues.

Everything is asked of the database when somebody looks, so that every process of every machine answers alike. The
questions are answered from indexes, and each answer is kept for some seconds in the process. Ages and deadlines are
case time. A store that is away is told as being away; the rest is told all the same.
"""

import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Select, case, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from complaints import clock, db, logs, queue
from complaints.delivery.addresses import NONE_KNOWN
from complaints.models import Complaint, Notice, Task, Uptime
from complaints.workflow.case import OFFICERS, OPEN, Outcome, State
from complaints.workflow.lifecycle import STATE_ROW

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
KEPT_SECONDS = 10.0
COUNTED_SECONDS = 60.0  # how long counts over all that there is are kept
DAY = timedelta(days=1)
PAUSED = timedelta(seconds=40)  # a letter put off because the mail server is gone is due all the same
LOOKED_AT = 1000  # of the letters that are due, when the oldest is looked for

log = logs.get(__name__)

Figures = Mapping[str, float]
Question = Callable[[Session, datetime], Iterable[Metric]]


class Kept:
    """An answer, and how long it holds. One request asks anew; others are given the old answer meanwhile."""

    def __init__(self, ask: Callable[[], Iterable[Metric]], seconds: float) -> None:
        self._ask, self._seconds = ask, seconds
        self._lock, self._until = threading.Lock(), 0.0
        self._answer: tuple[Metric, ...] | None = None

    def __call__(self) -> tuple[Metric, ...]:
        """The answer."""
        if self._answer is not None and (time.monotonic() < self._until or self._lock.locked()):
            return self._answer
        with self._lock:
            if self._answer is None or time.monotonic() >= self._until:
                self._answer = tuple(self._ask())
                self._until = time.monotonic() + (self._seconds if self._answer else 0.0)
            return self._answer


class Watch(Collector):
    """All figures, each asked for as often as it is worth."""

    def __init__(self) -> None:
        self._kept = (
            Kept(lambda: _of_database(standing), KEPT_SECONDS),
            Kept(lambda: _of_database(counted), COUNTED_SECONDS),
            Kept(of_redis, KEPT_SECONDS),
        )

    def collect(self) -> Iterator[Metric]:
        """Every figure that can be had."""
        yield gauge("build_info", "Which version of the product this is.", {version("complaints"): 1}, "version")
        for kept in self._kept:
            yield from kept()


def registry() -> CollectorRegistry:
    """A registry of our own: nothing of this process is in it."""
    made = CollectorRegistry()
    made.register(Watch())
    return made


def exposition(of: CollectorRegistry) -> bytes:
    """The figures as Prometheus reads them."""
    return generate_latest(of)


def standing(session: Session, at: datetime) -> Iterator[Metric]:
    """What is due and what is late."""
    yield gauge("database_up", "1 if the database answers, else 0.", 1)
    yield from _deadlines(session, at)
    yield from _letters(session, at)
    yield from _tasks(session, at)
    seen = session.scalar(select(func.max(Uptime.last_seen_at)))
    age = (at - seen).total_seconds() if seen else math.nan
    yield gauge("ticker_heartbeat_seconds", "How long ago a ticker was last alive.", age)
    lately = (Complaint.state == State.CLOSED, Complaint.closed_at > at - DAY)
    closed = select(Complaint.outcome, func.count()).where(*lately)
    ended = {outcome.value: 0.0 for outcome in Outcome} | _pairs(session, closed.group_by(Complaint.outcome))
    yield gauge("closed_last_day", "Cases closed in the last 24 hours, by outcome.", ended, "outcome")


def counted(session: Session, at: datetime) -> Iterator[Metric]:
    """Counts over all that there is."""
    yield gauge("cases", "Cases, by state.", _by_state(session), "state")
    waiting = select(func.count()).select_from(Notice).where(Notice.status == "waiting")
    yield gauge("notices_waiting", "Letters that have not left, those planned ahead included.", session.scalar(waiting))
    dead = (Notice.status == "dead", Notice.digest_id.is_(None), func.coalesce(Notice.last_error, "") != NONE_KNOWN)
    count = session.scalar(select(func.count()).select_from(Notice).where(*dead))
    yield gauge("notices_dead", "Letters that could not be delivered, readers without any address left out.", count)


def of_redis() -> Iterator[Metric]:
    """Whether Redis answers at once, and what waits in its queues."""
    try:
        waiting = {kind: float(count) for kind, count in queue.lengths_at_once().items()}
    except (queue.Away, OSError) as error:
        log.debug("metrics-without-redis", error=logs.brief(error))
        yield gauge("redis_up", "1 if Redis answers, else 0.", 0)
        return
    yield gauge("redis_up", "1 if Redis answers, else 0.", 1)
    yield gauge("queue_jobs", "Pull jobs that wait for a worker, by queue.", waiting, "queue")


def gauge(name: str, told: str, value: float | Figures | None, label: str = "") -> Metric:
    """One figure, or one for each value of a label."""
    if not isinstance(value, Mapping):
        return GaugeMetricFamily(f"complaints_{name}", told, value=value or 0.0)
    family = GaugeMetricFamily(f"complaints_{name}", told, labels=[label])
    for key, number in value.items():
        family.add_metric([key], number)
    return family


def _of_database(question: Question) -> Iterator[Metric]:
    """A consistent answer, or that there is none."""
    try:
        with db.reading() as session:
            yield from list(question(session, clock.now()))
    except (SQLAlchemyError, OSError) as error:
        log.error("metrics-without-database", error=logs.brief(error))
        if question is standing:
            yield gauge("database_up", "1 if the database answers, else 0.", 0)


def _deadlines(session: Session, at: datetime) -> Iterator[Metric]:
    """Deadlines by whose move it is. One that is held (the party was not told yet) counts as past all the same."""
    past = case((Complaint.due_at <= at, 1), else_=0)
    soon = (Complaint.state.in_([state.value for state in OPEN]), Complaint.due_at <= at + DAY)
    rows = session.execute(select(Complaint.state, past, func.count()).where(*soon).group_by(Complaint.state, past))
    found: Counter[tuple[str, int]] = Counter()
    for state, is_past, count in rows:
        found[owner(State(state)), is_past] += count
    everybody = dict.fromkeys(owner(state) for state in OPEN)
    ahead, over = ({each: float(found[each, is_past]) for each in everybody} for is_past in (0, 1))
    yield gauge("due_next_day", "Open cases whose deadline lies in the next 24 hours, by owner.", ahead, "owner")
    yield gauge("overdue", "Open cases whose deadline is past, by owner.", over, "owner")


def owner(state: State) -> str:
    """Whose move it is. The mediator answers for the laboratory; a missing consent may be either party's."""
    named = STATE_ROW[state].owner or ""
    return {"laboratory": "mediator", "missing_consent": "party"}.get(named, named)


def _letters(session: Session, at: datetime) -> Iterator[Metric]:
    """Letters that should have left by now, and since when the oldest should."""
    due = (Notice.status == "waiting", Notice.next_at <= at + PAUSED)
    yield gauge(
        "notices_due",
        "Letters that should have left by now.",
        session.scalar(select(func.count()).select_from(Notice).where(*due)),
    )
    since = case((Notice.at_once, Notice.send_at), else_=Notice.next_at).label("since")  # reminders wait for the day
    first = select(since).where(*due).order_by(Notice.next_at).limit(LOOKED_AT).subquery()
    oldest = session.scalar(select(func.min(first.c.since)))
    age = max(0.0, (at - oldest).total_seconds()) if oldest else 0.0
    yield gauge("oldest_waiting_notice_seconds", "How long the oldest letter that should have left waits.", age)


def _tasks(session: Session, at: datetime) -> Iterator[Metric]:
    late = func.sum(case((Task.due_at <= at, 1), else_=0))
    query = select(Task.role, func.count(), late).where(Task.done_at.is_(None)).group_by(Task.role)
    rows = session.execute(query).all()
    nobody = {role.value: 0.0 for role in OFFICERS}
    open_tasks = nobody | {role: float(count) for role, count, _ in rows}
    yield gauge("tasks_open", "Tasks beside the cases that are open, by role.", open_tasks, "role")
    overdue = nobody | {role: float(count or 0) for role, _, count in rows}
    yield gauge("tasks_overdue", "Of these, those whose day is past.", overdue, "role")


def _by_state(session: Session) -> Figures:
    """Each state counted by itself: over all of them together PostgreSQL would rather read the table than the index."""
    states = [state for state in State if state is not State.NEW]
    each = [select(func.count()).where(Complaint.state == state.value).scalar_subquery() for state in states]
    return {
        state.value: float(count) for state, count in zip(states, session.execute(select(*each)).one(), strict=True)
    }


def _pairs(session: Session, query: Select[Any, int]) -> dict[str, float]:
    return {name or "": float(count) for name, count in session.execute(query)}
