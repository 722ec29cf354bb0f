"""The days around 15 March: a switch with a record, and a waiting time that is measured."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from complaints import db
from complaints.clock import end_of_day
from complaints.errors import BadInput, NotNow
from complaints.workflow import surge
from complaints.workflow.surge import Waiting
from tests.people import MONDAY, World, moment, on, world
from tests.playing import file_complaint

UNTIL = end_of_day(on("2026-07-17"))


@pytest.fixture
def there(database: Engine) -> World:
    """Everybody is there, nothing has been filed."""
    return world()


def begin(there: World) -> None:
    with db.transaction() as session:
        surge.begin(session, there.sun, "15 March", UNTIL, MONDAY)


def waits(at: str = "2026-07-06") -> Waiting | None:
    with db.reading() as session:
        return surge.waiting(session, moment(at))


def test_on_ordinary_days_nothing_is_said(there: World) -> None:
    assert waits() is None


def test_it_is_on_until_its_last_day_or_until_somebody_ends_it(there: World) -> None:
    begin(there)
    with db.transaction() as session, pytest.raises(NotNow):
        surge.begin(session, there.sun, "again", UNTIL, MONDAY)
    assert waits("2026-07-17 23:00") is not None
    assert waits("2026-07-18 00:01") is None
    with db.transaction() as session:
        surge.end(session, there.sun, MONDAY + timedelta(hours=1))
        [(span, begun_by, ended_by)] = surge.spans(session)
        assert (span.reason, begun_by, ended_by) == ("15 March", "sun", "sun")
    assert waits() is None
    with db.transaction() as session, pytest.raises(NotNow):
        surge.end(session, there.sun, MONDAY)


@pytest.mark.parametrize("until", [MONDAY, MONDAY + timedelta(days=60)])
def test_an_end_that_is_past_or_too_far_is_refused(there: World, until: object) -> None:
    with db.transaction() as session, pytest.raises(BadInput) as refused:
        surge.begin(session, there.sun, "15 March", until, MONDAY)  # type: ignore[arg-type]
    assert list(refused.value.fields) == ["until"]


def test_the_waiting_time_is_what_is_queued_by_what_was_done(there: World) -> None:
    begin(there)
    assert waits() == Waiting(0, None, UNTIL)  # nothing measured, nothing made up
    for hour in range(3):
        done = file_complaint(there, moment(f"2026-07-06 1{hour}:00"), against="outside")
        done.intake("admit", moment(f"2026-07-06 1{hour}:30"))
    for _ in range(5):
        file_complaint(there, moment("2026-07-06 14:00"), against="outside")
    assert waits("2026-07-06 15:00") == Waiting(5, 10, UNTIL)  # three in six days, half a one a day
    assert waits("2026-07-14 15:00") == Waiting(5, None, UNTIL)  # nobody has worked for more than a week


def test_only_complete_unflagged_complaints_about_known_enterprises_can_go_together(there: World) -> None:
    good = file_complaint(there, against="outside")
    file_complaint(there, against=None)
    file_complaint(there, against="outside", phone="")
    file_complaint(there, against="outside", share_consent=False)
    file_complaint(there)  # by the green channel to the enterprise
    flagged = file_complaint(there, against="outside")
    flagged.intake("flag", flags=["frequency"], text="The fifth today.")
    with db.reading() as session:
        assert [each.number for each in surge.candidates(session)] == [good.number]
