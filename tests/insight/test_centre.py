"""What a supervisor looks at, counted out of cases that were really lived."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from complaints import db
from complaints.insight import centre, kept
from complaints.models.complaint import LAPSES
from complaints.workflow import caseload
from complaints.workflow.case import State
from tests.people import MONDAY, World, moment, world
from tests.playing import Playing, file_complaint


@pytest.fixture
def people(database: Engine) -> World:
    """The people of the tests."""
    return world()


def in_mediation(people: World) -> Playing:
    """A case whose enterprise kept silent, and that a mediator has."""
    case = file_complaint(people)
    case.run_out()
    case.supervisor("assign", mediator_id=people.chen)
    assert case.state is State.IN_MEDIATION
    return case


def test_load_counts_open_mediations_by_urgency(people: World) -> None:
    case = in_mediation(people)
    due = case.case.due_at
    assert due is not None
    for before, urgency in ((10, "later"), (5, "week"), (1, "soon"), (-1, "past")):
        with db.reading() as session:
            told = centre.load(session, due - timedelta(days=before))
        assert told["mediators"] == {str(people.chen): {urgency: 1}}, urgency


def test_who_waits_for_a_mediator_is_counted(people: World) -> None:
    case = file_complaint(people)
    case.run_out()
    with db.reading() as session:
        assert centre.load(session, case.at)["waiting"] == 1
        assert [line.number for line in caseload.waiting(session).lines] == [case.number]


def test_risk_tells_the_centres_move_from_a_partys(people: World) -> None:
    theirs = file_complaint(people)  # with the enterprise
    ours = file_complaint(people, against=None)  # to intake
    assert ours.last_day < theirs.last_day
    day = moment(f"{ours.last_day} 10:00")
    with db.reading() as session:
        told = centre.risk(session, day)
        assert [each.number for each in centre.at_risk(session, day)] == [ours.number]
    assert told["centre"] == [0, 1, 0, 0, 0, 0, 0, 0]
    assert sum(told["parties"]) == 1
    assert told["parties"][0] == 0
    assert told["parties"][(theirs.last_day - ours.last_day).days + 1] == 1


def test_the_centres_own_lapses_are_dated_when_they_fell_due(people: World) -> None:
    case = file_complaint(people, moment("2026-07-22"), against=None)
    assert case.last_day.isoformat() == "2026-07-31"  # 24:00, which is the first instant of August
    late = moment("2026-08-05")
    case.sweep(late)
    assert case.triggers()[-1] in ("admit", "assign")
    with db.reading() as session:
        told = centre.lapses(session, late)
    at = told["months"].index("2026-07-01")
    assert told["roles"]["intake"][at] == 1
    assert sum(told["roles"]["intake"]) == 1


def test_a_party_that_keeps_silent_is_no_lapse_of_the_centre(people: World) -> None:
    case = file_complaint(people)
    case.run_out()
    with db.reading() as session:
        assert not any(sum(points) for points in centre.lapses(session, case.at)["roles"].values())


def test_stays_are_those_that_ended(people: World) -> None:
    cases = [file_complaint(people, phone=f"1381234560{n}") for n in range(centre.FEWEST)]
    for n, case in enumerate(cases, start=1):
        case.enterprise("decline", MONDAY + timedelta(days=n), reason="No.")
    with db.reading() as session:
        told = centre.stays(session, MONDAY + timedelta(days=9))
    assert set(told["states"]) == {"with_enterprise"}
    assert told["states"]["with_enterprise"] == {"median": 3.0, "nine_tenths": 4.6, "n": 5}


def test_cases_are_counted_by_the_rules_they_live_under(people: World) -> None:
    file_complaint(people)
    closed = file_complaint(people)
    closed.consumer("withdraw")
    with db.reading() as session:
        assert centre.policies(session, MONDAY) == {"versions": {"association-2026-04": [2, 1]}}


def test_lapses_are_found_over_their_index(people: World, database: Engine) -> None:
    prefix = "EXPLAIN QUERY PLAN" if database.dialect.name == "sqlite" else "EXPLAIN"
    with database.connect() as connection:
        if database.dialect.name == "postgresql":
            connection.execute(text("SET enable_seqscan = off"))
        query = f"{prefix} SELECT from_state FROM event WHERE {LAPSES} AND occurred_at > '2026-07-01'"
        plan = " ".join(str(row) for row in connection.execute(text(query)))
    assert "ix_event_lapse" in plan


def test_figures_are_kept_and_counted_again_when_stale(people: World) -> None:
    at = MONDAY
    assert kept.renew(centre.FIGURES, lambda: at) == len(centre.FIGURES)
    assert kept.renew(centre.FIGURES, lambda: at) == 0
    file_complaint(people, against=None).run_out()
    with db.reading() as session:
        told = kept.tell(session, centre.FIGURES, "centre.load", at)
        assert (told.made_at, told.content["waiting"]) == (at, 0)
        assert not told.old(at + timedelta(minutes=10))
        assert told.old(at + timedelta(hours=1))
    later = at + timedelta(days=40)
    assert kept.renew(centre.FIGURES, lambda: later) == len(centre.FIGURES)


def test_a_figure_that_somebody_is_counting_is_left_to_them(people: World) -> None:
    assert kept._claimed("centre.load", MONDAY)
    assert not kept._claimed("centre.load", MONDAY)
    with db.reading() as session:
        assert "centre.load" not in kept.stale(session, centre.FIGURES, MONDAY)
        assert kept.tell(session, centre.FIGURES, "centre.load", MONDAY).content["waiting"] == 0  # counted, not kept


def test_without_a_kept_figure_a_look_counts_and_writes_nothing(people: World) -> None:
    with db.reading() as session:
        kept.tell(session, centre.FIGURES, "centre.risk", MONDAY)
        assert kept.stale(session, centre.FIGURES, MONDAY) == list(centre.FIGURES)
