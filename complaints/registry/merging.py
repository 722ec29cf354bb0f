"""Two enterprises that are one: everything of the first becomes the second's, and its names lead there.

All in the caller's transaction. The log is append-only and stays as it is: `enterprise_merge` says what an old id in
it means today. What the cases pinned at filing stays. Where both have the same thing (a conflict of one mediator, a
setting), the survivor's stands.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Table, UniqueConstraint, and_, delete, exists, func, select, update
from sqlalchemy.orm import Session

from complaints.db import Base
from complaints.errors import BadInput, NotFound
from complaints.models import (
    ClockInstance,
    Complaint,
    Conflict,
    Enterprise,
    EnterpriseMerge,
    EnterpriseName,
    Notice,
)
from complaints.registry import trail

MOST_COUNTED = 1000
WAITING = ("waiting", "bundled")


@dataclass(frozen=True, slots=True)
class Effect:
    """What a merge would move: open and closed cases that have reached it, rows by table (counted up to a limit)."""

    open_cases: int
    closed_cases: int
    rows: Mapping[str, int]
    names: list[str]
    conflicted: int  # open cases of either whose mediator would have to step aside
    takes: list[str]  # what the survivor has none of, and takes over


def references() -> Iterator[tuple[Table, Column[Any]]]:
    """Every column of every table that holds the id of an enterprise."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            points = any(key.target_fullname == "enterprise.id" for key in column.foreign_keys)
            if points or column.name == "enterprise_id":
                yield table, column


def preview(session: Session, old_id: int, into_id: int) -> Effect:
    """What `merge` would do; nothing is changed. Raises as `merge` does."""
    old, into = _pair(session, old_id, into_id, lock=False)
    told = (
        select(func.count()).select_from(Complaint).where(Complaint.enterprise_id == old.id, Complaint.enterprise_told)
    )
    closed = session.scalar(told.where(Complaint.state == "closed")) or 0
    still = session.scalar(told.where(Complaint.state != "closed")) or 0
    counted = {
        table.name: count
        for table, column in references()
        if table.name not in ("complaint", "enterprise_name") and (count := _count(session, table, column, old.id))
    }
    found = session.scalars(select(EnterpriseName.name).where(EnterpriseName.enterprise_id == old.id)).all()
    takes = [
        name for name in ("credit_code", "email", "phone", "address") if getattr(old, name) and not getattr(into, name)
    ]
    return Effect(still, closed, counted, list(dict.fromkeys(found)), _conflicted(session, old.id, into.id), takes)


def merge(session: Session, old_id: int, into_id: int, by: int | None, at: datetime) -> Mapping[str, int]:
    """Let the old one become names of the other; returns how many rows of which table were moved.

    Raises NotFound where one of them is not there, BadInput ("into") where both are the same.
    """
    old, into = _pair(session, old_id, into_id, lock=True)
    _clocks(session, old.id, into.id)
    moved: dict[str, int] = {}
    for table, column in references():
        _drop_doubles(session, table, column, old.id, into.id)
        result = session.execute(update(table).where(column == old.id).values({column: into.id}))
        moved[table.name] = moved.get(table.name, 0) + result.rowcount  # type: ignore[attr-defined]
    readers = [f"enterprise:{each}" for each in (old.id, into.id)]
    letters = (Notice.recipient == readers[0], Notice.status.in_(WAITING))
    session.execute(
        update(Notice).where(*letters).values(recipient=readers[1]).execution_options(synchronize_session=False)
    )
    _names(session, into)
    _take_over(session, old, into)
    session.add(EnterpriseMerge(old_id=old.id, old_name=old.name, into_id=into.id, merged_at=at))
    before = {"id": old.id, "name": old.name, "participant": old.participant, "benchmark": old.benchmark}
    session.execute(delete(Enterprise).where(Enterprise.id == old.id))
    counts = {name: count for name, count in moved.items() if count}
    trail.record(session, by, "enterprise.merged", trail.ENTERPRISE, into.id, at, before, {"moved": counts})
    session.expire_all()
    return counts


def _pair(session: Session, old_id: int, into_id: int, *, lock: bool) -> tuple[Enterprise, Enterprise]:
    if old_id == into_id:
        raise BadInput("an enterprise is not merged with itself", {"into": ["same_enterprise"]})
    query = select(Enterprise).where(Enterprise.id.in_((old_id, into_id))).order_by(Enterprise.id)
    found = {each.id: each for each in session.scalars(query.with_for_update() if lock else query)}
    if len(found) < 2:
        raise NotFound("one of the two enterprises is not there")
    return found[old_id], found[into_id]


def _count(session: Session, table: Table, column: Column[Any], old_id: int) -> int:
    some = select(column).where(column == old_id).limit(MOST_COUNTED).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def _conflicted(session: Session, old_id: int, into_id: int) -> int:
    """Open cases of one whose mediator declared a conflict with the other."""
    crossed = [
        and_(Complaint.enterprise_id == one, Conflict.enterprise_id == other)
        for one, other in ((old_id, into_id), (into_id, old_id))
    ]
    query = select(func.count(func.distinct(Complaint.id))).join(Conflict, Conflict.account_id == Complaint.mediator_id)
    open_ones = (Complaint.state.in_(("awaiting_consent", "in_mediation", "recusal_pending", "under_appraisal")),)
    return sum(session.scalar(query.where(*open_ones, each)) or 0 for each in crossed)


def _clocks(session: Session, old_id: int, into_id: int) -> None:
    """Whose clock it was, in the explanations of open cases: so that a redirect back still resumes it."""
    query = (
        select(ClockInstance)
        .join(Complaint, Complaint.id == ClockInstance.complaint_id)
        .where(Complaint.enterprise_id.in_((old_id, into_id)), Complaint.state != "closed")
        .where(ClockInstance.state == "with_enterprise")
    )
    for row in session.scalars(query):
        if row.explanation.get("enterprise_id") == old_id:
            row.explanation = row.explanation | {"enterprise_id": into_id}
    session.flush()


def _drop_doubles(session: Session, table: Table, column: Column[Any], old_id: int, into_id: int) -> None:
    """Rows of the old one that would say the same as one of the survivor's."""
    keys = [constraint.columns for constraint in table.constraints if isinstance(constraint, UniqueConstraint)]
    keys += [index.columns for index in table.indexes if index.unique]
    keys += [table.primary_key.columns]
    for key in keys:
        if column.name not in key:
            continue
        twin = table.alias()
        same = [twin.c[each.name].is_not_distinct_from(each) for each in key if each.name != column.name]
        double = exists().where(twin.c[column.name] == into_id, *same)
        session.execute(delete(table).where(column == old_id, double))


def _names(session: Session, into: Enterprise) -> None:
    """The old one's own name becomes a former name of the survivor; a name that both had stands once."""
    mine = EnterpriseName.enterprise_id == into.id
    former = update(EnterpriseName).where(mine, EnterpriseName.kind == "name", EnterpriseName.name != into.name)
    session.execute(former.values(kind="former").execution_options(synchronize_session=False))
    seen: set[str] = set()
    rows = session.scalars(
        select(EnterpriseName).where(mine).order_by(EnterpriseName.kind != "name", EnterpriseName.id)
    )
    for row in rows.all():
        if row.name in seen:
            session.delete(row)
        seen.add(row.name)
    session.flush()


def _take_over(session: Session, old: Enterprise, into: Enterprise) -> None:
    """What the survivor has none of; the code is unique, so the old one gives it away first."""
    had = {name: getattr(old, name) for name in ("credit_code", "email", "phone", "address")}
    old.credit_code = None
    session.flush()
    for name, value in had.items():
        if value and not getattr(into, name):
            setattr(into, name, value)
    session.flush()
