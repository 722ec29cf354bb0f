"""Stories that consumers let be published: the choice by the private link, and the look of somebody at the centre."""

from datetime import datetime
from typing import Any

from marshmallow import Schema, fields

from complaints import clock, db
from complaints.api.acting import REPLAYED
from complaints.api.cases import CASE
from complaints.api.limits import ACTS
from complaints.api.operations import Call, Reply, operation
from complaints.api.problems import Problem
from complaints.api.shapes import Instant, many, text
from complaints.fields import Choice, Flag
from complaints.inputs import Input
from complaints.insight import narratives
from complaints.models import PublishedNarrative
from complaints.workflow import attempts, idempotency
from complaints.workflow.case import Actor, Role

MINE: dict[str, Any] = {"security": ("consumer",)}
OURS: dict[str, Any] = {"security": ("account",)}
ONE = "/stories/<string:number>"
DECISIONS = ("publish", "refuse")


class Story(Schema):
    """What you chose, and what became of it."""

    state = text("Where it stands.", one_of=list(narratives.STANDINGS))
    scrubbed = text("What is published, or would be; null where nothing is kept.", maybe=True)
    consented_at = Instant("When you let it be published.", allow_none=True)
    looked_at = Instant("When somebody looked at it.", allow_none=True)
    withdrawn_at = Instant("When you took it back.", allow_none=True)


class WaitingStory(Schema):
    """A case whose story waits for somebody to look."""

    number = text("The case.", example="C26-7K3M-Q2XA")
    consented_at = Instant("Since when.")


class WaitingStories(Schema):
    """Stories to look at, without their text."""

    items = many(WaitingStory, "The oldest consent first, at most fifty.")


class StoryToLookAt(Schema):
    """One story, beside what would be published."""

    number = text("The case.", example="C26-7K3M-Q2XA")
    story = text("As it was written. Reading it is recorded.")
    scrubbed = text("What would be published.")
    removed = fields.Dict(
        required=True, keys=fields.String(), values=fields.Integer(),
        metadata={"description": "How many pieces of each kind were taken out."},
    )  # fmt: skip
    consented_at = Instant("When the consumer let it be published.")


class ChoiceSchema(Input):
    """Let it be published, or take that back."""

    publish = Flag(required=True)


class LookedSchema(Input):
    """Let it be published, or not."""

    trigger = Choice(*DECISIONS, required=True)


@operation("get_my_story", "GET", f"{CASE}/story", "stories", answer=Story, refuses=(403,), says=MINE)
def get_my_story(call: Call, number: str) -> Reply:
    """Read what you chose about your story, and what is or would be published"""
    with db.reading() as session:
        case = attempts.look(session, number, call.caller.actors, clock.now())
        _consumer(call)
        return Reply(_story(narratives.of(session, case.id)))


@operation("choose_story", "POST", f"{CASE}/story", "stories", answer=Story, body=ChoiceSchema, keyed=True,
           refuses=(403, 409), limit=ACTS, says=MINE | {"example": {"publish": True}})  # fmt: skip
def choose_story(call: Call, number: str) -> Reply:
    """Let your story be published, or take that back

    It changes nothing in the case, and the enterprise is not told. Somebody looks at it before it is published; taken
    back, the text is erased at once. 409 where there is no story any more.
    """
    publish = call.parsed(ChoiceSchema())["publish"]
    with db.transaction() as session:
        at = clock.now()
        case = attempts.look(session, number, call.caller.actors, at)
        _consumer(call)

        def do() -> idempotency.Answer:
            act = narratives.consent if publish else narratives.withdraw
            act(session, case, at)
            return {}

        asked = ["story", number, publish]
        _done, replayed = idempotency.once(session, call.caller.scope, call.key, asked, do)
        told = _story(narratives.of(session, case.id))
    return Reply(told, REPLAYED if replayed else {})


@operation("list_stories", "GET", "/stories", "stories", answer=WaitingStories, refuses=(403,), says=OURS)
def list_stories(call: Call) -> Reply:
    """List the cases whose story waits for somebody to look"""
    _looker(call)
    with db.reading() as session:
        found = narratives.waiting(session)
    return Reply({"items": [{"number": number, "consented_at": since} for number, since in found]})


@operation("look_at_story", "GET", ONE, "stories", answer=StoryToLookAt, refuses=(403,), says=OURS)
def look_at_story(call: Call, number: str) -> Reply:
    """Read one story beside what would be published; the look is recorded, and the consumer sees it"""
    actor = _looker(call)
    with db.transaction() as session:
        found = narratives.look(session, number, actor, clock.now())
        row = found.row
        told = {"number": found.number, "story": found.story, "scrubbed": row.scrubbed, "removed": row.removed,
                "consented_at": row.consented_at}  # fmt: skip
    return Reply(told)


@operation("decide_story", "POST", f"{ONE}/actions", "stories", answer=WaitingStories, body=LookedSchema, keyed=True,
           refuses=(403,), limit=ACTS, says=OURS | {"example": {"trigger": "publish"}})  # fmt: skip
def decide_story(call: Call, number: str) -> Reply:
    """Let a story that you looked at be published, or refuse it

    Refused, its text is erased. 404 where it does not wait any more. Answers with those that still wait.
    """
    actor, trigger = _looker(call), call.parsed(LookedSchema())["trigger"]
    with db.transaction() as session:

        def do() -> idempotency.Answer:
            narratives.decide(session, number, publish=trigger == "publish", actor=actor, at=clock.now())
            return {}

        asked = ["decide story", number, trigger]
        _done, replayed = idempotency.once(session, call.caller.scope, call.key, asked, do)
        found: list[tuple[str, datetime]] = list(narratives.waiting(session))
    told = {"items": [{"number": each, "consented_at": since} for each, since in found]}
    return Reply(told, REPLAYED if replayed else {})


def _story(row: PublishedNarrative | None) -> dict[str, Any]:
    names = ("scrubbed", "consented_at", "looked_at", "withdrawn_at")
    return {name: getattr(row, name, None) for name in names} | {"state": narratives.standing(row)}


def _consumer(call: Call) -> None:
    if not call.caller.holds(Role.CONSUMER):
        raise Problem("not_for_role")


def _looker(call: Call) -> Actor:
    """Somebody of the centre who looks at stories, as on the pages."""
    for actor in call.caller.actors:
        if actor.role in narratives.LOOKERS:
            return actor
    raise Problem("not_for_role")
