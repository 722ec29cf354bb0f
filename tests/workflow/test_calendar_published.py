"""A calendar that is published for a year known so far only by its statutory days."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from complaints import calendars, db
from complaints.workflow import outages, sweeps
from tests import people
from tests.people import MONDAY, World, moment, world
from tests.playing import file_complaint

PUBLISHED = moment("2026-12-29")


@pytest.fixture
def there(database: Engine) -> World:
    """The usual people, once on each database."""
    return world()


def publish() -> list[sweeps.Moved]:
    """2027 is published just as it was expected."""
    with db.transaction() as session:
        calendars.import_year(session, 2027, people._days(2027), "gazette", PUBLISHED)
    return sweeps.recompute_all(lambda: PUBLISHED)


def test_a_day_that_only_became_certain_is_told_to_nobody(there: World) -> None:
    mei = file_complaint(there, at=moment("2026-12-28"))
    day, letters = mei.last_day, len(mei.notices())
    assert mei.case.provisional
    publish()
    assert (mei.case.provisional, mei.last_day) == (False, day)
    assert not mei.notices("news_2", "opening_2")
    assert [each for each in mei.notices()[letters:] if each.letter != "reminder"] == []


def test_what_was_computed_once_stays(there: World) -> None:
    cases = [file_complaint(there, at=moment("2026-12-28"), phone=f"1390000000{n}") for n in range(3)]
    publish()
    before = [case.case for case in cases]
    assert publish() == []
    assert [case.case for case in cases] == before


def test_one_broken_case_keeps_what_was_done_before_it(there: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (file_complaint(there, at=moment("2026-12-28"), phone=f"1390000000{n}") for n in range(2))
    recompute = sweeps.recompute_deadlines

    def breaking(session: Session, at: datetime, case_ids: Iterable[int] | None = None) -> list[sweeps.Moved]:
        if case_ids == [second.id]:
            raise RuntimeError("the machine went down")
        return recompute(session, at, case_ids)

    with monkeypatch.context() as patched:
        patched.setattr(sweeps, "recompute_deadlines", breaking)
        with pytest.raises(RuntimeError):
            publish()
    assert (first.case.provisional, second.case.provisional) == (False, True)
    publish()
    assert not second.case.provisional


@pytest.mark.parametrize(("minutes", "found"), [(50, 1), (4, 0)])
def test_short_silences_are_recorded_for_policies_that_count_them(there: World, minutes: int, found: int) -> None:
    silence = timedelta(minutes=minutes)
    with db.transaction() as session:
        sweeps.heartbeat(session, MONDAY)
        sweeps.heartbeat(session, MONDAY + silence)
        gaps = outages.gaps(session, MONDAY + silence + timedelta(minutes=1))
    assert len([gap for gap in gaps if gap.lasted > timedelta(minutes=3)]) == found
