"""Months of the record: when they are taken and published, and how they are taken. What the record is: `record`.

One worker counts a month (a lease on its row), in a look that stops nobody, and writes it down in one transaction.
Instants are case time, leases real time.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from complaints import calendars, clock, db
from complaints.clock import local_date
from complaints.insight import open_data_rows, record, record_comparing, record_editions, record_letters
from complaints.insight import record_counting as counting
from complaints.models import Complaint, Enterprise, RecordLine, RecordMonth
from complaints.registry import course_policy
from complaints.workflow import outages
from complaints.workflow.case import State
from complaints.workflow.deadlines import Basis, Deadline, compute, read

LEASE = timedelta(minutes=30)
AT_ONCE = 500
ENDED = (Complaint.state == State.CLOSED.value, Complaint.enterprise_told)


# -- when ----------------------------------------------------------------------------------------------------------


def due(session: Session, at: datetime) -> bool:
    """Whether a month is to be taken or published, and nobody is at it."""
    return bool(_to_publish(session, at) or _to_take(session, at) or _to_open(session))


def _to_publish(session: Session, at: datetime) -> str | None:
    """The oldest month whose time to object is over and of which every letter has left, or never will."""
    waiting = (RecordMonth.object_until <= at, RecordMonth.published_at.is_(None), RecordMonth.taken_at.is_not(None))
    month = session.scalar(select(RecordMonth.month).where(*waiting).order_by(RecordMonth.month).limit(1))
    return month if month is not None and not record_letters.on_their_way(session, month) else None


def _to_open(session: Session) -> str | None:
    """The oldest month that was published before rows of open data were written down (revision 0020)."""
    waiting = (RecordMonth.published_at.is_not(None), RecordMonth.opened_at.is_(None))
    return session.scalar(select(RecordMonth.month).where(*waiting).order_by(RecordMonth.month).limit(1))


def _to_take(session: Session, at: datetime) -> str | None:
    """The oldest month that is over, not taken, and has something to say; the first ever is the last that is over."""
    over = _over(session, at)
    last = session.scalar(select(func.max(RecordMonth.month)).where(RecordMonth.taken_at.is_not(None)))
    if last is not None and last >= over:
        return None
    month = _with_something(session, counting.moved(last, 1) if last is not None else over)
    if month is None or month > over:
        return None
    held = (RecordMonth.month == month, RecordMonth.lease_until > clock.wall())
    return None if session.scalar(select(RecordMonth.month).where(*held)) else month


def _over(session: Session, at: datetime) -> str:
    """The last month after whose end a working day has begun."""
    today = local_date(at)
    month = counting.moved(counting.month_of(today), -1)
    first = calendars.current(session).next_working_day(counting.last_day(month))
    return month if first <= today else counting.moved(month, -1)


def _with_something(session: Session, month: str) -> str | None:
    """The first month from this one on in whose twelve months something ended."""
    ended = select(Complaint.closed_at).where(*ENDED, Complaint.closed_at > counting.since(month))
    first = session.scalar(ended.order_by(Complaint.closed_at).limit(1))
    return max(month, counting.month_of(local_date(first - timedelta.resolution))) if first is not None else None


# -- taking --------------------------------------------------------------------------------------------------------


def work(now: Callable[[], datetime] = clock.now) -> int:
    """Take what is to be taken and publish what is to be published; returns how many months changed."""
    return _take_one(now) + _publish_one(now) + _open_one(now)


def _take_one(now: Callable[[], datetime]) -> int:
    with db.transaction() as session:
        at = now()
        month = _to_take(session, at)
        if month is None or not _claim(session, month):
            return 0
    return take(month, at)


def _claim(session: Session, month: str) -> bool:
    """Whether the month is ours to count: one worker wins, by its lease."""
    wall = clock.wall()
    free = or_(RecordMonth.lease_until.is_(None), RecordMonth.lease_until <= wall)
    mine = update(RecordMonth).where(RecordMonth.month == month, RecordMonth.taken_at.is_(None), free)
    taken = mine.values(lease_until=wall + LEASE).returning(RecordMonth.month)
    if session.scalar(taken.execution_options(synchronize_session=False)):
        return True
    first = insert(RecordMonth).values(month=month, lease_until=wall + LEASE, explanation={}, overall={})
    try:
        with session.begin_nested():
            session.execute(first)
    except IntegrityError:
        return False
    return True


def take(month: str, at: datetime) -> int:
    """Count a claimed month in a look that stops nobody, and write it down in one transaction."""
    with db.reading() as session:
        rows = list(_drafts(session, month, at))
        deadline = _object_until(session, at)
    with db.transaction() as session:
        mine = update(RecordMonth).where(RecordMonth.month == month, RecordMonth.taken_at.is_(None))
        values = {"taken_at": at, "lease_until": None, "object_until": deadline.due_at}
        done = mine.values(**values, explanation=deadline.explanation).returning(RecordMonth.month)
        if session.scalar(done.execution_options(synchronize_session=False)) is None:
            return 0  # somebody else was quicker
        for first in range(0, len(rows), AT_ONCE):
            session.execute(insert(RecordLine), rows[first : first + AT_ONCE])
        record_letters.plant(session, month, rows, deadline.day.isoformat(), at)
    return 1


def _object_until(session: Session, at: datetime) -> Deadline:
    today = local_date(at)
    days = course_policy.in_force(today).numbers["record"]["object_working_days"]
    basis = Basis(rule="working_days", article="charter", start=today, n=days)
    return compute(basis, calendars.current(session), today)


def _drafts(session: Session, month: str, at: datetime) -> Iterator[dict[str, Any]]:
    """A line for every participant; for others where something is shown: to list them would tell of complaints."""
    least, earlier = record.numbers(at)["least_shown"], record_comparing.earlier(session, month)
    participants = set(session.scalars(select(Enterprise.id).where(Enterprise.participant)))
    for firm in sorted(participants | _with_cases(session, month)):
        figures = record_comparing.line(session, firm, month, least, earlier.get(firm, ()))
        if figures["ended"] is None and firm not in participants:
            continue
        yield {
            "month": month, "enterprise_id": firm, "edition": 1, "figures": figures, "rank": None, "why": "",
            "participant": firm in participants, "reason": "", "made_at": at,
        }  # fmt: skip


def _with_cases(session: Session, month: str) -> set[int]:
    within = (Complaint.closed_at > counting.since(month), Complaint.closed_at <= counting.until(month))
    query = select(Complaint.enterprise_id).where(*ENDED, *within).distinct()
    return {firm for firm in session.scalars(query) if firm is not None}


# -- publishing ----------------------------------------------------------------------------------------------------


def _publish_one(now: Callable[[], datetime]) -> int:
    with db.transaction() as session:
        at = now()
        month = _to_publish(session, at)
        if month is None or _still_open(session, month, at):
            return 0
        return record_editions.publish(session, month, at)


def _open_one(now: Callable[[], datetime]) -> int:
    with db.transaction() as session:
        at = now()
        month = _to_open(session)
        row = record_editions.locked(session, month) if month is not None else None
        if row is None or row.opened_at is not None:
            return 0
        open_data_rows.write(session, row, record.numbers(at)["least_shown"], at)
        return 1


def _still_open(session: Session, month: str, at: datetime) -> bool:
    """Whether the time to object is longer than it seemed: its letters left late, the service was down on its last day,
    or a calendar has arrived since. Then it has its new end."""
    row, calendar = record_editions.locked(session, month), calendars.current(session)
    assert row.object_until is not None
    old = read(row.explanation)
    told = record_letters.told_last(session, month)
    start = max(old.basis.start, local_date(told)) if told is not None else old.basis.start
    floor = outages.day_after_one(session, row.object_until, at) or old.basis.floor
    basis = old.basis.changed(start=start, floor=floor)
    fresh = compute(basis, calendar, old.day)
    if fresh.due_at <= row.object_until:
        return False
    row.object_until, row.explanation = fresh.due_at, fresh.explanation
    return fresh.due_at > at
