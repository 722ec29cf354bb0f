"""A case reduced to what decides anything in the table: the nodes of the search in `verify.py`."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from complaints.workflow.case import Actor, Case, Move, Outcome, Role, State
from complaints.workflow.conditions import REOPENABLE
from complaints.workflow.lifecycle import BEFORE_DEAL, Row, limit_of
from complaints.workflow.policy import Policy

AT = datetime(2026, 4, 15, tzinfo=UTC)
LATER = AT + timedelta(days=1)
OFFERS: tuple[dict[str, Any], ...] = ({"perform_by": "2026-05-01", "days": 1}, {})
TO_MEDIATOR = (State.AWAITING_MEDIATOR, State.AWAITING_CONSENT)
DEALS = frozenset((*BEFORE_DEAL, State.RECUSAL_PENDING, State.UNDER_APPRAISAL))
Key = tuple[State, Outcome | None, bool, bool, bool, bool, bool, str | None, bool, tuple[tuple[str, int], ...]]
PARTS = (
    "state", "outcome", "ready", "known", "consumer_consents", "share_consent", "enterprise_consents", "answer",
    "late_offer", "counters",
)  # fmt: skip


def describe(key: Key) -> str:
    """A configuration in words, for a message."""
    return ", ".join(f"{name}={value}" for name, value in zip(PARTS, key, strict=True))


class Shape:
    """How a case becomes a configuration and back. What can no longer decide anything is left out, so that the
    search stays small: a counter that no reachable row spends, a consent that no reachable row asks for."""

    def __init__(self, policy: Policy, table: Sequence[Row]) -> None:
        self.policy, self.table = policy, table
        self.ahead = cache(self._ahead)
        self._used_up = (
            ("reopen", policy.counters["reopen"]),
        )  # how a final end is told from one that may be reopened

    def key(self, case: Case) -> Key:
        """The configuration of a case."""
        if case.state is State.CLOSED and not self._reopens(case):
            return (case.state, case.outcome, False, False, False, False, False, None, False, self._used_up)
        limits = self.policy.counters
        spent = frozenset(name for name, count in case.counters.items() if count >= limits[limit_of(name)])
        ahead, counters = self.ahead(case.state, spent)
        at_intake, to_mediator = State.RECEIVED in ahead, not ahead.isdisjoint(TO_MEDIATOR)
        return (
            case.state,
            case.outcome,
            at_intake and case.complete and not case.flagged,
            at_intake and case.enterprise_id is not None,
            to_mediator and case.consumer_consents,
            (to_mediator or at_intake) and case.share_consent,
            to_mediator and case.enterprise_consents,
            _answer(case) if case.state is State.WITH_CONSUMER else None,
            case.state in DEALS and case.late_offer is not None,
            tuple(sorted((name, count) for name, count in case.counters.items() if name in counters)),
        )

    def case(self, key: Key) -> Case:
        """A case of that configuration; a closed one is still within its windows."""
        state, outcome, ready, known, consumer, share, enterprise, answer, late_offer, counters = key
        offer = {"offer": OFFERS[0], "done": OFFERS[1]}.get(answer or "")
        closed = state is State.CLOSED
        return Case(
            state=state, outcome=outcome, mandate=self.policy.mandate, complete=ready, enterprise_id=1 if known else None,
            consumer_consents=consumer, share_consent=share, enterprise_consents=enterprise,
            answer="offer" if offer is not None else answer, offer=offer, late_offer=OFFERS[0] if late_offer else None,
            counters=dict(counters), reopen_until=LATER + timedelta(days=1) if closed else None, rating=1,
        )  # fmt: skip

    def _reopens(self, case: Case) -> bool:
        return case.outcome in REOPENABLE and case.spent("reopen") < self.policy.counters["reopen"]

    def _ahead(self, state: State, spent: frozenset[str]) -> tuple[frozenset[State], frozenset[str]]:
        """The states that a case may still be in, its own included, when the counters in `spent` are used up; and the
        counters that rows from there look at."""
        reached, pending = {state}, [state]
        while pending:
            here = pending.pop()
            for row in self.table:
                if here in row.source and row.dest is not None and not (set(_counters(row)) & spent):
                    pending += [row.dest] if row.dest not in reached else []
                    reached.add(row.dest)
        counters = {name for row in self.table if reached & set(row.source) for name in _counters(row)}
        return frozenset(reached), frozenset(counters)


def _counters(row: Row) -> tuple[str, ...]:
    """The counters a row may spend."""
    if row.spends is None:
        return ()
    return (row.spends,) if isinstance(row.spends, str) else tuple(row.spends(_by(role)) for role in row.by)


def _by(role: Role) -> Move:
    return Move(Actor(role), AT, {}, {})


def _answer(case: Case) -> str | None:
    if case.answer != "offer":
        return case.answer
    return "offer" if case.offer and "perform_by" in case.offer else "done"
