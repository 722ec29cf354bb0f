"""What a mail server can do to us: refuse connections, refuse letters, keep silent, hang up after taking a letter."""

from datetime import timedelta

import pytest

from complaints import clock, db
from complaints.delivery import outbox
from tests.faults import afterwards
from tests.faults.running import crew
from tests.faults.staged import PATIENCE, Stage, count_events, stand_at, wait_until_quiet
from tests.people import moment
from tests.servers import wait_until

CASES = 20
LETTERS = 2 * CASES
MORNING = moment("2026-07-06 11:00")


def later(**time: float) -> None:
    """The back-offs have passed."""
    with db.transaction():
        now = clock.now()
    stand_at(now + timedelta(**time))


def test_every_temporary_failure_costs_time_and_nothing_else(stage: Stage) -> None:
    """Busy, then nobody listens, then a lost answer: no letter is lost, and only lost answers make a second copy."""
    stage.file(CASES, "hongyun")
    stage.mailbox.mode = "busy"
    with crew():
        wait_until(lambda: stage.mailbox.attempts >= LETTERS, PATIENCE, "every letter to be tried")
        stage.smtp.down()
        stage.mailbox.mode = "drop_after_data"
        later(minutes=10)
        wait_until_quiet()
        assert stage.mailbox.taken == []
        stage.smtp.up()
        later(minutes=10)
        wait_until(lambda: len(stage.mailbox.dropped) >= 3, PATIENCE, "lost answers")
        stage.mailbox.mode = "normal"
        later(minutes=30)
        wait_until_quiet()
        assert len(set(stage.mailbox.message_ids())) == LETTERS
        stand_at(moment("2026-07-21 09:30"))
        wait_until_quiet()
    assert count_events("escalate") == CASES
    there = afterwards.check(stage.mailbox)
    assert stage.mailbox.dropped
    assert all(each.status != "dead" for each in there.notices)


@pytest.mark.parametrize("mode", ["reject", "reject_recipient"])
@pytest.mark.usefixtures("postgres")
def test_letters_refused_for_good_wait_for_a_person(stage: Stage, mode: str) -> None:
    ...


