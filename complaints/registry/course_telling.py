"""Whether an enterprise was told that a clock of a course runs against it: by the letter that opened it, or an errand.

What must be proven before its silence counts, as for cases (docs/adr/0004).
"""

from datetime import datetime
from enum import Enum, auto
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from complaints.models import Errand, Notice
from complaints.models.course import OnCourse
from complaints.registry.course_letters import WAITS
from complaints.registry.lifecycle import STATES
from complaints.workflow.case import Role

LOST = ("dead", "void")  # letters that never will arrive


class Untold(Enum):
    """Why there is no instant at which the enterprise was told."""

    NOT_YET = auto()  # the letter waits, or somebody is to phone
    NOBODY_SENT = auto()  # the letter is lost, and nobody has been asked to phone
    NEVER = auto()  # every known way was tried


def theirs(model: type[OnCourse]) -> list[str]:
    """The states in which an enterprise has something to do in time."""
    return [row.state for row in STATES[model.course] if row.owner is Role.ENTERPRISE and row.state not in WAITS]


def told_at(session: Session, subject: OnCourse) -> datetime | Untold:
    """When the enterprise heard of the clock that runs against it, or ran last: the earliest that is proven."""
    if subject.opening is None:
        return subject.since  # it began this itself
    errand = session.scalars(select(Errand).where(Errand.notice_id == subject.opening)).one_or_none()
    letter = session.execute(select(Notice.status, Notice.sent_at).where(Notice.id == subject.opening)).one()
    sent = [letter.sent_at] if letter.sent_at is not None else []
    heard: list[datetime] = [*sent, *([errand.since] if errand is not None and errand.state == "reached" else [])]
    if heard:
        return min(heard)
    if letter.status not in LOST or (errand is not None and errand.due_at is not None):
        return Untold.NOT_YET
    return Untold.NOBODY_SENT if errand is None else Untold.NEVER


def proven(model: Any) -> ColumnElement[bool]:
    """Courses whose enterprise was told before its last clock ended: when they entered the state that they are in."""
    letter = exists().where(Notice.id == model.opening, Notice.sent_at <= model.since)
    reached = exists().where(
        Errand.notice_id == model.opening, Errand.state == "reached", Errand.since <= model.since
    )  # fmt: skip
    return or_(model.opening.is_(None), letter, reached)
