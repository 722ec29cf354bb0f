"""Both languages: every text translated, every page there, the reader's choice kept."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask

import web
from complaints import calendars
from tests.people import World, moment
from tests.web.browser import Browser
from web import language, time_left, wording
from web.singular import ONE

METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"silent": "false", "trim_blocks": "true", "lstrip_blocks": "true"}}


def _used() -> set[str]:
    folder = Path(web.__file__).parent
    return {str(found[2]) for found in extract_from_dir(folder, METHODS, OPTIONS)}


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="zh")


def test_every_text_of_the_pages_is_translated() -> None:
    catalogues = [_read(path) for path in sorted(language.CATALOGUES.glob("*.po"))]
    messages = [message for catalogue in catalogues for message in catalogue if message.id]
    translated = {str(message.id): str(message.string) for message in messages}
    used = _used()
    assert len(used) > 300
    assert sorted(used - {text for text, chinese in translated.items() if chinese}) == []
    assert sorted(set(translated) - used) == []  # nothing is left behind either
    assert [text for text, n in Counter(str(message.id) for message in messages).items() if n > 1] == []
    assert not [message.id for catalogue in catalogues for message in catalogue if list(message.check(catalogue))]


@pytest.mark.parametrize("tongue", ["zh", "en"])
def test_every_page_answers(demo: World, app: Flask, case: str, number: str, tongue: str) -> None:
    seen = Browser(app, tongue).crawl("/", case, "/login", "/demo", "/demo/outbox", "/demo/outbox?planned=yes")
    for login, start in {"hongyun": "/portal", "desk": "/desk", "root": "/admin"}.items():
        seen |= Browser(app, tongue).log_in(login).crawl(start)
    assert set(seen.values()) == {200}, {address: status for address, status in seen.items() if status != 200}
    templates = {path.name for path in (Path(web.__file__).parent / "templates").glob("[!_]*.html")}
    assert templates  # the crawl reaches all but what an error, a receipt or a base shows
    assert any(address.startswith("/demo/outbox/") for address in seen)


def test_the_language_can_be_switched_and_is_remembered(app: Flask) -> None:
    person = Browser(app, "zh")
    assert "买到的商品或服务有问题" in person.get("/").text
    switched = person.get("/file/all?lang=en")
    assert "File a complaint" in switched.words
    assert '<html lang="en">' in switched.text
    assert "File a complaint" in person.get("/file/all").words
    assert "我要投诉" in person.get("/file/all?lang=zh").words
    assert person.get("/file/all?lang=xx").status == 200


@pytest.mark.parametrize(
    ("asked", "expected"),
    [("en-GB,en;q=0.9", "en"), ("zh-TW", "zh-CN"), ("fr,en;q=0.3", "en"), ("fr", "zh-CN"), ("", "zh-CN")],
)
def test_the_browsers_language_is_the_first_guess(app: Flask, asked: str, expected: str) -> None:
    answer = app.test_client().get("/", headers={"Accept-Language": asked})
    assert f'<html lang="{expected}">' in answer.text


def test_letters_speak_the_language_in_which_was_filed(demo: World, consumer: Browser, case: str, number: str) -> None:
    consumer.send("/demo/move", consumer.get("/").hidden() | {"days": "1"})
    mails = consumer.get(f"/demo/outbox?number={number}")
    assert f"Complaint {number}: complaint received" in mails.words
    letters = [consumer.get(address) for address in mails.links() if address.startswith("/demo/outbox/")]
    assert any(f"{case}" in letter.text and "What you can do" in letter.text for letter in letters)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 12, 4, 16, tzinfo=UTC), "Friday 4 December 2026 24:00"),
        (datetime(2026, 12, 4, 16, 0, 0, 280_000, tzinfo=UTC), "Saturday 5 December 2026 00:00"),
        (datetime(2026, 12, 4, 15, 59, 59, tzinfo=UTC), "Friday 4 December 2026 23:59"),
    ],
)
def test_an_instant_just_after_midnight_is_not_the_end_of_that_day(app: Flask, at: datetime, said: str) -> None:
    """What happens by itself at a day's end happens a moment later."""
    with app.test_request_context("/?lang=en"):
        assert wording.moment(at) == said


def test_what_is_said_of_one_is_said_so_in_english(app: Flask) -> None:
    used = _used()
    assert [text for text in ONE if text not in used] == []
    assert [text for text, one in ONE.items() if "%(n)d" in one and one == text] == []
    with app.test_request_context():
        with language.speaking("en"):
            said = [language.gettext("%(n)d working days", n=n) for n in (1, 2)]
            assert language.marked("%(n)d enterprises.", n=1) == "1 enterprise."
        with language.speaking("zh"):
            said += [language.gettext("%(n)d working days", n=1)]
    assert said == ["1 working day", "2 working days", "1 个工作日"]


def test_a_last_day_after_the_last_working_day_says_so(app: Flask) -> None:
    friday, monday = (moment(f"2026-07-{day} 10:00") for day in (10, 13))
    until_sunday = moment("2026-07-13 00:00")
    with app.test_request_context(), language.speaking("en"):
        calendar = calendars.shipped(2027)
        assert time_left.left(calendar, until_sunday, friday).text == "no working day left"
        assert time_left.left(calendar, moment("2026-07-15 00:00"), monday).text == "1 working day left"
