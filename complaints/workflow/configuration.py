"""A case reduced to what decides anything in the table, and everything that can be tried on it: the nodes of the
search in `verify.py`, and the ways that lead from them.

Nothing that a condition or an effect looks at may be missing from Key while a row that looks at it is still ahead;
the tests hold this against random walks of full cases.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import product
from typing import Any, NamedTuple

from complaints.workflow.case import Actor, Case, Move, Outcome, Role, State
from complaints.workflow.conditions import REOPENABLE
from complaints.workflow.lifecycle import BEFORE_DEAL, Row, StateRow, limit_of, may_run
from complaints.workflow.policy import Policy

AT = datetime(2026, 4, 15, tzinfo=UTC)
LATER = AT + timedelta(days=1)
WINDOW_END = LATER + timedelta(days=1)
OFFERS: tuple[dict[str, Any], ...] = ({"perform_by": "2026-05-01", "days": 1}, {})
AT_INTAKE = (State.RECEIVED, State.NEEDS_INFORMATION)
TO_MEDIATOR = (State.AWAITING_MEDIATOR, State.AWAITING_CONSENT)
OURS, OTHER = 1, 2  # the enterprise that a case names, and another one

# The facts that conditions and effects look at, and every value they can bring from outside.
FACTS: dict[str, tuple[dict[str, Any], ...]] = {
    "file": ({"enterprise_reachable": True}, {"enterprise_reachable": False}),
    "admit": ({"enterprise_reachable": True}, {"enterprise_reachable": False}),
    "offer": tuple({"terms": terms} for terms in OFFERS),
    "late_offer": ({"terms": OFFERS[0]},),
    "assign": ({"mediator_id": 1}, {"mediator_id": None}),
    "reassign": ({"mediator_id": 1},),
    "decide_recusal": tuple({"granted": g, "mediator_id": m} for g in (True, False) for m in (1, None)),
    "reopen": ({"reopen_ground": "breach"}, {"reopen_ground": None}),
    "supply_information": tuple(
        {"complete": complete, "share_consent": share, "consumer_consents": consents}
        for complete, share, consents in product((True, False), repeat=3)
    ),
    "route": tuple({"enterprise_id": e, "enterprise_consents": c} for e in (OURS, OTHER) for c in (True, False)),
    "flag": ({"flags": ["frequency"]}, {"flags": []}),
    "contact_consent": ({"contact_consent": True}, {"contact_consent": False}),
}
CLOCK_FACTS = {"decide_recusal": tuple({"granted": True, "mediator_id": m} for m in (1, None))}


class Key(NamedTuple):
    """A configuration: two cases with the same key have the same future, whatever else differs."""

    state: State
    outcome: Outcome | None
    complete: bool
    flagged: bool
    known: bool
    consumer_consents: bool
    share_consent: bool
    enterprise_consents: bool
    answer: str | None
    late_offer: bool
    counters: tuple[tuple[str, int], ...]

    def __str__(self) -> str:
        return ", ".join(f"{name}={value}" for name, value in self._asdict().items())


class Ahead(NamedTuple):
    """What may still come, so that what decides it must be kept: intake, the appeals centre, a late settlement; and
    those of the counters that rows from there look at."""

    intake: bool
    mediator: bool
    late_settlement: bool
    counters: tuple[tuple[str, int], ...]


class Try(NamedTuple):
    """One thing that somebody may attempt in a state, with the rows that could answer it, in order."""

    trigger: str
    rows: tuple[Row, ...]
    move: Move

    def answer(self, case: Case) -> Row | None:
        """The row that runs, as the machine would choose it."""
        for row in self.rows:
            if may_run(row, case, self.move):
                return row
        return None

    def run(self, row: Row, case: Case) -> None:
        """What the machine does with a row: spend, write the effect and the outcome, enter the state."""
        counter = row.counter(self.move)
        if counter is not None:
            case.counters = case.counters | {counter: case.spent(counter) + 1}
        if row.then is not None:
            row.then(case, self.move)
        case.outcome = row.outcome or case.outcome
        case.state = case.state if row.dest is None else row.dest


class Shape:
    """How a case becomes a configuration and back. What can no longer decide anything gets one fixed value, so that
    the search stays small: a counter that no reachable row spends, a consent that no reachable row asks for."""

    def __init__(self, policy: Policy, table: Sequence[Row]) -> None:
        self.policy, self.table = policy, table
        self.ahead, self._reach = cache(self._ahead), cache(self._states_ahead)
        self._used_up = (("reopen", policy.counters.get("reopen", 0)),)  # tells a final end from one that reopens

    def key(self, case: Case) -> Key:
        """The configuration of a case."""
        state, outcome = case.state, case.outcome
        if state is State.CLOSED and not self._reopens(case):
            return Key(state, outcome, False, False, True, False, False, False, None, False, self._used_up)
        ahead = self.ahead(state, tuple(case.counters.items()))
        at_intake = state in AT_INTAKE
        return Key(
            state,
            outcome,
            at_intake and case.complete,
            at_intake and case.flagged,
            not at_intake or case.enterprise_id is not None,
            ahead.mediator and case.consumer_consents,
            (ahead.mediator or ahead.intake) and case.share_consent,
            ahead.mediator and case.enterprise_consents,
            _answer(case) if state is State.WITH_CONSUMER else None,
            ahead.late_settlement and state is not State.CLOSED and case.late_offer is not None,
            ahead.counters,
        )

    def keys(self, before: State, case: Case) -> Iterator[Key]:
        """The configurations that a step from `before` may have led to. What only intake looks at is forgotten after
        it, so that a case that comes back may be complete or not, flagged or not, its enterprise known or not."""
        if case.state not in AT_INTAKE or before in AT_INTAKE:
            yield self.key(case)
            return
        for case.complete, case.flagged, known in product((True, False), repeat=3):
            case.enterprise_id = OURS if known else None
            yield self.key(case)

    def case(self, key: Key) -> Case:
        """A case of that configuration; a closed one is still within its windows."""
        offer = {"offer": OFFERS[0], "done": OFFERS[1]}.get(key.answer or "")
        window = WINDOW_END if key.state is State.CLOSED else None
        return Case(
            state=key.state, outcome=key.outcome, mandate=self.policy.mandate, complete=key.complete,
            flagged=key.flagged, enterprise_id=OURS if key.known else None, consumer_consents=key.consumer_consents,
            share_consent=key.share_consent, enterprise_consents=key.enterprise_consents,
            answer="offer" if offer is not None else key.answer, offer=offer,
            late_offer=OFFERS[0] if key.late_offer else None, counters=dict(key.counters), reopen_until=window,
            rate_until=window,
        )  # fmt: skip

    def births(self) -> Iterator[tuple[Row, Key]]:
        """Every kind of filing: complete or not, flagged or not, the enterprise known and reachable or not, each
        consent; a pledge consents in advance, under `association` only."""
        tries = self.tries(StateRow(State.NEW, None, None, None))
        for complete, flagged, known, participant, consents, share in product((True, False), repeat=6):
            for advance in {False, known and participant and self.policy.mandate == "association"}:
                for each in tries:
                    case = Case(
                        mandate=self.policy.mandate, complete=complete, flagged=flagged,
                        enterprise_id=OURS if known else None, participant=known and participant,
                        consumer_consents=consents, share_consent=share, enterprise_consents=advance,
                    )  # fmt: skip
                    if row := each.answer(case):
                        each.run(row, case)
                        yield row, self.key(case)

    def tries(self, here: StateRow) -> list[Try]:
        """Everything that anybody may attempt in a state. The clock pulls only what silence leads to: what else it
        does, outages and new calendars, comes from outside and is no way to keep a case open."""
        rows = [row for row in self.table if here.state in row.source]
        found = []
        for trigger in dict.fromkeys(row.trigger for row in rows):
            for role in Role:
                own = tuple(row for row in rows if row.trigger == trigger and role in row.by)
                silent = role is Role.CLOCK and trigger == here.on_silence
                if silent or (role is not Role.CLOCK and not all(only_recorded(row) for row in own)):
                    found += [Try(trigger, own, _move(role, facts, self.policy)) for facts in _facts(trigger, role)]
        return found

    def _reopens(self, case: Case) -> bool:
        return case.outcome in REOPENABLE and case.spent("reopen") < self.policy.counters.get("reopen", 0)

    def _ahead(self, state: State, spent: tuple[tuple[str, int], ...]) -> "Ahead":
        """What a case in this state with these counters may still come to."""
        full = frozenset(name for name, count in spent if count >= self.policy.counters[limit_of(name)])
        reached, names = self._reach(state, full)
        return Ahead(
            State.RECEIVED in reached,
            not reached.isdisjoint(TO_MEDIATOR),
            not reached.isdisjoint(BEFORE_DEAL),
            tuple(sorted((name, count) for name, count in spent if name in names)),
        )

    def _states_ahead(self, state: State, full: frozenset[str]) -> tuple[frozenset[State], frozenset[str]]:
        """The states that a case may still be in, its own included, when the counters in `full` are used up; and the
        counters that rows from there look at."""
        reached, pending = {state}, [state]
        while pending:
            here = pending.pop()
            for row in self.table:
                if here in row.source and row.dest is not None and row.dest not in reached and not _used_up(row, full):
                    pending.append(row.dest)
                    reached.add(row.dest)
        names = {name for row in self.table if reached & set(row.source) for name in counters_of(row)}
        return frozenset(reached), frozenset(names)


def counters_of(row: Row) -> tuple[str, ...]:
    """The counters that a row may spend."""
    if row.spends is None:
        return ()
    return (row.spends,) if isinstance(row.spends, str) else tuple(row.spends(_by(role)) for role in row.by)


def only_recorded(row: Row) -> bool:
    """Whether a row changes nothing and asks nothing: whoever may pull it always can, and nothing follows."""
    return row.dest is None and not (row.when or row.then or row.spends) and row.clock != "move"


def _used_up(row: Row, full: frozenset[str]) -> bool:
    """Whether nobody can pull the row any more."""
    counters = counters_of(row)
    return bool(counters) and full.issuperset(counters)


def _facts(trigger: str, role: Role) -> tuple[dict[str, Any], ...]:
    given = CLOCK_FACTS.get(trigger) if role is Role.CLOCK else None
    return given or FACTS.get(trigger, ({},))


def _move(role: Role, facts: dict[str, Any], policy: Policy) -> Move:
    return Move(Actor(role), LATER, facts, policy.counters)


def _by(role: Role) -> Move:
    return Move(Actor(role), AT, {}, {})


def _answer(case: Case) -> str | None:
    if case.answer != "offer":
        return case.answer
    return "offer" if case.offer and "perform_by" in case.offer else "done"
