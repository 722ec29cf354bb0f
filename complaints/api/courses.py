"""Where a pledge, signal, measure or objection stands: beside its rows, and told to whoever is refused."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy.orm import Session

from complaints import clock, db
from complaints.api.problems import Problem
from complaints.errors import NotAllowed, NotNow, StaleVersion
from complaints.models.course import OnCourse
from complaints.registry import course
from complaints.workflow.case import Actor

Look = Callable[[Session], OnCourse]  # raises NotFound where it is not the caller's to know about


def version(given: int | None, look: Look, actors: Sequence[Actor]) -> int:
    """The version that the caller saw. Raises Problem (428), which says where it stands."""
    if given is None:
        raise Problem("version_required", {"If-Match": ["required"]}, course=_standing(look, actors))
    return given


@contextmanager
def honest(look: Look, actors: Sequence[Actor]) -> Iterator[None]:
    """What is refused because of where it stands (409, 412, 403) says where that is."""
    try:
        yield
    except (StaleVersion, NotNow, NotAllowed) as error:
        raise Problem(error.code, error.fields, course=_standing(look, actors)) from None


def _standing(look: Look, actors: Sequence[Actor]) -> dict[str, Any]:
    with db.reading() as session:
        subject = look(session)
        can = actions(subject, actors)
        return {"id": subject.id, "state": subject.state, "version": subject.seq, "actions": can}


def actions(subject: OnCourse, actors: Sequence[Actor]) -> list[str]:
    """What somebody may do now, in any of their roles."""
    at = clock.now()
    return list(dict.fromkeys(each for actor in actors for each in course.actions(subject, actor, at)))


def log(session: Session, subject: OnCourse) -> list[dict[str, Any]]:
    """What happened, the oldest first."""
    return [
        {"trigger": each.trigger, "role": each.role, "reason": each.facts.get("reason", ""),
         "occurred_at": each.occurred_at}
        for each in course.log(session, subject)
    ]  # fmt: skip


def beside(session: Session, subject: OnCourse, actors: Sequence[Actor]) -> dict[str, Any]:
    """What somebody may do now, and what happened."""
    return {"actions": actions(subject, actors), "log": log(session, subject)}
