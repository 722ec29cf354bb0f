"""What somebody wants done to a case, carried out once: the way in for pages and programs alike.

Lock, answer a repeated request as before, check the version that was seen, expire what is due, act in the right role.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from complaints import logs
from complaints.clock import SHANGHAI, local_date
from complaints.errors import NotFound
from complaints.workflow import actions, callers, expiry, idempotency, lifecycle, rows, sight
from complaints.workflow.case import Actor, Case
from complaints.workflow.idempotency import Answer


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody wants to do, which version of the case they saw (None: whichever), and the key they chose."""

    number: str
    trigger: str
    actors: Sequence[Actor]
    version: int | None
    caller: str  # whose keys these are
    key: str
    also: tuple[str, ...] = ()  # what else the request holds: the hashes of its files


Beside = Callable[[Session], Case | None]  # written with the action; answers the case where that has changed it again


def act(
    session: Session, attempt: Attempt, facts: Mapping[str, Any], at: datetime, beside: Sequence[Beside] = ()
) -> tuple[Answer, bool]:  # fmt: skip
    """Do it, and answer where the case stands then; or answer as before, where it was done before (True).

    What is written `beside` the action stands with it or not at all. Raises NotFound, KeyReused, StaleVersion,
    NotAllowed, NotNow, BadInput, and changes nothing.
    """
    key_hash = idempotency.digest([attempt.caller, attempt.key])
    case = _known(session, attempt.number, attempt.actors, lock=True, key_hash=key_hash)

    def do() -> Answer:
        actions.ready(session, case, at, attempt.version)
        actor = callers.acting(session, case, attempt.actors, attempt.trigger, at, facts.get("task_id"))
        after = actions.perform(session, case, attempt.trigger, actor, at, facts)
        for write in beside:
            after = write(session) or after
        return standing(after, attempt.actors, at)

    request = [attempt.number, attempt.trigger, {name: str(value) for name, value in facts.items()}, *attempt.also]
    return idempotency.answer(session, attempt.caller, attempt.key, request, do)


def lock(session: Session, number: str, actors: Sequence[Actor]) -> Case:
    """The case, locked. Raises NotFound where there is none that one of these actors may know about."""
    return _known(session, number, actors, lock=True)


def look(session: Session, number: str, actors: Sequence[Actor], at: datetime) -> Case:
    """The case as it is shown, unlocked. Raises NotFound as `lock` does."""
    case = _known(session, number, actors, lock=False)
    expiry.keep_windows_open(session, case, at)
    return case


def _known(session: Session, number: str, actors: Sequence[Actor], *, lock: bool, key_hash: str | None = None) -> Case:
    sayable = number.isascii() and number.isprintable()  # what cannot be a number: no database takes every character
    case = rows.load(session, number=number, lock=lock, key_hash=key_hash) if sayable else None
    if case is None or not any(sight.may_see(case, actor) for actor in actors):
        raise NotFound(f"there is no case {number}")
    logs.bind(case=case.number)
    return case


def standing(case: Case, actors: Sequence[Actor], at: datetime) -> Answer:
    """Where the case stands for these actors, as JSON, without personal data. Instants in Shanghai's time."""
    return {
        "number": case.number,
        "version": case.version,
        "state": case.state.value,
        "outcome": case.outcome.value if case.outcome else None,
        "owners": [owner.value for owner in lifecycle.owners(case)],
        "due_at": case.due_at.astimezone(SHANGHAI).isoformat() if case.due_at else None,
        "last_day": local_date(case.due_at - timedelta(microseconds=1)).isoformat() if case.due_at else None,
        "provisional": case.provisional,
        "actions": callers.actions(case, actors, at),
    }
