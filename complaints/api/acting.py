"""Acting: one operation for each trigger that a person can pull, each with the body that its schema says."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from complaints import clock, db
from complaints.api import describing, shapes
from complaints.api.cases import CASE, etag
from complaints.api.limits import ACTS
from complaints.api.operations import Call, Operation, Reply, Work, add
from complaints.api.problems import Problem
from complaints.errors import ComplaintsError, NotAllowed, NotNow, StaleVersion
from complaints.schemas import FACTS
from complaints.words import say
from complaints.workflow import attempts, evidence, lifecycle
from complaints.workflow.attempts import Attempt

REPLAYED = {"Idempotency-Replayed": "true"}
EXAMPLES: dict[str, dict[str, Any]] = {
    "offer": {"remedy": "A new kettle of the same model.", "amount": "129.00"},
    "accept_offer": {"release": ["name", "phone", "address"]},
    "decline": {"reason": "The kettle was used on a stove."},
    "extend": {"reason": "The workshop's report comes on Monday."},
    "report_performance": {"text": "Refunded on 8 July, receipt 20260708-1."},
    "counter": {"text": "The full price, please.", "amount": "129.00"},
    "reopen": {"reason": "It broke again.", "ground": "breach"},
    "ask_information": {"missing": ["phone"], "text": "Please send a number that works."},
    "assign": {"mediator_id": None},
}


def act(call: Call, number: str, trigger: str, *, blindly: bool = False) -> Reply:
    """Pull a trigger, as the pages do; whoever acts on an old version, or on none, is told where the case stands."""
    facts = call.parsed(FACTS[trigger]())
    if call.version is None and not blindly:
        raise Problem("version_required", {"If-Match": ["required"]}, current=_standing(call, number))
    also, actors = evidence.hashes(call.files), call.caller.actors
    attempt = Attempt(number, trigger, actors, call.version, call.caller.scope, call.key, also)
    files = evidence.beside(number, actors, call.files, clock.now)
    with honest(call, number, trigger), db.transaction() as session:
        answer, replayed = attempts.act(session, attempt, facts, clock.now(), files)
    return Reply(answer, etag(answer["version"]) | (REPLAYED if replayed else {}))


@contextmanager
def honest(call: Call, number: str, trigger: str) -> Iterator[None]:
    """Whoever is refused because of where the case stands is told where that is."""
    try:
        yield
    except (StaleVersion, NotAllowed, NotNow) as error:
        raise Problem(_code(call, trigger, error), current=_standing(call, number)) from None


def _code(call: Call, trigger: str, error: ComplaintsError) -> str:
    """What this role can never do is forbidden; what it cannot do now may be possible another time."""
    never = not call.caller.holds(*(role for each in lifecycle.TABLE if each.trigger == trigger for role in each.by))
    return "not_for_role" if isinstance(error, NotAllowed) and never else error.code


def _standing(call: Call, number: str) -> dict[str, Any]:
    with db.reading() as session:
        at = clock.now()
        case = attempts.look(session, number, call.caller.actors, at)
        return attempts.standing(case, call.caller.actors, at)


def _work(trigger: str) -> Work:
    def work(call: Call, number: str) -> Reply:
        return act(call, number, trigger)

    who = sorted({role.value for each in lifecycle.TABLE if each.trigger == trigger for role in each.by} - {"clock"})
    work.__doc__ = f"{say('en', f'trigger.{trigger}')}\n\n{FACTS[trigger].__doc__} For: {', '.join(who)}."
    return work


for _trigger in FACTS:
    _example = EXAMPLES.get(_trigger)
    add(
        Operation(
            name=_trigger,
            method="POST",
            path=f"{CASE}/actions/{_trigger}",
            tag="actions",
            answer=shapes.Standing,
            body=FACTS[_trigger],
            files=_trigger in evidence.PROVEN,
            keyed=True,
            version="required",
            refuses=(403, 409),
            limit=ACTS,
            says={"example": _example, "headers": {"ETag": describing.ETAG}},
        ),
        _work(_trigger),
    )
