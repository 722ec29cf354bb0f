"""The days around 15 March: a switch, its record, and the honest waiting time while it is on.

The switch refuses nothing and moves nothing by itself. It lets intake admit several complete, unflagged complaints in
one go, each by the verb of the table, and tells everybody how long the first check takes now.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from complaints import calendars
from complaints.clock import at_local, end_of_day, local_date
from complaints.errors import BadInput, NotNow
from complaints.models import Account, ClockInstance, Complaint, Enterprise, Surge
from complaints.workflow.case import State

MEASURED_DAYS = 5  # working days before today, on which the speed of intake is measured
MOST_COUNTED = 100_000
LONGEST = timedelta(days=31)
MOST_AT_ONCE = 100
DONE_BY = ("admit", "ask_information", "refuse", "merge", "return_to_sender")  # how a complaint leaves the queue


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a consumer is told: how many wait for the first check, and how many working days that takes as things go.

    `working_days` is None where nothing has been measured yet.
    """

    queue: int
    working_days: int | None
    until: datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """A complaint that can be admitted with others: complete, unflagged, the enterprise known. No personal data."""

    number: str
    version: int
    product: str
    category: str
    fault: str
    enterprise: str
    filed_at: datetime
    due_at: datetime | None


def current(session: Session, at: datetime) -> Surge | None:
    """The span that runs at an instant (case time)."""
    running = select(Surge).where(Surge.ended_at.is_(None), Surge.until > at).order_by(Surge.started_at.desc())
    return session.scalars(running.limit(1)).first()


def spans(session: Session, limit: int = 20) -> Sequence[tuple[Surge, str, str | None]]:
    """The latest spans, newest first, with the names of who began and who ended each."""
    ended = select(Account.id, Account.name).subquery()
    query = (
        select(Surge, Account.name, ended.c.name)
        .join(Account, Account.id == Surge.started_by)
        .outerjoin(ended, ended.c.id == Surge.ended_by)
        .order_by(Surge.id.desc())
    )
    return [(span, begun_by, ended_by) for span, begun_by, ended_by in session.execute(query.limit(limit))]


def begin(session: Session, account_id: int, reason: str, until: datetime, at: datetime) -> Surge:
    """Switch it on until an instant. Raises NotNow where it is on, BadInput for an end that is past or too far."""
    if current(session, at) is not None:
        raise NotNow("batch screening is on already")
    if not at < until <= end_of_day(local_date(at + LONGEST)):
        raise BadInput("an end within a month", {"until": [f"out_of_days:{LONGEST.days}"]})
    span = Surge(started_at=at, started_by=account_id, reason=reason, until=until)
    session.add(span)
    session.flush()
    return span


def end(session: Session, account_id: int, at: datetime) -> None:
    """Switch it off. Raises NotNow where it is off."""
    span = current(session, at)
    if span is None:
        raise NotNow("batch screening is off")
    span.ended_at, span.ended_by = at, account_id
    session.flush()


def waiting(session: Session, at: datetime) -> Waiting | None:
    """The honest waiting time for the first check; None while the switch is off.

    The queue divided by what left it a working day, today counted as a whole one: rather too long than too short.
    """
    span = current(session, at)
    if span is None:
        return None
    queued = select(Complaint.id).where(Complaint.state == State.RECEIVED.value).limit(MOST_COUNTED)
    queue = session.scalar(select(func.count()).select_from(queued.subquery())) or 0
    a_day = _a_day(session, at)
    return Waiting(queue, max(1, math.ceil(queue / a_day)) if a_day else None, span.until)


def candidates(session: Session, limit: int = MOST_AT_ONCE) -> Sequence[Candidate]:
    """The complaints that could be admitted together, the nearest deadline first."""
    ready = (Complaint.complete, ~Complaint.flagged, Complaint.share_consent, Complaint.enterprise_id.is_not(None))
    query = (
        select(
            Complaint.number, Complaint.version, Complaint.product, Complaint.category, Complaint.fault,
            Enterprise.name, Complaint.filed_at, Complaint.due_at,
        )
        .join(Enterprise, Enterprise.id == Complaint.enterprise_id)
        .where(Complaint.state == State.RECEIVED.value, *ready)
        .order_by(Complaint.due_at, Complaint.id)
    )  # fmt: skip
    return [Candidate(*row) for row in session.execute(query.limit(limit))]


def state_of(session: Session, number: str) -> str:
    """Where a complaint stands now."""
    return session.scalars(select(Complaint.state).where(Complaint.number == number)).one()


def _a_day(session: Session, at: datetime) -> float:
    """How many complaints left the queue of intake a working day, of late."""
    today, calendar = local_date(at), calendars.current(session)
    since = at_local(calendar.working_days_before(today, MEASURED_DAYS), 0)
    left = (ClockInstance.state == State.RECEIVED.value, ClockInstance.ended_at >= since, ClockInstance.ended_at <= at)
    done = select(func.count()).select_from(ClockInstance).where(*left, ClockInstance.ended_by.in_(DONE_BY))
    return (session.scalar(done) or 0) / (MEASURED_DAYS + calendar.is_working(today))
