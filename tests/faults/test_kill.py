"""kill -9 in the middle of a batch: of the horse at work, of its worker, of the supervisor of them all."""

import pytest

from tests.faults import afterwards
from tests.faults.running import Victim, crew
from tests.faults.staged import MONDAY, Stage, count_events, live, stand_at, wait_until_quiet
from tests.people import moment
from tests.servers import wait_until

CASES = 120


@pytest.mark.parametrize("victim", ["horse", "worker", "supervisor"])
def test_killed_in_the_middle_of_a_batch(stage: Stage, victim: Victim) -> None:
    """Intake has slept over 120 cases: all go to the enterprise at once, and each sends three letters."""
    stage.file(CASES, "outside")
    live(MONDAY)
    before = len(stage.mailbox.taken)
    stand_at(moment("2026-07-16 09:30"))
    with crew() as first:
        wait_until(lambda: count_events("admit") > CASES // 6, 30, "the first expiries")
        held = first.kill(victim, "expire")
        in_the_middle = count_events("admit")
        held.run_out()
        if victim != "supervisor":
            wait_until(lambda: len(stage.mailbox.taken) > before + CASES // 2, 30, "the first letters")
            first.kill(victim, "deliver").run_out()
            wait_until_quiet()
    if victim == "supervisor":
        with crew() as second:
            wait_until(lambda: len(stage.mailbox.taken) > before + CASES // 2, 30, "the first letters")
            second.kill(victim, "deliver").run_out()
        with crew():
            wait_until_quiet()
    assert in_the_middle < CASES
    assert count_events("admit") == CASES
    afterwards.check(stage.mailbox, copies=2)
