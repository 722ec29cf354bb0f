"""Courses whose clock is over: each in a transaction of its own, found by "due and still open", never by a window.

What the end of a clock changes elsewhere, the module of the course says: `SILENT` maps a course to its own function.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import CompoundSelect, Select, func, literal, select, union_all
from sqlalchemy.orm import Session

from complaints import clock, db, logs
from complaints.models import Errand, Measure, Objection, Pledge, PledgeChange, QualitySignal
from complaints.models.course import OnCourse
from complaints.registry import course, measures, pledge_changes, pledges, quality

log = logging.getLogger(__name__)
MODELS: tuple[type[OnCourse], ...] = (Pledge, PledgeChange, Measure, QualitySignal, Objection, Errand)
BY_COURSE = {model.course: model for model in MODELS}
AT_ONCE = 200  # of one course
Pick = Callable[[Session, type[OnCourse], datetime], Select[int]]  # which of a course wait, the first ones first


def _plain(session: Session, subject: OnCourse, at: datetime) -> bool:
    return course.run_out(session, subject, at)


SILENT: dict[str, Callable[[Session, Any, datetime], bool]] = {
    "pledge": pledges.run_out,
    "change": pledge_changes.run_out,
    "measure": measures.run_out,
    "signal": quality.run_out,
}


def due_count(session: Session, at: datetime) -> int:
    """How many courses wait for the sweep."""
    return count(session, _due, at)


def count(session: Session, pick: Pick, at: datetime) -> int:
    """How many of all courses are picked, AT_ONCE of each at most."""
    return session.execute(select(func.count()).select_from(_picked(session, pick, at).subquery())).scalar_one()


def run_due(now: Callable[[], datetime] = clock.now, budget_seconds: float = 20.0) -> int:
    """Let run out what is due; returns how many moved. Bears copies of itself: each subject is locked."""
    return one_by_one("running out", _due, _one, now, budget_seconds)


def one_by_one(
    what: str, pick: Pick, do: Callable[[type[OnCourse], int, Callable[[], datetime]], bool],
    now: Callable[[], datetime], budget_seconds: float,
) -> int:  # fmt: skip
    """Do something to each that is picked, while there is time; returns how many changed. One that fails is logged
    and holds up no other."""
    until, changed = time.monotonic() + budget_seconds, 0
    with db.reading() as session:
        found = session.execute(_picked(session, pick, now())).all()
    for name, each in found:
        if time.monotonic() > until:
            break
        changed += logs.tried(log, f"{name} {each}: {what}", partial(do, BY_COURSE[name], each, now))
    return changed


def _picked(session: Session, pick: Pick, at: datetime) -> CompoundSelect[str, int]:
    """Course and id of what is picked of all courses, in one statement."""
    parts = ((model.course, pick(session, model, at).limit(AT_ONCE).subquery()) for model in MODELS)
    return union_all(*(select(literal(name), part.c.id) for name, part in parts))


def _due(_session: Session, model: type[OnCourse], at: datetime) -> Select[int]:
    return select(model.id).where(model.due_at <= at).order_by(model.due_at)


def _one(model: type[OnCourse], subject_id: int, now: Callable[[], datetime]) -> bool:
    with db.transaction() as session:
        subject = course.lock(session, model, subject_id)
        return SILENT.get(subject.course, _plain)(session, subject, now())
