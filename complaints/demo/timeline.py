"""Living through case time: stopping at every instant at which something falls due, and doing it there."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import func, select

from complaints import db
from complaints.demo.time_machine import settle
from complaints.models import Complaint, Notice, Task


def next_due(after: datetime) -> datetime | None:
    """The first instant after `after` at which a case, a letter or a task falls due."""
    queries = (
        select(func.min(Complaint.wake_at)).where(Complaint.wake_at > after),
        select(func.min(Notice.next_at)).where(Notice.next_at > after, Notice.status == "waiting"),
        select(func.min(Task.due_at)).where(Task.due_at > after, Task.done_at.is_(None)),
    )
    with db.transaction() as session:
        return min((instant for query in queries if (instant := session.scalar(query)) is not None), default=None)


def live_through(after: datetime, until: datetime) -> None:
    """Everything that falls due after `after` happens at its instant, `until` included."""
    now = after
    while (instant := next_due(now)) is not None and instant <= until:
        now = instant
        settle(standing_at(now))


def standing_at(instant: datetime) -> Callable[[], datetime]:
    """A clock that stands still."""
    return lambda: instant
