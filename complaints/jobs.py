"""What the worker runs. Every job bears a second run: the database says what is due, and rows are claimed there."""

import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from complaints import clock, db, logs, words
from complaints.delivery import letter, outbox, posting
from complaints.documents import certifying
from complaints.insight import centre, firms, kept, record_taking, watching
from complaints.registry import course_calendar, errands, former_addresses, guards, pieces, sweeping
from complaints.registry import drafts as unfiled
from complaints.registry import sessions as entry_sessions
from complaints.workflow import calendar_change, drafts, idempotency, indexing, publishing, renewing, sweeps

log = logging.getLogger(__name__)
RECALCULATION_SECONDS = 20.0  # of one job


def warm() -> None:
    """Read what every job needs, before a worker forks its first: each would read it anew, words and letters alone
    for as long as five letters take."""
    for locale in words.LOCALES:
        words.texts(locale)
    letter.warm()


def tick() -> dict[str, int]:
    """The ticker's question: leave a sign of life, forget old answers, and say how much is due."""
    with db.transaction() as session:
        now = clock.now()
        sweeps.heartbeat(session, now)
        idempotency.forget(session, clock.wall())
        drafts.forget(session, now)
        unfiled.forget(session, now)
        pieces.forget(clock.wall())
        _forget_entries(session, now)
        return due(session, now)


def due(session: Session, at: datetime) -> dict[str, int]:
    """How much is due at `at` (aware UTC) for each kind of work; what is known to be much is not counted to its end."""
    stale = len(kept.stale(session, centre.FIGURES, at))
    return {
        "expire": sweeps.due_count(session, at)
        + sweeping.due_count(session, at)
        + stale
        + calendar_change.unfinished(session)
        + course_calendar.due_count(session, at)
        + errands.due_count(session, at),
        "deliver": outbox.due_count(session, at, sweeps.MANY),
        "beside": _beside(session, at),
    }


def _forget_entries(session: Session, at: datetime) -> None:
    """What is left of log-ins, of failed tries, and of mail addresses that were replaced."""
    entry_sessions.forget(session, clock.wall())
    guards.forget(session, clock.wall())
    former_addresses.forget(session, at)


def expire_due() -> int:
    """Do what is due in the lives of cases and beside them, then count what supervisors look at.

    Returns how many were handled.
    """
    moved = calendar_change.work(clock.now, RECALCULATION_SECONDS)  # before a clock runs out by an old calendar
    moved += course_calendar.work(clock.now, RECALCULATION_SECONDS)
    moved += errands.work(clock.now, RECALCULATION_SECONDS)
    return moved + sweeps.run_due() + sweeping.run_due() + kept.renew(centre.FIGURES)


def deliver_due() -> int:
    """Send what is due in the outbox; returns how many letters were settled."""
    return outbox.deliver_due()


def beside_due() -> int:
    """Do what no case and no letter waits for: tell webhooks what has happened, index what has changed, make tasks for
    those who lost a link, count the figures of enterprises, write certificates, take and publish the record's months,
    and take the day's look at signals, duties and benchmark enterprises.

    Returns how much came of it. A part that fails is logged and holds up no other.
    """
    parts: tuple[Callable[[], int], ...] = (
        publishing.publish, posting.forget, posting.deliver_due, indexing.run_due, renewing.run_due, firms.renew,
        certifying.issue_due, record_taking.work, watching.run,
    )  # fmt: skip
    return sum(logs.tried(log, f"{part.__module__}.{part.__name__}", part) for part in parts)


def _beside(session: Session, at: datetime) -> int:
    due = posting.due_count(session) + publishing.due(session) + indexing.due_count(session)
    due += certifying.due_count(session) + record_taking.due(session, at) + renewing.due_count(session)
    return due + firms.due(session, at) + watching.due(session, at)
