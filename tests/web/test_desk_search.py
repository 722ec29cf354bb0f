"""Search at the desk: by number, Chinese words, telephone or mail address; nobody else's pages lead there."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from flask import Flask

from complaints.workflow import indexing
from tests.people import World
from tests.playing import Playing, file_complaint
from tests.web.browser import Browser
from tests.web.conftest import PERSONAL


@pytest.fixture
def kettle(world: World) -> Playing:
    """A complaint in Chinese among others."""
    file_complaint(world, against="baiyu", product="drill", phone="13711112222", email="li@example.org")
    found = file_complaint(world, against="outside", product="电热水壶", narrative="第三天底座漏水，客服不理。")
    indexing.run_due()
    return found


@pytest.fixture
def desk(browser: Callable[..., Browser]) -> Browser:
    """Somebody who supervises and does intake."""
    return browser().log_in("desk")


@pytest.mark.parametrize(
    "words", ["底座漏水", "热水壶", "客服 漏水", "13812345678", "+86 138-1234-5678", "mei@example.org"]
)
def test_it_finds_by_words_and_by_contact(kettle: Playing, desk: Browser, words: str) -> None:
    page = desk.get(f"/desk?q={quote(words)}")
    assert kettle.number in page.words
    assert "drill" not in page.words
    listed = page.text.partition("<table")[2]
    assert not [secret for secret in PERSONAL if secret in listed]


def test_a_number_leads_to_its_case(kettle: Playing, desk: Browser) -> None:
    assert desk.get(f"/desk?q={kettle.number.lower()}").path == f"/desk/cases/{kettle.number}"
    assert "No case has all of these words" in desk.get("/desk?q=C26-0000-0000").words


@pytest.mark.parametrize("odd", ["%00", "'; --", "漏", '"', "*", "x" * 500, "%F0%9F%AB%96"])
def test_odd_words_find_nothing_and_break_nothing(kettle: Playing, desk: Browser, odd: str) -> None:
    page = desk.get(f"/desk?q={odd}")
    assert page.status == 200
    assert kettle.number not in page.words or odd == "漏"
    assert desk.get("/desk?q=drill&cursor=zzz").status == 400


def test_only_officers_search_there(kettle: Playing, app: Flask) -> None:
    assert Browser(app).log_in("hongyun").get("/desk?q=kettle").status == 403
    assert kettle.number in Browser(app).log_in("medi").get(f"/desk?q={quote('热水壶')}").words
