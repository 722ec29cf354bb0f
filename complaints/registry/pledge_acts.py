"""What somebody wants done to a pledge, carried out once: the way in for pages, programs and imported files alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from complaints.errors import NotFound
from complaints.models import Pledge
from complaints.registry import course, pledges
from complaints.registry.pledges import Wording
from complaints.registry.uploads import Upload
from complaints.workflow import evidence, idempotency
from complaints.workflow.case import Actor

WORDED = ("edit", "submit", "propose_change")  # triggers that word the promises
PROVEN = ("submit", "propose_change")  # and take files
REASONED = ("ask_back", "refuse", "refuse_change")  # a reason must be given
OWN = (*WORDED, "withdraw_change", "withdraw")  # the enterprise's own
DECIDED = ("approve", "publish", "accept_change", *REASONED)  # the association's


@dataclass(frozen=True, slots=True)
class Given:
    """What comes with it: words, files, a reason; as the trigger asks."""

    wording: Wording | None = None
    files: Sequence[Upload] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who wants what done: in which roles, to which version of the pledge (None: whichever), under which key."""

    pledge_id: int
    trigger: str
    actors: Sequence[Actor]
    version: int | None
    caller: str  # whose keys these are
    key: str


def act(session: Session, attempt: Attempt, given: Given, at: datetime) -> Pledge:
    """Do it once, in the role that may. Raises KeyReused, and what the verbs raise."""
    idempotency.hold(session, idempotency.digest([attempt.caller, attempt.key]))
    pledge = pledges.look(session, attempt.pledge_id, attempt.actors)

    def do() -> idempotency.Answer:
        actor = acting(pledge, attempt.actors, attempt.trigger, at)
        perform(session, pledge.id, attempt.trigger, actor, at, given, attempt.version)
        return {"pledge": pledge.id}

    request = [attempt.pledge_id, attempt.trigger, str(given.wording), given.reason, *evidence.hashes(given.files)]
    idempotency.answer(session, attempt.caller, attempt.key, request, do)
    return pledge


def acting(pledge: Pledge, actors: Sequence[Actor], trigger: str, at: datetime) -> Actor:
    """The role in which somebody who holds several does this; the first one where none may (then the verb says why)."""
    return next((each for each in actors if trigger in course.actions(pledge, each, at)), actors[0])


def perform(
    session: Session, pledge_id: int, trigger: str, actor: Actor, at: datetime, given: Given, version: int | None = None
) -> None:
    """The verb of a trigger. Raises NotFound for one that nobody pulls by hand, and what the verbs raise."""
    words = given.wording
    if trigger == "edit" and words is not None:
        pledges.edit(session, pledge_id, words, actor, at, version)
    elif trigger == "submit":
        pledges.submit(session, pledge_id, words, given.files, actor, at, version)
    elif trigger == "propose_change" and words is not None:
        pledges.propose_change(session, pledge_id, words, actor, at, given.files, version)
    elif trigger in PLAIN:
        PLAIN[trigger](session, pledge_id, actor, at, version)
    elif trigger in WITH_REASON:
        WITH_REASON[trigger](session, pledge_id, actor, at, given.reason, version)
    else:
        raise NotFound(f"nobody does {trigger} to a pledge")


PLAIN: Mapping[str, Callable[..., Any]] = {
    "approve": pledges.approve,
    "publish": pledges.publish,
    "accept_change": pledges.accept_change,
    "withdraw_change": pledges.withdraw_change,
}
WITH_REASON: Mapping[str, Callable[..., Any]] = {
    "ask_back": pledges.ask_back,
    "refuse": pledges.refuse,
    "refuse_change": pledges.refuse_change,
    "withdraw": pledges.withdraw,
}
