"""What pledges, signals, measures and errands have in common for programs: acting once on the version that was seen,
and where it stands, told to whoever is refused because of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy.orm import Session

from complaints import clock, db
from complaints.api.acting import REPLAYED
from complaints.api.cases import etag
from complaints.api.operations import Call, Reply
from complaints.api.problems import Problem
from complaints.errors import NotAllowed, NotNow, StaleVersion
from complaints.models.course import OnCourse
from complaints.registry import course
from complaints.workflow import idempotency
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


def acted(
    call: Call, act: Callable[..., OnCourse], look: Callable[..., OnCourse], subject_id: int, actors: Sequence[Actor],
    given: Mapping[str, Any],
) -> Reply:  # fmt: skip
    """Pull the trigger that was given, with the facts beside it; a repeated request is answered as it was."""
    facts = {name: value for name, value in given.items() if name != "trigger"}

    def there(session: Session) -> OnCourse:
        return look(session, subject_id, actors)

    seen = version(call.version, there, actors)

    def do(session: Session) -> dict[str, Any]:
        subject = act(session, subject_id, given["trigger"], actors, clock.now(), facts, seen)
        return {"id": subject.id, "state": subject.state, "version": subject.seq}

    with honest(there, actors):
        return once(call, [act.__module__, subject_id, given], do)


def once(call: Call, asked: list[Any], do: Callable[[Session], dict[str, Any]]) -> Reply:
    """Do it in a transaction; a repeated request is answered as it was."""
    with db.transaction() as session:
        answer, replayed = idempotency.once(session, call.caller.scope, call.key, asked, lambda: do(session))
    return Reply(answer, etag(answer["version"]) | (REPLAYED if replayed else {}))


def _standing(look: Look, actors: Sequence[Actor]) -> dict[str, Any]:
    with db.reading() as session:
        subject = look(session)
        can = actions(subject, actors)
        return {"id": subject.id, "state": subject.state, "version": subject.seq, "actions": can}


def actions(subject: OnCourse, actors: Sequence[Actor]) -> list[str]:
    """What somebody may do now, in any of their roles."""
    at = clock.now()
    return list(dict.fromkeys(each for actor in actors for each in course.actions(subject, actor, at)))


def log(session: Session, subject: OnCourse, actors: Sequence[Actor]) -> list[dict[str, Any]]:
    """What happened, the oldest first; each side reads who of its own people acted."""
    events = course.log(session, subject)
    people = course.people(session, events, actors)
    return [
        {"trigger": each.trigger, "role": each.role, "person": people.get(each.id, ""),
         "reason": each.facts.get("reason", ""), "occurred_at": each.occurred_at}
        for each in events
    ]  # fmt: skip


def beside(session: Session, subject: OnCourse, actors: Sequence[Actor]) -> dict[str, Any]:
    """What somebody may do now, and what happened."""
    return {"actions": actions(subject, actors), "log": log(session, subject, actors)}
