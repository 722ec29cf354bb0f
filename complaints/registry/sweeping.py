"""Courses whose clock is over: each in a transaction of its own, found by "due and still open", never by a window.

What the end of a clock changes elsewhere, the module of the course says: `SILENT` maps a course to its own function.
"""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from complaints import clock, db, logs
from complaints.models import Errand, Measure, Objection, Pledge, PledgeChange, QualitySignal
from complaints.models.course import OnCourse
from complaints.registry import course, measures, pledge_changes, pledges, quality

log = logging.getLogger(__name__)
MODELS: tuple[type[OnCourse], ...] = (Pledge, PledgeChange, Measure, QualitySignal, Objection, Errand)
AT_ONCE = 200


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
    return sum(
        session.execute(
            select(func.count()).select_from(select(each.id).where(each.due_at <= at).limit(AT_ONCE).subquery())
        ).scalar_one()
        for each in MODELS
    )


def run_due(now: Callable[[], datetime] = clock.now, budget_seconds: float = 20.0) -> int:
    """Let run out what is due; returns how many moved. Bears copies of itself: each subject is locked."""
    return one_by_one("running out", _due, _one, now, budget_seconds)


def one_by_one(
    what: str, pick: Callable[[Session, type[OnCourse], datetime], Sequence[int]],
    do: Callable[[type[OnCourse], int, Callable[[], datetime]], bool], now: Callable[[], datetime],
    budget_seconds: float,
) -> int:  # fmt: skip
    """Do something to each that is picked, while there is time; returns how many changed. One that fails is logged
    and holds up no other."""
    until, changed = time.monotonic() + budget_seconds, 0
    for model in MODELS:
        with db.reading() as session:
            ids = pick(session, model, now())
        for each in ids:
            if time.monotonic() > until:
                return changed
            changed += logs.tried(log, f"{model.course} {each}: {what}", partial(do, model, each, now))
    return changed


def _due(session: Session, model: type[OnCourse], at: datetime) -> Sequence[int]:
    return session.scalars(select(model.id).where(model.due_at <= at).order_by(model.due_at).limit(AT_ONCE)).all()


def _one(model: type[OnCourse], subject_id: int, now: Callable[[], datetime]) -> bool:
    with db.transaction() as session:
        subject = course.lock(session, model, subject_id)
        return SILENT.get(subject.course, _plain)(session, subject, now())
