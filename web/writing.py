"""Every write of the pages has one shape: parse, transaction, take, perform, leave."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marshmallow import Schema
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import clock, db
from complaints.errors import BadInput
from complaints.models import FormKey, Task
from complaints.schemas import parse
from complaints.workflow import actions, filings, rows
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
    key: str = ""  # random, made with each new form


def read(schema: Schema, names: Iterable[str], must: Iterable[str], typed: Typed) -> dict[str, Any]:
    """The facts that were typed. Raises BadInput, naming the fields."""
    names = list(names)
    facts: dict[str, Any] = parse(schema, typed_data(schema, names, typed))
    absent = {name: ["required"] for name in must if not facts.get(name)}
    if absent:
        raise BadInput("more is needed here", absent)
    return facts


def act(attempt: Attempt, facts: dict[str, Any]) -> Case:
    """Do it, or raise and change nothing. The same form arriving twice is done once."""
    with db.transaction() as session:
        at = clock.now()
        before = rows.load(session, number=attempt.number)  # locked, so that a second click waits for the first
        actor = _acting(session, before, attempt, at, facts) if before else attempt.actors[0]
        if before and attempt.key and not _first_time(session, before, attempt, facts, at):
            return before
        case = actions.take(session, attempt.number, actor, at, attempt.version)
        return actions.perform(session, case, attempt.trigger, actor, at, facts)


def _first_time(session: Session, case: Case, attempt: Attempt, facts: dict[str, Any], at: datetime) -> bool:
    """Whether this form, with just these facts, has not been carried out yet; noted together with what it does."""
    said = json.dumps([attempt.key, attempt.trigger, facts], sort_keys=True, default=str)
    digest = filings.key_hash(said)
    if session.scalar(select(FormKey.id).where(FormKey.key_hash == digest)) is not None:
        return False
    session.add(FormKey(complaint_id=case.id, key_hash=digest, used_at=at))
    return True


def _acting(session: Session, case: Case, attempt: Attempt, at: datetime, facts: dict[str, Any]) -> Actor:
    """In which of the roles held: for a task the one it is for, else a supervisor; otherwise the first that may."""
    task = session.get(Task, facts["task_id"]) if "task_id" in facts else None
    if task is not None:
        wanted = (task.role, Role.SUPERVISOR.value)
        held = [actor for role in wanted for actor in attempt.actors if actor.role.value == role]
        return held[0] if held else attempt.actors[0]
    return actors.acting(case, attempt.actors, attempt.trigger, at)
