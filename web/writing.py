"""Every write of the pages has one shape: parse, transaction, act, leave."""

from collections.abc import Iterable, Sequence
from typing import Any

from marshmallow import Schema

from complaints import clock, db
from complaints.errors import BadInput
from complaints.schemas import parse
from complaints.workflow import attempts, drafts
from complaints.workflow.attempts import Attempt, Beside
from web.forms import Typed, typed_data


def read(schema: Schema, names: Iterable[str], must: Iterable[str], typed: Typed) -> dict[str, Any]:
    """The facts that were typed. Raises BadInput, naming the fields."""
    names = list(names)
    facts: dict[str, Any] = parse(schema, typed_data(schema, names, typed))
    absent = {name: ["required"] for name in must if not facts.get(name)}
    if absent:
        raise BadInput("more is needed here", absent)
    return facts


def act(attempt: Attempt, facts: dict[str, Any], beside: Sequence[Beside] = ()) -> None:
    """Do it, or raise and change nothing. The same form arriving twice is done once.

    What is written `beside` it is written in the same transaction: both stand, or neither.
    """
    with db.transaction() as session:
        attempts.act(session, attempt, facts, clock.now(), beside)
        drafts.sent(session, attempt.number, attempt.trigger, attempt.actors)
