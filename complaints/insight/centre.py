"""What a supervisor looks at: load, what is due, the centre's own lapses, how long cases stay where.

Each function counts one figure into plain JSON (see `kept.py`), out of an index or a bounded part of the log. Whose
move it is comes from the lifecycle's table. Days are those of Shanghai; lengths are calendar days.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median, quantiles
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal_column, select, text, union_all
from sqlalchemy.orm import Session

from complaints.clock import at_local, local_date
from complaints.insight.kept import Content, Kind
from complaints.models import ClockInstance, Complaint, Enterprise, Event
from complaints.models.complaint import LAPSES
from complaints.workflow import hearings
from complaints.workflow.assignment import WORKING_ON
from complaints.workflow.case import OPEN, State
from complaints.workflow.lifecycle import STATE_ROW

URGENCIES = ("later", "week", "soon", "past")  # as the pictures stack them
SOON, WEEK = timedelta(days=2), timedelta(days=7)
DAYS_AHEAD = 7
MONTHS = 12
LAPSING = {  # state -> the role of the centre whose clock ran out there
    State.RECEIVED.value: "intake",
    State.AWAITING_MEDIATOR.value: "supervisor",
    State.RECUSAL_PENDING.value: "supervisor",
    State.IN_MEDIATION.value: "mediator",
}
ENTRIES = 20_000  # of the log, from which the lengths of stays are taken
FEWEST = 5  # stays that say something
AT_RISK_SHOWN = 15


@dataclass(frozen=True, slots=True)
class AtRisk:
    """One open case whose move is the centre's, and whose deadline is near or past."""

    number: str
    product: str
    enterprise: str
    state: str
    due_at: datetime
    mediator_id: int | None
    overdue: bool


def of_the_centre(state: State) -> bool:
    """Whether the move is the centre's own there; the mediator answers for the laboratory."""
    return STATE_ROW[state].owner in ("intake", "supervisor", "mediator", "laboratory")


CENTRES = tuple(state for state in OPEN if of_the_centre(state))


def load(session: Session, at: datetime) -> Content:
    """Open mediations of each mediator by urgency, the load by which the least loaded is chosen; who waits for one."""
    urgency = case(
        (Complaint.due_at <= at, "past"), (Complaint.due_at <= at + SOON, "soon"),
        (Complaint.due_at <= at + WEEK, "week"), else_="later",
    )  # fmt: skip
    mine = (_among(WORKING_ON), Complaint.mediator_id.is_not(None))
    # Written out, for PostgreSQL takes the same expression with other parameters for another one.
    counted = select(Complaint.mediator_id, urgency.label("urgency")).where(*mine).subquery()
    query = select(counted.c.mediator_id, counted.c.urgency, func.count()).group_by(
        counted.c.mediator_id, counted.c.urgency
    )
    loads: dict[str, dict[str, int]] = defaultdict(dict)
    for mediator_id, word, count in session.execute(query):
        loads[str(mediator_id)][word] = count
    waiting = select(func.count()).select_from(Complaint).where(_among((State.AWAITING_MEDIATOR,)))
    return {"mediators": dict(loads), "waiting": session.scalar(waiting) or 0}


def risk(session: Session, at: datetime) -> Content:
    """Open cases whose deadline is past or falls into the next seven days, by day, the centre's and the parties'."""
    today = local_date(at)
    ends = [at_local(today + timedelta(days=n + 1), 0) for n in range(DAYS_AHEAD)]
    place = case((Complaint.due_at <= at, -1), *((Complaint.due_at <= end, n) for n, end in enumerate(ends)))
    near = select(Complaint.state, place.label("place")).where(_among(OPEN), Complaint.due_at <= ends[-1]).subquery()
    query = select(near.c.state, near.c.place, func.count()).group_by(near.c.state, near.c.place)
    days = {name: [0] * (DAYS_AHEAD + 1) for name in ("centre", "parties")}
    for state, n, count in session.execute(query):
        days["centre" if of_the_centre(State(state)) else "parties"][n + 1] += count
    return {"today": today.isoformat(), **days}


def lapses(session: Session, at: datetime) -> Content:
    """Clocks of the centre itself that ran out, by the month in which they fell due and the role, oldest first."""
    months = list(_months(local_date(at)))
    counted: dict[str, list[int]] = {role: [0] * MONTHS for role in dict.fromkeys(LAPSING.values())}
    for n, (first, after) in enumerate(months):
        within = and_(text(LAPSES), Event.occurred_at > at_local(first, 0), Event.occurred_at <= at_local(after, 0))
        query = select(Event.from_state, func.count()).where(within).group_by(Event.from_state)
        for state, count in session.execute(query):
            counted[LAPSING[state]][n] += count
    return {"months": [first.isoformat() for first, _ in months], "roles": counted}


def stays(session: Session, at: datetime) -> Content:
    """How long cases stayed in each state: median and nine tenths in days, over the stays that ended last."""
    last = session.scalar(select(func.max(Event.id))) or 0
    ended = (Event.id > last - ENTRIES, Event.from_state != Event.to_state, Event.from_state != State.NEW.value)
    clock = and_(
        ClockInstance.complaint_id == Event.complaint_id,
        ClockInstance.state == Event.from_state,
        ClockInstance.ended_at == Event.recorded_at,
    )
    query = select(Event.from_state, ClockInstance.entered_at, Event.occurred_at).join(ClockInstance, clock)
    lengths: dict[str, list[float]] = defaultdict(list)
    for state, entered_at, left_at in session.execute(query.where(*ended)):
        lengths[state].append(max(0.0, (left_at - entered_at) / timedelta(days=1)))
    since = session.scalar(select(func.min(Event.recorded_at)).where(Event.id > last - ENTRIES))
    return {
        "since": since.isoformat() if since else None,
        "states": {state: _spread(found) for state, found in lengths.items() if len(found) >= FEWEST},
    }


def policies(session: Session, at: datetime) -> Content:
    """How many cases live under each version of the rules, and how many of them are open."""
    is_open = case((Complaint.state != State.CLOSED.value, 1), else_=0)
    query = select(Complaint.policy, func.count(), func.sum(is_open)).group_by(Complaint.policy)
    return {"versions": {version: [count, int(still or 0)] for version, count, still in session.execute(query)}}


def at_risk(session: Session, at: datetime) -> Sequence[AtRisk]:
    """The cases whose move is the centre's with the nearest deadlines, as far as they are past or within the week."""
    until = at + WEEK
    parts = [
        select(Complaint.id, Complaint.due_at)
        .where(_among((state,)), Complaint.due_at <= until)
        .order_by(Complaint.due_at, Complaint.id)
        .limit(AT_RISK_SHOWN)
        .subquery()
        for state in CENTRES
    ]
    keys = union_all(*(select(part) for part in parts)).subquery()
    columns = (Complaint.number, Complaint.product, Complaint.enterprise_given, Enterprise.name, Complaint.state,
               Complaint.due_at, Complaint.mediator_id)  # fmt: skip
    found = (
        select(*columns)
        .join_from(Complaint, keys, keys.c.id == Complaint.id)
        .outerjoin(Enterprise, Enterprise.id == Complaint.enterprise_id)
        .order_by(Complaint.due_at, Complaint.id)
        .limit(AT_RISK_SHOWN)
    )
    return [_at_risk(row, at) for row in session.execute(found)]


def _at_risk(row: Any, at: datetime) -> AtRisk:
    enterprise = row.name or row.enterprise_given
    return AtRisk(row.number, row.product, enterprise, row.state, row.due_at, row.mediator_id, row.due_at <= at)


def _spread(found: list[float]) -> dict[str, float]:
    nine_tenths = quantiles(found, n=10, method="inclusive")[-1]
    return {"median": round(median(found), 2), "nine_tenths": round(nine_tenths, 2), "n": len(found)}


def _months(today: date) -> Iterator[tuple[date, date]]:
    """The first days of the last twelve months, this one included, each with that of the month after it."""
    at = today.year * 12 + today.month - MONTHS
    for n in range(at, at + MONTHS):
        yield date(n // 12, n % 12 + 1, 1), date((n + 1) // 12, (n + 1) % 12 + 1, 1)


def _among(states: Sequence[State]) -> ColumnElement[bool]:
    """The states stand in the statement itself, so that an index over them is of use in a prepared one."""
    return Complaint.state.in_([literal_column(f"'{state.value}'") for state in states])


def hearings_ahead(session: Session, at: datetime) -> Content:
    """The hearings of the next seven days: how many, and the nearest of them with day, hour, case and mediator."""
    today = local_date(at)
    found = hearings.ahead(session, today, today + timedelta(days=DAYS_AHEAD - 1))
    shown = [
        {"day": each.day.isoformat(), "time": each.time, "number": each.number, "mediator_id": each.mediator_id}
        for each in found[:AT_RISK_SHOWN]
    ]
    return {"count": len(found), "nearest": shown}


FIGURES = {
    "centre.hearings": Kind(hearings_ahead, timedelta(minutes=2)),
    "centre.load": Kind(load, timedelta(minutes=1)),
    "centre.risk": Kind(risk, timedelta(minutes=1)),
    "centre.lapses": Kind(lapses, timedelta(minutes=5)),
    "centre.stays": Kind(stays, timedelta(minutes=10)),
    "centre.policies": Kind(policies, timedelta(minutes=30)),
}
