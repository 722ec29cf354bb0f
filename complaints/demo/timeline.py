"""Living through case time: stopping at every instant at which something falls due, and doing it there."""

import math
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import bindparam, func, select, update

from complaints import clock, db
from complaints.db import Instant
from complaints.demo.time_machine import settle
from complaints.models import Complaint, Notice, Task, World

AFTER = bindparam("after", type_=Instant)
_NEXT = select(
    select(func.min(Complaint.wake_at)).where(Complaint.wake_at > AFTER).scalar_subquery(),
    select(func.min(Notice.next_at)).where(Notice.next_at > AFTER, Notice.status == "waiting").scalar_subquery(),
    select(func.min(Task.due_at)).where(Task.due_at > AFTER, Task.done_at.is_(None)).scalar_subquery(),
)


def next_due(after: datetime) -> datetime | None:
    """The first instant after `after` at which a case, a letter or a task falls due."""
    with db.transaction() as session:
        found = session.execute(_NEXT, {"after": after}).one()
    return min((instant for instant in found if instant is not None), default=None)


def live_through(after: datetime, until: datetime) -> None:
    """Everything that falls due after `after` happens at its instant, `until` included."""
    now = after
    while (instant := next_due(now)) is not None and instant <= until:
        now = instant
        settle(standing_at(now))


def standing_at(instant: datetime) -> Callable[[], datetime]:
    """A clock that stands still."""
    return lambda: instant


def stand_at(instant: datetime) -> None:
    """Let the clock of a world made by a simulation stand where the simulation ended."""
    with db.transaction() as session:
        seconds = math.ceil((instant - clock.wall()).total_seconds())  # never before that instant
        session.execute(update(World).where(World.id == 1).values(clock_offset_seconds=seconds))
