"""Lists of cases and tasks, page by page. Lists show no personal data (law 10).

A page begins after the last line of the page before, whose key is in the cursor, and not after so many lines: the
thousandth page costs what the first one does, however many cases there are. Where a list covers several states, each
of them gives the beginning of its own page out of an index; only these few lines are put in order.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    bindparam,
    func,
    literal_column,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session

from complaints.models import Complaint, Enterprise, Task
from complaints.registry import cursors
from complaints.workflow.case import OPEN, Case, State

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


@dataclass(frozen=True, slots=True, eq=False)
class _Order:
    """By what a list is sorted: its name in cursors, its columns (the id last), and the direction."""

    name: str
    columns: tuple[Any, ...]
    kinds: tuple[type, ...]
    newest_first: bool

    def after(self) -> ColumnElement[bool]:
        """What stands behind a key, whose parts are given with the statement."""
        here = tuple_(*self.columns)
        last = tuple_(*(bindparam(f"after_{n}", type_=column.type) for n, column in enumerate(self.columns)))
        return here < last if self.newest_first else here > last

    def key(self, cursor: str | None) -> dict[str, Any]:
        """The parts of the key in a cursor. Raises BadInput where it is none of this order."""
        parts = cursors.read(cursor, self.name, *self.kinds) if cursor is not None else ()
        return {f"after_{n}": part for n, part in enumerate(parts)}

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


_OWNER: BindParameter[int] = bindparam("owner", type_=BigInteger)
_MOST: BindParameter[int] = bindparam("most", type_=Integer)
_OWNED: dict[str, tuple[Any, ...]] = {
    "enterprise": (Complaint.enterprise_id == _OWNER, Complaint.enterprise_told),
    "mediator": (Complaint.mediator_id == _OWNER,),
    "partner": (Complaint.partner_id == _OWNER,),
    "": (),
}
# Statements are built once for each kind of list: building one costs more than asking it.


def of_enterprise(
    session: Session, enterprise_id: int, at: datetime, *, state: str | None = None, cursor: str | None = None,
    limit: int = PAGE,
) -> Page:  # fmt: skip
    """The cases whose content has reached an enterprise; open ones by deadline unless a state is asked for."""
    states = (State(state),) if state else OPEN
    return _page(session, "enterprise", enterprise_id, states, at, cursor, limit, suspected=False)


def of_desk(
    session: Session, queue: str, account_id: int, at: datetime, *, cursor: str | None = None, limit: int = PAGE
) -> Page:
    """One queue of the centre."""
    owner = "mediator" if queue == "mine" else ""
    return _page(session, owner, account_id, QUEUES[queue], at, cursor, limit, suspected=True)


def of_partner(
    session: Session, account_id: int, at: datetime, *, cursor: str | None = None, limit: int = PAGE
) -> Page:
    """What an intake partner has filed, newest first."""
    return _page(session, "partner", account_id, (), at, cursor, limit, suspected=False)


def lines(session: Session, ids: Sequence[int], at: datetime, *, suspected: bool) -> Sequence[Line]:
    """The lines of these cases, in this order. Whoever asks has made sure that the reader may see them."""
    known = select(*_LINE).select_from(Complaint).outerjoin(Enterprise, Enterprise.id == Complaint.enterprise_id)
    by_id = {row.id: row for row in session.execute(known.where(Complaint.id.in_(ids)))}
    return [_line(by_id[each], at, suspected) for each in ids if each in by_id]


def tasks(session: Session, roles: Sequence[str], *, cursor: str | None = None, limit: int = PAGE) -> TaskPage:
    """Open tasks for these roles, by date."""
    if not roles:
        return TaskPage([], None)
    limit, key = _within(limit), _BY_DATE.key(cursor)
    statement = _task_lines(tuple(roles), bool(key))
    lines = [TaskLine(*row) for row in session.execute(statement, {"most": limit + 1} | key)]
    last = lines[limit - 1] if len(lines) > limit else None
    return TaskPage(lines[:limit], cursors.write(_BY_DATE.name, last.due_at, last.id) if last else None)


def cursor_of(case: Case) -> str | None:
    """The cursor of what stands behind an open case in lists by deadline; None where it has no deadline."""
    return cursors.write(_BY_DEADLINE.name, case.due_at, case.id) if case.due_at is not None else None


@cache
def _task_lines(roles: tuple[str, ...], continued: bool) -> Select[*tuple[Any, ...]]:
    parts = [select(*_BY_DATE.columns).where(Task.done_at.is_(None), Task.role == role) for role in roles]
    keys = _first(_BY_DATE, parts, continued)
    return (
        select(
            Task.id, Complaint.number, Complaint.product, Task.kind, Task.role, func.coalesce(Task.party, ""),
            Task.due_at,
        )
        .join(keys, keys.c.id == Task.id)
        .join(Complaint, Complaint.id == Task.complaint_id)
        .order_by(*keys.c)
    )  # fmt: skip


def counts_of_enterprise(session: Session, enterprise_id: int) -> dict[str, int]:
    """How many of an enterprise's cases stand in each state, counted up to MOST_COUNTED."""
    return dict(session.execute(_COUNTS_OF_ENTERPRISE, {"owner": enterprise_id, "most": MOST_COUNTED}).one()._mapping)


def counts_of_desk(session: Session, account_id: int) -> dict[str, int]:
    """How many cases are in each queue that somebody works off, counted up to MOST_COUNTED."""
    return dict(session.execute(_COUNTS_OF_DESK, {"owner": account_id, "most": MOST_COUNTED}).one()._mapping)


def _count(name: str, owner: str, states: Sequence[State]) -> Any:
    """One of the counts of a statement."""
    these: Select[str] = select(literal_column("1")).select_from(Complaint).where(*_OWNED[owner], _in(states))
    return select(func.count()).select_from(these.limit(_MOST).subquery()).scalar_subquery().label(name)


def _in(states: Sequence[State]) -> ColumnElement[bool]:
    """The states stand in the statement itself: only so is an index over one of them of use in a prepared one."""
    words: list[ColumnElement[str]] = [literal_column(f"'{state.value}'") for state in states]
    return Complaint.state == words[0] if len(words) == 1 else Complaint.state.in_(words)


_COUNTS_OF_ENTERPRISE = select(*(_count(state.value, "enterprise", (state,)) for state in (*OPEN, State.CLOSED)))
_COUNTS_OF_DESK = select(*(_count(name, "mediator" if name == "mine" else "", QUEUES[name]) for name in COUNTED))


def _page(
    session: Session, owner: str, owner_id: int, states: tuple[State, ...], at: datetime, cursor: str | None,
    limit: int, *, suspected: bool,
) -> Page:  # fmt: skip
    """One page of lines; `suspected`: whether the reader may know of signs of abuse."""
    order, limit = _order(states), _within(limit)
    key = order.key(cursor)
    given = {"most": limit + 1} | ({"owner": owner_id} if owner else {}) | key
    rows = session.execute(_lines(owner, states, bool(key)), given).all()
    last = rows[limit - 1] if len(rows) > limit else None
    end = [getattr(last, column.key) for column in order.columns] if last else []
    return Page([_line(row, at, suspected) for row in rows[:limit]], cursors.write(order.name, *end) if last else None)


def _order(states: Sequence[State]) -> _Order:
    """Open cases by deadline, closed ones newest first; all of somebody's by filing."""
    if not states:
        return _BY_FILING
    return _BY_CLOSING if states == (State.CLOSED,) else _BY_DEADLINE


@cache
def _lines(owner: str, states: tuple[State, ...], continued: bool) -> Select[*tuple[Any, ...]]:
    order = _order(states)
    mine = select(*order.columns).where(*_OWNED[owner])
    keys = _first(order, [mine.where(_in((state,))) for state in states] or [mine], continued)
    return (
        select(*_LINE)
        .join_from(Complaint, keys, keys.c.id == Complaint.id)
        .outerjoin(Enterprise, Enterprise.id == Complaint.enterprise_id)
        .order_by(*order.sorted(keys.c))
    )


def _first(order: _Order, parts: Sequence[Select[*tuple[Any, ...]]], continued: bool) -> FromClause:
    """The keys of one page and of one line more, which says that there is a next page."""
    after = [order.after()] if continued else []
    cut = [part.where(*after).order_by(*order.sorted(order.columns)).limit(_MOST).subquery() for part in parts]
    if len(cut) == 1:
        return cut[0]
    together = union_all(*(select(part) for part in cut)).subquery()
    return select(together).order_by(*order.sorted(together.c)).limit(_MOST).subquery()


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
