"""Benchmark enterprises: designated, tracked month by month, warned, removed, taken back."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from complaints import db
from complaints.clock import at_local
from complaints.errors import BadInput
from complaints.insight import tracking
from complaints.models import Designation, Enterprise, Measure, Notice, Pledge, TrackingReport
from complaints.registry import benchmarks, course_policy, measures
from complaints.workflow.case import Actor, Role
from tests import pledged, pledging
from tests.people import MONDAY, World, on, world
from tests.playing import file_complaint

AUGUST, SEPTEMBER = at_local(on("2026-08-03"), 10), at_local(on("2026-09-01"), 10)


@pytest.fixture
def there(database: Engine) -> World:
    """Hongyun's pledge is in force, and it is a benchmark enterprise of 2026."""
    people = world()
    pledged.in_force(people.hongyun)
    with db.transaction() as session:
        benchmarks.designate(session, people.hongyun, 2026, people.sun, MONDAY)
    return people


def is_benchmark(there: World) -> bool:
    with db.reading() as session:
        return session.get_one(Enterprise, there.hongyun).benchmark


def test_a_designation_gives_the_shorter_clock_and_ends_with_its_year(there: World) -> None:
    assert is_benchmark(there)
    assert file_complaint(there).case.due_at == at_local(on("2026-07-14"), 0)  # five working days instead of ten
    with db.transaction() as session:
        benchmarks.designate(session, there.hongyun, 2026, there.sun, MONDAY)  # twice is once
        assert [each.name for each in benchmarks.listed(session, 2026, MONDAY)] == ["Hongyun Kettles"]
        assert benchmarks.turn(session, MONDAY) == 0
    with db.transaction() as session:
        assert benchmarks.turn(session, at_local(on("2027-01-02"), 9)) == 1
        (ended,) = benchmarks.listed(session, 2026, MONDAY, ended=True)
        assert ended.ended_at == at_local(on("2027-01-01"), 0)
    assert not is_benchmark(there)


def test_the_list_says_where_each_pledge_stands(there: World) -> None:
    def said() -> list[str | None]:
        with db.reading() as session:
            return [each.standing for each in benchmarks.listed(session, 2026, MONDAY)]

    assert said() == ["in_force"]
    suspension = pledging.imposed(there, "suspension", MONDAY)
    assert said() == ["suspended"]
    pledging.lifted(there, suspension, MONDAY)
    striking = pledging.imposed(there, "striking_off", MONDAY)
    assert said() == ["struck_off"]
    pledging.lifted(there, striking, MONDAY)
    ended = pledging.of(pledged.in_force(there.baiyu, MONDAY))
    with db.transaction() as session:  # a newer one that has ended says nothing while an older one runs
        session.execute(
            update(Pledge).where(Pledge.id == ended.id).values(enterprise_id=there.hongyun, state="expired")
        )
    assert said() == ["in_force"]


def test_the_next_year_is_designated_before_and_begins_by_itself(there: World) -> None:
    pledged.in_force(there.outside)
    with db.transaction() as session:
        benchmarks.designate(session, there.outside, 2027, there.sun, MONDAY)
        assert not session.get_one(Enterprise, there.outside).benchmark
    with db.transaction() as session:
        benchmarks.turn(session, at_local(on("2027-01-02"), 9))
        assert session.get_one(Enterprise, there.outside).benchmark


def test_what_is_refused_is_named(there: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with db.transaction() as session:
        for firm, year, field in ((there.baiyu, 2026, "enterprise"), (there.hongyun, 2030, "year")):
            with pytest.raises(BadInput) as error:
                benchmarks.designate(session, firm, year, there.sun, MONDAY)
            assert list(error.value.fields) == [field]
    pledged.in_force(there.baiyu)
    numbers = course_policy.load("ring-2026-04").numbers["benchmark"]
    monkeypatch.setitem(numbers, "most", 1)
    with db.transaction() as session, pytest.raises(BadInput) as error:
        benchmarks.designate(session, there.baiyu, 2026, there.sun, MONDAY)
    assert error.value.fields == {"year": ["more_than:1"]}


def live_july(there: World, silent: int, answered: int) -> None:
    for n in range(silent + answered):
        case = file_complaint(there, MONDAY + timedelta(minutes=n), phone=f"1350000{n:04}", fault="lid")
        if n < silent:
            case.run_out()
        else:
            case.enterprise("decline", MONDAY + timedelta(days=2), reason="No.")


def test_a_months_figures_are_counted_once_beside_the_month_before(there: World) -> None:
    live_july(there, silent=1, answered=5)
    assert tracking.run(AUGUST) == 1
    assert tracking.run(AUGUST) == 0
    with db.reading() as session:
        report = session.scalars(select(TrackingReport)).one()
        assert session.scalars(select(Measure)).all() == []  # five of six is more than eighty per cent
    figures = report.figures
    assert report.month == "2026-07"
    assert (figures["in_time"], figures["answers"], figures["on_time"]) == (5, 6, 0.8333)
    assert (figures["escalations"], figures["answer_days"]) == (1, 2.0)
    assert figures["repeated"] == [["lid", 6]]
    assert figures["before"]["answers"] == 0


def test_silence_of_who_was_not_told_makes_no_month_poor(there: World) -> None:
    live_july(there, silent=5, answered=1)
    with db.transaction() as session:
        session.execute(update(Notice).where(Notice.sent_at.is_not(None)).values(sent_at=AUGUST))
    assert tracking.run(AUGUST) == 1
    with db.reading() as session:
        figures = session.scalars(select(TrackingReport.figures)).one()
        assert session.scalars(select(Measure)).all() == []
    assert (figures["in_time"], figures["answers"], figures["escalations"]) == (1, 1, 5)


def test_kept_and_broken_promises_are_told_apart(there: World) -> None:
    kept, broken = file_complaint(there, phone="13500000001"), file_complaint(there, phone="13500000002")
    for case in (kept, broken):
        case.enterprise("offer", MONDAY, remedy="A lid.", amount=None, perform_by=on("2026-07-10"))
        case.consumer("accept_offer", MONDAY)
    kept.enterprise("report_performance", MONDAY + timedelta(days=1), text="Sent.")
    kept.consumer("confirm_performance", MONDAY + timedelta(days=2))
    broken.run_out()
    with db.reading() as session:
        figures = tracking.count(session, there.hongyun, on("2026-07-01"))
    assert (figures["promises"], figures["kept"], figures["kept_share"], figures["settled"]) == (2, 1, 0.5, 1)


def test_a_poor_month_warns_and_a_second_one_proposes_removal_which_may_be_taken_back(there: World) -> None:
    live_july(there, silent=5, answered=1)
    tracking.run(AUGUST)
    with db.transaction() as session:
        (warning,) = session.scalars(select(Measure)).all()
        assert (warning.kind, warning.rule) == ("warning", "benchmark_month")
        poor = dict(session.scalars(select(TrackingReport.figures)).one())
        session.add(TrackingReport(enterprise_id=there.hongyun, month="2026-08", figures=poor, made_at=SEPTEMBER))
        session.flush()
        tracking.apply(session, there.hongyun, on("2026-08-01"), SEPTEMBER)
        tracking.apply(session, there.hongyun, on("2026-08-01"), SEPTEMBER)
    firm, sun = Actor(Role.ENTERPRISE, enterprise_id=there.hongyun), Actor(Role.SUPERVISOR, account_id=there.sun)
    with db.transaction() as session:
        _warning, proposal = session.scalars(select(Measure).order_by(Measure.id)).all()
        assert (proposal.kind, proposal.state) == ("benchmark_removal", "proposed")
        measures.reply(session, proposal.id, firm, SEPTEMBER, "We hired.")
        measures.impose(session, proposal.id, sun, SEPTEMBER, "Too late.")
    assert not is_benchmark(there)
    with db.transaction() as session:
        with pytest.raises(BadInput) as error:
            benchmarks.designate(session, there.hongyun, 2026, there.sun, SEPTEMBER)
        assert error.value.fields == {"enterprise": ["removed_this_year"]}
        measures.lift(session, proposal.id, sun, SEPTEMBER, "After all.")
    assert is_benchmark(there)


def report(there: World, month: str, on_time: float, firm: int | None = None) -> None:
    figures = {"answers": 10, "on_time": on_time, "before": {}}
    with db.transaction() as session:
        session.add(
            TrackingReport(enterprise_id=firm or there.hongyun, month=month, figures=figures, made_at=SEPTEMBER)
        )


def measures_made(there: World) -> list[tuple[int, str]]:
    with db.reading() as session:
        made = session.execute(select(Measure.enterprise_id, Measure.kind).order_by(Measure.id))
        return [(firm, kind) for firm, kind in made]


def test_of_one_that_is_removed_already_no_removal_is_proposed_and_nobody_waits_for_it(there: World) -> None:
    live_july(there, silent=5, answered=1)
    report(there, "2026-06", 0.1)
    with db.transaction() as session:
        benchmarks.end(session, there.hongyun, MONDAY + timedelta(days=20))
    assert tracking.run(AUGUST) == 1
    assert measures_made(there) == [(there.hongyun, "warning")]


def test_a_report_that_fails_holds_up_no_other(there: World, monkeypatch: pytest.MonkeyPatch) -> None:
    pledged.in_force(there.baiyu)
    with db.transaction() as session:
        benchmarks.designate(session, there.baiyu, 2026, there.sun, MONDAY)
    count = tracking.count

    def broken(session: Session, enterprise_id: int, month: date) -> dict[str, Any]:
        if enterprise_id == min(there.hongyun, there.baiyu):
            raise ValueError("a figure that cannot be counted")
        return count(session, enterprise_id, month)

    monkeypatch.setattr(tracking, "count", broken)
    assert tracking.run(AUGUST) == 1
    monkeypatch.setattr(tracking, "count", count)
    assert tracking.run(AUGUST) == 1  # made up for


def test_poor_months_count_only_in_a_row(there: World) -> None:
    report(there, "2026-05", 0.1)  # and nothing of June
    report(there, "2026-07", 0.1)
    with db.transaction() as session:
        tracking.apply(session, there.hongyun, on("2026-07-01"), AUGUST)
    assert measures_made(there) == [(there.hongyun, "warning")]


def test_months_that_nobody_came_by_for_are_made_up_for(there: World) -> None:
    live_july(there, silent=5, answered=1)
    october = at_local(on("2026-10-02"), 10)
    assert tracking.run(october) == 3
    assert tracking.run(october) == 0
    with db.reading() as session:
        assert [each.month for each in tracking.reports(session, there.hongyun)] == ["2026-09", "2026-08", "2026-07"]
    assert measures_made(there) == [(there.hongyun, "warning")]  # for July
    with db.transaction() as session:  # its year ends, and no month of the next one is counted
        benchmarks.turn(session, at_local(on("2027-01-02"), 9))
    assert tracking.run(at_local(on("2027-03-02"), 10)) == 3


def test_a_removal_lifted_in_the_next_year_gives_back_the_year_it_took(there: World) -> None:
    december, january = at_local(on("2026-12-28"), 10), at_local(on("2027-01-04"), 10)
    firm, sun = Actor(Role.ENTERPRISE, enterprise_id=there.hongyun), Actor(Role.SUPERVISOR, account_id=there.sun)
    with db.transaction() as session:
        made = measures.by_person(session, there.hongyun, "benchmark_removal", sun, december, "Late.", "k")
        measures.reply(session, made.id, firm, december, "We hired.")
        measures.impose(session, made.id, sun, december, "Too late.")
        session.add(Designation(year=2027, enterprise_id=there.hongyun, designated_at=december, ended_at=january))
        measures.lift(session, made.id, sun, january, "After all.")
    with db.reading() as session:
        ends = {each.year: each.ended_at for each in session.scalars(select(Designation))}
    assert ends == {2026: at_local(on("2027-01-01"), 0), 2027: january}  # that of 2027 was ended by something else
