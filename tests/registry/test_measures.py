"""What follows when duties are missed: warnings, proposals, hearing, suspension, objection; nothing twice."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from complaints import db
from complaints.clock import at_local
from complaints.errors import BadInput, NotAllowed, NotFound, NotNow
from complaints.models import Complaint, Measure, Notice, Pledge
from complaints.registry import benchmarks, consequences, course, measures, pledge_versions, pledges, sweeping
from complaints.workflow.case import Actor, Role
from tests import pledged, pledging
from tests.people import MONDAY, World, on, world
from tests.playing import file_complaint


@pytest.fixture
def there(database: Engine) -> World:
    """The usual people; Hongyun's pledge is in force."""
    people = world()
    pledged.in_force(people.hongyun)
    return people


def state_of_pledge(there: World, at: datetime = MONDAY) -> str:
    """What the mark's page reads, live."""
    with db.reading() as session:
        found = pledges.current(session, there.hongyun, at)
        return found.state if found else "none"


def missed(there: World, n: int, *, told: bool = True, first: int = 0) -> datetime:
    """Complaints that Hongyun left unanswered; returns an instant after the last one."""
    for each in range(n):
        case = file_complaint(there, MONDAY + timedelta(minutes=each), phone=f"1370000{first + each:04}", mail=told)
        if not told:
            case.bounce(f"enterprise:{there.hongyun}", MONDAY)
            case.fall_silent(at_local(on("2026-08-05"), 0))
        else:
            case.run_out()
    return at_local(on("2026-08-05"), 10)


def all_measures() -> list[Measure]:
    with db.reading() as session:
        return list(session.scalars(select(Measure).order_by(Measure.id)))


def test_three_missed_answers_are_a_warning_and_six_a_proposal(there: World) -> None:
    at = missed(there, 2)
    assert consequences.run(at) == 0
    missed(there, 1, first=10)
    assert consequences.run(at) == 1
    assert consequences.run(at) == 0  # a rule that runs twice adds nothing
    missed(there, 2, first=20)
    assert consequences.run(at) == 0
    missed(there, 1, first=30)
    assert consequences.run(at) == 1
    warning, proposal = all_measures()
    assert (warning.kind, warning.state, warning.rule, len(warning.cause["cases"])) == (
        "warning", "in_force", "missed_answers", 3,
    )  # fmt: skip
    assert (proposal.kind, proposal.state, len(proposal.cause["cases"])) == ("suspension", "proposed", 6)
    assert state_of_pledge(there) == "published"
    assert consequences.run(at + timedelta(days=120)) == 0


def test_an_enterprise_whose_rule_fails_holds_up_no_other(there: World, monkeypatch: pytest.MonkeyPatch) -> None:
    pledged.in_force(there.baiyu)
    at = missed(there, 3)
    counted = [consequences.Counted(n, MONDAY) for n in range(3)]
    monkeypatch.setattr(consequences, "broken", lambda *_: {there.baiyu: counted, there.hongyun: counted})
    consider = consequences.consider

    def fails(session: Session, enterprise_id: int, *more: Any) -> bool:
        if enterprise_id == there.baiyu:
            raise ValueError("a rule that cannot be applied")
        return consider(session, enterprise_id, *more)

    monkeypatch.setattr(consequences, "consider", fails)
    assert consequences.run(at) == 2
    assert {each.rule for each in all_measures()} == {"missed_answers", "broken_settlements"}


def test_an_answer_counts_as_missed_only_where_the_enterprise_was_told(there: World) -> None:
    at = missed(there, 3, told=False)
    with db.reading() as session:
        assert consequences.missed(session, MONDAY - timedelta(days=90), at) == {}
    assert consequences.run(at) == 0


def test_the_silence_of_the_enterprise_named_before_is_not_the_next_ones(there: World) -> None:
    case = file_complaint(there, mail=False)
    case.bounce(f"enterprise:{there.hongyun}", MONDAY)
    case.sweep(MONDAY + timedelta(minutes=20))
    case.intake("do_task", MONDAY + timedelta(hours=1), task_id=case.tasks()[0].id, result="reached")
    case.run_out()
    since, until = MONDAY - timedelta(days=1), MONDAY + timedelta(days=60)
    with db.reading() as session:
        assert list(consequences.missed(session, since, until)) == [there.hongyun]
    case.supervisor("route", enterprise_id=there.baiyu)
    with db.reading() as session:
        assert consequences.missed(session, since, until) == {}


def test_who_is_no_participant_has_no_pledge_to_answer_for(there: World) -> None:
    with db.transaction() as session:
        counted = [consequences.Counted(n, MONDAY) for n in range(9)]
        assert not consequences.consider(session, there.outside, "missed_answers", counted, MONDAY)
    assert all_measures() == []


def test_broken_settlements_lead_to_a_warning(there: World) -> None:
    cases = [file_complaint(there, phone=f"1360000000{n}") for n in range(2)]
    broken = {"state": "closed", "outcome": "settlement_broken", "closed_at": MONDAY}
    with db.transaction() as session:
        session.execute(update(Complaint).where(Complaint.id.in_([each.id for each in cases])).values(broken))
    assert consequences.run(MONDAY) == 1
    assert consequences.run(MONDAY) == 0
    (warning,) = all_measures()
    assert (warning.kind, warning.rule) == ("warning", "broken_settlements")
    with db.reading() as session:
        letter = session.scalars(select(Notice).where(Notice.key.startswith("course:measure:"))).first()
        assert letter is not None
        assert letter.facts["why"] == [{"say": "broken_settlements", "n": 2, "days": 90}]


class Hearing:
    """A proposal to suspend Hongyun's pledge, and everybody in it."""

    def __init__(self, there: World) -> None:
        self.there = there
        self.firm = Actor(Role.ENTERPRISE, enterprise_id=there.hongyun)
        self.sun = Actor(Role.SUPERVISOR, account_id=there.sun)
        self.other = Actor(Role.SUPERVISOR, account_id=there.li)
        with db.transaction() as session:
            made = measures.by_person(session, there.hongyun, "suspension", self.sun, MONDAY, "Answers missed.", "k1")
            self.id = made.id

    def act(self, who: Actor, trigger: str, at: datetime = MONDAY, reason: str = "Because.") -> str:
        with db.transaction() as session:
            return measures.act(session, self.id, trigger, [who], at, {"reason": reason}).state

    @property
    def state(self) -> str:
        with db.reading() as session:
            return session.get_one(Measure, self.id).state


@pytest.fixture
def hearing(there: World) -> Hearing:
    return Hearing(there)


def test_from_proposal_to_suspension_to_objection_to_its_end(hearing: Hearing) -> None:
    there = hearing.there
    with pytest.raises(NotAllowed):
        hearing.act(hearing.sun, "impose")  # not before the enterprise was heard
    assert hearing.act(hearing.firm, "reply", reason="We were flooded.") == "heard"
    assert state_of_pledge(there) == "published"
    assert hearing.act(hearing.sun, "impose") == "in_force"
    assert state_of_pledge(there) == "suspended"  # at once
    assert hearing.act(hearing.firm, "object") == "objected"
    assert state_of_pledge(there) == "suspended"
    with pytest.raises((NotAllowed, NotNow)):
        hearing.act(hearing.sun, "lift")  # another person decides
    assert hearing.act(hearing.other, "lift") == "lifted"
    assert state_of_pledge(there) == "published"


def test_what_fails_changes_nothing(hearing: Hearing) -> None:
    """The effect and the decision are one transaction: a designation that has ended cannot be taken."""
    there = hearing.there
    with db.transaction() as session:
        benchmarks.designate(session, there.hongyun, 2026, None, MONDAY)
        made = measures.by_person(session, there.hongyun, "benchmark_removal", hearing.sun, MONDAY, "Slow.", "k2")
        hearing.id = made.id
    hearing.act(hearing.firm, "reply")
    with db.transaction() as session:
        benchmarks.end(session, there.hongyun, MONDAY)
    with pytest.raises(NotNow):
        hearing.act(hearing.sun, "impose")
    assert hearing.state == "heard"
    assert hearing.act(hearing.sun, "drop") == "dropped"


FEBRUARY, MARCH, TURN = on("2027-02-01"), on("2027-03-01"), at_local(on("2027-03-15"), 0)
AFTER = TURN + timedelta(minutes=3)


def next_years(there: World) -> int:
    """Next year's pledge of Hongyun, approved in February."""
    pledge = pledging.submitted(there, pledging.campaign(), at_local(FEBRUARY, 10))
    with db.transaction() as session:
        pledges.approve(session, pledge, pledging.intake(there), at_local(FEBRUARY, 11))
        session.execute(update(Notice).where(Notice.status == "waiting").values(status="sent", sent_at=MONDAY))
    return pledge


def test_a_suspension_goes_over_to_the_pledge_of_the_next_campaign(hearing: Hearing) -> None:
    there = hearing.there
    following = next_years(there)
    hearing.act(hearing.firm, "reply")
    with db.transaction() as session:  # heard in March, in whatever way its clock got there
        session.execute(update(Measure).values(due_at=None))
    assert hearing.act(hearing.sun, "impose", at_local(MARCH, 10)) == "in_force"
    with db.transaction() as session:
        session.execute(update(Measure).values(due_at=None))
    sweeping.run_due(lambda: AFTER)
    found = pledging.of(following)
    assert (found.state, found.number, found.certificate_due) == ("suspended", "315-2027-00001", None)
    assert pledging.standing(there.hongyun)[:3] == (True, TURN, AFTER)
    with db.reading() as session:
        assert session.get_one(Measure, hearing.id).pledge_id == following
        assert course.log(session, found)[-1].facts["why"] == [{"say": "measure_binds"}]
    assert hearing.act(hearing.other, "lift", AFTER) == "lifted"
    assert pledging.of(following).state == "published"


def test_a_proposal_outlives_the_withdrawal_of_the_pledge(hearing: Hearing) -> None:
    there = hearing.there
    hearing.act(hearing.firm, "reply")
    with db.transaction() as session:
        pledge = pledges.current(session, there.hongyun, MONDAY)
        assert pledge is not None
        pledges.withdraw(session, pledge.id, hearing.firm, MONDAY)
    assert hearing.act(hearing.sun, "impose") == "in_force"
    with db.transaction() as session:
        session.execute(update(Measure).values(due_at=None))
    again = pledging.published(there, pledging.campaign(), pledging.SPRING)
    assert pledging.of(again).state == "suspended"
    assert hearing.act(hearing.other, "lift", pledging.SPRING) == "lifted"
    assert pledging.of(again).state == "published"


def test_of_two_pledges_that_run_neither_escapes(hearing: Hearing) -> None:
    there = hearing.there
    following = next_years(there)
    with db.transaction() as session:
        pledges.publish(session, following, hearing.sun, at_local(MARCH, 9))
        session.execute(update(Measure).values(due_at=None))
    hearing.act(hearing.firm, "reply", at_local(MARCH, 9))
    hearing.act(hearing.sun, "impose", at_local(MARCH, 10))
    with db.transaction() as session:
        pledges.withdraw(session, following, hearing.firm, at_local(MARCH, 11))
    assert state_of_pledge(there, at_local(MARCH, 12)) == "suspended"


def test_an_objection_that_nobody_decides_lifts_the_measure(hearing: Hearing) -> None:
    hearing.act(hearing.firm, "reply")
    hearing.act(hearing.sun, "impose")
    hearing.act(hearing.firm, "object")
    with db.transaction() as session:
        session.execute(update(Notice).where(Notice.status == "waiting").values(status="sent", sent_at=MONDAY))
    late = at_local(on("2026-07-21"), 9)
    assert sweeping.run_due(lambda: late) == 1
    assert hearing.state == "lifted"
    assert state_of_pledge(hearing.there, late) == "published"


def test_what_was_struck_off_comes_back_when_the_measure_is_lifted(there: World) -> None:
    day = timedelta(days=1)
    measure = pledging.imposed(there, "striking_off", MONDAY)
    with db.reading() as session:
        struck = session.get_one(Measure, measure).cause["struck_off"]
        assert pledge_versions.promised_at(session, there.hongyun, MONDAY + day) is None
    assert state_of_pledge(there) == "none"
    assert pledging.standing(there.hongyun)[:1] == (False,)
    pledging.lifted(there, measure, MONDAY + 2 * day)
    back = pledging.of(struck[0])
    assert (back.state, back.version, course.last_day(back)) == ("published", 2, on("2027-03-14"))
    assert pledging.standing(there.hongyun)[0]
    with db.reading() as session:
        stood = {n: pledge_versions.promised_at(session, there.hongyun, MONDAY + n * day) for n in (-1, 1, 2)}
    assert {n: each.version.version if each else None for n, each in stood.items()} == {-1: 1, 1: None, 2: 2}


def test_what_was_struck_off_comes_back_suspended_under_another_measure_and_not_beside_its_successor(
    there: World,
) -> None:
    suspension = pledging.imposed(there, "suspension", MONDAY)
    striking = pledging.imposed(there, "striking_off", MONDAY)
    pledging.lifted(there, striking, MONDAY)
    assert state_of_pledge(there) == "suspended"
    pledging.lifted(there, suspension, MONDAY)
    assert state_of_pledge(there) == "published"
    striking = pledging.imposed(there, "striking_off", MONDAY + timedelta(hours=1))
    with db.reading() as session:
        struck = session.get_one(Pledge, session.get_one(Measure, striking).cause["struck_off"][0])
    with db.transaction() as session:
        later = pledges.begin(session, there.hongyun, struck.campaign_id, pledging.intake(there), MONDAY)
    pledging.lifted(there, striking, MONDAY + timedelta(hours=2))
    assert [pledging.of(each).state for each in (struck.id, later.id)] == ["struck_off", "draft"]


def test_two_suspensions_of_one_pledge_are_lifted_one_after_the_other(hearing: Hearing) -> None:
    second = Measure(enterprise_id=hearing.there.hongyun, kind="suspension", rule="person", cause={}, cause_key="x",
                     made_at=MONDAY)  # fmt: skip
    hearing.act(hearing.firm, "reply")
    with db.transaction() as session:
        second.pledge_id = session.get_one(Measure, hearing.id).pledge_id
        course.begin(session, second, "propose", hearing.sun, MONDAY)
        measures.reply(session, second.id, hearing.firm, MONDAY, "No.")
        measures.impose(session, second.id, hearing.sun, MONDAY, "Yes.")
    assert hearing.act(hearing.sun, "impose") == "in_force"
    assert hearing.act(hearing.other, "lift") == "lifted"
    assert state_of_pledge(hearing.there) == "suspended"
    with db.transaction() as session:
        measures.lift(session, second.id, hearing.other, MONDAY, "Enough.")
    assert state_of_pledge(hearing.there) == "published"


def test_a_reason_is_needed_and_a_stranger_finds_nothing(hearing: Hearing) -> None:
    with pytest.raises(BadInput) as error:
        hearing.act(hearing.firm, "reply", reason="  ")
    assert error.value.fields == {"reason": ["required"]}
    with pytest.raises(NotFound):
        hearing.act(Actor(Role.ENTERPRISE, enterprise_id=hearing.there.baiyu), "reply")


def test_the_same_form_twice_proposes_once_and_without_a_pledge_nothing_is_suspended(hearing: Hearing) -> None:
    with db.transaction() as session:
        again = measures.by_person(session, hearing.there.hongyun, "suspension", hearing.sun, MONDAY, "Again.", "k1")
        assert again.id == hearing.id
        with pytest.raises(NotNow):
            measures.by_person(session, hearing.there.baiyu, "suspension", hearing.sun, MONDAY, "No.", "k2")
        with pytest.raises(NotNow):
            measures.by_person(session, hearing.there.hongyun, "benchmark_removal", hearing.sun, MONDAY, "No.", "k3")
