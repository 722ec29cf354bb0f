"""Two `worker.py` with a ticker each, as on two machines: nothing twice; and one goes on when the other is killed."""

from tests.faults import afterwards
from tests.faults.running import crew, leases
from tests.faults.staged import Stage, count_events, stand_at, wait_for_events, wait_until_quiet
from tests.people import moment

CASES = 40


def test_two_at_once_do_everything_once(stage: Stage) -> None:
    """First both at full work; then a wave of late clocks in which one of them is killed with all its children."""
    stage.file(CASES, "outside")
    with crew() as one, crew() as other:
        wait_until_quiet()
        stand_at(moment("2026-07-16 09:30"))
        wait_until_quiet()
        assert count_events("admit") == CASES
        afterwards.check(stage.mailbox)
        stand_at(moment("2026-07-30 23:59"))
        wait_until_quiet()
        stand_at(moment("2026-07-31 09:30"))
        wait_for_events("escalate", CASES // 10)
        one.lose_power()
        other.end()  # what it holds it settles first
        leases().run_out()
    with crew():
        wait_until_quiet()
    assert count_events("escalate") == CASES
    afterwards.check(stage.mailbox, copies=1)
