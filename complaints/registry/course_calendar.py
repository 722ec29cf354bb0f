"""A calendar has arrived: running clocks of courses that count working days are counted again, as those of cases are.

Each explanation names the calendar that it was counted by, so what is still to do needs no book of its own.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from complaints import calendars, clock, db
from complaints.models.course import OnCourse
from complaints.registry import course
from complaints.registry.sweeping import AT_ONCE, MODELS, one_by_one


def due_count(session: Session, at: datetime) -> int:
    """How many clocks wait to be counted again."""
    version = calendars.current(session).version
    some = (select(each.id).where(*_older(each, version, at)).limit(AT_ONCE).subquery() for each in MODELS)
    return sum(session.scalar(select(func.count()).select_from(each)) or 0 for each in some)


def work(now: Callable[[], datetime] = clock.now, budget_seconds: float = 20.0) -> int:
    """Count again while there is time; returns how many have another day. One that fails holds up no other."""
    return one_by_one("counting again", _ids, _one, now, budget_seconds)


def _ids(session: Session, model: type[OnCourse], at: datetime) -> Sequence[int]:
    older = _older(model, calendars.current(session).version, at)
    return session.scalars(select(model.id).where(*older).order_by(model.due_at).limit(AT_ONCE)).all()


def _older(model: type[OnCourse], version: str, at: datetime) -> tuple[Any, ...]:
    """What is over stays as it was: it runs out by the calendar that its owner knew."""
    counted = (model.deadline["rule"].as_string(), model.deadline["calendar"].as_string())
    return model.due_at > at, counted[0] == "working_days", counted[1] != version


def _one(model: type[OnCourse], subject_id: int, now: Callable[[], datetime]) -> bool:
    with db.transaction() as session:
        subject, at = course.lock(session, model, subject_id), now()
        if subject.due_at is None or subject.due_at <= at or subject.deadline["rule"] != "working_days":
            return False
        return course.recount(session, subject, "calendar", at)
