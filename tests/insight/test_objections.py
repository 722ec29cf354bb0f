"""An enterprise objects to a figure before it is published; a supervisor decides; what is not decided is held back."""

from contextlib import suppress
from datetime import datetime
from threading import Barrier, BrokenBarrierError, Thread
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from complaints import db
from complaints.delivery import outbox
from complaints.errors import BadInput, NotAllowed, NotFound
from complaints.insight import record, record_editions, record_objections
from complaints.models import Objection, RecordExclusion, RecordLine, RecordMonth
from complaints.registry import course, sweeping
from complaints.workflow.case import Actor, Role
from tests import months
from tests.insight.test_record import AUGUST, filed, settled, withdrawn
from tests.people import World, moment, world
from tests.playing import Playing

EARLY, PUBLISHED = moment("2026-08-05"), moment("2026-08-18 08:00")


@pytest.fixture
def cases(there: World) -> list[Playing]:
    """Six settled cases and five withdrawn ones, in a month that was taken."""
    found = [*(settled(there) for _ in range(6)), *(withdrawn(there) for _ in range(5))]
    assert months.work(AUGUST) == 1
    return found


def agent(there: World) -> Actor:
    return Actor(Role.ENTERPRISE, account_id=None, enterprise_id=there.hongyun)


def sun(there: World) -> Actor:
    return Actor(Role.SUPERVISOR, account_id=there.sun)


def raised(there: World, figure: str = "kinds", at: datetime = EARLY, month: str = "") -> int:
    with db.transaction() as session:
        return record_objections.raise_one(session, figure, "Call 13812345678.", agent(there), at, month).id


def publish() -> None:
    assert months.work(PUBLISHED) == 1


def newest(there: World) -> RecordLine:
    with db.reading() as session:
        found = record.latest(session, there.hongyun)
    assert found is not None
    return found


def test_the_enterprise_sees_its_draft_and_the_cases_behind_it(there: World, cases: list[Playing]) -> None:
    with db.reading() as session:
        ((_month, line),) = record_objections.drafts(session, there.hongyun, EARLY)
        assert line.figures["kinds"]["withdrawn"] == 5
        behind = record_objections.cases_behind(session, line)
        assert {each.number for each in behind} == {each.number for each in cases}
        assert sum(each.behind("settled") for each in behind) == 6
        assert record_objections.drafts(session, there.hongyun, PUBLISHED) == []


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


@pytest.mark.parametrize(("decision", "shown"), [("reject", 11), ("uphold", 10)])
def test_silence_of_the_centre_holds_the_figure_back_until_it_is_decided(
    there: World, cases: list[Playing], decision: str, shown: int
) -> None:
    objection_id = raised(there, "settled")
    outbox.deliver_due(now=lambda: EARLY)
    publish()
    line = newest(there)
    assert (line.figures["ended"], line.rank, line.why) == (None, None, "held_back")
    late = moment("2026-08-20")
    assert sweeping.run_due(lambda: late) == 1
    with db.reading() as session:
        assert record_objections.of(session, there.hongyun)[0].state == "held_back"
        assert [each.id for each in record_objections.undecided(session)] == [objection_id]
        assert record_objections.decided(session) == []
    assert newest(there).id == line.id
    excluded = cases[-1].number if decision == "uphold" else ""
    with db.transaction() as session:
        found = record_objections.one(session, objection_id)
        assert course.actions(found, sun(there), late) == ["uphold", "reject"]
        record_objections.act(session, objection_id, decision, sun(there), late, "At last.", excluded)
    assert (newest(there).figures["ended"], newest(there).figures.get("held")) == (shown, None)


def test_only_a_case_that_the_line_counts_is_excluded(there: World, cases: list[Playing]) -> None:
    running, later = filed(there), filed(there, moment("2026-08-03"))
    later.consumer("withdraw", moment("2026-08-04"))
    elsewhere = withdrawn(there, against="baiyu")
    objection_id = raised(there)
    for case in (running, later, elsewhere):
        with db.transaction() as session, pytest.raises(BadInput) as wrong:
            record_objections.uphold(session, objection_id, "Not theirs.", case.number, sun(there), EARLY)
        assert wrong.value.fields == {"excluded": ["unknown_case"]}
    with db.reading() as session:
        assert session.scalars(select(RecordExclusion.complaint_id)).all() == []
        assert record_objections.one(session, objection_id).state == "raised"


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


def test_what_was_masked_is_measured(there: World, cases: list[Playing]) -> None:
    long = "a@b.cd " * 42  # 294 characters, and more when masked
    with db.transaction() as session, pytest.raises(BadInput) as wrong:
        record_objections.raise_one(session, "kinds", long, agent(there), EARLY)
    assert wrong.value.fields == {"reason": ["too_long:300"]}


@pytest.mark.parametrize("end", ["reject", "withdraw"])
def test_a_correction_stays_when_a_second_objection_ends(there: World, cases: list[Playing], end: str) -> None:
    first, second = raised(there), raised(there, "settled")
    publish()
    with db.transaction() as session:
        record_objections.uphold(session, first, "Not theirs.", cases[-1].number, sun(there), PUBLISHED)
    assert newest(there).figures["ended"] is None  # the second one still stands
    with db.transaction() as session:
        who = sun(there) if end == "reject" else agent(there)
        record_objections.act(session, second, end, who, PUBLISHED, "It is right.")
    line = newest(there)
    assert (line.figures["ended"], line.figures["kinds"], line.figures.get("held")) == (10, None, None)
    with db.reading() as session:
        assert 11 not in {each.figures["ended"] for each in record.history(session, there.hongyun)}


def test_several_drafts_are_open_after_an_outage(there: World, cases: list[Playing]) -> None:
    late = moment("2026-09-02")
    for _ in range(5):
        filed(there, moment("2026-08-10")).consumer("withdraw", moment("2026-08-11"))
    with db.transaction() as session:
        session.get_one(RecordMonth, "2026-07").object_until = moment("2026-09-10")  # taken late
    assert months.work(late) == 1
    with db.reading() as session:
        assert [each.month for each, _line in record_objections.drafts(session, there.hongyun, late)] == [
            "2026-08", "2026-07",
        ]  # fmt: skip
    older, newer = raised(there, at=late, month="2026-07"), raised(there, at=late)
    with db.reading() as session:
        assert [record_objections.one(session, each).month for each in (older, newer)] == ["2026-07", "2026-08"]
    with pytest.raises(NotFound):
        raised(there, "ended", late, "2026-06")


def test_an_excluded_case_leaves_later_months_that_were_taken_too(there: World, cases: list[Playing]) -> None:
    objection_id = raised(there)
    publish()
    for _ in range(6):
        filed(there, moment("2026-08-19")).consumer("withdraw", moment("2026-08-20"))
    september = moment("2026-09-01 08:00")
    assert months.work(september) == 1
    with db.transaction() as session:
        record_objections.uphold(session, objection_id, "Not theirs.", cases[0].number, sun(there), september)
        (line,) = [each for each in record.newest(session, "2026-08") if each.enterprise_id == there.hongyun]
    assert (line.edition, line.reason, line.figures["ended"], line.figures["settled"]) == (2, "Not theirs.", 16, 5)
    assert newest(there).figures["ended"] == 10


def test_where_figures_are_repeated_the_month_they_are_of_is_corrected(there: World, cases: list[Playing]) -> None:
    publish()
    september = moment("2026-09-01 08:00")
    assert months.work(september) == 1  # nothing new: July's figures again
    objection_id = raised(there, at=september)
    with db.transaction() as session:
        line = record_objections.uphold(session, objection_id, "Not theirs.", cases[0].number, sun(there), september)
    assert (line.month, line.figures["as_of"], line.figures["ended"]) == ("2026-08", "2026-07", 10)
    assert (newest(there).month, newest(there).figures["ended"]) == ("2026-07", 10)


def test_managers_who_object_at_once_to_one_figure_make_one_objection(
    postgres: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = world()
    for _ in range(6):
        settled(there)
    assert months.work(AUGUST) == 1
    refused: list[BadInput] = []
    meet, begin = Barrier(2), course.begin

    def slowly(*given: Any, **facts: Any) -> Any:
        with suppress(BrokenBarrierError):
            meet.wait(0.5)  # nobody else comes where one waits for the other
        return begin(*given, **facts)

    def object_to() -> None:
        try:
            raised(there)
        except BadInput as error:
            refused.append(error)

    monkeypatch.setattr(course, "begin", slowly)
    both = [Thread(target=object_to) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Objection)) == 1
    assert [each.fields for each in refused] == [{"figure": ["objected_already"]}]


def test_two_decisions_on_one_line_at_once_both_count(postgres: Engine) -> None:
    there = world()
    found = [settled(there) for _ in range(8)]
    assert months.work(AUGUST) == 1
    objections = [raised(there), raised(there, "ratings")]
    publish()
    failed: list[Exception] = []

    def uphold(objection_id: int, number: str) -> None:
        try:
            with db.transaction() as session:
                record_objections.uphold(session, objection_id, "Not theirs.", number, sun(there), PUBLISHED)
        except Exception as error:
            failed.append(error)

    with db.transaction() as session:
        record_editions.locked(session, "2026-07")
        both = [Thread(target=uphold, args=(objections[n], found[n].number)) for n in range(2)]
        for each in both:
            each.start()
        for each in both:
            each.join(0.5)
    for each in both:
        each.join()
    assert failed == []
    line = newest(there)
    assert (line.figures["ended"], line.figures.get("held")) == (6, None)
