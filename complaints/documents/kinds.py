"""Which event of a case makes which document, and whose it is. One table."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from complaints.models import Event
from complaints.workflow.case import OFFICERS, Outcome, Role, State


class Kind(StrEnum):
    """The documents that the centre issues."""

    ACCEPTANCE = "acceptance"  # 受理通知书 (Order 121 art 15)
    REFUSAL = "refusal"  # 不予受理决定书 (art 15, 16; the other routes: Consumer Protection Law art 39)
    TERMINATION = "termination"  # 终止调解通知书 (art 23)
    AGREEMENT = "agreement"  # 调解书 (art 24)
    RECORD = "record"  # 调解笔录, where both waive the agreement or it was performed at once (art 24)
    HEARING = "hearing"  # 现场调解通知书 (art 20)
    RECUSAL = "recusal"  # 回避决定书 (art 21)


@dataclass(frozen=True, slots=True)
class Standing:
    """What of an event decides whether it makes a document."""

    trigger: str
    dest: str
    facts: Mapping[str, Any]
    outcome: str | None


BOTH = (Role.CONSUMER, Role.ENTERPRISE)
TO: dict[Kind, tuple[Role, ...]] = {
    Kind.ACCEPTANCE: BOTH,
    Kind.REFUSAL: (Role.CONSUMER,),
    Kind.TERMINATION: BOTH,
    Kind.AGREEMENT: BOTH,
    Kind.RECORD: BOTH,
    Kind.HEARING: BOTH,
    Kind.RECUSAL: BOTH,
}
REPLACED_BY_LATER = (Kind.HEARING, Kind.AGREEMENT, Kind.RECORD)
ENDED = (Outcome.TERMINATED.value, Outcome.CONSENT_UNANSWERED.value)


def made_by(event: Event) -> Kind | None:
    """The document that an event makes; None where it makes none."""
    payload = event.payload
    return of(Standing(event.trigger, event.to_state, payload["facts"], payload.get("outcome")))


def of(event: Standing) -> Kind | None:
    """As `made_by`, of the parts that decide."""
    if event.trigger in _ALWAYS:
        return _ALWAYS[event.trigger]
    if event.trigger == "conclude":
        return Kind.RECORD if event.facts.get("waived") else Kind.AGREEMENT
    if event.trigger == "file" and event.dest == State.WITH_ENTERPRISE:
        return Kind.ACCEPTANCE  # by the green channel
    ends = event.trigger in _MAY_END and event.dest == State.CLOSED and event.outcome in ENDED
    return Kind.TERMINATION if ends else None


_ALWAYS = {
    "admit": Kind.ACCEPTANCE,
    "refuse": Kind.REFUSAL,
    "terminate": Kind.TERMINATION,
    "hearing": Kind.HEARING,
    "decide_recusal": Kind.RECUSAL,
}
_MAY_END = ("refuse_mediation", "assign")
MAKERS = (*_ALWAYS, *_MAY_END, "conclude", "file")  # triggers that can make one


def is_for(kind: Kind, role: Role) -> bool:
    """Whether a document of this kind is this reader's to have."""
    return role in OFFICERS or role in TO[kind]


def ground(event: Event) -> str | None:
    """The ground that an event states, or that follows from who ended it (art 16, 23)."""
    if event.trigger == "terminate":
        return str(event.payload["facts"].get("ground") or "end_5")  # the clock: sixty days are over
    if event.trigger == "refuse_mediation":
        return "end_2"  # a side refused, or did not say that it agreed
    if event.trigger == "assign":
        return "end_8"  # nobody without a conflict is left to mediate
    stated: str | None = event.payload["facts"].get("ground")
    return stated
