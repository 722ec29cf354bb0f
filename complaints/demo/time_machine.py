"""Moving the clock of a demo world, so that one person can watch deadlines pass and reminders leave.

Time is never jumped over: it stops at each instant at which something is due, and what is due then happens then, as it
would have happened in a world that was awake all the time.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from complaints import calendars, clock, db
from complaints.delivery import outbox
from complaints.errors import BadInput, NotAllowed
from complaints.insight import record_taking, watching
from complaints.models import Complaint, Notice, RecordMonth, Task, World
from complaints.registry import errands, sweeping
from complaints.workflow import outages, sweeps
from complaints.workflow.workdays import Calendar

MOST_WORKING_DAYS = 60  # at one call, so that a page answers in time
NO_BUDGET = float("inf")
_MOVING = Lock()


def move(working_days: int) -> datetime:
    """Move a demo world's clock on to 9:00 of the n-th working day from now; returns the new case time.

    Raises NotAllowed in any database that was not created as a demo, BadInput for a number out of range.
    """
    if not 1 <= working_days <= MOST_WORKING_DAYS:
        raise BadInput("working days to move", {"working_days": [f"out_of_range:1-{MOST_WORKING_DAYS}"]})
    with db.transaction() as session:
        refuse_unless_demo(session)
        day = calendars.current(session).working_days(clock.local_date(clock.now()), working_days).end
    return move_to(clock.at_local(day, 9, minute=1))


def move_to(target: datetime) -> datetime:
    """Move on to an instant (aware UTC), living through everything that falls due before it.

    Two that move at once in one process go one after the other: else a letter of the one would leave in the days of the
    other, and a clock would wait for its reader.
    """
    with _MOVING:
        _live()
        while (instant := _next_due(target)) is not None:
            _set(instant)
            _live()
        _set(target)
        _live()
        return clock.now()


def _live() -> None:
    """What is due at this instant, and what a worker does once a day or once a month."""
    settle(clock.now)
    while record_taking.work(clock.now) + watching.run(clock.now):
        settle(clock.now)


def settle(now: Callable[[], datetime]) -> int:
    """Run sweeps and deliveries until neither finds anything more to do at this instant."""
    done = 0
    while handled := _handled(now):
        done += handled
    return done


def _handled(now: Callable[[], datetime]) -> int:
    moved = sweeps.run_due(now, NO_BUDGET) + errands.work(now, NO_BUDGET) + sweeping.run_due(now, NO_BUDGET)
    return moved + outbox.deliver_due(budget_seconds=NO_BUDGET, now=now)


def refuse_unless_demo(session: Session) -> None:
    """Raises NotAllowed unless this database was created as a demo."""
    kind = session.scalar(select(World.kind).where(World.id == 1))
    if kind != "demo":
        raise NotAllowed("the clock can be moved in a demo world only")


def _next_due(target: datetime) -> datetime | None:
    """The next instant after now and up to `target` at which a case, a letter, a task or a course beside falls due."""
    with db.transaction() as session:
        now = clock.now()
        queries = (
            select(func.min(Complaint.wake_at)).where(Complaint.wake_at > now),
            select(func.min(Notice.next_at)).where(Notice.next_at > now, Notice.status == "waiting"),
            select(func.min(Task.due_at)).where(Task.due_at > now, Task.done_at.is_(None)),
            *(select(func.min(each.due_at)).where(each.due_at > now) for each in sweeping.MODELS),
            select(func.min(RecordMonth.object_until)).where(RecordMonth.object_until > now),
        )
        instants = [instant for query in queries if (instant := session.scalar(query)) is not None]
        instants.append(_month_begins(calendars.current(session), now))
    ahead = min(instants, default=target)
    return ahead if ahead < target else None


def _month_begins(calendar: Calendar, now: datetime) -> datetime:
    """9:00 of the next first working day of a month, when the record and the tracking reports are written."""
    month = clock.local_date(now).replace(day=1)
    while (at := clock.at_local(calendar.next_working_day(month - timedelta(days=1)), 9)) <= now:
        month = (month + timedelta(days=31)).replace(day=1)
    return at


def _set(instant: datetime) -> None:
    """Put the demo's offset so that case time is `instant`; the service counts as alive on the way."""
    with db.transaction() as session:
        refuse_unless_demo(session)
        sweeps.heartbeat(session, clock.now())
        moved = session.scalar(select(World.clock_offset_seconds).where(World.id == 1).with_for_update()) or 0
        seconds = max(moved, int((instant - clock.wall()) / timedelta(seconds=1)) + 1)  # never back
        session.execute(update(World).where(World.id == 1).values(clock_offset_seconds=seconds))
        outages.carry_over(session, clock.wall() + timedelta(seconds=seconds))
    with db.transaction():
        pass  # takes the new offset into this process
