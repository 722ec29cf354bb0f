"""kill -9 in the middle of a batch: of the horse at work, of its worker, of the supervisor of them all."""

from tests.faults import afterwards
from tests.faults.running import Leases, crew, leases
from tests.faults.staged import Stage, count_events, stand_at, wait_for_events, wait_until_quiet
from tests.people import moment

CASES = 80


def test_killed_in_the_middle_of_a_batch(stage: Stage) -> None:
    """Intake has slept over 80 cases: all go to the enterprise at once, and each sends letters to both sides."""
    stage.file(CASES, "outside")
    stand_at(moment("2026-07-16 09:30"))
    with crew() as first:
        wait_for_events("admit", 8)
        first.kill("horse", "expire").run_out()
        wait_for_events("admit", 24)
        first.kill("worker", "expire").run_out()
        stage.wait_for_letters(20)
        first.kill("horse", "deliver").run_out()
        stage.wait_for_letters(50)
        first.kill("worker", "deliver").run_out()
        stage.wait_for_letters(80)
        first.kill_supervisor()
    assert leases() == Leases((), ())  # the children were told by the kernel, and finished what they were at
    with crew() as second:
        stage.wait_for_letters(100)
        held = second.lose_power()
    held.run_out()
    with crew():
        wait_until_quiet()
    assert count_events("admit") == CASES
    afterwards.check(stage.mailbox, copies=3)
