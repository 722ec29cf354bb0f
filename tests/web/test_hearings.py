"""Hearings on the pages: the form, the section of both sides, the calendar file, the mediator's list."""

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select

from complaints import db
from complaints.models import Account
from tests.web.browser import Browser


@pytest.fixture
def mediator(app: Flask, consumer: Browser, case: str, number: str, agent: Browser, desk: Browser) -> Browser:
    """The mediator of Mei's case, logged in."""
    agent.submit(f"/portal/cases/{number}/do/decline", reason="It fell.")
    consumer.submit(f"{case}/do/reject")
    with db.reading() as session:
        medi = session.scalars(select(Account.id).where(Account.login == "medi")).one()
    assert desk.submit(f"/desk/cases/{number}/do/assign", mediator_id=str(medi)).status == 200
    return Browser(app).log_in("medi")


def call(mediator: Browser, number: str, **changes: str) -> tuple[int, str]:
    typed = {"day": "2026-07-20", "time": "9：30", "place": "Room 1"} | changes
    page = mediator.submit(f"/desk/cases/{number}/do/hearing", **typed)
    return page.status, page.text


def test_both_sides_see_it_and_put_it_into_their_calendars(
    mediator: Browser, consumer: Browser, agent: Browser, case: str, number: str
) -> None:
    assert consumer.get(f"{case}/hearing.ics").status == 404
    assert call(mediator, number)[0] == 200
    for reader, base in ((consumer, case), (agent, f"/portal/cases/{number}"), (mediator, f"/desk/cases/{number}")):
        words = reader.get(base).words
        assert "Hearing on site" in words
        assert "09:30" in words
        assert "Room 1" in words
        answer = reader.get(f"{base}/hearing.ics").answer
        assert answer.mimetype == "text/calendar"
        (event,) = Calendar.from_ical(answer.data).walk("VEVENT")
        assert event.decoded("dtstart").isoformat() == "2026-07-20T09:30:00+08:00"
    assert call(mediator, number, time="15:00")[0] == 200
    assert "replaced by the later notice" in consumer.get(case).words


@pytest.mark.parametrize("time", ["25:00", "half past two", "14.30", "10:60", ""])
def test_a_time_that_is_none_is_named_by_its_box(mediator: Browser, number: str, time: str) -> None:
    status, text = call(mediator, number, time=time)
    assert (status, 'href="#time"' in text) == (422, True)


def test_the_mediator_has_a_list(app: Flask, mediator: Browser, desk: Browser, number: str) -> None:
    assert "No hearing is ahead" in mediator.get("/desk/hearings").words
    call(mediator, number)
    assert number in mediator.get("/desk/hearings").words
    everybodys = desk.get("/desk/hearings").words  # a supervisor begins with all, each with its mediator
    assert f"09:30 {number} medi" in everybodys
    with db.reading() as session:
        medi, gao = (session.scalars(select(Account.id).where(Account.login == who)).one() for who in ("medi", "gao"))
    assert number in desk.get(f"/desk/hearings?mediator={medi}").words
    assert number in desk.get("/desk/hearings?mediator=").words
    assert number not in desk.get(f"/desk/hearings?mediator={gao}").words
    assert "All mediators" not in mediator.get(f"/desk/hearings?mediator={gao}").words  # whose own are shown
    assert number in mediator.get(f"/desk/hearings?mediator={gao}").words
    assert Browser(app).log_in("hongyun").get("/desk/hearings").status == 403
