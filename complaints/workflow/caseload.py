"""The cases that a supervisor can hand to somebody else: those of one mediator, or those that wait for one.

A page of the list begins after the last line of the page before (see `lists.py`). No personal data.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, literal_column, select, tuple_, union_all
from sqlalchemy.orm import Session

from complaints.models import Complaint, Enterprise
from complaints.registry import cursors
from complaints.workflow.assignment import WORKING_ON
from complaints.workflow.case import State

PAGE = 50
ORDER = "caseload"


@dataclass(frozen=True, slots=True)
class Held:
    """One case, and the version of it that was seen."""

    id: int
    number: str
    version: int
    product: str
    enterprise: str
    state: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Holding:
    """Some cases, the nearest deadline first, and the cursor of the next ones."""

    lines: Sequence[Held]
    next: str | None


def of_mediator(session: Session, mediator_id: int, cursor: str | None = None) -> Holding:
    """What a mediator works on. Raises BadInput where the cursor is none of this list."""
    return _page(session, WORKING_ON, [Complaint.mediator_id == mediator_id], cursor)


def waiting(session: Session, cursor: str | None = None) -> Holding:
    """What waits for a mediator. Raises BadInput as `of_mediator` does."""
    return _page(session, (State.AWAITING_MEDIATOR,), [], cursor)


def holders(session: Session, numbers: Sequence[str]) -> dict[str, int | None]:
    """Who mediates these cases now, by number."""
    query = select(Complaint.number, Complaint.mediator_id).where(Complaint.number.in_(numbers))
    return dict(session.execute(query).all())


def _page(
    session: Session, states: Sequence[State], owned: Sequence[ColumnElement[bool]], cursor: str | None
) -> Holding:
    after = list(owned)
    if cursor is not None:
        due_at, case_id = cursors.read(cursor, ORDER, datetime, int)
        after.append(tuple_(Complaint.due_at, Complaint.id) > tuple_(due_at, case_id))
    parts = [
        select(Complaint.id)
        .where(Complaint.state == literal_column(f"'{state.value}'"), *after)
        .order_by(Complaint.due_at, Complaint.id)
        .limit(PAGE + 1)
        .subquery()
        for state in states
    ]
    keys = union_all(*(select(part) for part in parts)).subquery()
    query = (
        select(Complaint.id, Complaint.number, Complaint.version, Complaint.product, Complaint.enterprise_given,
               Enterprise.name, Complaint.state, Complaint.due_at)
        .join_from(Complaint, keys, keys.c.id == Complaint.id)
        .outerjoin(Enterprise, Enterprise.id == Complaint.enterprise_id)
        .order_by(Complaint.due_at, Complaint.id)
        .limit(PAGE + 1)
    )  # fmt: skip
    found = [
        Held(row.id, row.number, row.version, row.product, row.name or row.enterprise_given, row.state, row.due_at)
        for row in session.execute(query)
    ]
    last = found[PAGE - 1] if len(found) > PAGE else None
    return Holding(found[:PAGE], cursors.write(ORDER, last.due_at, last.id) if last else None)
