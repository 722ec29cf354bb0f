"""What a mail server can do to us: refuse connections, refuse letters, keep silent, hang up after taking a letter."""

from datetime import timedelta

import pytest

from complaints import clock, db
from complaints.delivery import outbox
from tests.faults import afterwards
from tests.faults.running import crew
from tests.faults.staged import PATIENCE, Stage, count_events, stand_at, wait_until_quiet
from tests.people import moment
from tests.servers import SmtpMode, wait_until

CASES = 20
LETTERS = 2 * CASES
REFUSALS: tuple[SmtpMode, ...] = ("reject", "reject_recipient")  # 554 after the message, 550 at the address


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
        for _ in range(6):  # a letter in a worker's hand while the clock was moved waits from then on
            later(minutes=30)
            wait_until_quiet()
            if len(set(stage.mailbox.message_ids())) == LETTERS:
                break
        assert len(set(stage.mailbox.message_ids())) == LETTERS
        stand_at(moment("2026-07-21 09:30"))
        wait_until_quiet(beside=True)  # so many complaints about one product are a signal, and letters
    assert count_events("escalate") == CASES
    there = afterwards.check(stage.mailbox)
    assert stage.mailbox.dropped
    assert all(each.status != "dead" for each in there.notices)


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_letters_refused_for_good_wait_for_a_person(stage: Stage) -> None:
    """They are dead, the desk sees them, and whoever repairs the reason has them sent again."""
    stage.file(CASES, "hongyun")
    with crew():
        for mode in REFUSALS:
            stage.mailbox.mode = mode
            with db.transaction() as session:
                outbox.retry_dead(session, clock.now())
            wait_until_quiet()
            with db.transaction() as session:
                dead = {each.message_id for each in outbox.dead(session, 1000)}
            assert len(dead) == LETTERS
            afterwards.check(stage.mailbox, dead=dead)
        assert stage.mailbox.taken == []
        stage.mailbox.mode = "normal"
        with db.transaction() as session:
            assert outbox.retry_dead(session, clock.now()) == LETTERS
        wait_until_quiet()
    afterwards.check(stage.mailbox)
    assert len(stage.mailbox.taken) == LETTERS


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_a_silent_server_holds_up_nobody_but_the_letters(stage: Stage) -> None:
    """While a worker waits for an answer, clocks run out as ever; no letter leaves twice."""
    stage.file(CASES, "outside")
    stage.mailbox.mode = "stall"
    with crew():
        wait_until(lambda: stage.mailbox.attempts > 0, PATIENCE, "a letter to be tried")
        stand_at(moment("2026-07-16 10:00"))
        wait_until(lambda: count_events("admit") == CASES, PATIENCE, "all clocks to run out")
        assert stage.mailbox.taken == []
        stage.mailbox.mode = "normal"
        wait_until_quiet()
        later(hours=1)
        wait_until_quiet()
    there = afterwards.check(stage.mailbox)
    assert all(each.status != "dead" for each in there.notices)
