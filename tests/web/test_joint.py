"""The page of a joint complaint: asked by an officer, answered by each consumer, spoken for by who was elected."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from tests.people import World
from tests.web.browser import Browser
from tests.web.conftest import STORY


@pytest.fixture
def three(app: Flask, world: World) -> list[tuple[Browser, str, str]]:
    """Three consumers of one dispute, asked to join: browser, private address, number."""
    people = []
    for n in range(3):
        browser = Browser(app)
        receipt = browser.submit("/file/all", **STORY | {"phone": f"1390000000{n}", "name": f"人{n}", "email": ""})
        assert receipt.status == 200, receipt.words
        base = receipt.path.removesuffix("/receipt")
        words = browser.get(base).words
        people.append((browser, base, words[words.index("C26-") :][:13]))
    desk = Browser(app).log_in("desk")
    for _browser, _base, number in people[1:]:
        assert desk.submit(f"/desk/cases/{number}/do/join", into=people[0][2]).status == 200
    return people


def test_from_the_proposal_to_a_representative(app: Flask, three: list[tuple[Browser, str, str]]) -> None:
    (one, home, number), (two, second, _), (_, third, _) = three
    assert "proposes to handle your complaint together" in one.get(home).words
    assert "人1" not in one.get(f"{home}/joint").words
    assert one.submit(f"{home}/joint", joins="yes", stands="yes", votes=number).status == 200
    assert two.submit(f"{second}/joint", joins="yes").status == 200
    assert "人0" in two.get(f"{second}/joint").words  # who stands is known to members
    assert "人0" not in three[2][0].get(f"{third}/joint").words  # and to nobody else
    assert two.submit(f"{second}/joint", joins="yes", votes=number).status == 200
    page = one.get(f"{home}/joint")
    assert "You speak for the members" in page.words
    hidden = page.hidden()
    warned = one.send(f"{home}/joint/statement", hidden | {"text": "Call me: 13812345678."})
    assert "Nothing has been sent yet" in warned.words
    assert "Call me: 13812345678." in warned.text  # what was typed stands there, to be changed
    assert "Call me: 13812345678." not in two.get(second).words
    said = one.send(f"{home}/joint/statement", hidden | {"text": "We all want our money back."})
    assert said.status == 200
    assert "We all want our money back." in two.get(second).words
    assert "Representative of the members" in two.get(second).words
    desk = Browser(app).log_in("desk").get(f"/desk/cases/{number}").words
    assert "elected" in desk
    assert "not answered" in desk
    assert "2 complaints of this dispute" in Browser(app).log_in("hongyun").get(f"/portal/cases/{number}").words


def test_what_is_wrong_is_named(three: list[tuple[Browser, str, str]]) -> None:
    (one, home, _), (two, second, number), _ = three
    assert 'href="#joins"' in one.submit(f"{home}/joint").text
    wrong = one.submit(f"{home}/joint", joins="yes", stands="yes", votes=number)
    assert re.search(r'id="stands"[^>]* checked', wrong.text)
    assert (wrong.status, 'href="#votes"' in wrong.text) == (422, True)
    two.submit(f"{second}/joint", joins="yes")
    hidden = two.get(f"{second}/joint").hidden()
    assert two.send(f"{second}/joint/statement", hidden | {"text": "For all."}).status == 409
    assert 'href="#text"' in two.send(f"{second}/joint/statement", hidden | {"text": ""}).text


def test_who_was_not_asked_has_no_such_page(consumer: Browser, case: str, browser: Callable[..., Browser]) -> None:
    assert consumer.get(f"{case}/joint").status == 404
    assert browser().get("/c/made-up/joint").status == 404
