"""Proof by search that nobody is ever stuck (law 5).

The search walks every configuration that the table can reach: state, counters, and the few facts that conditions look
at. It runs the same machine and the same conditions as the engine; what lies outside the case (a mediator is free, an
enterprise has a mailbox, a recusal is granted) is tried both ways. It then shows that every open state has an owner,
a clock and a consequence, that no cycle is free of charge, that silence always ends in `closed`, and how long the
longest silence and the longest life can be (see `longest.py`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from transitions import Machine

from complaints.workflow.case import OPEN, Actor, Case, Move, Outcome, Role, State
from complaints.workflow.configuration import AT, LATER, OFFERS, Key, Shape, describe
from complaints.workflow.lifecycle import STATES, TABLE, TRIGGERS, Row, StateRow, build_machine
from complaints.workflow.policy import Policy

# The facts that conditions and effects look at, and every value they can bring from outside.
FACTS: dict[str, tuple[dict[str, Any], ...]] = {
    "admit": ({"enterprise_reachable": True}, {"enterprise_reachable": False}),
    "offer": tuple({"terms": terms} for terms in OFFERS),
    "late_offer": ({"terms": OFFERS[0]},),
    "assign": ({"mediator_id": 1}, {"mediator_id": None}),
    "reassign": ({"mediator_id": 1},),
    "decide_recusal": tuple({"granted": g, "mediator_id": m} for g in (True, False) for m in (1, None)),
    "reopen": ({"reopen_ground": "breach"}, {"reopen_ground": None}),
    "supply_information": tuple({"complete": c, "share_consent": s} for c in (True, False) for s in (True, False)),
    "route": tuple(
        {"enterprise_id": 1, "participant": p, "enterprise_consents": e} for p in (True, False) for e in (True, False)
    ),
    "flag": ({"flags": ["frequency"]}, {"flags": []}),
    "contact_consent": ({"contact_consent": True}, {"contact_consent": False}),
}
CLOCK_FACTS = {"decide_recusal": tuple({"granted": True, "mediator_id": m} for m in (1, None))}


@dataclass(frozen=True, slots=True)
class Step:
    """One edge of the search: what was pulled, by whom, and the configuration it leads to."""

    trigger: str
    role: Role
    row: Row
    to: Key


@dataclass(slots=True)
class Findings:
    """What the search found. `problems` empty: the table keeps its promise."""

    problems: list[str] = field(default_factory=list)
    edges: dict[Key, list[Step]] = field(default_factory=dict)
    starts: list[Key] = field(default_factory=list)
    silences: dict[str, set[str]] = field(default_factory=dict)

    @property
    def configurations(self) -> int:
        """How many configurations were reached."""
        return len(self.edges)


def check(policy: Policy, states: Sequence[StateRow] = STATES, table: Sequence[Row] = TABLE) -> Findings:
    """Search the whole table under one policy; every problem names its state or row."""
    findings = Findings(problems=[*_incomplete(policy, states, table)])
    if findings.problems:
        return findings
    _explore(policy, states, table, findings)
    findings.problems += _silent_ends(states, findings)
    findings.problems += _free_cycles(findings)
    findings.problems += _dead_ends(findings)
    return findings


def _incomplete(policy: Policy, states: Sequence[StateRow], table: Sequence[Row]) -> Iterator[str]:
    """States without owner, clock or consequence; rows nobody may pull or whose counter has no limit."""
    listed = {each.state for each in states}
    yield from (f"state {state}: missing from STATES" for state in State if state not in listed | {State.NEW})
    for each in states:
        if each.state is State.CLOSED:
            continue
        if each.owner is None:
            yield f"state {each.state}: no owner"
        if each.clock is None or each.clock not in policy.clocks:
            yield f"state {each.state}: no clock in policy {policy.version}"
        fired = [row for row in table if row.trigger == each.on_silence and each.state in row.source]
        if not any(Role.CLOCK in row.by for row in fired):
            yield f"state {each.state}: no consequence of silence (no row {each.on_silence!r} by the clock from here)"
    for row in table:
        if not row.by:
            yield f"{_name(row)}: nobody may pull it"
        if isinstance(row.spends, str) and row.spends not in policy.counters:
            yield f"{_name(row)}: counter {row.spends!r} has no limit in policy {policy.version}"


def _explore(policy: Policy, states: Sequence[StateRow], table: Sequence[Row], findings: Findings) -> None:
    """Breadth first over everything that anybody could do."""
    machine, shape = build_machine(table), Shape(policy, table)
    findings.starts = sorted({shape.key(case) for case in _births(policy, machine)}, key=str)
    pending = list(findings.starts)
    silence = {each.state: each.on_silence for each in states}
    while pending:
        here = pending.pop()
        if here in findings.edges:
            continue
        findings.edges[here] = list(_steps(here, shape, machine, silence))
        pending += (step.to for step in findings.edges[here])


def _births(policy: Policy, machine: Machine) -> Iterator[Case]:
    """Every kind of filing: complete or not, flagged or not, known enterprise or not, each consent, as this mandate."""
    flags = product((True, False), repeat=6)
    for complete, flagged, known, participant, consents, share in flags:
        if participant and not known:
            continue
        for advance in {False, participant and policy.mandate == "association"}:
            case = Case(
                mandate=policy.mandate, complete=complete, flagged=flagged, enterprise_id=1 if known else None,
                participant=participant, consumer_consents=consents, share_consent=share, enterprise_consents=advance,
            )  # fmt: skip
            machine.events["file"].trigger(case, move=Move(Actor(Role.CONSUMER), AT, {}, policy.counters))
            yield case


def _steps(here: Key, shape: Shape, machine: Machine, silence: dict[State, str | None]) -> Iterator[Step]:
    """Everything that can happen next. The clock pulls only what silence leads to."""
    seen: set[tuple[str, Role, Key]] = set()
    state = here[0]
    rows = [row for row in shape.table if state in row.source]
    for trigger in dict.fromkeys(row.trigger for row in rows):
        roles = {role for row in rows if row.trigger == trigger for role in row.by}
        for role in sorted(roles):
            if role is Role.CLOCK and trigger != silence[state]:
                continue
            for step in _tries(here, trigger, role, shape, machine):
                if (step.trigger, step.role, step.to) not in seen:
                    seen.add((step.trigger, step.role, step.to))
                    yield step


def _tries(here: Key, trigger: str, role: Role, shape: Shape, machine: Machine) -> Iterator[Step]:
    """One trigger by one role with every set of facts; a try that changes nothing and keeps the clock is no step."""
    given = CLOCK_FACTS.get(trigger) if role is Role.CLOCK else None
    for facts in given or FACTS.get(trigger, ({},)):
        case = shape.case(here)
        move = Move(Actor(role), LATER, dict(facts), shape.policy.counters)
        if not machine.events[trigger].trigger(case, move=move):
            continue
        to = shape.key(case)
        if to != here or move.row.dest is not None or move.row.clock == "move":
            yield Step(trigger, role, move.row, to)


def _silent_ends(states: Sequence[StateRow], findings: Findings) -> Iterator[str]:
    """From every configuration, silence alone must lead to `closed`; collects what each silence leads to."""
    for here, steps in findings.edges.items():
        if here[0] is State.CLOSED:
            continue
        silent = [step for step in steps if step.role is Role.CLOCK]
        if not silent:
            yield f"state {here[0]}: silence leads nowhere in {describe(here)}"
        for step in silent:
            word = step.to[0].value if step.to[0] is not State.CLOSED else f"closed {_outcome(step.to)}"
            findings.silences.setdefault(here[0].value, set()).add(f"{step.trigger} → {word}")


def _outcome(key: Key) -> str:
    return key[1].value if key[1] else "without outcome"


def moves(step: Step) -> bool:
    """Whether a step goes on: into a state, or with the clock moved. Others change what is known, and the same
    clock runs on, so that no number of them keeps a case open."""
    return step.row.dest is not None or step.row.clock == "move"


def components(findings: Findings) -> list[list[Key]]:
    """Sets of configurations that reach each other, in an order in which every step leads to a later set or stays
    (Tarjan's algorithm, without recursion)."""
    index: dict[Key, int] = {}
    low: dict[Key, int] = {}
    place: dict[Key, int] = {}
    stack: list[Key] = []
    on_stack: set[Key] = set()
    found: list[list[Key]] = []
    for root in findings.edges:
        work: list[tuple[Key, Iterator[Step]]] = [(root, iter(()))] if root not in index else []
        while work:
            here, ways = work.pop()
            if here not in index:
                index[here] = low[here] = len(index)
                place[here] = len(stack)
                stack.append(here)
                on_stack.add(here)
                ways = iter(findings.edges[here])
            for step in ways:
                if step.to not in index:
                    work += [(here, ways), (step.to, iter(()))]
                    break
                if step.to in on_stack:
                    low[here] = min(low[here], index[step.to])
            else:
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[here])
                if low[here] == index[here]:
                    cut = place[here]
                    found.append(stack[cut:])
                    on_stack.difference_update(stack[cut:])
                    del stack[cut:]
    return found[::-1]


def _free_cycles(findings: Findings) -> Iterator[str]:
    """With its counters, no case can come back to where it was by steps that go on; names the rows that allow it."""
    for component in components(findings):
        inside = set(component)
        free = [s.row for here in component for s in findings.edges[here] if s.to in inside and moves(s)]
        if free:
            yield f"a cycle spends no counter: {'; '.join(dict.fromkeys(names(free)))}"


def _dead_ends(findings: Findings) -> Iterator[str]:
    """Every configuration must reach `closed`."""
    ends = {key for key in findings.edges if key[0] is State.CLOSED}
    back: dict[Key, list[Key]] = {}
    for here, steps in findings.edges.items():
        for step in steps:
            back.setdefault(step.to, []).append(here)
    pending = list(ends)
    while pending:
        for before in back.get(pending.pop(), []):
            if before not in ends:
                ends.add(before)
                pending.append(before)
    stranded = sorted({key[0].value for key in findings.edges if key not in ends})
    yield from (f"state {state}: cannot reach closed" for state in stranded)


def _name(row: Row) -> str:
    sources = "/".join(each.value for each in row.source)
    return f"{row.trigger}: {sources} → {row.dest.value if row.dest else 'itself'}"


def never_entered(searches: Iterable[Findings]) -> list[str]:
    """Open states that no case can enter under any policy."""
    entered = {key[0] for findings in searches for key in findings.edges}
    return [f"state {state.value}: no case can ever be in it" for state in OPEN if state not in entered]


def names(rows: Iterable[Row]) -> list[str]:
    """The rows' names as problems give them."""
    return [_name(row) for row in rows]


__all__ = ["TRIGGERS", "Findings", "Step", "check", "components", "never_entered"]
