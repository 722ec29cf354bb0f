"""Errands: where a mail server takes no letter of a course, somebody phones; who was not told may keep silent."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from complaints import db
from complaints.clock import at_local
from complaints.delivery import outbox
from complaints.errors import NotFound
from complaints.models import Errand, Measure, Notice, Pledge, QualitySignal
from complaints.models.course import OnCourse
from complaints.registry import course, errands, measures, merging, pledges, quality, sweeping
from complaints.workflow.case import CLOCK, Actor, Role
from tests import pledged, pledging, servers
from tests.people import MONDAY, World, on, world

LATER = MONDAY + timedelta(minutes=1)
OVER = at_local(on("2026-07-21"), 10)


@pytest.fixture
def there(database: Engine, smtp: servers.SmtpServer) -> World:
    """The usual people, and a mail server that knows no mailbox; Hongyun's pledge is in force."""
    people = world()
    pledged.in_force(people.hongyun)
    smtp.mailbox.mode = "reject_recipient"
    return people


def measure(there: World, kind: str = "suspension", at: datetime = MONDAY) -> int:
    """A proposal against Hongyun, or a warning."""
    with db.transaction() as session:
        made = measures.begin(session, there.hongyun, kind, "person", f"x{kind}", CLOCK, at, {})
        assert made is not None
        return made.id


def signal(there: World, *, safety: bool = False, at: datetime = MONDAY) -> int:
    """A signal that asks Hongyun."""
    found = QualitySignal(enterprise_id=there.hongyun, product="kettle", batch=None, fault=None, safety=safety,
                          evidence={}, found_at=at, last_case_at=at, passed_on_at=at)  # fmt: skip
    with db.transaction() as session:
        return course.begin(session, found, "find", CLOCK, at).id


def deliver(at: datetime = LATER) -> None:
    """Every letter that is due is tried, and lost ones are taken note of."""
    outbox.deliver_due(now=lambda: at)
    errands.work(lambda: at)


def run_out(at: datetime) -> int:
    """The clocks that are over run out; how many."""
    return sweeping.run_due(lambda: at)


def errand() -> Errand:
    with db.reading() as session:
        return session.scalars(select(Errand)).one()


def state_of(model: type[OnCourse], subject_id: int) -> str:
    with db.reading() as session:
        return session.get_one(model, subject_id).state


def came_of_it(there: World, trigger: str, at: datetime) -> None:
    li = Actor(Role.INTAKE, account_id=there.li)
    with db.transaction() as session:
        errands.act(session, errand().id, trigger, [li], at, {"reason": "Ms Li, 13812345678"})


def test_a_refused_letter_becomes_an_errand_once_with_a_clock_and_a_letter_to_the_desk(
    there: World, smtp: servers.SmtpServer
) -> None:
    measure_id = measure(there)
    with db.reading() as session:
        assert errands.due_count(session, MONDAY) == 0
    outbox.deliver_due(now=lambda: LATER)
    assert smtp.mailbox.taken == []
    with db.reading() as session:
        assert errands.due_count(session, LATER) == 1
    assert errands.work(lambda: LATER) == 1
    assert errands.work(lambda: LATER) == 0
    found = errand()
    assert (found.state, found.about, found.about_id, found.policy) == ("open", "measure", measure_id, "ring-2026-12")
    assert course.last_day(found) == on("2026-07-13")  # five working days after Monday
    with db.reading() as session:
        readers = session.scalars(select(Notice.recipient).where(Notice.key.startswith(f"course:errand:{found.id}:")))
        assert set(readers) == {"desk:intake"}


def test_the_clock_waits_for_it_and_counts_from_when_the_enterprise_was_reached(there: World) -> None:
    measure_id = measure(there)
    deliver()
    came_of_it(there, "reach", at_local(on("2026-07-10"), 15))
    with db.reading() as session:
        found = session.get_one(Measure, measure_id)
        assert course.last_day(found) == on("2026-07-24")
        assert [each["why"] for each in found.deadline["moves"]] == ["told_late"]
        log = course.log(session, errand())
        assert [each.trigger for each in log] == ["send", "reach"]
        assert "13812345678" not in log[-1].facts["reason"]
    assert sweeping.run_due(lambda: OVER) == 0
    assert sweeping.run_due(lambda: at_local(on("2026-07-25"), 10)) == 1
    assert state_of(Measure, measure_id) == "heard"


def test_while_nobody_has_phoned_no_clock_runs_out(there: World) -> None:
    """Also where the sweep of lost letters never came by before the last day."""
    measure_id = measure(there)
    outbox.deliver_due(now=lambda: LATER)
    assert sweeping.run_due(lambda: OVER) == 0
    assert (state_of(Measure, measure_id), errand().state) == ("proposed", "open")
    assert course.last_day(errand()) == on("2026-07-28")


@pytest.mark.parametrize("trigger", ["give_up", "leave_unreached"])
def test_who_could_not_be_told_is_not_hurt_by_silence(there: World, trigger: str) -> None:
    proposal, warning = measure(there), measure(there, "warning")
    outbox.deliver_due(now=lambda: LATER)
    errands.work(lambda: LATER)
    if trigger == "give_up":
        with db.reading() as session:
            ids = session.scalars(select(Errand.id)).all()
        for each in ids:
            with db.transaction() as session:
                errands.act(session, each, trigger, [Actor(Role.SUPERVISOR, account_id=there.sun)], LATER, {})
    over = at_local(on("2026-08-03"), 10)
    while sweeping.run_due(lambda: over):
        pass
    assert (state_of(Measure, proposal), state_of(Measure, warning)) == ("dropped", "lifted")
    with db.reading() as session:
        last = course.log(session, session.get_one(Measure, proposal))[-1]
        assert (last.trigger, last.facts["untold"]) == ("close_hearing", True)
        to = session.scalars(select(Notice.recipient).where(Notice.key.startswith(f"course:measure:{proposal}:2:")))
        assert "desk:supervisor" in to.all()
        assert {each.state for each in session.scalars(select(Errand))} == {"unreached"}


def test_no_measure_follows_from_a_signal_of_which_nobody_could_tell(there: World) -> None:
    signal_id = signal(there)
    deliver()
    came_of_it(there, "give_up", LATER)
    assert sweeping.run_due(lambda: OVER) == 1
    assert state_of(QualitySignal, signal_id) == "unanswered"
    with db.reading() as session:
        assert session.scalars(select(Measure)).all() == []


def test_who_was_told_by_phone_and_keeps_silent_is_warned(there: World) -> None:
    signal_id = signal(there)
    deliver()
    came_of_it(there, "reach", LATER)
    assert sweeping.run_due(lambda: OVER) == 1
    assert state_of(QualitySignal, signal_id) == "unanswered"
    with db.reading() as session:
        assert session.scalars(select(Measure.kind)).all() == ["warning"]


def test_only_proven_silence_makes_the_second_signal_grave(there: World, smtp: servers.SmtpServer) -> None:
    signal(there)
    deliver()
    came_of_it(there, "give_up", LATER)
    sweeping.run_due(lambda: OVER)
    smtp.mailbox.mode = "normal"
    for number, kind in ((1, ["warning"]), (2, ["warning", "suspension"])):
        begun = OVER + timedelta(days=20 * (number - 1))
        signal(there, at=begun)
        deliver(begun)
        run_out(begun + timedelta(days=16))
        with db.reading() as session:
            assert session.scalars(select(Measure.kind).order_by(Measure.id)).all() == kind


def test_it_is_called_off_where_the_letter_arrives_or_the_clock_has_ended(
    there: World, smtp: servers.SmtpServer
) -> None:
    first, second = measure(there), signal(there)
    outbox.deliver_due(now=lambda: LATER)
    assert errands.work(lambda: LATER) == 2
    with db.transaction() as session:
        firm = Actor(Role.ENTERPRISE, enterprise_id=there.hongyun)
        quality.answer(session, second, firm, LATER, "A new glue.")  # it looked into its portal by itself
    smtp.mailbox.mode = "normal"
    with db.transaction() as session:
        outbox.retry_dead(session, LATER)
    deliver(LATER + timedelta(hours=1))
    with db.reading() as session:
        assert {each.state for each in session.scalars(select(Errand))} == {"called_off"}
    assert state_of(Measure, first) == "proposed"


def test_a_draft_that_an_enterprise_began_itself_needs_nobody_to_tell_it(there: World) -> None:
    campaign_id = pledging.campaign()
    for actor in (pledging.firm(there.baiyu), Actor(Role.INTAKE, account_id=there.li)):
        firm = there.baiyu if actor.role is Role.ENTERPRISE else there.outside
        with db.transaction() as session:
            pledges.begin(session, firm, campaign_id, actor, pledging.WINTER)
    deliver(pledging.WINTER + timedelta(minutes=1))
    with db.reading() as session:
        about = session.get_one(Pledge, errand().about_id)
        assert about.enterprise_id == there.outside


def test_who_takes_no_complaints_in_does_not_see_it(there: World) -> None:
    measure(there)
    deliver()
    strangers = [Actor(Role.ENTERPRISE, enterprise_id=there.hongyun), Actor(Role.MEDIATOR, account_id=there.chen)]
    with db.reading() as session, pytest.raises(NotFound):
        errands.look(session, errand().id, strangers)


def test_a_merge_takes_it_along(there: World) -> None:
    measure_id = measure(there)
    deliver()
    with db.transaction() as session:
        merging.merge(session, there.hongyun, there.baiyu, None, LATER)
    assert errand().enterprise_id == there.baiyu
    came_of_it(there, "reach", at_local(on("2026-07-10"), 15))
    with db.reading() as session:
        assert course.last_day(session.get_one(Measure, measure_id)) == on("2026-07-24")
