"""Where a pledge, signal or measure stands, told to whoever is refused because of it."""

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
    at = clock.now()
    with db.reading() as session:
        subject = look(session)
        possible = dict.fromkeys(each for actor in actors for each in course.actions(subject, actor, at))
        return {"id": subject.id, "state": subject.state, "version": subject.seq, "actions": list(possible)}
