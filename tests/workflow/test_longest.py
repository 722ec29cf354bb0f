"""The bounds that `complaints verify` prints, held against the real deadlines: silence simulated stay by stay, and
lives in which everybody waits to the last moment."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache

import pytest

from complaints import calendars
from complaints.clock import at_local, local_date
from complaints.workflow import deadlines, policy
from complaints.workflow.case import Case, Role, State
from complaints.workflow.conditions import REOPENABLE
from complaints.workflow.configuration import WINDOW_END, Key, Shape, Try
from complaints.workflow.deadlines import Deadline, Stay
from complaints.workflow.lifecycle import STATE_ROW, TABLE
from complaints.workflow.longest import Lengths, Silence, silent_remainder, total_life
from complaints.workflow.workdays import Calendar
from tests.workflow.searching import ASSOCIATION, DELEGATED, searched

VERSIONS = (ASSOCIATION, DELEGATED)
NOON, EVENING = 12, 23


@cache
def calendar() -> Calendar:
    return calendars.shipped(2027)


@cache
def lengths(version: str) -> Lengths:
    return Lengths(policy.load(version), calendar())


@cache
def silence(version: str) -> Silence:
    return silent_remainder(searched(version), lengths(version))


@cache
def life(version: str) -> int:
    return total_life(searched(version), lengths(version))


@dataclass
class Life:
    """A case with its stays and the deadlines that the engine would give it."""

    version: str
    case: Case
    entered_at: datetime
    stays: list[Stay] = field(default_factory=list)

    def enter(self, at: datetime) -> None:
        """What the engine writes when a state is entered."""
        self.entered_at = at
        if self.case.state is State.AWAITING_MEDIATOR and self.case.accepted_at is None:
            self.case.accepted_at = at

    @property
    def deadline(self) -> Deadline:
        """The deadline of the state that the case is in."""
        rules = policy.load(self.version)
        found = deadlines.for_state(rules, calendar(), self.case, self.entered_at, self.stays)
        assert found is not None
        return found

    def leave(self, each: Try, at: datetime, deadline: Deadline) -> None:
        """Take a step at an instant, with the longest promise and the longest appraisal that the limits allow."""
        before, row = self.case.state, each.answer(self.case)
        assert row is not None
        each.run(row, self.case)
        limits = policy.load(self.version).limits
        self.case.perform_by = local_date(at) + timedelta(days=limits["performance_days_agreed"])
        self.case.appraise_by = local_date(at) + timedelta(days=limits["appraisal_days"])
        if row.dest is not None:
            self.stays.append(Stay(before, self.entered_at, at, deadline.explanation))
            self.enter(at)


def ways(case: Case, version: str, *, silent: bool) -> list[Try]:
    """What can happen to a case: by the clock alone, or by the people alone."""
    tries = Shape(policy.load(version), TABLE).tries(STATE_ROW[case.state])
    mine = [each for each in tries if (each.move.actor.role is Role.CLOCK) is silent]
    return [each for each in mine if each.answer(case) is not None]


# -- the silent remainder -----------------------------------------------------------------------------------------


def silent_days(version: str, key: Key, start: date) -> int:
    """The longest silence from entering a configuration on a day, counted stay by stay with the engine's deadlines."""
    case = Shape(policy.load(version), TABLE).case(key)
    limits = policy.load(version).limits
    begun = at_local(start, NOON)
    case.perform_by = start + timedelta(days=limits["performance_days_agreed"])
    case.appraise_by = start + timedelta(days=limits["appraisal_days"])
    if case.state in (State.IN_MEDIATION, State.RECUSAL_PENDING, State.UNDER_APPRAISAL):
        case.accepted_at = begun  # assigned and begun on the very day of the acceptance
    life = Life(version, case, begun)
    life.enter(begun)
    return max(_ends(life)) - start.toordinal()


def _ends(life: Life) -> Iterator[int]:
    """The days on which the case may be closed, over everything that the clock may find outside."""
    if life.case.state is State.CLOSED:
        yield local_date(life.entered_at).toordinal()
        return
    deadline = life.deadline
    for each in ways(life.case, life.version, silent=True):
        branch = Life(life.version, _copy(life.case), life.entered_at, list(life.stays))
        branch.leave(each, deadline.due_at, deadline)
        yield from _ends(branch)


def _copy(case: Case) -> Case:
    return Case(**{name: getattr(case, name) for name in Case.__slots__})


def sample(version: str) -> list[Key]:
    """Some open configurations of every state."""
    chance = random.Random(8)
    by_state: dict[State, list[Key]] = {}
    for key in searched(version).edges:
        by_state.setdefault(key.state, []).append(key)
    return [key for state, keys in by_state.items() if state is not State.CLOSED for key in chance.sample(keys, 3)]


STARTS = [
    date(2019, 9, 25),
    date(2023, 1, 14),
    date(2024, 2, 3),
    date(2025, 9, 24),
    date(2026, 2, 12),
    date(2026, 9, 30),
]


@pytest.mark.parametrize("version", VERSIONS)
def test_no_silence_is_longer_than_the_bound(version: str) -> None:
    over = {
        (str(key), start): days
        for key in sample(version)
        for start in (*STARTS, silence(version).start)
        if (days := silent_days(version, key, start)) > silence(version).days
    }
    assert over == {}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_longest_silence_is_really_that_long(version: str) -> None:
    said = silence(version)
    keys = [key for key in searched(version).edges if key.state is said.state]
    assert max(silent_days(version, key, said.start) for key in keys[:400]) == said.days


def test_silence_day_by_day() -> None:
    """One silence by hand: benched with the enterprise on 2026-07-06, it is closed for want of consent."""
    key = next(key for key in searched(ASSOCIATION).edges if key.state is State.WITH_ENTERPRISE)
    key = key._replace(consumer_consents=False)
    # 10 working days: 07-20; from 07-21 2 working days: 07-23; from 07-24 5 working days: 07-31; closed as it ends
    assert silent_days(ASSOCIATION, key, date(2026, 7, 6)) == (date(2026, 8, 1) - date(2026, 7, 6)).days


# -- the total life -----------------------------------------------------------------------------------------------


def adversary(version: str, seed: int) -> int:
    """The days of one life in which everybody waits to the last moment and nobody ends it who can prolong it."""
    chance = random.Random(seed)
    findings, shape = searched(version), Shape(policy.load(version), TABLE)
    case = shape.case(chance.choice(findings.starts))
    begun = at_local(date(chance.randint(2014, 2023), chance.randint(1, 12), chance.randint(1, 28)), NOON)
    life = Life(version, case, begun)
    life.enter(begun)
    while True:
        if not _wait_and_act(life, chance):
            return (local_date(life.entered_at) - local_date(begun)).days


def _wait_and_act(life: Life, chance: random.Random) -> bool:
    """One stay to its last moment, and what follows; False when nothing can."""
    case = life.case
    if case.state is State.CLOSED:
        return _reopen(life, chance)
    deadline = life.deadline
    if case.state is State.WITH_ENTERPRISE and case.spent("extend") < 1:
        case.counters = case.counters | {"extend": 1}
        extra = policy.load(life.version).limits["extension_working_days"]
        deadline = deadlines.compute(deadline.basis.changed(extra=extra), calendar(), deadline.day)
    best = _most_prolonging(life)
    each = chance.choice(best)
    silent = each.move.actor.role is Role.CLOCK
    life.leave(each, deadline.due_at if silent else at_local(deadline.day, EVENING), deadline)
    return True


def _most_prolonging(life: Life) -> list[Try]:
    """What leads to another open state; else an end that may be reopened; else whatever is left."""
    every = [each for silent in (True, False) for each in ways(life.case, life.version, silent=silent)]
    rows = {id(each): each.answer(life.case) for each in every}
    opening = [each for each in every if (row := rows[id(each)]) and row.dest not in (None, State.CLOSED)]
    ending = [each for each in every if (row := rows[id(each)]) and row.dest is State.CLOSED]
    return opening or [each for each in ending if (row := rows[id(each)]) and row.outcome in REOPENABLE] or ending


def _reopen(life: Life, chance: random.Random) -> bool:
    """On the last day of the window; the new life of the case rests on no earlier stay."""
    rules = policy.load(life.version)
    life.case.reopen_until = WINDOW_END if life.case.spent("reopen") < rules.counters["reopen"] else None
    open_to = [each for each in ways(life.case, life.version, silent=False) if each.trigger == "reopen"]
    if not open_to:
        return False
    each = chance.choice(open_to)
    row = each.answer(life.case)
    assert row is not None
    each.run(row, life.case)
    life.stays.clear()
    last_day = local_date(life.entered_at) + timedelta(days=rules.windows["reopen_days"])
    life.enter(at_local(last_day, EVENING))
    return True


@pytest.mark.parametrize("version", VERSIONS)
def test_no_adversary_outlives_the_bound(version: str) -> None:
    lives = [adversary(version, seed) for seed in range(120)]
    assert max(lives) <= life(version)
    assert max(lives) > life(version) // 3, "the adversaries did not try hard enough to say anything"


@pytest.mark.parametrize("version", VERSIONS)
def test_no_silence_outlives_the_total_life(version: str) -> None:
    assert silence(version).days < life(version)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_longer_clock_makes_a_longer_silence(version: str) -> None:
    """The bounds follow the policy: they are computed, not remembered."""
    for state in (State.PERFORMING, State.IN_MEDIATION):
        assert lengths(version).longest_stay(state) >= 60
    assert silence(version).days >= lengths(version).longest_stay(silence(version).state)
