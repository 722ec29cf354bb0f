"""Every write of the pages has one shape: parse, transaction, take, perform, leave."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import clock, db
from complaints.errors import BadInput
from complaints.models import Event, PrivateItem
from complaints.schemas import parse
from complaints.workflow import actions, rows
from complaints.workflow.case import Actor, Case
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
        actor = actors.acting(before, attempt.actors, attempt.trigger, at) if before else attempt.actors[0]
        if before and _done_already(session, before, attempt, facts):
            return before
        case = actions.take(session, attempt.number, actor, at, attempt.version)
        return actions.perform(session, case, attempt.trigger, actor, at, facts)


def _done_already(session: Session, case: Case, attempt: Attempt, facts: dict[str, Any]) -> bool:
    """Whether the entry after the version seen is this very act: same trigger, same person, same words."""
    if case.version == attempt.version:
        return False
    entry = select(Event).where(Event.complaint_id == case.id, Event.seq == attempt.version + 1)
    event = session.scalars(entry).one_or_none()
    who = {(actor.role.value, actor.account_id) for actor in attempt.actors}
    if event is None or event.trigger != attempt.trigger or (event.role, event.actor_id) not in who:
        return False
    kept = session.scalars(
        select(PrivateItem.value).where(PrivateItem.complaint_id == case.id, PrivateItem.seq == event.seq)
    )
    return set(kept) <= {value for value in facts.values() if isinstance(value, str)}
