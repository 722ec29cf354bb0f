"""No clock runs out against a party that was not told, or could not act because the service was down."""

import pytest
from sqlalchemy import Engine

from complaints.workflow.case import Role, State
from tests.people import MONDAY, World, lived, moment, on, promise_answer, world
from tests.playing import Playing, file_complaint
from tests.workflow.expected import walk

LONG_AGO, LATER = moment("2026-07-01"), moment("2026-12-01")


@pytest.fixture
def there(sqlite: Engine) -> World:
    """The usual people, on SQLite."""
    return world()


def whys(playing: Playing) -> list[str]:
    """Why the running clock was moved, as its explanation says."""
    return [move["why"] for move in playing.clocks()[-1].explanation["moves"]]


# -- outages ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("down_from", "up_again", "last_day"),
    [
        ("2026-07-20 09:00", "2026-07-20 11:00", "2026-07-21"),  # two hours of the last day
        ("2026-07-19 12:00", "2026-07-22 15:00", "2026-07-23"),
        ("2026-07-16 12:00", "2026-07-24 15:00", "2026-07-27"),  # up again on a Friday
        ("2026-07-17 12:00", "2026-07-25 15:00", "2026-07-27"),  # up again on a Saturday
    ],
)
def test_down_on_the_last_working_day(there: World, down_from: str, up_again: str, last_day: str) -> None:
    playing = file_complaint(there)
    lived((LONG_AGO, moment(down_from)), (moment(up_again), LATER))
    playing.sweep(max(moment(up_again), moment("2026-07-21 00:00")))
    assert (playing.state, playing.last_day, whys(playing)) == (State.WITH_ENTERPRISE, on(last_day), ["outage"])
    assert playing.triggers() == ["file", "move_deadline"]
    assert playing.run_out().state is State.AWAITING_MEDIATOR
    assert playing.events()[-1].occurred_at == playing.clocks()[-2].due_at


@pytest.mark.parametrize(
    ("down_from", "up_again"),
    [
        ("2026-07-20 09:00", "2026-07-20 10:00"),  # an hour and no more
        ("2026-07-15 09:00", "2026-07-19 10:00"),  # not on the last working day
        ("2026-07-21 00:30", "2026-07-21 10:00"),  # when the day was over
    ],
)
def test_down_at_another_time_moves_nothing(there: World, down_from: str, up_again: str) -> None:
    playing = file_complaint(there)
    lived((LONG_AGO, moment(down_from)), (moment(up_again), LATER))
    playing.sweep(moment("2026-07-21 11:00"))
    assert playing.state is State.AWAITING_MEDIATOR
    assert playing.events()[-1].occurred_at == moment("2026-07-21 00:00")


def test_still_down_when_the_worker_comes_first(there: World) -> None:
    """A sweep before the first heartbeat knows of the outage all the same."""
    playing = file_complaint(there)
    lived((LONG_AGO, moment("2026-07-19")))
    playing.sweep(moment("2026-07-22 15:00"))
    assert (playing.state, playing.last_day) == (State.WITH_ENTERPRISE, on("2026-07-23"))


def test_an_extension_after_an_outage_still_gives_time(there: World) -> None:
    """The enterprise has its one extension, and an outage takes no right away."""
    playing = file_complaint(there)
    lived((LONG_AGO, moment("2026-07-19")), (moment("2026-07-29 12:00"), LATER))
    playing.sweep(moment("2026-07-29 12:00"))
    assert playing.last_day == on("2026-07-30")
    playing.enterprise("extend", moment("2026-07-29 13:00"), reason="The laboratory was closed as well.")
    assert playing.last_day > on("2026-07-30")


def test_an_outage_does_not_help_the_centre(there: World) -> None:
    playing = file_complaint(there, against="outside")
    lived((LONG_AGO, moment("2026-07-14")), (moment("2026-07-17"), LATER))
    playing.sweep(moment("2026-07-17"))
    assert playing.state is State.WITH_ENTERPRISE
    assert playing.events()[-1].occurred_at == moment("2026-07-16 00:00")


def test_a_verb_after_an_outage_finds_the_clock_moved(there: World) -> None:
    """Nobody needs the sweep: the enterprise that comes back first may still answer."""
    playing = file_complaint(there)
    lived((LONG_AGO, moment("2026-07-19")), (moment("2026-07-22"), LATER))
    assert playing.enterprise("offer", moment("2026-07-22 12:00"), remedy="A new one.").state is State.WITH_CONSUMER


def test_a_last_day_that_is_a_rest_day_looks_at_the_working_day_before(there: World) -> None:
    playing = file_complaint(there)
    playing.enterprise("offer", remedy="A new one.", perform_by=on("2026-07-19"))
    playing.consumer("accept_offer")
    lived((LONG_AGO, moment("2026-07-17 09:00")), (moment("2026-07-17 17:00"), LATER))
    playing.sweep(moment("2026-07-20 00:00"))
    assert (playing.state, playing.last_day) == (State.PERFORMING, on("2026-07-20"))


# -- being told ---------------------------------------------------------------------------------------------------


def test_a_letter_that_arrives_two_days_late_moves_the_clock(there: World) -> None:
    playing = file_complaint(there, mail=False)
    playing.post(moment("2026-07-08 09:00"), f"enterprise:{there.hongyun}")
    playing.sweep(moment("2026-07-08 09:05"))
    assert (playing.last_day, whys(playing)) == (on("2026-07-22"), ["told_late"])
    assert playing.clocks()[-1].told_at == moment("2026-07-08 09:00")


def test_a_letter_of_the_same_day_moves_nothing(there: World) -> None:
    playing = file_complaint(there, mail=False)
    playing.post(moment("2026-07-06 23:00"), f"enterprise:{there.hongyun}")
    playing.sweep(moment("2026-07-06 23:05"))
    assert (playing.last_day, playing.triggers()) == (on("2026-07-20"), ["file"])
    assert playing.clocks()[0].told_at == moment("2026-07-06 23:00")


def test_the_clock_is_held_while_the_letter_is_under_way(there: World) -> None:
    playing = file_complaint(there, mail=False)
    playing.sweep(moment("2026-07-21 00:00"))
    case = playing.case
    assert (case.state, case.due_at) == (State.WITH_ENTERPRISE, moment("2026-07-21 00:00"))
    assert case.wake_at is not None
    assert case.wake_at > moment("2026-07-21 00:00")
    playing.post(moment("2026-07-21 09:00"), f"enterprise:{there.hongyun}")
    playing.sweep(moment("2026-07-21 10:00"))
    assert (playing.state, playing.last_day) == (State.WITH_ENTERPRISE, on("2026-08-04"))  # ten days from being told
    assert playing.run_out().state is State.AWAITING_MEDIATOR


def test_a_resumed_clock_told_a_day_late_gets_one_day_more(there: World) -> None:
    playing = file_complaint(there)
    playing.enterprise("redirect", moment("2026-07-14"), reason="Not ours.")
    playing.mail = False
    playing.intake("admit", moment("2026-07-15 17:00"))
    assert playing.last_day == on("2026-07-21")
    playing.post(moment("2026-07-16 09:00"), f"enterprise:{there.hongyun}")
    playing.sweep(moment("2026-07-16 09:05"))
    assert playing.last_day == on("2026-07-22")


def test_no_channel_becomes_a_task_and_only_then_may_the_clock_run_out(there: World) -> None:
    promise_answer(there.hongyun, 3)
    playing = file_complaint(there, mail=False)
    playing.bounce(f"enterprise:{there.hongyun}", MONDAY)
    playing.sweep(moment("2026-07-06 11:00"))
    [task] = playing.tasks()
    assert (task.kind, task.party, task.due_at) == ("reach_party", "enterprise", moment("2026-07-14 00:00"))
    playing.sweep(moment("2026-07-10 00:00"))
    assert playing.triggers() == ["file"]  # three working days are over, but nobody told it
    playing.sweep(moment("2026-07-14 00:00"))
    assert playing.tasks()[0].result == "lapsed"
    playing.fall_silent(until=moment("2026-07-14 01:00"))
    assert playing.state is State.AWAITING_MEDIATOR


def test_a_party_reached_by_phone_counts_from_then(there: World) -> None:
    playing = file_complaint(there, mail=False)
    playing.bounce(f"enterprise:{there.hongyun}", MONDAY)
    playing.sweep(moment("2026-07-06 11:00"))
    playing.intake("do_task", moment("2026-07-09"), task_id=playing.tasks()[0].id, result="reached")
    assert (playing.last_day, whys(playing)) == (on("2026-07-23"), ["told_late"])


def test_consent_is_asked_of_one_after_the_other_each_with_a_full_time(there: World) -> None:
    """Without the consumer's yes nothing may reach the enterprise, so its own five days begin only then."""
    playing = walk(file_complaint(there, against="outside", consumer_consents=False), "admit decline reject assign")
    assert (playing.clocks()[-1].owner, playing.last_day) == ("missing_consent", on("2026-07-13"))
    playing.mail = False
    playing.consumer("consent", moment("2026-07-10"))
    assert (playing.state, playing.last_day) == (State.AWAITING_CONSENT, on("2026-07-17"))
    playing.post(moment("2026-07-13 11:00"), f"enterprise:{there.outside}")
    playing.sweep(moment("2026-07-13 12:00"))
    assert playing.last_day == on("2026-07-20")  # told on the next working day
    assert [reminder.recipient for reminder in playing.notices("before", "last_day", status="waiting")] == [
        f"enterprise:{there.outside}"
    ] * 3


def test_a_worker_is_not_kept_busy_by_a_letter_under_way(there: World) -> None:
    """What cannot be settled yet is looked at once in a sweep, not again and again."""
    playing = walk(file_complaint(there, against="outside", consumer_consents=False), "admit decline reject")
    playing.mail = False
    playing.supervisor("assign")
    playing.post(moment("2026-07-06 11:00"), f"consumer:{playing.id}")
    assert playing.sweep(moment("2026-07-06 12:00")) <= 1


def test_the_enterprise_is_told_when_the_consumer_lets_the_content_pass(there: World) -> None:
    playing = file_complaint(there, against="outside", consumer_consents=False, share_consent=False)
    playing.intake("admit")
    playing.supervisor("assign")
    assert playing.state is State.AWAITING_CONSENT
    assert not [each for each in playing.notices() if each.recipient.startswith("enterprise")]
    playing.sweep(moment("2026-07-06 12:00"))
    assert playing.tasks() == []  # nobody phones the enterprise either
    playing.consumer("consent", moment("2026-07-10"))
    assert playing.case.enterprise_told
    assert [each.recipient for each in playing.notices("opening")][-1] == f"enterprise:{there.outside}"
    playing.sweep(moment("2026-07-10 12:00"))
    assert playing.last_day >= on("2026-07-17")  # its five working days, not the rest of the consumer's
    assert playing.enterprise("consent", moment("2026-07-15")).state is State.IN_MEDIATION


def test_a_task_lapsed_late_is_dated_when_it_was_due(there: World) -> None:
    playing = file_complaint(there, mail=False)
    playing.bounce(f"enterprise:{there.hongyun}", MONDAY)
    playing.sweep(moment("2026-07-06 11:00"))
    playing.sweep(moment("2026-07-16 10:00"))
    [event] = [each for each in playing.events() if each.trigger == "do_task"]
    assert (event.occurred_at, event.recorded_at) == (moment("2026-07-14 00:00"), moment("2026-07-16 10:00"))


def test_a_task_about_an_ended_clock_is_void(there: World) -> None:
    playing = file_complaint(there, mail=False)
    playing.bounce(f"enterprise:{there.hongyun}", MONDAY)
    playing.sweep(moment("2026-07-06 11:00"))
    playing.consumer("withdraw", moment("2026-07-07"))
    playing.sweep(moment("2026-07-16 10:00"))
    assert [task.result for task in playing.tasks()] == ["void"]
    assert playing.triggers()[-1] == "withdraw"
    assert playing.notices("lapse") == []


def test_the_clock_of_the_centre_waits_for_no_letter(there: World) -> None:
    playing = file_complaint(there, against="outside", mail=False)
    playing.sweep(moment("2026-07-16 00:00"))
    assert playing.state is State.WITH_ENTERPRISE
    assert playing.events()[-1].role == Role.CLOCK
