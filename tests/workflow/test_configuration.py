"""The configurations that `verify.py` searches leave out nothing that decides anything.

Full cases walk at random through the machine that the engine runs; every step they take must be one that the search
knows. And the search's own way through a row is the machine's, case by case.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from complaints.workflow import policy
from complaints.workflow.case import OPEN, Actor, Case, Move, Role, State
from complaints.workflow.conditions import REOPENABLE
from complaints.workflow.configuration import LATER, Key, Shape
from complaints.workflow.lifecycle import MACHINE, STATE_ROW, STATES, TABLE, TRIGGERS, rows_for
from complaints.workflow.policy import Policy
from complaints.workflow.verify import goes_on
from tests.workflow.searching import ASSOCIATION, DELEGATED, searched

VERSIONS = (ASSOCIATION, DELEGATED)
WALKS, STEPS = 300, 50
ENDS = ("withdraw", "merge", "return_to_sender", "refuse", "terminate", "refuse_mediation")


@pytest.mark.parametrize("version", VERSIONS)
def test_the_search_goes_through_a_row_as_the_machine_does(version: str) -> None:
    """The same row and the same case, for a sample of configurations and everything tried on them."""
    shape = Shape(policy.load(version), TABLE)
    sample = random.Random(3).sample(list(searched(version).edges), 300)
    for key in sample:
        for each in shape.tries(STATE_ROW[key.state]):
            ours, theirs, move = shape.case(key), shape.case(key), replace(each.move)
            row = each.answer(ours)
            if row is not None:
                each.run(row, ours)
            assert MACHINE.events[each.trigger].trigger(theirs, move=move) is (row is not None)
            assert (move.row, theirs) == (row, ours)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_configuration_and_its_case_are_the_same(version: str) -> None:
    shape = Shape(policy.load(version), TABLE)
    assert [key for key in searched(version).edges if shape.key(shape.case(key)) != key] == []


@dataclass
class Walk:
    """One full case on its way, with chance in everybody's place."""

    rules: Policy
    chance: random.Random

    def begin(self) -> Case:
        """Any filing, with all the facts that a stored case has."""
        pick = self.chance.choice
        likely, unlikely = (True, True, True, False), (True, False, False, False)
        known, participant = pick(likely), pick(likely)
        return Case(
            id=1, mandate=self.rules.mandate, complete=pick(likely), flagged=pick(unlikely),
            enterprise_id=pick((1, 2, 3)) if known else None, participant=known and participant,
            benchmark=pick((True, False)), promised_answer_days=pick((None, 3)), consumer_consents=pick((True, False)),
            share_consent=pick(likely), contact_consent=pick((True, False)),
            enterprise_consents=known and participant and self.rules.mandate == "association" and pick((True, False)),
        )  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """Every fact that any row looks at, drawn anew."""
        pick = self.chance.choice
        terms = pick(({"perform_by": "2026-06-01", "days": 20, "amount": "5.00"}, {"amount": None}))
        return {
            "enterprise_reachable": pick((True, True, True, False)), "terms": terms, "perform_by": "2026-06-01",
            "mediator_id": pick((7, 8, None)), "granted": pick((True, False)), "agreed_on": "2026-05-20",
            "reopen_ground": pick((None, "breach", "new_evidence")), "complete": pick((True, False)),
            "share_consent": pick((True, False)), "enterprise_id": pick((1, 2, 3)), "participant": pick((True, False)),
            "benchmark": pick((True, False)), "promised_answer_days": pick((None, 2)), "flags": pick(([], ["sign"])),
            "enterprise_consents": pick((True, False)), "contact_consent": pick((True, False)), "rating": 3,
            "ground": "end_3",
        }  # fmt: skip

    def move(self, trigger: str, role: Role) -> Move:
        """One attempt, with what the trigger's verb would give."""
        facts = self.facts()
        if role is Role.CLOCK:
            facts["granted"] = True
        if trigger == "late_offer" or (trigger == "offer" and self.chance.random() < 0.5):
            facts["terms"] = {"perform_by": "2026-06-01", "days": 20}
        if trigger in ("assign", "reassign") and role is not Role.CLOCK:
            facts["mediator_id"] = 7  # an officer names somebody, or is told that there is nobody
        return Move(Actor(role, account_id=self.chance.choice((4, 5))), LATER, facts, self.rules.counters)

    def attempts(self, case: Case) -> Iterator[tuple[str, Role]]:
        """Triggers in a random order; what ends the case or moves nothing comes seldom, the clock only with its own."""
        drawn = [(trigger, role) for trigger in TRIGGERS for role in Role if rows_for(trigger, case.state)]
        self.chance.shuffle(drawn)
        for trigger, role in drawn:
            quiet = not any(goes_on(row) for row in rows_for(trigger, case.state))
            silent = role is not Role.CLOCK or trigger == STATE_ROW[case.state].on_silence
            often = 0.03 if trigger in ENDS else 0.1 if quiet else 1
            if silent and self.chance.random() < often:
                yield trigger, role

    def step(self, case: Case) -> tuple[str, Move] | None:
        """One thing that happens, with the windows that the engine opens at an end; None when nothing can."""
        for trigger, role in self.attempts(case):
            move = self.move(trigger, role)
            if MACHINE.events[trigger].trigger(case, move=move):
                if case.state is State.CLOSED and move.row.dest is not None:
                    left = case.outcome in REOPENABLE and case.spent("reopen") < self.rules.counters["reopen"]
                    case.rate_until = LATER + timedelta(days=20)
                    case.reopen_until = LATER + timedelta(days=30) if left else None
                return trigger, move
        return None


@cache
def walks(version: str) -> list[list[tuple[Key, str, Move, Key]]]:
    """Many random lives, the same ones at every run."""
    return [list(walk(version, seed)) for seed in range(WALKS)]


def walk(version: str, seed: int) -> Iterator[tuple[Key, str, Move, Key]]:
    """Every step of one random life: the configuration before, what happened, the configuration after."""
    rules = policy.load(version)
    walk, shape = Walk(rules, random.Random(seed)), Shape(rules, TABLE)
    case = walk.begin()
    assert MACHINE.events["file"].trigger(case, move=walk.move("file", Role.CONSUMER))
    yield shape.key(case), "file", walk.move("file", Role.CONSUMER), shape.key(case)
    for _ in range(STEPS):
        before = shape.key(case)
        taken = walk.step(case)
        if taken is None:
            return
        yield before, *taken, shape.key(case)


@pytest.mark.parametrize("version", VERSIONS)
def test_no_random_life_takes_a_step_that_the_search_does_not_know(version: str) -> None:
    found = searched(version)
    known = {here: {(step.trigger, step.role, step.to) for step in steps} for here, steps in found.edges.items()}
    unknown, taken = [], set()
    for seed, steps in enumerate(walks(version)):
        for before, trigger, move, after in steps:
            if trigger == "file":
                assert after in found.starts
            elif (before != after or goes_on(move.row)) and (trigger, move.actor.role, after) not in known[before]:
                unknown.append(f"walk {seed}: {trigger} by {move.actor.role}: {before} → {after}")
            taken.add((trigger, before.state))
    assert unknown == []
    assert len(taken) > len(TRIGGERS) * 2, "the walks went nowhere"


def test_the_walks_come_everywhere() -> None:
    """Otherwise they would prove nothing about what they have not seen."""
    steps = [step for version in VERSIONS for steps in walks(version) for step in steps]
    assert {before.state for before, _, _, _ in steps} == {*OPEN, State.CLOSED}
    ran = {move.row for _, _, move, _ in steps if move.row is not None}
    asleep = [row for row in TABLE if goes_on(row) and row not in ran and row.trigger not in ("file", "move_deadline")]
    assert [f"{row.trigger} → {row.dest}" for row in asleep] == []
    assert max(dict(after.counters).get("reopen", 0) for _, _, _, after in steps) == 1
    assert len(STATES) == len({before.state for before, _, _, _ in steps})
