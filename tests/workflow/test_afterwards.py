"""Other routes after an end, and until when: a day only where a rule names one."""

from dataclasses import replace
from datetime import date

import pytest

from complaints.workflow import afterwards
from complaints.workflow.case import Case, Outcome, State
from complaints.workflow.notices import ROUTES
from tests.people import moment, on

ENDED = Case(
    state=State.CLOSED,
    outcome=Outcome.UNCONFIRMED,
    policy="association-2026-04",
    filed_at=moment("2026-07-06"),
)
AT = moment("2026-09-01")


def agency(case: Case, bought_on: date | None) -> afterwards.Way:
    """The route that has a day."""
    return next(way for way in afterwards.ways(case, bought_on, AT) if way.route == "agency")


@pytest.mark.parametrize("outcome", [each for each in Outcome if each is not Outcome.SETTLED])
def test_every_end_without_a_solution_names_every_route(outcome: Outcome) -> None:
    found = afterwards.ways(replace(ENDED, outcome=outcome), None, AT)
    assert [way.route for way in found] == ROUTES


def test_an_open_or_settled_case_names_none() -> None:
    assert afterwards.ways(replace(ENDED, outcome=Outcome.SETTLED), None, AT) == []
    assert afterwards.ways(replace(ENDED, state=State.PERFORMING, outcome=None), None, AT) == []


def test_three_years_count_from_the_purchase_and_at_the_latest_from_the_filing() -> None:
    way = agency(ENDED, on("2026-05-12"))
    assert (way.safe, way.latest) == (on("2029-05-12"), on("2029-07-06"))
    assert agency(ENDED, None).safe is None


def test_a_purchase_on_the_29th_of_february_counts_to_the_28th() -> None:
    assert agency(ENDED, on("2024-02-29")).safe == on("2027-02-28")


def test_what_is_over_is_not_offered() -> None:
    assert agency(ENDED, on("2023-08-31")).safe is None
    assert agency(ENDED, on("2023-09-01")).safe == on("2026-09-01")  # the last day itself


def test_no_other_route_has_a_day_of_ours() -> None:
    days = [(way.safe, way.latest) for way in afterwards.ways(ENDED, on("2026-05-12"), AT) if way.route != "agency"]
    assert set(days) == {(None, None)}


def test_an_agreement_can_be_confirmed_for_thirty_days() -> None:
    agreed = replace(ENDED, agreement_at=moment("2026-08-10"))
    until = afterwards.confirmable_until(agreed, AT)
    assert until == moment("2026-09-10 00:00")  # the 9th of September, until 24:00
    assert afterwards.days_left(until, AT) == 8
    assert afterwards.confirmable_until(agreed, until) is None
    assert afterwards.confirmable_until(ENDED, AT) is None


def test_days_left_are_zero_on_the_last_day() -> None:
    until = moment("2026-09-02 00:00")
    assert [afterwards.days_left(until, moment(at)) for at in ("2026-09-01 00:00", "2026-09-01 23:59")] == [0, 0]
    assert afterwards.days_left(until, moment("2026-09-02 00:00")) == -1
