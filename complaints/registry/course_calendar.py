"""A calendar has arrived: running clocks of courses that count working days are counted again, as those of cases are.

Each explanation names the calendar that it was counted by, so what is still to do needs no book of its own.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from complaints import calendars, clock, db
from complaints.models.course import OnCourse
from complaints.registry import course
from complaints.registry.sweeping import count, one_by_one


def due_count(session: Session, at: datetime) -> int:
    """How many clocks wait to be counted again."""
    return count(session, _older, at)


def work(now: Callable[[], datetime] = clock.now, budget_seconds: float = 20.0) -> int:
    """Count again while there is time; returns how many have another day. One that fails holds up no other."""
    return one_by_one("counting again", _older, _one, now, budget_seconds)


def _older(session: Session, model: type[OnCourse], at: datetime) -> Select[int]:
    """What is over stays as it was: it runs out by the calendar that its owner knew."""
    rule, counted_by = model.deadline["rule"].as_string(), model.deadline["calendar"].as_string()
    older = (model.due_at > at, rule == "working_days", counted_by != calendars.current(session).version)
    return select(model.id).where(*older).order_by(model.due_at)


def _one(model: type[OnCourse], subject_id: int, now: Callable[[], datetime]) -> bool:
    with db.transaction() as session:
        subject, at = course.lock(session, model, subject_id), now()
        if subject.due_at is None or subject.due_at <= at or subject.deadline["rule"] != "working_days":
            return False
        return course.recount(session, subject, "calendar", at)
