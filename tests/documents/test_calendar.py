"""A hearing for calendars: one event that moves and is called off, and nothing in it that its reader may not know."""

from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import Engine

from complaints import db
from complaints.documents import calendar
from complaints.errors import NotFound
from complaints.workflow import hearings
from complaints.workflow.case import Role
from tests.people import MONDAY, World, moment, on, world
from tests.playing import Playing, file_complaint
from tests.workflow.expected import walk


@pytest.fixture
def there(database: Engine) -> World:
    """The usual people, once on each database."""
    return world()


def mediated(there: World, **more: Any) -> Playing:
    return walk(file_complaint(there, **more), "decline reject assign")


def read(playing: Playing, role: Role, language: str = "en") -> dict[str, object]:
    case, reader = playing.case, playing.actor(role)
    with db.transaction() as session:
        made = calendar.file(calendar.gather(session, case, reader, language, MONDAY))
    whole = Calendar.from_ical(made)
    (event,) = whole.walk("VEVENT")
    keys = ("uid", "sequence", "status", "location", "summary", "description")
    return {key: str(event[key]) for key in keys} | {"start": event.decoded("dtstart"), "method": str(whole["method"])}


def test_it_has_one_name_and_rises_with_each_move(there: World) -> None:
    mei = mediated(there)
    mei.mediator("hearing", day=on("2026-07-20"), time="10:00", place="Room 1")
    first = read(mei, Role.CONSUMER)
    assert first["start"] == moment("2026-07-20 10:00")
    assert getattr(first["start"], "tzinfo", None).key == "Asia/Shanghai"  # type: ignore[union-attr]
    assert (first["sequence"], first["status"], first["location"]) == ("0", "CONFIRMED", "Room 1")
    mei.mediator("hearing", day=on("2026-07-21"), time="14:30", place="Room 2")
    moved = read(mei, Role.ENTERPRISE)
    assert (moved["uid"], moved["sequence"], moved["location"]) == (first["uid"], "1", "Room 2")
    mei.mediator("terminate", ground="end_3")
    off = read(mei, Role.MEDIATOR)
    assert (off["uid"], off["sequence"], off["status"], off["method"]) == (first["uid"], "2", "CANCELLED", "CANCEL")


def test_it_tells_the_other_side_nothing(there: World) -> None:
    mei = mediated(there)
    mei.mediator("hearing", day=on("2026-07-20"), time="10:00", place="At the shop, ask 13812345678")
    theirs = read(mei, Role.ENTERPRISE)
    assert "13812345678" not in str(theirs)
    assert "王梅" not in str(theirs)
    assert mei.number not in str(theirs["uid"])


def test_without_a_hearing_there_is_none(there: World) -> None:
    mei = mediated(there)
    with pytest.raises(NotFound):
        read(mei, Role.CONSUMER)


def test_two_in_the_same_hour_are_seen(there: World) -> None:
    one, two, third = (mediated(there, phone=f"1390000000{n}") for n in range(3))
    for playing, time in ((one, "10:00"), (two, "10:30"), (third, "11:30")):
        playing.act(playing.actor(Role.MEDIATOR), "hearing", day=on("2026-07-20"), time=time, place="Room 1")
        if playing.case.mediator_id != one.case.mediator_id:
            playing.supervisor("reassign", mediator_id=one.case.mediator_id)
    with db.reading() as session:
        ahead = hearings.ahead(session, on("2026-07-06"), mediator_id=one.case.mediator_id)
        later = hearings.ahead(session, on("2026-07-21"), mediator_id=one.case.mediator_id)
    assert [each.number for each in ahead] == [one.number, two.number, third.number]
    assert [each.number for each in hearings.clashes(ahead[0], ahead)] == [two.number]
    assert hearings.clashes(ahead[2], ahead) == []
    assert later == []


def test_an_older_entry_keeps_its_hour_before_the_place() -> None:
    assert hearings.when_and_where({}, "14:00, Room 3") == ("14:00", "Room 3")
    assert hearings.when_and_where({"time": "09:05"}, "Room 3, left") == ("09:05", "Room 3, left")
