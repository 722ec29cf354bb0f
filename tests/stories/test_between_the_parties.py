"""Stories in which consumer and enterprise come to an end, or fail to, before any mediator is asked."""

import pytest
from sqlalchemy import Engine

from complaints.errors import BadInput, NotAllowed, NotNow
from complaints.workflow.case import Actor, Outcome, Role, State
from tests.people import World, moment, on, world
from tests.playing import file_complaint


@pytest.fixture
def there(database: Engine) -> World:
    """The usual people, once on each database."""
    return world()


def test_settled_happily(there: World) -> None:
    mei = file_complaint(there)
    mei.enterprise("offer", moment("2026-07-08"), remedy="A new kettle.", perform_by=on("2026-07-20"))
    mei.consumer("accept_offer", moment("2026-07-09"), release=["name", "address"])
    mei.enterprise("report_performance", moment("2026-07-15"), text="Delivered, signed for by her.")
    case = mei.consumer("confirm_performance", moment("2026-07-16"))
    assert (case.state, case.outcome) == (State.CLOSED, Outcome.SETTLED)
    assert mei.triggers() == ["file", "offer", "accept_offer", "report_performance", "confirm_performance"]
    assert [clock.state for clock in mei.clocks()] == [
        "with_enterprise", "with_consumer", "performing", "performance_reported",
    ]  # fmt: skip
    assert all(clock.ended_at for clock in mei.clocks())
    assert mei.consumer("rate", moment("2026-07-20"), rating=5, text="Good.").rating == 5
    with pytest.raises(NotNow):
        mei.consumer("rate", rating=1)
    assert mei.first_break() is None


def test_confirmed_before_it_was_reported(there: World) -> None:
    mei = file_complaint(there)
    mei.enterprise("offer", remedy="A new kettle.")
    mei.consumer("accept_offer")
    assert mei.last_day == on("2026-07-21")  # fifteen days where no day is named
    assert mei.consumer("confirm_performance", moment("2026-07-10")).outcome is Outcome.SETTLED


def test_nothing_left_to_perform(there: World) -> None:
    mei = file_complaint(there)
    mei.enterprise("offer", remedy="We have paid it back already.", nothing_to_perform=True)
    assert mei.consumer("accept_offer", moment("2026-07-09")).outcome is Outcome.SETTLED


def test_silence_at_every_step(there: World) -> None:
    """Nobody but Mei ever does anything, and she only files."""
    mei = file_complaint(there, against="outside", consumer_consents=False)
    case = mei.fall_silent()
    assert mei.triggers() == ["file", "admit", "escalate", "assign", "refuse_mediation"]
    assert (case.state, case.outcome) == (State.CLOSED, Outcome.CONSENT_UNANSWERED)
    dues = [clock.due_at for clock in mei.clocks()]
    assert [event.occurred_at for event in mei.events()[1:]] == dues
    assert [event.role for event in mei.events()[1:]] == ["clock"] * 4
    assert case.closed_at == moment("2026-08-13 00:00")  # the 16th, the 31st, two days more, five more
    assert not mei.notices(status="waiting")


def test_refused_by_the_enterprise_and_not_pursued(there: World) -> None:
    mei = file_complaint(there)
    mei.enterprise("decline", moment("2026-07-10"), reason="It fell down.")
    case = mei.run_out()
    assert case.outcome is Outcome.DECLINED_NOT_PURSUED
    assert case.reopen_until == moment("2026-08-25 00:00")
    letter = next(each for each in mei.notices("news_3") if each.recipient.startswith("consumer"))
    assert (letter.facts["outcome"], "reopen" in letter.facts["actions"]) == ("declined_not_pursued", True)
    assert letter.facts["routes"]
    mei.consumer("reopen", moment("2026-08-24 23:00"), reason="I found the bill.")
    assert mei.state is State.AWAITING_MEDIATOR


def test_an_offer_never_answered(there: World) -> None:
    mei = file_complaint(there)
    mei.enterprise("offer", remedy="A new kettle.")
    assert mei.run_out().outcome is Outcome.UNCONFIRMED


def test_counter_twice_and_the_third_is_refused(there: World) -> None:
    mei = file_complaint(there)
    for day in ("2026-07-08", "2026-07-13"):
        mei.enterprise("offer", moment(day), remedy="Ten yuan.", amount=None)
        mei.consumer("counter", moment(day + " 15:00"), text="All of it.")
    mei.enterprise("offer", moment("2026-07-16"), remedy="Twenty yuan.")
    with pytest.raises(NotNow):
        mei.consumer("counter", text="All of it!")
    assert mei.state is State.WITH_CONSUMER
    assert mei.consumer("reject").state is State.AWAITING_MEDIATOR
    assert mei.case.counters["counter"] == 2


def test_redirected_to_the_right_enterprise(there: World) -> None:
    mei = file_complaint(there)
    mei.enterprise("redirect", moment("2026-07-08"), reason="Baiyu made it.")
    mei.intake("route", moment("2026-07-09"), enterprise_id=there.baiyu)
    mei.intake("ask_information", missing=["other"], text="May we pass it on to Baiyu?")
    mei.consumer("supply_information", moment("2026-07-10"), share_consent=True)
    case = mei.intake("admit")
    assert (case.state, case.enterprise_id, case.benchmark) == (State.WITH_ENTERPRISE, there.baiyu, True)
    assert mei.last_day == on("2026-07-17")  # a benchmark enterprise: five days of its own
    with pytest.raises(NotNow):
        mei.enterprise("redirect", reason="Not we either.")
    hongyun = Actor(Role.ENTERPRISE, enterprise_id=there.hongyun)
    with pytest.raises(Exception, match="no case"):
        mei.act(hongyun, "offer", remedy="A new one.")


def test_a_longer_promise_needs_the_consumers_word(there: World) -> None:
    mei = file_complaint(there)
    mei.enterprise("offer", remedy="From the next batch.", perform_by=on("2026-09-01"))
    with pytest.raises(BadInput):
        mei.consumer("accept_offer")
    assert mei.state is State.WITH_CONSUMER
    mei.consumer("accept_offer", longer_agreed=True)
    assert mei.last_day == on("2026-09-01")


def test_no_promise_beyond_sixty_days(there: World) -> None:
    mei = file_complaint(there)
    with pytest.raises(BadInput):
        mei.enterprise("offer", remedy="Some day.", perform_by=on("2026-09-05"))
    assert mei.triggers() == ["file"]


def test_performance_reported_and_never_confirmed(there: World) -> None:
    mei = file_complaint(there)
    mei.enterprise("offer", remedy="A new kettle.")
    mei.consumer("accept_offer")
    mei.enterprise("report_performance", text="Sent.")
    case = mei.run_out()
    assert case.outcome is Outcome.SETTLED_UNCONFIRMED
    assert mei.consumer("reopen", moment("2026-07-20"), reason="It never came.").state is State.AWAITING_MEDIATOR


def test_the_answer_arrives_in_the_last_minute(there: World) -> None:
    mei = file_complaint(there)
    assert mei.enterprise("offer", moment("2026-07-20 23:59"), remedy="A new one.").state is State.WITH_CONSUMER
    mei.sweep(moment("2026-07-21 00:00"))
    assert mei.triggers() == ["file", "offer"]


def test_the_answer_arrives_a_minute_late(there: World) -> None:
    mei = file_complaint(there)
    with pytest.raises(NotAllowed):
        mei.enterprise("offer", moment("2026-07-21 00:00"), remedy="A new one.")
    mei.sweep(moment("2026-07-21 00:01"))
    assert mei.triggers() == ["file", "escalate"]


def test_withdrawn(there: World) -> None:
    mei = file_complaint(there)
    case = mei.consumer("withdraw", moment("2026-07-07"), reason="We spoke on the phone.")
    assert (case.outcome, case.reopen_until) == (Outcome.WITHDRAWN, None)
    with pytest.raises(NotNow):
        mei.consumer("reopen", reason="No, we did not.")
    assert mei.fall_silent().version == 2
