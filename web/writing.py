"""Every write of the pages has one shape: parse, transaction, take, perform, leave."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from marshmallow import Schema
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import clock, db
from complaints.errors import BadInput
from complaints.models import Event, PrivateItem, Task
from complaints.schemas import parse
from complaints.workflow import actions, rows
from complaints.workflow.case import Actor, Case, Role
from web import actors
from web.forms import Typed, typed_data


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody wants to do, and which version of the case they were looking at."""

    number: str
    trigger: str
    actors: Sequence[Actor]
    version: int


def read(schema: Schema, names: Iterable[str], must: Iterable[str], typed: Typed) -> dict[str, Any]:
    """The facts that were typed. Raises BadInput, naming the fields."""
    names = list(names)
    facts: dict[str, Any] = parse(schema, typed_data(schema, names, typed))
    absent = {name: ["required"] for name in must if not facts.get(name)}
    if absent:
        raise BadInput("more is needed here", absent)
    return facts


def act(attempt: Attempt, facts: dict[str, Any]) -> Case:
    """Do it, or raise and change nothing. The same click arriving twice is done once."""
    with db.transaction() as session:
        at = clock.now()
        before = rows.load(session, number=attempt.number)
        actor = _acting(session, before, attempt, at, facts) if before else attempt.actors[0]
        if before and _done_already(session, before, attempt, facts):
            return before
        case = actions.take(session, attempt.number, actor, at, attempt.version)
        return actions.perform(session, case, attempt.trigger, actor, at, facts)


def _acting(session: Session, case: Case, attempt: Attempt, at: datetime, facts: dict[str, Any]) -> Actor:
    """In which of the roles held: for a task the one it is for, else a supervisor; otherwise the first that may."""
    task = session.get(Task, facts["task_id"]) if "task_id" in facts else None
    if task is not None:
        wanted = (task.role, Role.SUPERVISOR.value)
        held = [actor for role in wanted for actor in attempt.actors if actor.role.value == role]
        return held[0] if held else attempt.actors[0]
    return actors.acting(case, attempt.actors, attempt.trigger, at)


def _done_already(session: Session, case: Case, attempt: Attempt, facts: dict[str, Any]) -> bool:
    """Whether the entry after the version seen is this very act: same trigger, same person, same words."""
    if case.version == attempt.version:
        return False
    entry = select(Event).where(Event.complaint_id == case.id, Event.seq == attempt.version + 1)
    event = session.scalars(entry).one_or_none()
    who = {(actor.role.value, actor.account_id) for actor in attempt.actors}
    if event is None or event.trigger != attempt.trigger or (event.role, event.actor_id) not in who:
        return False
    here = (PrivateItem.complaint_id == case.id, PrivateItem.seq == event.seq)
    kept = set(session.scalars(select(PrivateItem.value).where(*here)))
    logged = event.payload["facts"]
    return all(value in kept or _same(value, logged.get(name)) for name, value in facts.items())


def _same(typed: Any, logged: Any) -> bool:
    """Whether what was typed is what the log says; nothing typed is nothing logged."""
    if isinstance(typed, Decimal):
        typed = f"{typed:.2f}"
    if isinstance(typed, date):
        typed = typed.isoformat()
    return typed == logged or (not typed and not logged and typed is not False)
