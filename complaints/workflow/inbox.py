"""The inbox of an enterprise: its cases by time left, filtered, page by page.

What a filter asks of state, person and deadline an index answers. What no index answers is asked of at most LOOKED
cases of each state; where they do not fill a page, the next page goes on from where looking ended. So no filter costs
more than that, however many cases there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, literal, literal_column, select, tuple_, union_all
from sqlalchemy.orm import Session

from complaints.clock import end_of_day, local_date
from complaints.models import Complaint
from complaints.registry import cursors
from complaints.workflow import colleagues, lifecycle, lists, search
from complaints.workflow.case import OPEN, Actor, State
from complaints.workflow.lists import Line

LOOKED = 1000  # cases of one state that a filter without an index looks through for one page
FEW = 100  # a view's own count goes no further
ROUNDS = 5  # of a search with other filters: so many times LOOKED // ROUNDS hits
DUE, CLOSED, FOUND = "inbox_due", "inbox_closed", "inbox_found"
WHO = ("me", "nobody", "somebody")
WITHIN = ("over", "0", "3", "7")
Windowed = Select[datetime | None, int]
Me = tuple[Any, Any]  # the enterprise and the account, or what stands for them in a statement
ANSWERS = ("none", "offer", "decline", "late")
# Where a consent is missing, the enterprise is asked once the consumer's stands (`lifecycle.owners`).
OURS = tuple(row.state for row in lifecycle.STATES if row.owner in ("enterprise", "missing_consent"))


@dataclass(frozen=True, slots=True)
class Filter:
    """What somebody wants to see. `state` "" is all open, "ours" what waits for the enterprise."""

    state: str = ""
    who: str = ""  # me | nobody | somebody | an account's id
    due: str = ""  # over | days ahead
    answer: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the inbox: the case, who handles it, and how many days are left (0: today is the last)."""

    line: Line
    agent: str
    mine: bool
    ours: bool
    days: int | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines, and the cursor of the next ones."""

    rows: Sequence[Row]
    next: str | None
    people: dict[int, str]  # who can be given a case: names by account


def page(
    session: Session, me: Actor, wanted: Filter, at: datetime, *, cursor: str | None = None, limit: int = lists.PAGE
) -> Page:
    """The cases that a filter wants; the nearest deadline first, closed and searched ones newest first.

    Raises BadInput where the cursor is none of this list.
    """
    names = colleagues.names(session, me.enterprise_id or 0)
    if wanted.words.strip():
        ids, more = _searched(session, me, wanted, names, at, cursor, limit)
    else:
        ids, more = _listed(session, me, wanted, names, at, cursor, limit)
    return Page(_rows(session, ids, me, names, at), more, names)


def counts(session: Session, me: Actor, at: datetime) -> dict[str, int]:
    """How many wait for the enterprise, how many of these are overdue, and how many are mine; up to MOST_COUNTED."""
    mine = {"enterprise_id": me.enterprise_id, "account_id": me.account_id, "at": at}
    return dict(session.execute(_all_counts(), mine).mappings().one())


@cache
def _all_counts() -> Select[*tuple[Any, ...]]:
    """The statement of `counts`, built once: building it costs more than asking it."""
    me: Me = (bindparam("enterprise_id"), bindparam("account_id"))
    asked = {"ours": Filter("ours"), "over": Filter("ours", due="over"), "mine": Filter(who="me")}
    at = bindparam("at", type_=Complaint.due_at.type)
    return select(*(_counting(me, wanted, at).scalar_subquery().label(name) for name, wanted in asked.items()))


def count_few(session: Session, me: Actor, wanted: Filter, names: dict[int, str], at: datetime) -> int | None:
    """How many cases a filter wants, up to FEW; None where no index answers it. `names` are the enterprise's people."""
    if wanted.words.strip() or _rest(wanted, names)[len(_owed(wanted)) :]:
        return None
    return session.execute(_counting(_both(me), wanted, at, names, FEW)).scalar_one()


def _counting(
    me: Me, wanted: Filter, at: Any, names: dict[int, str] | None = None, most: int = lists.MOST_COUNTED
) -> Select[int]:
    """Counted over an index alone: who owes the consent is asked only where one is waited for."""
    one = literal(1).label("one")
    indexed = _indexed(me, wanted, names or {}, at)
    owed = {State.AWAITING_CONSENT: _owed(wanted)}
    parts = [
        select(one).select_from(Complaint).where(*indexed, _in(state), *owed.get(state, ()))
        for state in _states(wanted)
    ]
    together = union_all(*(select(part.limit(most).subquery()) for part in parts)).subquery()
    return select(func.count()).select_from(select(together).limit(most).subquery())


def _states(wanted: Filter) -> Sequence[State]:
    if wanted.state == "ours":
        return OURS
    return (State(wanted.state),) if wanted.state else OPEN


def _both(me: Actor) -> Me:
    return me.enterprise_id, me.account_id


def _indexed(me: Me, wanted: Filter, names: dict[int, str], at: Any) -> list[Any]:
    """What an index answers."""
    enterprise_id, account_id = me
    told: ColumnElement[bool] = Complaint.enterprise_told.expression  # as the partial index is written
    found = [Complaint.enterprise_id == enterprise_id, told]
    if wanted.who == "me":
        found.append(Complaint.agent_id == account_id)
    elif wanted.who.isdecimal():
        found.append(Complaint.agent_id == (int(wanted.who) if int(wanted.who) in names else 0))
    if wanted.due == "over":
        found.append(Complaint.due_at <= at)
    elif wanted.due:
        found.append(Complaint.due_at <= end_of_day(local_date(at) + timedelta(days=int(wanted.due))))
    return found


def _in(state: State) -> ColumnElement[bool]:
    """The state stands in the statement itself: only so is an index over one of them of use."""
    return Complaint.state == literal_column(f"'{state.value}'")


def _owed(wanted: Filter) -> list[ColumnElement[bool]]:
    """Of those that wait for a consent, what waits for the enterprise's (`lifecycle.owners`)."""
    if wanted.state != "ours":
        return []
    asked = and_(Complaint.consumer_consents.is_(True), Complaint.share_consent.is_(True))
    return [(Complaint.state != State.AWAITING_CONSENT.value) | asked]


def _rest(wanted: Filter, names: dict[int, str]) -> list[ColumnElement[bool]]:
    """What no index answers."""
    answers = {
        "none": Complaint.answer.is_(None),
        "offer": Complaint.answer == "offer",
        "decline": Complaint.answer == "decline",
        "late": Complaint.late_offer.is_not(None),
    }
    found = _owed(wanted)
    held = Complaint.agent_id.in_(names)
    if wanted.who in ("nobody", "somebody"):
        found.append(held if wanted.who == "somebody" else Complaint.agent_id.is_(None) | ~held)
    return [*found, answers[wanted.answer]] if wanted.answer else found


def _listed(
    session: Session, me: Actor, wanted: Filter, names: dict[int, str], at: datetime, cursor: str | None, limit: int
) -> tuple[list[int], str | None]:
    closed = wanted.state == State.CLOSED.value
    name, column = (CLOSED, Complaint.closed_at) if closed else (DUE, Complaint.due_at)
    key = tuple_(column, Complaint.id)
    given = cursors.read(cursor, name, datetime, int) if cursor is not None else None
    order = [column.desc(), Complaint.id.desc()] if closed else [column, Complaint.id]
    where = _indexed(_both(me), wanted, names, at)
    if given:
        last = tuple_(literal(given[0], column.type), literal(given[1], Complaint.id.type))
        where.append(key < last if closed else key > last)
    rest = _rest(wanted, names)
    windows = [
        select(column.label("at"), Complaint.id.label("id")).where(*where, _in(state)).order_by(*order)
        for state in _states(wanted)
    ]  # fmt: skip
    found = _merged(session, windows, rest, limit, newest_first=closed)
    horizon = _horizon(session, windows, newest_first=closed) if rest else None
    if horizon is not None:
        found = [each for each in found if (each > horizon if closed else each <= horizon)]
    if len(found) > limit:
        return [each[1] for each in found[:limit]], cursors.write(name, *found[limit - 1])
    return [each[1] for each in found], cursors.write(name, *horizon) if horizon else None


def _merged(
    session: Session, windows: Sequence[Windowed], rest: Sequence[Any], limit: int, *, newest_first: bool
) -> list[tuple[datetime, int]]:  # fmt: skip
    """The first lines of all windows together, and one more, which says that there is a next page."""
    cut = [each.limit(LOOKED if rest else limit + 1).subquery() for each in windows]
    parts = [
        select(each).join(Complaint, Complaint.id == each.c.id).where(*rest) if rest else select(each) for each in cut
    ]
    together = union_all(*parts).subquery()
    order = [each.desc() if newest_first else each for each in (together.c.at, together.c.id)]
    return [(row.at, row.id) for row in session.execute(select(together).order_by(*order).limit(limit + 1))]


def _horizon(session: Session, windows: Sequence[Windowed], *, newest_first: bool) -> tuple[datetime, int] | None:
    """How far was looked in every state; None where everything was looked at."""
    ends = [session.execute(each.offset(LOOKED - 1).limit(1)).first() for each in windows]
    keys = [(end.at, end.id) for end in ends if end is not None]
    return (max(keys) if newest_first else min(keys)) if keys else None


def _searched(
    session: Session, me: Actor, wanted: Filter, names: dict[int, str], at: datetime, cursor: str | None, limit: int
) -> tuple[list[int], str | None]:
    """Cases with these words that the other filters want too, newest first; a chosen state, or all of them."""
    before = cursors.read(cursor, FOUND, int)[0] if cursor is not None else None
    where = [*_indexed(_both(me), wanted, names, at), *_rest(wanted, names)]
    if wanted.state:
        where.append(Complaint.state.in_([state.value for state in _states(wanted)]))
    found: list[int] = []
    if before is None:
        exact = search.exactly(session, wanted.words, [me])
        found += session.scalars(select(Complaint.id).where(Complaint.id.in_(exact), *where))
    for _round in range(ROUNDS):
        chunk = search.hits(session, wanted.words, [me], before, LOOKED // ROUNDS)
        kept = set(session.scalars(select(Complaint.id).where(Complaint.id.in_(chunk), *where)))
        found += [each for each in chunk if each in kept and each not in found]
        before = chunk[-1] if len(chunk) == LOOKED // ROUNDS else None
        if len(found) > limit:
            return found[:limit], cursors.write(FOUND, found[limit - 1])
        if before is None:
            break
    return found, cursors.write(FOUND, before) if before else None


def _rows(session: Session, ids: Sequence[int], me: Actor, names: dict[int, str], at: datetime) -> list[Row]:
    lines = lists.lines(session, ids, at, suspected=False)
    more = select(Complaint.number, Complaint.agent_id, Complaint.consumer_consents, Complaint.share_consent)
    facts = {row.number: row for row in session.execute(more.where(Complaint.id.in_(ids)))}
    return [_row(line, facts[line.number], me, names, at) for line in lines]


def _row(line: Line, facts: Any, me: Actor, names: dict[int, str], at: datetime) -> Row:
    ours = State(line.state) in OURS and (
        line.state != State.AWAITING_CONSENT.value or (facts.consumer_consents and facts.share_consent)
    )
    last = local_date(line.due_at - timedelta(microseconds=1)) if line.due_at else None
    days = (last - local_date(at)).days if last else None
    return Row(line, names.get(facts.agent_id, ""), facts.agent_id == me.account_id is not None, ours, days)
