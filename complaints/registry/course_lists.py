"""Lists of measures and signals, of an enterprise or of all: open ones by date, ended ones the newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from complaints.models import Enterprise
from complaints.models.course import OnCourse
from complaints.registry import cursors
from complaints.registry.lifecycle import OPEN

PAGE = 50
Subject = TypeVar("Subject", bound=OnCourse)


@dataclass(frozen=True, slots=True)
class Line:
    """One of them, and whose it is."""

    subject: Any
    enterprise: str


@dataclass(frozen=True, slots=True)
class Lines:
    """Some of them, and the cursor of the next ones."""

    lines: Sequence[Line]
    next: str | None


def listed(
    session: Session, model: type[Subject], *, enterprise_id: int | None = None, ended: bool = False,
    cursor: str | None = None, limit: int = PAGE,
) -> Lines:  # fmt: skip
    """A page: what has a clock, the nearest end first; or what has ended. Raises BadInput for another list's cursor."""
    query = select(model, Enterprise.name).join(Enterprise, Enterprise.id == model.enterprise_id)
    if enterprise_id is not None:
        query = query.where(model.enterprise_id == enterprise_id, *model.shown())
    query = _ended(query, model, cursor) if ended else _open(query, model, cursor)
    rows = session.execute(query.limit(limit + 1)).all()
    more = _cursor(rows[limit - 1][0], ended=ended) if len(rows) > limit else None
    return Lines([Line(subject, name) for subject, name in rows[:limit]], more)


def _open(query: Any, model: type[OnCourse], cursor: str | None) -> Any:
    query = query.where(model.due_at.is_not(None), model.state.in_(OPEN[model.course]))
    if cursor is not None:
        due_at, last = cursors.read(cursor, f"{model.course}.open", datetime, int)
        query = query.where(or_(model.due_at > due_at, and_(model.due_at == due_at, model.id > last)))
    return query.order_by(model.due_at, model.id)


def _ended(query: Any, model: type[OnCourse], cursor: str | None) -> Any:
    query = query.where(model.due_at.is_(None))
    if cursor is not None:
        (last,) = cursors.read(cursor, f"{model.course}.ended", int)
        query = query.where(model.id < last)
    return query.order_by(model.id.desc())


def _cursor(last: OnCourse, *, ended: bool) -> str:
    if ended:
        return cursors.write(f"{last.course}.ended", last.id)
    assert last.due_at is not None
    return cursors.write(f"{last.course}.open", last.due_at, last.id)
