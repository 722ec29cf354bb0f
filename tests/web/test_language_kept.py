"""Another language for a page on which something is typed: nothing is lost, done or blamed."""

import html
import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from complaints import db
from complaints.models import Complaint, Draft
from tests.people import World
from tests.web.attaching import triggers
from tests.web.browser import Browser, Page
from tests.web.conftest import STORY

_SWITCH = re.compile(
    r'<button class="plain" type="submit" form="(\w+)" formaction="([^"]+)" formnovalidate name="(\w+)" value="(\w+)"'
)


def switch(person: Browser, page: Page, **typed: object) -> Page:
    """Press the page's own switch, with this in its form."""
    found = _SWITCH.search(page.text)
    assert found is not None, page.words
    form, address, name, code = found.groups()
    assert f'<form id="{form}"' in page.text
    return person.send(html.unescape(address), page.hidden() | typed | {name: code})


def enter(page: Page) -> str:
    """The button that Enter presses: the first of the page that belongs to the form."""
    found = re.search(r'<button[^>]* form="[^>]*>', page.text)
    assert found is not None
    return found[0]


def test_a_step_of_a_filing(world: World, consumer: Browser) -> None:
    page = consumer.get("/file/person?then=review")
    shown = switch(consumer, page, name="", phone="12", address="Road 1")
    assert shown.path == "/file/person"
    assert "您是谁" in shown.words
    assert 'value="12"' in shown.text
    assert 'value="Road 1"' in shown.text
    assert 'role="alert"' not in shown.text  # nothing is said of what is not finished
    assert 'name="then" value="review"' in shown.text
    assert "您是谁" in consumer.get("/file/person").words  # remembered
    back = switch(consumer, shown, phone="12", address="Road 2")
    assert "Who are you?" in back.words
    assert 'value="Road 2"' in back.text
    with db.reading() as session:
        assert [draft.answers["address"] for draft in session.scalars(select(Draft))] == ["Road 2"]


def test_enter_never_presses_the_switch(world: World, consumer: Browser) -> None:
    assert 'value="search"' in enter(consumer.get("/file/enterprise"))
    for name in ("purchase", "amount", "person", "request"):
        assert 'name="go" value="next"' in enter(consumer.get(f"/file/{name}")), name


def test_everything_on_one_page(app: Flask, world: World, consumer: Browser, browser: Callable[..., Browser]) -> None:
    shown = switch(consumer, consumer.get("/file/all"), **STORY | {"phone": "12"})
    assert shown.status == 200
    assert "提交投诉" in shown.words
    assert "It burst." in shown.text
    assert 'role="alert"' not in shown.text
    assert triggers() == []
    receipt = consumer.send("/file/all?lang=zh", shown.hidden() | STORY)  # the form posts to where it stands
    assert receipt.path.endswith("/receipt")
    officer = browser().log_in("desk")
    shown = switch(officer, officer.get("/desk/file"), narrative="He phoned.")
    assert "He phoned." in shown.text
    with db.reading() as session:
        assert len(session.scalars(select(Complaint)).all()) == 1


@pytest.mark.parametrize(
    ("who", "trigger", "box"), [("consumer", "statement", "text"), ("hongyun", "decline", "reason")]
)
def test_an_action_of_a_party(
    app: Flask, consumer: Browser, case: str, number: str, who: str, trigger: str, box: str
) -> None:
    person, base = (consumer, case) if who == "consumer" else (Browser(app).log_in(who), f"/portal/cases/{number}")
    before = triggers()
    page = person.get(f"{base}/do/{trigger}")
    shown = switch(person, page, **{box: "Half a sent"})
    assert shown.status == 200
    assert "Half a sent</textarea>" in shown.text
    assert 'lang="zh-CN"' in shown.text[:200]
    assert triggers() == before
    sent = person.send(f"{base}/do/{trigger}?lang=zh", shown.hidden() | {box: "A whole sentence."})
    assert sent.path == base
    assert triggers() == [*before, trigger]


def test_a_letter_of_the_desk(consumer: Browser, desk: Browser, world: World) -> None:
    """Enter does nothing there: its first button would write the letter anew."""
    consumer.submit("/file/all", **STORY | {"enterprise": "Outside Traders", "phone": "13900000000"})
    with db.reading() as session:
        number = session.scalars(select(Complaint.number).order_by(Complaint.id.desc())).first()
    page = desk.get(f"/desk/cases/{number}/do/ask_information")
    assert " disabled" in enter(page)
    shown = switch(desk, page, missing="address", text="Dear Mei, my own words.")
    assert "Dear Mei, my own words." in shown.text
    assert 'lang="zh-CN"' in shown.text[:200]
    assert triggers()[-1] == "file"
