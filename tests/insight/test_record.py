"""The record out of cases that were really lived: taken once, open to objection, published, never changed by cases."""

from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from complaints import clock, db
from complaints.clock import at_local
from complaints.insight import firms, record, record_counting, record_editions, record_taking
from complaints.models import ClockInstance, Notice, RecordLine, RecordMonth, Task, Uptime
from complaints.workflow.case import State
from tests import months
from tests.people import MONDAY, World, moment
from tests.playing import Playing, file_complaint

AUGUST = moment("2026-08-03 08:00")  # the first working day after July, a Monday


NUMBERS = count()


def filed(there: World, at: datetime = MONDAY, *, mail: bool = True, against: str = "hongyun") -> Playing:
    """A complaint of somebody new, which nobody weighs for abuse."""
    n = next(NUMBERS)
    at_home: dict[str, Any] = {"phone": f"1391{n:07d}", "email": f"c{n}@example.org", "address": f"{n} Main Road"}
    case = file_complaint(
        there, at, mail=mail, against=against, name=f"Consumer {n}", narrative=f"Story number {n}.", **at_home
    )
    if case.state is State.RECEIVED:
        case.intake("admit", at)
    return case


def settled(there: World, at: datetime = MONDAY) -> Playing:
    """A case that ended settled, confirmed by the consumer."""
    case = filed(there, at)
    later = at + timedelta(days=2)
    case.enterprise(
        "offer", later, remedy="All the money back.", perform_by=clock.local_date(later + timedelta(days=5))
    )
    case.consumer("accept_offer", later)
    case.consumer("confirm_performance", later + timedelta(days=1))
    return case


def withdrawn(there: World, against: str = "hongyun") -> Playing:
    case = filed(there, against=against)
    case.consumer("withdraw", MONDAY + timedelta(days=1))
    return case


def work(at: datetime) -> int:
    return months.work(at)


def public(enterprise_id: int) -> RecordLine | None:
    with db.reading() as session:
        return record.latest(session, enterprise_id)


def due(at: datetime) -> bool:
    with db.reading() as session:
        return record_taking.due(session, at)


def test_a_month_is_taken_on_its_first_working_day_and_published_after_the_time_to_object(there: World) -> None:
    assert not due(AUGUST)  # nothing ended: there is nothing to say
    for _ in range(4):
        settled(there)
    withdrawn(there)
    withdrawn(there)
    assert not due(moment("2026-08-01 12:00"))  # a Saturday
    assert due(AUGUST)
    assert work(AUGUST) == 1
    assert work(AUGUST) == 0
    with db.reading() as session:
        row = session.get_one(RecordMonth, "2026-07")
        assert row.object_until is not None
        assert row.object_until == at_local(clock.local_date(moment("2026-08-18")), 0)
        assert record.month(session, "2026-07") is None
        assert record.months(session) == []
    assert public(there.hongyun) is None
    assert not due(moment("2026-08-17 23:00"))
    published = moment("2026-08-18 08:00")
    assert due(published)
    assert work(published) == 1
    line = public(there.hongyun)
    assert line is not None
    assert (line.figures["ended"], line.figures["settled"], line.rank, line.why) == (6, 4, None, "too_few")
    assert line.figures["kinds"] is None  # two withdrawn are too few to be told apart
    assert line.figures["answers"] is None
    other = public(there.baiyu)
    assert other is not None
    assert (other.figures["ended"], other.why) == (None, "suppressed")
    with db.reading() as session:
        assert record.month(session, "2026-07") is not None
        assert record.months(session)[0].overall["left_out"] == 1


def test_what_happens_afterwards_changes_nothing_published(there: World) -> None:
    cases = [settled(there) for _ in range(6)]
    work(AUGUST)
    work(moment("2026-08-18 08:00"))
    before = public(there.hongyun)
    late = moment("2026-08-19")
    cases[0].consumer("reopen", moment("2026-08-05"), reason="Broken again.", ground="breach")
    filed(there, late).consumer("withdraw", late)
    after = public(there.hongyun)
    assert before is not None
    assert after is not None
    assert (after.id, after.figures) == (before.id, before.figures)


def test_a_month_with_too_little_news_repeats_what_was_shown(there: World) -> None:
    for _ in range(6):
        settled(there)
    work(AUGUST)
    work(moment("2026-08-18 08:00"))
    one = filed(there, moment("2026-08-19"))
    one.consumer("withdraw", moment("2026-08-20"))
    work(moment("2026-09-01 08:00"))
    work(moment("2026-09-16 08:00"))
    line = public(there.hongyun)
    assert line is not None
    assert (line.month, line.figures["as_of"], line.figures["ended"]) == ("2026-08", "2026-07", 6)
    for _ in range(4):
        filed(there, moment("2026-09-17")).consumer("withdraw", moment("2026-09-18"))
    work(moment("2026-10-08 08:00"))
    work(moment("2026-10-27 08:00"))
    line = public(there.hongyun)
    assert line is not None
    assert (line.month, line.figures["as_of"], line.figures["ended"]) == ("2026-09", "2026-09", 11)


def test_missed_months_are_caught_up_one_by_one(there: World) -> None:
    for _ in range(5):
        settled(there)
    work(AUGUST)
    late = moment("2026-11-20")
    while work(late):
        pass
    with db.reading() as session:
        assert [each.month for each in record.months(session)] == ["2026-07"]
        assert session.scalars(select(RecordMonth.month).order_by(RecordMonth.month)).all() == [
            "2026-07", "2026-08", "2026-09", "2026-10",
        ]  # fmt: skip


def test_a_month_with_nothing_in_its_twelve_months_does_not_end_the_record(there: World) -> None:
    for _ in range(5):
        settled(there)
    work(AUGUST)
    late = moment("2027-10-12")
    while work(late):
        pass
    filed(there, late).consumer("withdraw", late)
    while work(moment("2027-11-01 08:00")):
        pass
    with db.reading() as session:
        months = session.scalars(select(RecordMonth.month).order_by(RecordMonth.month.desc()).limit(2)).all()
    assert months == ["2027-10", "2027-06"]


def test_who_takes_no_part_has_no_line_that_tells_of_a_few_complaints(there: World) -> None:
    for _ in range(5):
        settled(there)
    filed(there, against="outside").consumer("withdraw", MONDAY + timedelta(days=1))
    work(AUGUST)
    with db.reading() as session:
        firms = set(session.scalars(select(RecordLine.enterprise_id)))
    assert firms == {there.hongyun, there.baiyu}  # those who take part, whatever happened


def test_a_mark_given_after_its_month_was_taken_does_not_follow_by_difference(there: World) -> None:
    cases = [settled(there, moment("2026-07-20")) for _ in range(7)]
    for each in cases[:5]:
        each.consumer("rate", rating=5)
    work(AUGUST)
    work(moment("2026-08-18 08:00"))
    first = public(there.hongyun)
    cases[5].consumer("rate", moment("2026-08-04"), rating=1)
    for _ in range(5):
        filed(there, moment("2026-08-19")).consumer("withdraw", moment("2026-08-20"))
    work(moment("2026-09-01 08:00"))
    work(moment("2026-09-16 08:00"))
    line = public(there.hongyun)
    assert first is not None
    assert line is not None
    assert first.figures["ratings"] == {"count": 5, "mean": 5.0}
    assert (line.figures["ended"], line.figures["ratings"]) == (12, None)
    with db.transaction() as session:  # nor by a correction of the month itself
        corrected = record_editions.correct(session, there.hongyun, "2026-07", "Again.", moment("2026-09-16"))
    assert (corrected.figures["ended"], corrected.figures["ratings"]) == (7, None)


def test_a_case_opened_again_does_not_follow_by_difference(there: World) -> None:
    cases = [settled(there) for _ in range(7)]
    work(AUGUST)
    work(moment("2026-08-18 08:00"))
    cases[0].consumer("reopen", moment("2026-08-05"), reason="Broken again.", ground="breach")
    for _ in range(5):
        filed(there, moment("2026-08-19")).consumer("withdraw", moment("2026-08-20"))
    work(moment("2026-09-01 08:00"))
    work(moment("2026-09-16 08:00"))
    line = public(there.hongyun)
    assert line is not None
    assert (line.month, line.figures["as_of"], line.figures["ended"]) == ("2026-08", "2026-07", 7)


def test_silence_counts_only_where_the_enterprise_was_told(there: World) -> None:
    told, untold = filed(there), filed(there, mail=False)
    told.run_out()
    told.supervisor("assign", mediator_id=there.chen)
    told.mediator("terminate", ground="no_agreement")
    untold.bounce(f"enterprise:{there.hongyun}", MONDAY)
    untold.sweep(MONDAY + timedelta(minutes=20))
    untold.fall_silent(MONDAY + timedelta(days=40))
    until = moment("2026-09-30")
    with db.reading() as session:
        cases = {each.id: each for each in record_counting.ended(session, there.hongyun, MONDAY, until)}
    assert (cases[told.id].unanswered, cases[told.id].not_proven_told, cases[told.id].mediated) == (1, 0, True)
    if untold.id in cases:
        assert cases[untold.id].unanswered == 0
        assert cases[untold.id].not_proven_told == 1


@pytest.mark.parametrize("by_phone", [False, True])
def test_word_that_came_after_the_end_proves_nothing(there: World, by_phone: bool) -> None:
    case = filed(there, mail=not by_phone)
    if by_phone:
        case.bounce(f"enterprise:{there.hongyun}", MONDAY)
        case.sweep(MONDAY + timedelta(minutes=20))
        case.intake("do_task", MONDAY + timedelta(hours=1), task_id=case.tasks()[0].id, result="reached")
    case.run_out()
    assert standing(case) == (1, 0)
    late = AUGUST + timedelta(days=60)
    with db.transaction() as session:
        session.execute(update(Notice).where(Notice.sent_at.is_not(None)).values(sent_at=late))
        session.execute(update(Task).where(Task.result == "reached").values(done_at=late))
    assert standing(case) == (0, 1)


def standing(case: Playing) -> tuple[int, int]:
    with db.reading() as session:
        found = record_counting.of_cases(session, [case.id])[case.id]
        return found.unanswered, found.not_proven_told


def test_answers_are_counted_in_working_days(there: World) -> None:
    case = settled(there)
    with db.reading() as session:
        (found,) = record_counting.ended(session, there.hongyun, MONDAY, moment("2026-07-31"))
    assert (found.id, found.outcome, found.in_time, found.days) == (case.id, "settled", 1, [2])


def test_an_answer_of_the_enterprise_named_before_is_not_the_next_ones(there: World) -> None:
    case = filed(there)
    case.enterprise("offer", MONDAY, remedy="A new one.", perform_by=clock.local_date(MONDAY + timedelta(days=5)))
    case.consumer("reject", MONDAY + timedelta(days=1))
    with db.reading() as session:
        assert record_counting.of_cases(session, [case.id])[case.id].in_time == 1
    case.supervisor("route", MONDAY + timedelta(days=2), enterprise_id=there.baiyu)
    with db.reading() as session:
        found = record_counting.of_cases(session, [case.id])[case.id]
        assert (found.in_time, found.unanswered, found.not_proven_told, found.days) == (0, 0, 0, [])
        tallies = firms.count(session, MONDAY - timedelta(days=1), MONDAY + timedelta(days=30))
        assert sum(each.in_time for each in tallies.values()) == 0
    case.supervisor("assign", MONDAY + timedelta(days=2))
    case.consumer("consent", MONDAY + timedelta(days=2))
    case.mediator("terminate", MONDAY + timedelta(days=3), ground="no_agreement")
    with db.reading() as session:
        assert record_counting.of_cases(session, [case.id])[case.id].mediated  # that one was its own


def test_the_first_answer_is_the_first_one_however_the_database_keeps_them(there: World) -> None:
    case = filed(there)
    case.enterprise("offer", MONDAY + timedelta(days=2), remedy="Half.", perform_by=clock.local_date(AUGUST))
    case.consumer("counter", MONDAY + timedelta(days=2), text="All of it.")
    case.enterprise("decline", MONDAY + timedelta(days=3), reason="It was dropped.")
    clocks = select(func.min(ClockInstance.id)).where(ClockInstance.state == "with_enterprise").scalar_subquery()
    with db.transaction() as session:  # PostgreSQL writes a changed row behind the others
        session.execute(update(ClockInstance).where(ClockInstance.id == clocks).values(told_at=AUGUST))
    with db.reading() as session:
        assert record_counting.of_cases(session, [case.id])[case.id].days == [2, 1]


def test_two_workers_take_a_month_once(there: World) -> None:
    for _ in range(5):
        settled(there)
    with db.transaction() as session:
        assert record_taking._claim(session, "2026-07")
    with db.transaction() as session:
        assert not record_taking._claim(session, "2026-07")
        assert not record_taking.due(session, AUGUST)
    assert record_taking.take("2026-07", AUGUST) == 1
    assert record_taking.take("2026-07", AUGUST) == 0
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(RecordLine)) == 2


def test_a_correction_is_another_edition_and_the_earlier_one_stays(there: World) -> None:
    for _ in range(6):
        settled(there)
    work(AUGUST)
    published = moment("2026-08-18 08:00")
    work(published)
    with db.transaction() as session:
        record_editions.correct(session, there.hongyun, "2026-07", "One case was another enterprise's.", published)
    with db.reading() as session:
        lines = record.history(session, there.hongyun)
        assert [(each.edition, each.reason) for each in lines] == [(2, "One case was another enterprise's."), (1, "")]
        assert record.latest(session, there.hongyun) == lines[0]


def test_nothing_is_published_before_those_who_may_object_were_told(there: World) -> None:
    for _ in range(6):
        settled(there)
    assert record_taking.work(lambda: AUGUST) == 1
    published, letters = moment("2026-08-18 08:00"), update(Notice).where(Notice.letter == "record_draft")
    assert not due(published)  # the letters have not left
    late = moment("2026-08-14 09:00")
    with db.transaction() as session:
        session.execute(letters.values(status="sent", sent_at=late))
    assert due(published)
    assert record_taking.work(lambda: published) == 0  # they left on the 14th: ten working days from there
    with db.reading() as session:
        row = session.get_one(RecordMonth, "2026-07")
        assert row.object_until == at_local(clock.local_date(moment("2026-08-29")), 0)
        assert row.explanation["start"] == "2026-08-14"
    assert not due(moment("2026-08-28 12:00"))
    assert record_taking.work(lambda: moment("2026-08-31 08:00")) == 1


def test_an_outage_on_the_last_day_to_object_gives_another_one(there: World) -> None:
    for _ in range(6):
        settled(there)
    months.work(AUGUST)
    with db.transaction() as session:
        session.execute(delete(Uptime))
        session.add(Uptime(started_at=AUGUST, last_seen_at=moment("2026-08-17 09:00")))
        session.add(Uptime(started_at=moment("2026-08-18 07:00"), last_seen_at=moment("2026-08-19 09:00")))
    assert months.work(moment("2026-08-19 10:00")) == 0
    with db.reading() as session:
        assert session.get_one(RecordMonth, "2026-07").object_until == at_local(date(2026, 8, 20), 0)
    with db.transaction() as session:
        session.execute(
            update(Uptime).values(last_seen_at=moment("2026-08-20 08:00")).where(Uptime.started_at > AUGUST)
        )
    assert months.work(moment("2026-08-20 08:00")) == 1
