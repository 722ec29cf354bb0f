"""Lists of cases and tasks, page by page. Lists show no personal data (law 10).

A page begins after the last line of the page before, whose key is in the cursor, and not after so many lines: the
thousandth page costs what the first one does, however many cases there are. Where a list covers several states, each
of them gives the beginning of its own page out of an index; only these few lines are put in order.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    ScalarSelect,
    Select,
    func,
    literal,
    literal_column,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session

from complaints.models import Complaint, Enterprise, Task
from complaints.registry import cursors
from complaints.workflow.case import OPEN, State

PAGE = 50
MOST = 100  # lines of one page
MOST_COUNTED = 1000
QUEUES: dict[str, tuple[State, ...]] = {
    "intake": (State.RECEIVED,),
    "information": (State.NEEDS_INFORMATION,),
    "supervisor": (State.AWAITING_MEDIATOR, State.RECUSAL_PENDING),
    "mine": OPEN,
    "open": OPEN,
    "closed": (State.CLOSED,),
}
COUNTED = ("intake", "mine", "supervisor")  # queues that somebody works off


@dataclass(frozen=True, slots=True)
class Line:
    """One case in a list."""

    number: str
    product: str
    enterprise: str
    state: str
    outcome: str | None
    filed_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    overdue: bool
    flagged: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines of a list, and the cursor of the next ones; None where the list ends."""

    lines: Sequence[Line]
    next: str | None


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


@dataclass(frozen=True, slots=True)
class TaskPage:
    """Some open tasks, and the cursor of the next ones."""

    lines: Sequence[TaskLine]
    next: str | None


@dataclass(frozen=True, slots=True)
class _Order:
    """By what a list is sorted: its name in cursors, its columns (the id last), and the direction."""

    name: str
    columns: tuple[Any, ...]
    kinds: tuple[type, ...]
    newest_first: bool

    def after(self, cursor: str | None) -> list[ColumnElement[bool]]:
        """What stands behind the cursor. Raises BadInput where it is none of this order."""
        if cursor is None:
            return []
        key = cursors.read(cursor, self.name, *self.kinds)
        here = tuple_(*self.columns)
        last = tuple_(*(literal(value, column.type) for value, column in zip(key, self.columns, strict=True)))
        return [here < last if self.newest_first else here > last]

    def sorted(self, columns: Iterable[Any]) -> list[Any]:
        """These columns as this order has them."""
        return [column.desc() if self.newest_first else column for column in columns]


_BY_DEADLINE = _Order("due", (Complaint.due_at, Complaint.id), (datetime, int), newest_first=False)
_BY_CLOSING = _Order("closed", (Complaint.closed_at, Complaint.id), (datetime, int), newest_first=True)
_BY_FILING = _Order("filed", (Complaint.id,), (int,), newest_first=True)
_BY_DATE = _Order("task", (Task.due_at, Task.id), (datetime, int), newest_first=False)
_LINE = (
    Complaint.id, Complaint.number, Complaint.product, Complaint.enterprise_given, Complaint.state, Complaint.outcome,
    Complaint.filed_at, Complaint.due_at, Complaint.closed_at, Complaint.flagged, Enterprise.name,
)  # fmt: skip


def of_enterprise(
    session: Session, enterprise_id: int, at: datetime, *, state: str | None = None, cursor: str | None = None,
    limit: int = PAGE,
) -> Page:  # fmt: skip
    """The cases whose content has reached an enterprise; open ones by deadline unless a state is asked for."""
    states = (State(state),) if state else OPEN
    mine = (Complaint.enterprise_id == enterprise_id, Complaint.enterprise_told)
    return _of_states(session, states, mine, at, cursor, limit, suspected=False)


def of_desk(
    session: Session, queue: str, account_id: int, at: datetime, *, cursor: str | None = None, limit: int = PAGE
) -> Page:
    """One queue of the centre."""
    mine = (Complaint.mediator_id == account_id,) if queue == "mine" else ()
    return _of_states(session, QUEUES[queue], mine, at, cursor, limit, suspected=True)


def of_partner(
    session: Session, account_id: int, at: datetime, *, cursor: str | None = None, limit: int = PAGE
) -> Page:
    """What an intake partner has filed, newest first."""
    part = select(*_BY_FILING.columns).where(Complaint.partner_id == account_id)
    return _page(session, _BY_FILING, [part], at, cursor, limit, suspected=False)


def tasks(session: Session, roles: Sequence[str], *, cursor: str | None = None, limit: int = PAGE) -> TaskPage:
    """Open tasks for these roles, by date."""
    parts = [select(*_BY_DATE.columns).where(Task.done_at.is_(None), Task.role == role) for role in roles]
    if not parts:
        return TaskPage([], None)
    limit = _within(limit)
    keys = _first(_BY_DATE, parts, cursor, limit)
    query = (
        select(
            Task.id, Complaint.number, Complaint.product, Task.kind, Task.role, func.coalesce(Task.party, ""),
            Task.due_at,
        )
        .join(keys, keys.c.id == Task.id)
        .join(Complaint, Complaint.id == Task.complaint_id)
        .order_by(*keys.c)
    )  # fmt: skip
    lines = [TaskLine(*row) for row in session.execute(query)]
    last = lines[limit - 1] if len(lines) > limit else None
    return TaskPage(lines[:limit], cursors.write(_BY_DATE.name, last.due_at, last.id) if last else None)


def counts_of_enterprise(session: Session, enterprise_id: int) -> dict[str, int]:
    """How many of an enterprise's cases stand in each state, counted up to MOST_COUNTED."""
    mine = (Complaint.enterprise_id == enterprise_id, Complaint.enterprise_told)
    return _counts(session, {state.value: (*mine, _in((state,))) for state in (*OPEN, State.CLOSED)})


def counts_of_desk(session: Session, account_id: int) -> dict[str, int]:
    """How many cases are in each queue that somebody works off, counted up to MOST_COUNTED."""
    mine = {"mine": (Complaint.mediator_id == account_id,)}
    return _counts(session, {name: (*mine.get(name, ()), _in(QUEUES[name])) for name in COUNTED})


def _counts(session: Session, lists: dict[str, tuple[Any, ...]]) -> dict[str, int]:
    """All in one statement."""
    row = session.execute(select(*(_count(where).label(name) for name, where in lists.items()))).one()
    return dict(row._mapping)


def _count(where: Iterable[Any]) -> ScalarSelect[int]:
    some = select(literal_column("1")).select_from(Complaint).where(*where).limit(MOST_COUNTED).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def _in(states: Sequence[State]) -> ColumnElement[bool]:
    """The states stand in the statement itself: only so is an index over one of them of use in a prepared one."""
    words: list[ColumnElement[str]] = [literal_column(f"'{state.value}'") for state in states]
    return Complaint.state == words[0] if len(words) == 1 else Complaint.state.in_(words)


def _of_states(
    session: Session, states: Sequence[State], where: Iterable[Any], at: datetime, cursor: str | None, limit: int, *,
    suspected: bool,
) -> Page:  # fmt: skip
    """Open cases by deadline, closed ones newest first."""
    order = _BY_CLOSING if states == (State.CLOSED,) else _BY_DEADLINE
    parts = [select(*order.columns).where(*where, _in((state,))) for state in states]
    return _page(session, order, parts, at, cursor, limit, suspected=suspected)


def _page(
    session: Session, order: _Order, parts: Sequence[Select[*tuple[Any, ...]]], at: datetime, cursor: str | None,
    limit: int, *, suspected: bool,
) -> Page:  # fmt: skip
    """One page of lines; `suspected`: whether the reader may know of signs of abuse."""
    limit = _within(limit)
    keys = _first(order, parts, cursor, limit)
    query = (
        select(*_LINE)
        .join_from(Complaint, keys, keys.c.id == Complaint.id)
        .outerjoin(Enterprise, Enterprise.id == Complaint.enterprise_id)
        .order_by(*order.sorted(keys.c))
    )
    rows = session.execute(query).all()
    last = rows[limit - 1] if len(rows) > limit else None
    key = [getattr(last, column.key) for column in order.columns] if last else []
    return Page([_line(row, at, suspected) for row in rows[:limit]], cursors.write(order.name, *key) if last else None)


def _first(order: _Order, parts: Sequence[Select[*tuple[Any, ...]]], cursor: str | None, limit: int) -> FromClause:
    """The keys of one page and of one line more, which says that there is a next page."""
    after = order.after(cursor)
    cut = [part.where(*after).order_by(*order.sorted(order.columns)).limit(limit + 1).subquery() for part in parts]
    if len(cut) == 1:
        return cut[0]
    together = union_all(*(select(part) for part in cut)).subquery()
    return select(together).order_by(*order.sorted(together.c)).limit(limit + 1).subquery()


def _within(limit: int) -> int:
    return max(1, min(limit, MOST))


def _line(row: Any, at: datetime, suspected: bool) -> Line:
    return Line(
        number=row.number,
        product=row.product,
        enterprise=row.name or row.enterprise_given,
        state=row.state,
        outcome=row.outcome,
        filed_at=row.filed_at,
        due_at=row.due_at,
        closed_at=row.closed_at,
        overdue=row.due_at is not None and at >= row.due_at,
        flagged=row.flagged and suspected,
    )
