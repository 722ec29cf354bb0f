"""By when: the clock of each state, and everything that may move it (design, section 2)."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine

from complaints.clock import SHANGHAI
from complaints.errors import NotNow
from complaints.workflow.case import State
from tests.people import World, moment, on, promise_answer, world
from tests.playing import Playing, file_complaint
from tests.workflow.expected import gallery, walk


@pytest.fixture
def there(sqlite: Engine) -> World:
    """The usual people, on SQLite."""
    return world()


def mediated(there: World) -> Playing:
    """Accepted and in mediation on the Monday."""
    playing = walk(file_complaint(there), "decline reject assign")
    assert playing.state is State.IN_MEDIATION
    return playing


def test_each_state_has_its_clock(there: World) -> None:
    last_days = {state: case.last_day for state, case in gallery(there).items() if state is not State.CLOSED}
    assert last_days == {
        State.RECEIVED: on("2026-07-15"),  # 7 working days
        State.NEEDS_INFORMATION: on("2026-07-20"),  # 10
        State.WITH_ENTERPRISE: on("2026-07-20"),  # 10
        State.WITH_CONSUMER: on("2026-07-20"),  # 10
        State.PERFORMING: on("2026-07-16"),  # as promised
        State.PERFORMANCE_REPORTED: on("2026-07-15"),  # 7
        State.AWAITING_MEDIATOR: on("2026-07-08"),  # 2
        State.AWAITING_CONSENT: on("2026-07-13"),  # 5
        State.IN_MEDIATION: on("2026-09-04"),  # 60 days
        State.RECUSAL_PENDING: on("2026-07-08"),  # 2
        State.UNDER_APPRAISAL: on("2026-08-20"),  # as agreed
    }


def test_a_closed_case_has_no_clock(there: World) -> None:
    playing = file_complaint(there)
    playing.consumer("withdraw")
    assert (playing.case.due_at, playing.case.wake_at, playing.case.clock_id) == (None, None, None)
    assert [clock.ended_by for clock in playing.clocks()] == ["withdraw"]


@pytest.mark.parametrize(
    ("against", "promised", "last_day", "article"),
    [
        ("hongyun", None, "2026-07-20", "charter"),
        ("hongyun", 3, "2026-07-09", "charter; pledge"),
        ("hongyun", 20, "2026-07-20", "charter"),
        ("baiyu", None, "2026-07-13", "charter; benchmark"),
        ("baiyu", 3, "2026-07-09", "charter; pledge"),
        ("baiyu", 7, "2026-07-13", "charter; benchmark"),
    ],
)
def test_benchmark_enterprises_and_promises_are_shorter(
    there: World, against: str, promised: int, last_day: str, article: str
) -> None:
    """And the explanation names what decided."""
    promise_answer(getattr(there, against), promised)
    playing = file_complaint(there, against=against)
    assert playing.last_day == on(last_day)
    assert playing.clocks()[0].explanation["article"] == article


def test_a_promise_made_after_filing_does_not_shorten_a_clock(there: World) -> None:
    playing = file_complaint(there)
    promise_answer(there.hongyun, 2)
    assert playing.run_out().state is State.AWAITING_MEDIATOR
    assert playing.clocks()[0].due_at == moment("2026-07-21 00:00")


# -- pauses -------------------------------------------------------------------------------------------------------


def test_the_intake_clock_pauses_while_the_consumer_is_asked(there: World) -> None:
    playing = file_complaint(there, against="outside")
    assert playing.last_day == on("2026-07-15")
    playing.intake("ask_information", moment("2026-07-08"), missing=["evidence"])
    playing.consumer("supply_information", moment("2026-07-13"), text="The bill.")
    assert playing.last_day == on("2026-07-20")  # the 9th, 10th and 13th did not count
    playing.intake("ask_information", moment("2026-07-14"), missing=["amount"])
    playing.consumer("supply_information", moment("2026-07-16"), text="129 yuan.")
    assert playing.last_day == on("2026-07-22")  # both pauses are remembered
    with pytest.raises(NotNow):
        playing.intake("ask_information", missing=["other"])


def test_a_pause_over_a_weekend_gives_no_working_day(there: World) -> None:
    playing = file_complaint(there, against="outside")
    playing.intake("ask_information", moment("2026-07-10 18:00"), missing=["evidence"])
    playing.consumer("supply_information", moment("2026-07-12 18:00"), text="The bill.")
    assert playing.last_day == on("2026-07-15")


def test_redirect_back_to_the_same_enterprise_resumes_its_clock(there: World) -> None:
    playing = file_complaint(there)
    playing.enterprise("redirect", moment("2026-07-08"), reason="Not our kettle.")
    assert playing.last_day == on("2026-07-17")  # intake's own 7 working days
    playing.intake("admit", moment("2026-07-10"))
    assert playing.last_day == on("2026-07-22")  # the 9th and 10th did not count


def test_redirect_with_a_question_in_between_resumes_too(there: World) -> None:
    playing = file_complaint(there)
    playing.enterprise("extend", moment("2026-07-07"), reason="Waiting for the laboratory.")
    playing.enterprise("redirect", moment("2026-07-08"), reason="Not our kettle.")
    playing.intake("ask_information", moment("2026-07-09"), missing=["evidence"])
    playing.consumer("supply_information", moment("2026-07-13"), text="It says Hongyun.")
    playing.intake("admit", moment("2026-07-14"))
    assert playing.last_day == on("2026-07-31")  # the 27th, and four working days


def test_redirect_to_another_enterprise_starts_a_new_clock(there: World) -> None:
    playing = file_complaint(there)
    playing.enterprise("redirect", moment("2026-07-08"), reason="It is Outside's.")
    playing.intake("route", moment("2026-07-09"), enterprise_id=there.outside)
    assert not playing.case.share_consent  # it was given for Hongyun, so Mei is asked again
    playing.intake("ask_information", missing=["other"])
    playing.consumer("supply_information", moment("2026-07-10"), share_consent=True)
    playing.intake("admit")
    assert (playing.state, playing.last_day) == (State.WITH_ENTERPRISE, on("2026-07-24"))


def test_a_resumed_clock_on_its_last_day(there: World) -> None:
    """The enterprise gets a whole working day, not the hours that were left."""
    playing = file_complaint(there)
    playing.enterprise("redirect", moment("2026-07-20 16:00"), reason="Not ours.")
    playing.intake("admit", moment("2026-07-20 17:00"))
    assert playing.last_day == on("2026-07-21")
    assert playing.enterprise("offer", remedy="A new one.").state is State.WITH_CONSUMER


@pytest.mark.parametrize("asked", ["2026-07-06", "2026-07-13", "2026-07-20 23:59"])
def test_an_extension_counts_from_the_same_start(there: World, asked: str) -> None:
    playing = file_complaint(there)
    playing.enterprise("extend", moment(asked), reason="The laboratory is slow.")
    assert playing.last_day == on("2026-07-27")
    with pytest.raises(NotNow):
        playing.enterprise("extend", reason="Once more.")
    assert playing.run_out().state is State.AWAITING_MEDIATOR


def test_a_counter_gives_a_full_new_time(there: World) -> None:
    playing = file_complaint(there)
    playing.enterprise("offer", moment("2026-07-10"), remedy="Half.")
    playing.consumer("counter", moment("2026-07-14"), text="All of it.")
    assert playing.last_day == on("2026-07-28")


# -- mediation ----------------------------------------------------------------------------------------------------


def test_the_mediation_clock_leaves_out_recusal_appraisal_and_performing(there: World) -> None:
    playing = mediated(there)
    assert playing.last_day == on("2026-09-04")
    playing.enterprise("request_recusal", moment("2026-07-10"), reason="Her cousin.")
    playing.supervisor("decide_recusal", moment("2026-07-14"), granted=False, reason="She is not.")
    assert playing.last_day == on("2026-09-08")  # 4 days
    facts = {"laboratory": "One", "payer": "enterprise", "both_agreed": True}
    playing.mediator("order_appraisal", moment("2026-07-20"), agreed_on=on("2026-08-20"), **facts)
    playing.mediator("receive_appraisal", moment("2026-08-10"), text="It was broken.")
    assert playing.last_day == on("2026-09-29")  # 21 more
    playing.mediator("conclude", moment("2026-08-11"), agreement="A new one.", perform_by=on("2026-08-20"))
    playing.run_out()
    assert playing.triggers()[-1] == "break_promise"
    playing.supervisor("assign", moment("2026-08-21 12:00"))
    assert playing.last_day == on("2026-10-09")  # 10 more, and the day is a working one


def test_waiting_for_a_mediator_counts(there: World) -> None:
    playing = walk(file_complaint(there), "decline reject")
    playing.supervisor("assign", moment("2026-07-08"))
    assert playing.last_day == on("2026-09-04")


def test_under_a_delegated_mandate_performing_counts(there: World) -> None:
    playing = file_complaint(there, mandate="delegated")
    walk(playing, "admit assign agree")
    assert (playing.state, playing.last_day) == (State.IN_MEDIATION, on("2026-09-04"))
    playing.mediator("conclude", moment("2026-08-11"), agreement="A new one.", perform_by=on("2026-08-20"))
    playing.run_out()
    playing.supervisor("assign", moment("2026-08-21 12:00"))
    assert playing.last_day == on("2026-09-04")


def test_mediation_entered_after_its_sixty_days_ends_with_that_day(there: World) -> None:
    playing = file_complaint(there, mandate="delegated")
    walk(playing, "admit assign agree")
    playing.mediator("conclude", moment("2026-09-01"), agreement="A new one.", perform_by=on("2026-09-10"))
    playing.run_out()
    playing.supervisor("assign", moment("2026-09-11 12:00"))
    assert (playing.state, playing.last_day) == (State.IN_MEDIATION, on("2026-09-11"))
    assert playing.run_out().ground == "end_5"


def test_reopening_is_a_new_acceptance(there: World) -> None:
    playing = mediated(there)
    playing.mediator("terminate", moment("2026-07-20"), ground="end_3")
    playing.consumer("reopen", moment("2026-08-03"), reason="A witness.", evidence="Her letter.")
    assert playing.case.accepted_at == moment("2026-08-03")
    playing.supervisor("assign", moment("2026-08-04"))
    assert playing.state is State.IN_MEDIATION
    assert playing.last_day == on("2026-10-08")  # 60 days end in the October holidays


def test_reopening_is_possible_through_the_thirtieth_day(there: World) -> None:
    playing = walk(file_complaint(there), "decline")
    playing.run_out()  # declined, not pursued: over on the 20th, recorded at its end
    assert playing.case.reopen_until == moment("2026-08-21 00:00")
    with pytest.raises(NotNow):
        playing.consumer("reopen", moment("2026-08-21 00:00"), reason="Late.")
    assert playing.consumer("reopen", moment("2026-08-20 23:59"), reason="In time.").state is State.AWAITING_MEDIATOR


# -- the year to come ---------------------------------------------------------------------------------------------


def test_a_deadline_in_an_unpublished_year_is_provisional(there: World) -> None:
    playing = file_complaint(there, moment("2026-12-28"))
    assert playing.case.provisional
    assert playing.clocks()[0].provisional
    assert playing.last_day == on("2027-01-12")  # New Year's day is known, swapped days are not
    assert not file_complaint(there, moment("2026-12-01")).case.provisional


# -- the ladder ---------------------------------------------------------------------------------------------------


def ladder(playing: Playing, status: str = "waiting") -> dict[str, datetime]:
    """Step -> local instant of the reminders planted and not void."""
    planted = [each for each in playing.notices(status=status) if each.letter == "reminder"]
    return {each.step: each.send_at.astimezone(SHANGHAI).replace(tzinfo=None) for each in planted}


def nine(text: str) -> datetime:
    return datetime.combine(on(text), datetime.min.time()) + timedelta(hours=9)


def test_a_short_clock_has_no_half_time(there: World) -> None:
    assert ladder(file_complaint(there)) == {
        "before_3": nine("2026-07-15"),
        "before_1": nine("2026-07-17"),
        "last_day": nine("2026-07-20"),
    }


def test_a_clock_of_fifteen_days_has_a_half_time_and_moving_it_makes_a_new_ladder(there: World) -> None:
    playing = file_complaint(there)
    playing.enterprise("extend", reason="The laboratory is slow.")
    assert ladder(playing) == {
        "half_time": nine("2026-07-16"),
        "before_3": nine("2026-07-22"),
        "before_1": nine("2026-07-24"),
        "last_day": nine("2026-07-27"),
    }
    assert len(playing.notices(status="void")) == 3


@pytest.mark.parametrize(
    ("promised", "steps"),
    [
        ("2026-07-19", {"before_3": "2026-07-15", "last_day": "2026-07-17"}),  # a Sunday: Friday, and one of two
        ("2026-07-18", {"before_3": "2026-07-15", "last_day": "2026-07-17"}),
        (
            "2026-07-21",
            {
                "half_time": "2026-07-13",
                "before_3": "2026-07-16",
                "before_1": "2026-07-20",
                "last_day": "2026-07-21",
            },
        ),
        ("2026-07-07", {"last_day": "2026-07-07"}),  # what is past is not sent
    ],
)  # fmt: skip
def test_reminders_fall_on_working_days(there: World, promised: str, steps: dict[str, str]) -> None:
    playing = file_complaint(there)
    playing.enterprise("offer", remedy="A new one.", perform_by=on(promised))
    playing.consumer("accept_offer")
    assert playing.last_day == on(promised)
    assert ladder(playing) == {step: nine(day) for step, day in steps.items()}


def test_a_half_time_on_a_rest_day_moves_to_the_working_day_before(there: World) -> None:
    playing = file_complaint(there)
    playing.enterprise("offer", remedy="A new one.", perform_by=on("2026-07-30"))
    playing.consumer("accept_offer", longer_agreed=True)
    assert date(2026, 7, 18).weekday() == 5
    assert ladder(playing)["half_time"] == nine("2026-07-17")
