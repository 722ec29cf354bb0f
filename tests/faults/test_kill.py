"""kill -9 in the middle of a batch: of the horse at work, of its worker, of the supervisor of them all."""

from tests.faults import afterwards
from tests.faults.running import crew
from tests.faults.staged import PATIENCE, Stage, count_events, stand_at, wait_until_quiet
from tests.people import moment
from tests.servers import wait_until

CASES = 100


def test_killed_in_the_middle_of_a_batch(stage: Stage) -> None:
    """Intake has slept over 100 cases: all go to the enterprise at once, and each sends letters to both sides."""
    stage.file(CASES, "outside")
    stand_at(moment("2026-07-16 09:30"))
    with crew() as first:
        expired(10)
        first.kill("horse", "expire").run_out()
        expired(35)
        first.kill("worker", "expire").run_out()
        taken(stage, 20)
        first.kill("horse", "deliver").run_out()
        taken(stage, 45)
        first.kill("worker", "deliver").run_out()
        expired(60)
        taken(stage, 70)
        first.kill_all().run_out()
    in_the_middle = count_events("admit"), len(stage.mailbox.taken)
    with crew():
        wait_until_quiet()
    assert in_the_middle[0] < CASES or in_the_middle[1] < 2 * CASES
    assert count_events("admit") == CASES
    afterwards.check(stage.mailbox, copies=3)


def expired(count: int) -> None:
    wait_until(lambda: count_events("admit") >= count, PATIENCE, f"{count} expiries")


def taken(stage: Stage, count: int) -> None:
    wait_until(lambda: len(stage.mailbox.taken) >= count, PATIENCE, f"{count} letters")
