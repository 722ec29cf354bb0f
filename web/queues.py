"""Lists of cases, by deadline. Lists show no personal data (law 10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from complaints.models import Complaint, Enterprise, Task
from complaints.workflow.case import OPEN, State

PAGE = 50
QUEUES: dict[str, tuple[State, ...]] = {
    "intake": (State.RECEIVED,),
    "information": (State.NEEDS_INFORMATION,),
    "supervisor": (State.AWAITING_MEDIATOR, State.RECUSAL_PENDING),
    "mine": OPEN,
    "open": OPEN,
    "closed": (State.CLOSED,),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One case in a list."""

    number: str
    product: str
    enterprise: str
    state: str
    outcome: str | None
    due_at: datetime | None
    overdue: bool
    flagged: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines of a list, and whether there are more."""

    lines: Sequence[Line]
    page: int
    more: bool


@dataclass(frozen=True, slots=True)
class TaskLine:
    """One open task of the centre."""

    id: int
    number: str
    product: str
    kind: str
    role: str
    party: str
    due_at: datetime


def of_enterprise(session: Session, enterprise_id: int, state: str | None, page: int, at: datetime) -> Page:
    """The cases whose content has reached an enterprise; open ones unless a state is asked for."""
    mine = (Complaint.enterprise_id == enterprise_id, Complaint.enterprise_told)
    states = [state] if state else [each.value for each in OPEN]
    return _page(session, _lines().where(*mine, Complaint.state.in_(states)), page, at, suspected=False)


def counts_of_enterprise(session: Session, enterprise_id: int) -> dict[str, int]:
    """How many of them stand in each state."""
    query = select(Complaint.state, func.count()).where(
        Complaint.enterprise_id == enterprise_id, Complaint.enterprise_told
    )
    return dict(session.execute(query.group_by(Complaint.state)).all())


def of_desk(session: Session, name: str, account_id: int, page: int, at: datetime) -> Page:
    """One queue of the centre."""
    return _page(session, _lines().where(*_where(name, account_id)), page, at, suspected=True)


def counts_of_desk(session: Session, account_id: int) -> dict[str, int]:
    """How many cases are in each queue that somebody works off."""
    return {
        name: session.scalar(select(func.count(Complaint.id)).where(*_where(name, account_id))) or 0
        for name in ("intake", "mine", "supervisor")
    }


def tasks(session: Session, roles: Sequence[str]) -> list[TaskLine]:
    """Open tasks for these roles, by date."""
    query = (
        select(Task, Complaint.number, Complaint.product)
        .join(Complaint, Complaint.id == Task.complaint_id)
        .where(Task.done_at.is_(None), Task.role.in_(roles))
        .order_by(Task.due_at)
        .limit(PAGE)
    )
    rows = session.execute(query).all()
    return [TaskLine(t.id, number, product, t.kind, t.role, t.party or "", t.due_at) for t, number, product in rows]


def _where(name: str, account_id: int) -> list[Any]:
    states = Complaint.state.in_([state.value for state in QUEUES[name]])
    return [states, Complaint.mediator_id == account_id] if name == "mine" else [states]


def _lines() -> Select[Complaint, str]:
    """Closed cases come newest first, open ones by deadline."""
    return (
        select(Complaint, Enterprise.name)
        .outerjoin(Enterprise, Enterprise.id == Complaint.enterprise_id)
        .order_by(Complaint.due_at, Complaint.closed_at.desc(), Complaint.id)
    )


def _page(session: Session, query: Select[Complaint, str], page: int, at: datetime, suspected: bool) -> Page:
    """One page of lines; `suspected`: whether the reader may know of signs of abuse."""
    found = session.execute(query.offset((page - 1) * PAGE).limit(PAGE + 1)).all()
    return Page([_line(case, name, at, suspected) for case, name in found[:PAGE]], page, len(found) > PAGE)


def _line(case: Complaint, enterprise: str | None, at: datetime, suspected: bool) -> Line:
    return Line(
        number=case.number,
        product=case.product,
        enterprise=enterprise or case.enterprise_given,
        state=case.state,
        outcome=case.outcome,
        due_at=case.due_at,
        overdue=case.due_at is not None and at >= case.due_at,
        flagged=case.flagged and suspected,
    )
