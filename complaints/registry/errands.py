"""Errands: somebody of the centre tells an enterprise by phone or post what no letter told it; a clock waits for it.

An errand begins where the letter that opened a clock is lost, and is called off where the letter arrives after all or
the clock has ended. "Reached" is the proof: the clock is counted from then. `at` is aware UTC.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from complaints import clock, db
from complaints.errors import NotFound
from complaints.models import Enterprise, Errand, Notice
from complaints.models.course import OnCourse
from complaints.registry import course, course_telling, saying
from complaints.registry.lifecycle import REVIEWERS
from complaints.registry.sweeping import BY_COURSE, count, one_by_one
from complaints.workflow.case import CLOCK, Actor

VERBS = ("reach", "give_up")
LISTED = 200  # on one page; the others come when these are done


def due_count(session: Session, at: datetime) -> int:
    """How many lost letters, and errands whose letter has arrived, wait for the sweep."""
    return count(session, _waiting, at)


def work(now: Callable[[], datetime] = clock.now, budget_seconds: float = 20.0) -> int:
    """Send somebody where a letter is lost, nobody where it has arrived; returns how many. Bears copies of itself."""
    return one_by_one("telling its enterprise", _waiting, _one, now, budget_seconds)


def _waiting(_session: Session, model: type[OnCourse], _at: datetime) -> Select[int]:
    return (_arrived() if model is Errand else _lost(model)).order_by(model.id)


def _lost(model: type[OnCourse]) -> Select[int]:
    """Courses whose clock waits for a letter that is lost, and nobody is sent."""
    sent = exists().where(Errand.notice_id == model.opening)
    lost = select(model.id).join(Notice, Notice.id == model.opening).where(Notice.status.in_(course_telling.LOST))
    return lost.where(model.due_at.is_not(None), model.state.in_(course_telling.theirs(model)), ~sent)


def _arrived() -> Select[int]:
    arrived = select(Errand.id).join(Notice, Notice.id == Errand.notice_id)
    return arrived.where(Errand.due_at.is_not(None), Notice.sent_at.is_not(None))


def _one(model: type[OnCourse], subject_id: int, now: Callable[[], datetime]) -> bool:
    with db.transaction() as session:
        subject = course.lock(session, model, subject_id)
        if session.scalar(_waiting(session, model, now()).where(model.id == subject_id)) is None:
            return False
        if isinstance(subject, Errand):
            course.fire(session, subject, "call_off", CLOCK, now())
        else:
            course.send_somebody(session, subject, now())
        return True


@dataclass(frozen=True, slots=True)
class Line:
    """One open errand, and its enterprise; `phone` and `post`: whether that way is known."""

    errand: Errand
    enterprise: str
    phone: bool
    post: bool


def waiting(session: Session, way: str = "") -> Sequence[Line]:
    """Open errands, the nearest date first, LISTED at most; `way`: phone, post (no phone) or none."""
    query = select(Errand, Enterprise.name, Enterprise.phone, Enterprise.address)
    query = query.join(Enterprise, Enterprise.id == Errand.enterprise_id).where(Errand.due_at.is_not(None))
    phone, post = Enterprise.phone != "", Enterprise.address != ""
    ways = {"phone": [phone], "post": [~phone, post], "none": [~phone, ~post]}
    rows = session.execute(query.where(*ways.get(way, [])).order_by(Errand.due_at, Errand.id).limit(LISTED))
    return [Line(errand, name, bool(number), bool(address)) for errand, name, number, address in rows]


def of_letters(session: Session, ids: Sequence[int]) -> dict[int, int]:
    """The open errands of lost letters, by letter."""
    query = select(Errand.notice_id, Errand.id).where(Errand.notice_id.in_(ids), Errand.due_at.is_not(None))
    return {row.notice_id: row.id for row in session.execute(query)}


def look(session: Session, errand_id: int, actors: Sequence[Actor]) -> Errand:
    """An errand, for whoever takes complaints in or supervises. Raises NotFound."""
    errand = session.get(Errand, errand_id)
    if errand is None or not any(actor.role in REVIEWERS for actor in actors):
        raise NotFound(f"there is no errand {errand_id}")
    return errand


def subject_of(session: Session, errand: Errand) -> OnCourse:
    """What its clock belongs to."""
    return session.get_one(BY_COURSE[errand.about], errand.about_id)


def act(
    session: Session, errand_id: int, trigger: str, actors: Sequence[Actor], at: datetime, facts: dict[str, Any],
    version: int | None = None,
) -> Errand:  # fmt: skip
    """Record what came of it, with a note that may be empty. Who was reached has their whole time from today.

    Raises NotFound, StaleVersion, NotAllowed, and BadInput for `reason`.
    """
    actor = course.in_role(look(session, errand_id, actors), trigger, actors, at, version)
    errand = course.lock(session, Errand, errand_id, version=version)
    course.run_out(session, errand, at)
    course.fire(session, errand, trigger, actor, at, reason=saying.noted(facts.get("reason", "")))
    course.take_note(session, course.lock(session, BY_COURSE[errand.about], errand.about_id), at)
    return errand
