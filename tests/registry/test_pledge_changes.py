"""A change of a pledge that is asked for: its own owner, clock and consequence, beside the clock of the term."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from complaints import db, schema
from complaints.clock import at_local
from complaints.delivery import outbox
from complaints.errors import NotAllowed, NotNow
from complaints.models import Certificate, Measure, Notice, Pledge, PledgeChange
from complaints.registry import course, measures, pledge_changes, pledge_lists, pledge_versions, pledges, sweeping
from complaints.registry.pledges import Wording
from tests import pledging
from tests.people import World, moment, on, world
from tests.pledging import TEXTS, firm, intake, supervisor

MAY = moment("2027-05-10")
DECIDE_BY, PASSED_UP = on("2027-05-24"), on("2027-05-31")
BETTER = Wording(TEXTS | {"warranty": "Three years."}, 3, True)


@pytest.fixture
def there(database: Engine) -> World:
    """The usual people, once on each database."""
    return world()


@pytest.fixture
def pledge(there: World) -> int:
    """Hongyun's pledge in force, of which a change was asked in May."""
    pledge_id = pledging.published(there, pledging.campaign())
    ask(there, pledge_id)
    return pledge_id


def ask(there: World, pledge_id: int, at: datetime = MAY) -> None:
    with db.transaction() as session:
        pledges.propose_change(session, pledge_id, BETTER, firm(there.hongyun), at)


def changes() -> list[PledgeChange]:
    with db.reading() as session:
        return list(session.scalars(select(PledgeChange).order_by(PledgeChange.id)))


def triggers(subject: Pledge | PledgeChange) -> list[str]:
    with db.reading() as session:
        return [each.trigger for each in course.log(session, subject)]


def readers(change_id: int, seq: int) -> set[str]:
    with db.reading() as session:
        mine = Notice.key.startswith(f"course:change:{change_id}:{seq}:")
        return set(session.scalars(select(Notice.recipient).where(mine, Notice.at_once)))


def test_it_has_a_clock_and_the_term_runs_on(there: World, pledge: int) -> None:
    term = pledging.of(pledge).due_at
    (change,) = changes()
    assert (change.state, course.last_day(change), change.deadline["article"]) == ("asked", DECIDE_BY, "charter")
    assert term == pledging.of(pledge).valid_until
    ask(there, pledge, MAY + timedelta(days=2))  # worded anew: the clock runs on
    (again,) = changes()
    assert (again.due_at, triggers(again)) == (change.due_at, ["ask", "reword"])
    assert readers(change.id, 2) == {f"enterprise:{there.hongyun}", "desk:intake"}


def test_silence_goes_up_to_the_supervisor_and_then_the_change_does_not_stand(there: World, pledge: int) -> None:
    late = at_local(DECIDE_BY + timedelta(days=1), 10)
    assert sweeping.run_due(lambda: late) == 1
    (change,) = changes()
    assert (change.state, course.last_day(change)) == ("overdue", on("2027-06-01"))  # from the day it was recorded
    assert readers(change.id, 2) >= {"desk:supervisor"}
    over = at_local(on("2027-06-02"), 10)
    assert sweeping.run_due(lambda: over) == 1
    (change,) = changes()
    found = pledging.of(pledge)
    assert (change.state, change.due_at, found.changing, found.state) == ("undecided", None, False, "published")
    assert readers(change.id, 3) == {f"enterprise:{there.hongyun}", "desk:supervisor"}
    assert triggers(found)[-1] == "leave_change"
    with db.reading() as session:
        stands = pledge_versions.in_force(session, found)
        assert (stands.version if stands else 0, found.version) == (1, 2)
    with db.transaction() as session, pytest.raises(NotNow):
        pledges.accept_change(session, pledge, intake(there), over)
    ask(there, pledge, over)
    assert [each.state for each in changes()] == ["undecided", "asked"]


def test_a_late_decision_finds_the_clock_run_out_first(there: World, pledge: int) -> None:
    """Acting and sweeping come to the same: first to the supervisor, and only what is still asked for is decided."""
    with db.transaction() as session:
        pledges.accept_change(session, pledge, intake(there), at_local(on("2027-05-26"), 10))
    assert triggers(changes()[0]) == ["ask", "pass_up", "accept"]
    assert pledging.of(pledge).changing is False


@pytest.mark.parametrize("how", ["withdraw", "strike_off", "expire"])
def test_it_falls_away_with_its_pledge(there: World, pledge: int, how: str) -> None:
    if how == "withdraw":
        with db.transaction() as session:
            pledges.withdraw(session, pledge, firm(there.hongyun), MAY)
    elif how == "strike_off":
        pledging.imposed(there, "striking_off", MAY)
    else:
        with db.transaction() as session:
            session.get_one(Pledge, pledge).due_at = MAY + timedelta(days=1)
        sweeping.run_due(lambda: MAY + timedelta(days=2))
    (change,) = changes()
    assert (change.state, change.due_at, pledging.of(pledge).changing) == ("fallen_away", None, False)
    assert readers(change.id, 2) == set()  # the end of the pledge itself is told


def test_the_enterprise_withdraws_what_it_asked_for(there: World, pledge: int) -> None:
    with db.transaction() as session, pytest.raises(NotAllowed):
        pledges.withdraw_change(session, pledge, intake(there), MAY)
    with db.transaction() as session:
        pledges.withdraw_change(session, pledge, firm(there.hongyun), MAY)
    assert changes()[0].state == "withdrawn"
    with db.transaction() as session, pytest.raises(NotNow):
        pledges.withdraw_change(session, pledge, firm(there.hongyun), MAY)


def test_while_the_pledge_rests_the_change_is_decided_and_no_certificate_is_written(there: World, pledge: int) -> None:
    measure = pledging.imposed(there, "suspension", MAY)
    with db.transaction() as session:
        pledges.accept_change(session, pledge, intake(there), MAY + timedelta(hours=1))
    found = pledging.of(pledge)
    assert (found.state, found.changing, found.certificate_due) == ("suspended", False, None)
    with db.transaction() as session:
        measures.lift(session, measure, supervisor(there), MAY + timedelta(days=1), "It hired people.")
    with db.reading() as session:
        stands = pledge_versions.in_force(session, pledging.of(pledge))
        assert (stands.version if stands else 0) == 2
        assert session.scalars(select(Certificate)).all() == []
    assert pledging.of(pledge).certificate_due is not None


def test_the_list_of_changes_goes_by_their_own_dates(there: World, pledge: int) -> None:
    second = pledging.published(there, pledging_campaign(), MAY, enterprise=there.baiyu)
    with db.transaction() as session:
        pledges.propose_change(session, second, BETTER, firm(there.baiyu), MAY + timedelta(days=3))
    with db.reading() as session:
        first = pledge_lists.queue(session, "changes", limit=1)
        assert [(line.pledge.id, line.due_at) for line in first.lines] == [(pledge, changes()[0].due_at)]
        rest = pledge_lists.queue(session, "changes", cursor=first.next)
        assert [(line.pledge.id, line.due_at) for line in rest.lines] == [(second, changes()[1].due_at)]
        assert pledge_lists.counted(session)["changes"] == 2
        assert pledge_changes.waiting(session, pledging.of(second)) is not None


def pledging_campaign() -> int:
    """The campaign that the pledge stands in."""
    with db.reading() as session:
        return session.scalars(select(Pledge.campaign_id)).first() or 0


def test_reminders_go_to_the_desk_and_end_with_the_decision(there: World, pledge: int) -> None:
    with db.reading() as session:
        mine = (Notice.key.startswith("course:change:1:"), Notice.at_once.is_(False))
        planted = session.execute(select(Notice.recipient, Notice.status).where(*mine)).all()
        assert {tuple(each) for each in planted} == {("desk:intake", "waiting")}
    outbox.deliver_due(now=lambda: MAY)
    with db.transaction() as session:
        pledges.refuse_change(session, pledge, intake(there), MAY, "What is warranted is not said.")
    with db.reading() as session:
        assert set(session.scalars(select(Notice.status).where(*mine))) == {"void"}
        said = select(Notice.facts).where(Notice.key.startswith("course:change:1:2:news"))
        assert "What is warranted" in session.scalars(said).one()["reason"]


def test_what_was_asked_for_before_the_upgrade_has_a_clock_after_it(database: Engine, there: World) -> None:
    """The upgrade also says which letter opened the clock of each course, but for what an enterprise began itself."""
    pledge_id = pledging.published(there, pledging.campaign())
    measure_id = pledging.imposed(there, "suspension", MAY)
    with db.transaction() as session:
        found = session.get_one(Pledge, pledge_id)
        found.version, found.changing = 2, True
        pledge_versions.write(session, found, 2, BETTER, None, MAY)
        opening = session.get_one(Measure, measure_id).opening
    with database.begin() as connection:
        schema.downgrade(connection, "0019")
    schema.upgrade(database)
    (change,) = changes()
    assert (change.state, change.pledge_id, change.enterprise_id) == ("asked", pledge_id, there.hongyun)
    assert change.deadline["end"] == str(course.last_day(change))
    assert triggers(change) == ["ask"]
    with db.reading() as session:
        assert (session.get_one(Measure, measure_id).opening, opening is not None) == (opening, True)
    with db.transaction() as session:
        pledges.accept_change(session, pledge_id, intake(there), MAY)
    assert changes()[0].state == "accepted"


@pytest.mark.parametrize("state", ["suspended", "struck_off"])
def test_what_was_done_before_there_were_measures_can_be_lifted(database: Engine, there: World, state: str) -> None:
    pledge_id = pledging.published(there, pledging.campaign())
    with db.transaction() as session:
        found = session.get_one(Pledge, pledge_id)
        found.state, found.since = state, MAY
        if state == "struck_off":
            found.due_at = None
    with database.begin() as connection:
        schema.downgrade(connection, "0019")
    schema.upgrade(database)
    with db.reading() as session:
        measure = session.scalars(select(Measure)).one()
        assert (measure.state, measure.made_at, measure.pledge_id) == ("standing", MAY, pledge_id)
        (entry,) = course.log(session, measure)
        assert (entry.trigger, entry.occurred_at, entry.facts) == (
            "impose", MAY, {"why": [{"say": "before_measures"}]},
        )  # fmt: skip
    pledging.lifted(there, measure.id, MAY + timedelta(days=1))
    assert pledging.of(pledge_id).state == "published"
