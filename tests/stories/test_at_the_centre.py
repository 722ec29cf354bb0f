"""Stories of the centre: intake, mediators, agreements and their end."""

from typing import Any

import pytest
from sqlalchemy import Engine

from complaints.errors import BadInput, NotAllowed, NotNow
from complaints.workflow.case import Actor, Outcome, Role, State
from tests.people import World, declare_conflict, moment, on, world
from tests.playing import Playing, file_complaint
from tests.workflow.expected import walk


@pytest.fixture
def there(database: Engine) -> World:
    """The usual people, once on each database."""
    return world()


def mediated(there: World) -> Playing:
    """In mediation before Chen, the first of the two mediators."""
    playing = walk(file_complaint(there), "decline reject assign")
    assert (playing.state, playing.case.mediator_id) == (State.IN_MEDIATION, there.chen)
    return playing


def test_mediated_performed_and_confirmed(there: World) -> None:
    mei = mediated(there)
    mei.mediator("hearing", moment("2026-07-10"), day=on("2026-07-20"), time="10:00", place="Room 1")
    mei.mediator("conclude", moment("2026-07-20"), agreement="A new kettle.", perform_by=on("2026-07-30"))
    assert mei.case.agreement_at == moment("2026-07-20")
    mei.enterprise("report_performance", moment("2026-07-29"), text="Sent.")
    assert mei.consumer("confirm_performance", moment("2026-07-31")).outcome is Outcome.SETTLED


def test_an_agreement_broken_twice(there: World) -> None:
    mei = mediated(there)
    mei.mediator("conclude", moment("2026-07-20"), agreement="A new kettle.", perform_by=on("2026-07-30"))
    case = mei.run_out()
    assert (case.state, mei.events()[-1].trigger) == (State.AWAITING_MEDIATOR, "break_promise")
    mei.supervisor("assign", moment("2026-07-31 12:00"))
    mei.mediator("conclude", moment("2026-08-03"), agreement="At last.", perform_by=on("2026-08-10"))
    case = mei.run_out()
    assert (case.state, case.outcome) == (State.CLOSED, Outcome.SETTLEMENT_BROKEN)
    assert case.agreement_at == moment("2026-08-03")
    assert mei.notices(f"news_{case.chain_seq}")[0].facts["routes"]
    reopened = mei.consumer("reopen", moment("2026-08-20"), reason="Still nothing.", ground="breach")
    assert reopened.accepted_at == moment("2026-08-20")


def test_performance_disputed_then_disputed_again(there: World) -> None:
    mei = file_complaint(there)
    walk(mei, "offer accept report")
    mei.consumer("dispute_performance", moment("2026-07-08"), reason="The box was empty.")
    assert mei.state is State.AWAITING_MEDIATOR
    mei.supervisor("assign")
    mei.mediator("conclude", moment("2026-07-10"), agreement="A full box.", perform_by=on("2026-07-15"))
    mei.enterprise("report_performance", moment("2026-07-14"), text="Sent.")
    case = mei.consumer("dispute_performance", moment("2026-07-15"), reason="Empty again.")
    assert case.outcome is Outcome.SETTLEMENT_BROKEN


def test_a_party_asks_twice_for_another_mediator(there: World) -> None:
    mei = mediated(there)
    mei.consumer("request_recusal", moment("2026-07-07"), reason="He is a cousin of theirs.")
    assert (mei.state, mei.last_day) == (State.RECUSAL_PENDING, on("2026-07-09"))
    mei.supervisor("decide_recusal", moment("2026-07-08"), granted=True, reason="He is.")
    assert (mei.state, mei.case.mediator_id) == (State.IN_MEDIATION, there.gao)
    mei.consumer("request_recusal", moment("2026-07-10"), reason="And she is an aunt.")
    assert mei.state is State.IN_MEDIATION
    [task] = mei.tasks()
    assert (task.kind, task.role, task.due_at) == ("decide_recusal", "supervisor", moment("2026-07-15 00:00"))
    with pytest.raises(NotAllowed):
        mei.mediator("do_task", task_id=task.id, result="denied")
    mei.supervisor("do_task", moment("2026-07-13"), task_id=task.id, result="denied")
    assert (mei.state, mei.case.mediator_id) == (State.IN_MEDIATION, there.gao)
    case = mei.enterprise("request_recusal", reason="Each side has one of its own.")
    assert case.state is State.RECUSAL_PENDING


def test_a_recusal_that_nobody_decides_is_granted(there: World) -> None:
    mei = mediated(there)
    mei.enterprise("request_recusal", reason="A neighbour.")
    case = mei.run_out()
    assert (case.state, case.mediator_id) == (State.IN_MEDIATION, there.gao)


def test_a_second_request_left_undecided_changes_the_mediator(there: World) -> None:
    mei = mediated(there)
    mei.consumer("request_recusal", reason="A cousin.")
    mei.supervisor("decide_recusal", granted=False, reason="No.")
    mei.consumer("request_recusal", reason="But he is.")
    mei.sweep(moment("2026-07-09 00:00"))
    assert (mei.state, mei.case.mediator_id) == (State.IN_MEDIATION, there.gao)
    assert [each.facts["lapsed"] for each in mei.notices("lapse")] == ["supervisor"]


def test_a_request_after_an_end_in_recusal_still_becomes_a_task(there: World) -> None:
    mei = mediated(there)
    mei.consumer("request_recusal", reason="A cousin.")
    mei.supervisor("terminate", ground="end_3")
    mei.consumer("reopen", moment("2026-07-13"), reason="New.", evidence="A bill.")
    mei.supervisor("assign")
    mei.consumer("request_recusal", moment("2026-07-14"), reason="A cousin too.")
    assert (mei.state, [task.kind for task in mei.tasks()]) == (State.IN_MEDIATION, ["decide_recusal"])


def test_an_appraisal(there: World) -> None:
    mei = mediated(there)
    facts: dict[str, Any] = {"laboratory": "Lab One", "payer": "enterprise", "both_agreed": True}
    with pytest.raises(BadInput):
        mei.mediator("order_appraisal", agreed_on=on("2026-09-05"), **facts)
    mei.mediator("order_appraisal", moment("2026-07-07"), agreed_on=on("2026-08-20"), **facts)
    mei.run_out()  # the report does not come
    assert (mei.state, mei.triggers()[-1]) == (State.IN_MEDIATION, "receive_appraisal")
    assert mei.last_day == on("2026-10-19")  # 60 days and 45 more from the 6th of July
    with pytest.raises(NotNow):
        mei.mediator("order_appraisal", agreed_on=on("2026-08-30"), **facts)


def test_mediation_without_agreement(there: World) -> None:
    mei = mediated(there)
    case = mei.run_out()
    assert (case.outcome, case.ground, case.closed_at) == (Outcome.TERMINATED, "end_5", moment("2026-09-05 00:00"))


def test_whoever_no_longer_wants_to_mediate(there: World) -> None:
    mei = mediated(there)
    case = mei.enterprise("refuse_mediation", reason="We have said everything.")
    assert (case.outcome, case.ground, case.enterprise_consents) == (Outcome.TERMINATED, "end_2", False)
    mei.consumer("reopen", moment("2026-07-13"), reason="New.", evidence="A bill.")
    mei.supervisor("assign")
    assert mei.state is State.AWAITING_CONSENT  # it is asked again


def test_reopening_gives_back_no_second_chance(there: World) -> None:
    """Every cycle spends a counter, and reopening resets none."""
    mei = file_complaint(there, against="outside")
    mei.intake("ask_information", missing=["evidence"])
    mei.consumer("supply_information", text="Here.")
    mei.intake("admit")
    mei.enterprise("offer", remedy="Ten yuan.")
    mei.run_out()
    mei.consumer("reopen", reason="I was away.")
    assert mei.case.counters == {"ask_information": 1, "reopen": 1}
    mei.supervisor("terminate", ground="end_3")
    with pytest.raises(NotNow):
        mei.consumer("reopen", reason="Once more.", evidence="A photo.")
    assert (mei.case.reopen_until, mei.case.rate_until is None) == (None, False)


def test_refused_at_intake_and_reviewed_by_another_officer(there: World) -> None:
    mei = file_complaint(there, against="outside")
    case = mei.intake("refuse", moment("2026-07-08"), ground="refuse_5", text="No bill.")
    assert (case.outcome, case.ground) == (Outcome.REFUSED, "refuse_5")
    mei.consumer("reopen", moment("2026-07-20"), reason="Here is the bill.")
    assert (mei.state, mei.last_day) == (State.RECEIVED, on("2026-07-29"))
    refused_to: dict[str, dict[str, Any]] = {
        "admit": {},
        "refuse": {"ground": "refuse_5"},
        "ask_information": {"missing": ["name"]},
    }
    for trigger, facts in refused_to.items():
        with pytest.raises(NotNow):
            mei.intake(trigger, **facts)
    zhao = Actor(Role.INTAKE, account_id=there.zhao)
    assert mei.act(zhao, "admit", moment("2026-07-21")).state is State.WITH_ENTERPRISE


def test_the_officer_who_refused_does_not_end_it_another_way(there: World) -> None:
    mei, other = file_complaint(there, against="outside"), file_complaint(there, against="outside")
    mei.intake("refuse", moment("2026-07-08"), ground="refuse_5")
    mei.consumer("reopen", moment("2026-07-09"), reason="Here is the bill.")
    with pytest.raises((NotNow, NotAllowed)):
        mei.intake("return_to_sender", reason="Not ours.")
    with pytest.raises((NotNow, NotAllowed)):
        mei.intake("merge", into=other.number)


def test_asked_for_more_and_never_answered(there: World) -> None:
    mei = file_complaint(there, against="outside")
    mei.intake("ask_information", missing=["evidence", "amount"])
    case = mei.run_out()
    assert (case.outcome, case.closed_at) == (Outcome.LAPSED, moment("2026-07-21 00:00"))
    assert mei.consumer("reopen", moment("2026-07-25"), reason="I was away.").state is State.RECEIVED


def test_a_late_offer_settles_it(there: World) -> None:
    mei = file_complaint(there)
    mei.run_out()
    assert mei.state is State.AWAITING_MEDIATOR
    mei.enterprise("late_offer", moment("2026-07-21 11:00"), remedy="A new one.", perform_by=on("2026-07-30"))
    case = mei.consumer("settle", moment("2026-07-22"))
    assert (case.state, case.late_offer) == (State.PERFORMING, None)
    assert mei.triggers() == ["file", "escalate", "late_offer", "settle"]  # the late answer stays late
    assert mei.last_day == on("2026-07-30")


def test_a_late_offer_whose_day_has_passed_gives_the_same_days_again(there: World) -> None:
    mei = mediated(there)
    mei.enterprise("late_offer", moment("2026-07-07"), remedy="A new one.", perform_by=on("2026-07-17"))
    mei.consumer("settle", moment("2026-07-27"))
    assert mei.last_day == on("2026-08-06")


def test_under_a_delegated_mandate(there: World) -> None:
    mei = file_complaint(there, mandate="delegated")
    assert mei.clocks()[0].state == "received"  # no green channel
    mei.intake("admit", moment("2026-07-08"))
    assert (mei.state, mei.case.accepted_at) == (State.AWAITING_MEDIATOR, moment("2026-07-08"))
    assigned = mei.supervisor("assign", moment("2026-07-09"))
    assert assigned.state is State.AWAITING_CONSENT  # a pledge is no consent in advance here
    mei.enterprise("consent", moment("2026-07-10"))
    assert (mei.state, mei.last_day) == (State.IN_MEDIATION, on("2026-09-07"))  # 60 days end on a Sunday


def test_nobody_is_there_to_mediate(database: Engine) -> None:
    mei = walk(file_complaint(world(mediators=False, supervisor=False)), "decline reject")
    case = mei.run_out()
    assert (case.outcome, case.ground) == (Outcome.TERMINATED, "end_8")
    assert mei.notices(f"news_{case.chain_seq}")[0].facts["routes"]


def test_the_supervisor_mediates_where_nobody_else_can(there: World) -> None:
    declare_conflict(there.chen, there.hongyun)
    declare_conflict(there.gao, there.hongyun)
    mei = walk(file_complaint(there), "decline reject")
    assert mei.run_out().mediator_id == there.sun


def test_a_mediator_with_a_conflict_is_never_chosen(there: World) -> None:
    declare_conflict(there.chen, there.hongyun)
    mei = walk(file_complaint(there), "decline reject")
    with pytest.raises(BadInput):
        mei.supervisor("assign", mediator_id=there.chen)
    assert mei.run_out().mediator_id == there.gao


def test_the_least_loaded_mediator_is_chosen(there: World) -> None:
    mediators = [walk(file_complaint(there), "decline reject assign").case.mediator_id for _ in range(3)]
    assert mediators == [there.chen, there.gao, there.chen]


def test_everybody_has_a_conflict(there: World) -> None:
    for officer in (there.chen, there.gao, there.sun):
        declare_conflict(officer, there.hongyun)
    mei = walk(file_complaint(there), "decline reject")
    with pytest.raises(NotAllowed):
        mei.supervisor("assign")
    assert mei.run_out().outcome is Outcome.TERMINATED


def test_the_last_mediator_steps_aside(there: World) -> None:
    for officer in (there.gao, there.sun):
        declare_conflict(officer, there.hongyun)
    mei = mediated(there)
    mei.consumer("request_recusal", reason="A cousin.")
    case = mei.supervisor("decide_recusal", granted=True, reason="He is.")
    assert (case.outcome, case.ground, case.mediator_id) == (Outcome.TERMINATED, "end_8", None)


def test_an_enterprise_without_a_mailbox(there: World) -> None:
    mei = file_complaint(there, against="mute", consumer_consents=False)
    mei.run_out()  # the clock admits it as intake would: to the appeals centre
    assert (mei.state, mei.events()[-1].trigger) == (State.AWAITING_MEDIATOR, "admit")


def test_an_enterprise_that_nobody_knows(there: World) -> None:
    mei = file_complaint(there, against=None)
    mei.intake("admit")
    assert (mei.state, mei.case.enterprise_id) == (State.AWAITING_MEDIATOR, None)
    case = mei.fall_silent()
    assert case.state is State.CLOSED
    assert not [each for each in mei.notices() if each.recipient.startswith("enterprise")]
