"""The three things a rule looks at: the case, who acts, and the move being made. Plain data, no database."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """In what capacity somebody acts.

    PARTNER is an intake partner (a city's hotline, say) that files for consumers and follows what it filed. CLOCK is
    the engine itself when a deadline runs out.
    """

    CONSUMER = "consumer"
    ENTERPRISE = "enterprise"
    INTAKE = "intake"
    MEDIATOR = "mediator"
    SUPERVISOR = "supervisor"
    PARTNER = "partner"
    CLOCK = "clock"


PARTIES = (Role.CONSUMER, Role.ENTERPRISE)
OFFICERS = (Role.INTAKE, Role.MEDIATOR, Role.SUPERVISOR)


class State(StrEnum):
    """Where a case stands. NEW is only the moment before filing; no stored case is in it."""

    NEW = "new"
    RECEIVED = "received"
    NEEDS_INFORMATION = "needs_information"
    WITH_ENTERPRISE = "with_enterprise"
    WITH_CONSUMER = "with_consumer"
    PERFORMING = "performing"
    PERFORMANCE_REPORTED = "performance_reported"
    AWAITING_MEDIATOR = "awaiting_mediator"
    AWAITING_CONSENT = "awaiting_consent"
    IN_MEDIATION = "in_mediation"
    RECUSAL_PENDING = "recusal_pending"
    UNDER_APPRAISAL = "under_appraisal"
    CLOSED = "closed"


OPEN = tuple(state for state in State if state not in (State.NEW, State.CLOSED))


class Outcome(StrEnum):
    """How a case ended. Only SETTLED counts as solved: silence never does (law 6)."""

    SETTLED = "settled"
    SETTLED_UNCONFIRMED = "settled_unconfirmed"
    SETTLEMENT_BROKEN = "settlement_broken"
    UNCONFIRMED = "unconfirmed"
    DECLINED_NOT_PURSUED = "declined_not_pursued"
    TERMINATED = "terminated"
    CONSENT_UNANSWERED = "consent_unanswered"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    REFUSED = "refused"
    MERGED = "merged"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a consumer by the case whose link they hold, an agent by the enterprise, others by account."""

    role: Role
    account_id: int | None = None
    enterprise_id: int | None = None
    complaint_id: int | None = None
    leads: bool = True  # of an enterprise: speaks for it beside its cases too; its agents do not


CLOCK = Actor(Role.CLOCK)


@dataclass(slots=True, kw_only=True)
class Case:
    """A complaint as the rules see it: the columns of `models.Complaint` that decide or change in the workflow."""

    id: int = 0
    number: str = ""
    version: int = 0
    state: State = State.NEW
    mandate: str = "association"
    policy: str = ""
    filed_at: datetime | None = None
    partner_id: int | None = None
    product: str = ""
    amount: Decimal | None = None
    complete: bool = True
    flagged: bool = False
    flags: list[str] = field(default_factory=list)
    locale: str = "zh"
    enterprise_id: int | None = None
    enterprise_given: str = ""
    participant: bool = False
    benchmark: bool = False
    promised_answer_days: int | None = None
    consumer_consents: bool = False
    share_consent: bool = False
    contact_consent: bool = False
    enterprise_consents: bool = False
    enterprise_told: bool = False
    enterprise_from_seq: int = 0
    answer: str | None = None
    offer: dict[str, Any] | None = None
    late_offer: dict[str, Any] | None = None
    perform_by: date | None = None
    appraise_by: date | None = None
    accepted_at: datetime | None = None
    agreement_at: datetime | None = None
    intake_officer_id: int | None = None
    barred_officer_id: int | None = None
    mediator_id: int | None = None
    recusal_by: str | None = None
    outcome: Outcome | None = None
    ground: str | None = None
    closed_at: datetime | None = None
    reopen_until: datetime | None = None
    rate_until: datetime | None = None
    rating: int | None = None
    counters: dict[str, int] = field(default_factory=dict)
    clock_id: int | None = None
    due_at: datetime | None = None
    wake_at: datetime | None = None
    provisional: bool = False
    lease_until: datetime | None = None
    chain_seq: int = 0
    chain_head: str = ""

    @property
    def consents_stand(self) -> bool:
        """Whether both sides agreed to mediation and the content may be passed on."""
        return self.consumer_consents and self.share_consent and self.enterprise_consents

    def spent(self, counter: str) -> int:
        """How often a counter has been used in this case's whole life; reopening resets none."""
        return self.counters.get(counter, 0)


@dataclass(slots=True)
class Move:
    """One attempt to move a case: who, when, with which facts, under which limits; and which row it matched."""

    actor: Actor
    at: datetime
    facts: dict[str, Any]
    limits: dict[str, int]  # counters of the pinned policy
    row: Any = None  # the lifecycle.Row that ran

    def fact(self, name: str) -> Any:
        """A fact given with the action, or None."""
        return self.facts.get(name)
