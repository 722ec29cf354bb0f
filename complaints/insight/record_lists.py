"""The lines of a published month, page by page: those with a rank, or those without and why."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from complaints.insight import record
from complaints.models import Enterprise, EnterpriseMerge, RecordLine

LISTS = ("ranked", "others")
_WHICH = {"ranked": (RecordLine.rank.is_not(None),), "others": (RecordLine.rank.is_(None),), "all": ()}
PAGE = 40
MOST_PAGES = 1000


@dataclass(frozen=True, slots=True)
class Page:
    """Lines with the enterprises' names of now; with its last one where an enterprise was merged into another."""

    lines: Sequence[tuple[RecordLine, str]]
    number: int
    more: bool


def page(session: Session, month: str, which: str, name: str = "", number: int = 1) -> Page:
    """A page of a month: one of LISTS or "all", ranked ones by rank, others by name; whose name contains `name`."""
    called = func.coalesce(Enterprise.name, EnterpriseMerge.old_name)
    query = (
        select(RecordLine, called)
        .outerjoin(Enterprise, Enterprise.id == RecordLine.enterprise_id)
        .outerjoin(EnterpriseMerge, EnterpriseMerge.old_id == RecordLine.enterprise_id)
        .where(_in(month), *_WHICH[which])
    )
    if name:
        query = query.where(func.lower(called).contains(name.lower(), autoescape=True))
    order = (RecordLine.rank, called, RecordLine.enterprise_id)
    found = session.execute(query.order_by(*order).offset((number - 1) * PAGE).limit(PAGE + 1)).all()
    return Page([(line, firm) for line, firm in found[:PAGE]], number, len(found) > PAGE)


def counts(session: Session, month: str) -> dict[str, int]:
    """How many lines a month has with a rank, and without."""
    query = select(RecordLine.rank.is_not(None), func.count()).where(_in(month)).group_by(RecordLine.rank.is_not(None))
    found = {bool(ranked): count for ranked, count in session.execute(query)}
    return {"ranked": found.get(True, 0), "others": found.get(False, 0)}


def names(session: Session, ids: Collection[int]) -> dict[int, str]:
    """What enterprises are called now; a merged one by its last name."""
    now = select(Enterprise.id, Enterprise.name).where(Enterprise.id.in_(ids))
    merged = select(EnterpriseMerge.old_id, EnterpriseMerge.old_name).where(EnterpriseMerge.old_id.in_(ids))
    return {firm: name for each in (merged, now) for firm, name in session.execute(each)}


def _in(month: str) -> ColumnElement[bool]:
    """The newest public edition of every line of a month."""
    return and_(RecordLine.month == month, record.public(), record.last_edition())
