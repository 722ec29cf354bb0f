"""An enterprise objects to a figure before it is published; a supervisor decides; what is not decided is held back."""

import pytest
from sqlalchemy import Engine, select

from complaints import db
from complaints.delivery import outbox
from complaints.errors import BadInput, NotAllowed, NotFound
from complaints.insight import record, record_objections, record_taking
from complaints.models import RecordExclusion, RecordLine
from complaints.registry import course, sweeping
from complaints.workflow.case import Actor, Role
from tests.insight.test_record import AUGUST, settled, withdrawn
from tests.people import World, moment, world
from tests.playing import Playing

EARLY, PUBLISHED = moment("2026-08-05"), moment("2026-08-18 08:00")


@pytest.fixture
def there(database: Engine) -> World:
    """The usual people, once on each database."""
    return world()


@pytest.fixture
def cases(there: World) -> list[Playing]:
    """Six settled cases and five withdrawn ones, in a month that was taken."""
    found = [*(settled(there) for _ in range(6)), *(withdrawn(there) for _ in range(5))]
    assert record_taking.work(lambda: AUGUST) == 1
    return found


def agent(there: World) -> Actor:
    return Actor(Role.ENTERPRISE, account_id=None, enterprise_id=there.hongyun)


def sun(there: World) -> Actor:
    return Actor(Role.SUPERVISOR, account_id=there.sun)


def raised(there: World, figure: str = "kinds") -> int:
    with db.transaction() as session:
        return record_objections.raise_one(session, figure, "Call 13812345678.", agent(there), EARLY).id


def publish() -> None:
    assert record_taking.work(lambda: PUBLISHED) == 1


def newest(there: World) -> RecordLine:
    with db.reading() as session:
        found = record.latest(session, there.hongyun)
    assert found is not None
    return found


def test_the_enterprise_sees_its_draft_and_the_cases_behind_it(there: World, cases: list[Playing]) -> None:
    with db.reading() as session:
        found = record_objections.draft(session, there.hongyun, EARLY)
        assert found is not None
        assert found[1].figures["kinds"]["withdrawn"] == 5
        behind = record_objections.cases_behind(session, found[1])
        assert {each.number for each in behind} == {each.number for each in cases}
        assert sum(each.behind("settled") for each in behind) == 6
        assert record_objections.draft(session, there.hongyun, PUBLISHED) is None


def test_an_upheld_objection_corrects_the_draft_and_keeps_the_case_out_for_ever(
    there: World, cases: list[Playing]
) -> None:
    objection_id = raised(there)
    with db.transaction() as session:
        line = record_objections.uphold(session, objection_id, "Not theirs.", cases[-1].number, sun(there), EARLY)
        assert (line.edition, line.figures["ended"]) == (2, 10)
        assert session.scalars(select(RecordExclusion.complaint_id)).all() == [cases[-1].id]
    publish()
    line = newest(there)
    assert (line.edition, line.figures["ended"], line.figures["kinds"]) == (2, 10, None)  # four withdrawn are few
    with db.reading() as session:
        assert len(record.history(session, there.hongyun)) == 1  # the draft before was never public


def test_what_is_not_decided_is_held_back_and_shown_once_it_was_rejected(there: World, cases: list[Playing]) -> None:
    objection_id = raised(there)
    publish()
    line = newest(there)
    assert (line.figures["kinds"], line.figures["held"], line.figures["ended"]) == (None, ["kinds"], 11)
    with db.transaction() as session:
        record_objections.reject(session, objection_id, "It is right.", sun(there), PUBLISHED)
    after = newest(there)
    assert (after.edition, after.reason) == (line.edition + 1, "objection_rejected")
    assert after.figures["kinds"]["withdrawn"] == 5
    assert "held" not in after.figures


def test_silence_of_the_centre_holds_the_figure_back_for_ever(there: World, cases: list[Playing]) -> None:
    raised(there, "settled")
    outbox.deliver_due(now=lambda: EARLY)
    publish()
    line = newest(there)
    assert (line.figures["ended"], line.rank, line.why) == (None, None, "held_back")
    late = moment("2026-08-20")
    assert sweeping.run_due(lambda: late) == 1
    with db.reading() as session:
        assert record_objections.of(session, there.hongyun)[0].state == "held_back"
    assert newest(there).id == line.id


def test_a_withdrawn_objection_changes_nothing(there: World, cases: list[Playing]) -> None:
    objection_id = raised(there)
    with db.transaction() as session:
        record_objections.withdraw(session, objection_id, agent(there), EARLY)
    publish()
    assert newest(there).edition == 1


def test_who_may_object_to_what(there: World, cases: list[Playing]) -> None:
    objection_id = raised(there)
    with db.transaction() as session:
        for figure, reason, field in (("kinds", "Again.", "figure"), ("x", "Why.", "figure"), ("ended", " ", "reason")):
            with pytest.raises(BadInput) as wrong:
                record_objections.raise_one(session, figure, reason, agent(there), EARLY)
            assert list(wrong.value.fields) == [field]
        with pytest.raises(NotFound):
            record_objections.raise_one(session, "ended", "Late.", agent(there), PUBLISHED)
        stranger = Actor(Role.ENTERPRISE, account_id=None, enterprise_id=there.baiyu)
        with pytest.raises(NotFound):
            record_objections.withdraw(session, objection_id, stranger, EARLY)
        with pytest.raises(BadInput):
            record_objections.uphold(session, objection_id, "Yes.", "C26-NONE-NONE", sun(there), EARLY)
    with db.transaction() as session, pytest.raises(NotAllowed):
        record_objections.reject(session, objection_id, "No.", agent(there), EARLY)


def test_a_reason_is_kept_without_telephone_numbers(there: World, cases: list[Playing]) -> None:
    objection_id = raised(there)
    with db.reading() as session:
        log = course.log(session, record_objections.one(session, objection_id))
    assert log[0].facts["reason"] == "Call 138****."
