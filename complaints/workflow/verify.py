"""Proof by search that nobody is ever stuck (law 5).

The search walks every configuration that the table can reach: state, counters, and the few facts that conditions look
at. It asks the same rows, conditions and effects as the engine's machine; what lies outside the case (a mediator is
free, an enterprise has a mailbox, a recusal is granted) is tried both ways. It then shows that every open state has an
owner, a clock and a consequence, whatever the clock finds outside; that no cycle is free of charge, so that silence
always ends in `closed`; and that every row has its use. How long all this can last is in `longest.py`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, get_args

from complaints.workflow.case import OPEN, Role, State
from complaints.workflow.configuration import Key, Shape, counters_of, only_recorded
from complaints.workflow.lifecycle import STATES, TABLE, TRIGGERS, Owner, Row, StateRow, limit_of
from complaints.workflow.policy import Policy


class Step(NamedTuple):
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
    idle: list[Row] = field(default_factory=list)  # rows that never ran

    @property
    def configurations(self) -> int:
        """How many configurations were reached."""
        return len(self.edges)


def check(policy: Policy, states: Sequence[StateRow] = STATES, table: Sequence[Row] = TABLE) -> Findings:
    """Search the whole table under one policy; every problem names its state or row."""
    findings = Findings(problems=[*_incomplete_states(policy, states, table), *_incomplete_rows(policy, states, table)])
    if findings.problems:
        return findings
    findings.problems += dict.fromkeys(_explore(policy, states, table, findings))
    findings.problems += _free_cycles(findings)
    findings.problems += _dead_ends(findings)
    return findings


def _incomplete_states(policy: Policy, states: Sequence[StateRow], table: Sequence[Row]) -> Iterator[str]:
    """States that are not listed, or without owner, clock or consequence."""
    listed = {each.state for each in states}
    yield from (f"state {state}: missing from STATES" for state in State if state not in listed | {State.NEW})
    for each in states:
        if each.state is State.CLOSED:
            continue
        if each.owner not in get_args(Owner):
            yield f"state {each.state}: no owner"
        if each.clock is None or each.clock not in policy.clocks:
            yield f"state {each.state}: no clock in policy {policy.version}"
        fired = [row for row in table if row.trigger == each.on_silence and each.state in row.source]
        if not any(Role.CLOCK in row.by and row.dest is not None for row in fired):
            yield f"state {each.state}: no consequence of silence (no row {each.on_silence!r} by the clock from here)"


def _incomplete_rows(policy: Policy, states: Sequence[StateRow], table: Sequence[Row]) -> Iterator[str]:
    """Rows that nobody may pull, that name what does not exist, or whose counter has no limit."""
    listed = {each.state for each in states} | {State.NEW}
    for row in table:
        if not row.by:
            yield f"{name(row)}: nobody may pull it"
        for state in {*row.source, row.dest or State.CLOSED} - listed:
            yield f"{name(row)}: there is no state {state}"
        if any(function is not None and not callable(function) for function in (row.when, row.then)):
            yield f"{name(row)}: its condition or effect is not a function"
        for counter in {limit_of(each) for each in counters_of(row)} - set(policy.counters):
            yield f"{name(row)}: counter {counter!r} has no limit in policy {policy.version}"


class _Search:
    """The walk itself: what was found so far, and which rows have run."""

    def __init__(self, policy: Policy, states: Sequence[StateRow], table: Sequence[Row], findings: Findings) -> None:
        self.findings, self.shape = findings, Shape(policy, table)
        self.tries = {each.state: self.shape.tries(each) for each in states}
        self.ran: set[int] = set()  # by identity: hashing whole rows would take half the time
        self.keys: dict[Key, Key] = {}
        self.stuck: dict[str, Key] = {}  # where silence leads nowhere, with the first configuration seen

    def walk(self) -> None:
        """Everything that can be reached from any filing."""
        births = list(self.shape.births())
        self.ran.update(id(row) for row, _ in births)
        self.findings.starts = sorted({self.keys.setdefault(key, key) for _, key in births}, key=str)
        pending = list(self.findings.starts)
        while pending:
            here = pending.pop()
            if here not in self.findings.edges:
                steps = self.findings.edges[here] = list(dict.fromkeys(self._steps(here)))
                pending += (step.to for step in steps)

    def _steps(self, here: Key) -> Iterator[Step]:
        """Everything that can happen next; what changes nothing and keeps the clock is no step."""
        case = self.shape.case(here)
        for each in self.tries[here.state]:
            role, row = each.move.actor.role, each.answer(case)
            if role is Role.CLOCK and (row is None or row.dest is None):
                self.stuck.setdefault(
                    f"state {here.state}: silence leads nowhere ({each.trigger} {each.move.facts})", here
                )
            if row is None:
                continue
            self.ran.add(id(row))
            after = self.shape.case(here)
            each.run(row, after)
            for key in self.shape.keys(here.state, after):
                to = self.keys.setdefault(key, key)  # one object for each configuration: half the memory
                if to is not here or goes_on(row):
                    yield Step(each.trigger, role, row, to)


def _explore(policy: Policy, states: Sequence[StateRow], table: Sequence[Row], findings: Findings) -> Iterator[str]:
    """Walk over everything that anybody could do; yields where silence leads nowhere."""
    search = _Search(policy, states, table, findings)
    search.walk()
    findings.idle = [row for row in table if id(row) not in search.ran and not _outside(row)]
    yield from (f"{what} in {where}" for what, where in search.stuck.items())
    for here, steps in findings.edges.items():
        for step in steps:
            if step.role is Role.CLOCK:
                word = step.to.state.value if step.to.state is not State.CLOSED else f"closed {_outcome(step.to)}"
                findings.silences.setdefault(here.state.value, set()).add(f"{step.trigger} → {word}")


def _outside(row: Row) -> bool:
    """Rows that the search need not pull: they change nothing, or are the clock's own business beside the state."""
    return only_recorded(row) or (row.dest is None and set(row.by) == {Role.CLOCK})


def _outcome(key: Key) -> str:
    return key.outcome.value if key.outcome else "without outcome"


def goes_on(row: Row) -> bool:
    """Whether a row leads on: into a state, or with the clock moved. Others change what is known, and the same clock
    runs on, so that no number of them keeps a case open."""
    return row.dest is not None or row.clock == "move"


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
        free = [s.row for here in component for s in findings.edges[here] if s.to in inside and goes_on(s.row)]
        if free:
            yield f"a cycle spends no counter: {'; '.join(dict.fromkeys(map(name, free)))}"


def _dead_ends(findings: Findings) -> Iterator[str]:
    """Every configuration must reach `closed`."""
    ends = {key for key in findings.edges if key.state is State.CLOSED}
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
    stranded = sorted({key.state.value for key in findings.edges if key not in ends})
    yield from (f"state {state}: cannot reach closed" for state in stranded)


def name(row: Row) -> str:
    """A row as problems name it."""
    return f"{row.trigger}: {'/'.join(row.source)} → {row.dest or 'itself'}"


def unused(searches: Sequence[Findings]) -> list[str]:
    """What no policy has a use for: states that no case can enter, rows that never run."""
    entered = {key.state for findings in searches for key in findings.edges}
    idle = [row for row in searches[0].idle if all(row in findings.idle for findings in searches)]
    never = [f"state {state}: no case can ever be in it" for state in OPEN if state not in entered]
    return never + [f"{name(row)}: no case ever lets anybody pull it" for row in idle]


__all__ = ["TRIGGERS", "Findings", "Step", "check", "components", "unused"]
