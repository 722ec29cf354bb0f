"""The private link of a case goes to whoever holds the form it was filed with, and to nobody who knows its content."""

from collections.abc import Callable

from flask import Flask
from sqlalchemy import select

from complaints import db
from complaints.models import Complaint
from tests.web.browser import Browser, Page
from tests.web.conftest import STORY
from web.filing import KEY

THIEF = {"name": "x", "email": "thief@example.net", "address": "x", "request": "x"}


def base(page: Page) -> str:
    """The private address of what was filed."""
    assert page.status == 200, page.words
    return page.path.removesuffix("/receipt")


def consents() -> list[bool]:
    """Which filings allow passing the content on, oldest first."""
    with db.transaction() as session:
        return list(session.scalars(select(Complaint.share_consent).order_by(Complaint.id)))


def test_equal_content_from_a_stranger_opens_a_case_of_its_own(
    consumer: Browser, case: str, browser: Callable[..., Browser]
) -> None:
    stranger = browser()
    other = base(stranger.submit("/file/all", **STORY | THIEF))
    assert other != case
    stranger.submit(f"{other}/do/withdraw")
    assert "withdraw" in consumer.get(case).actions()
    assert "Hongyun" in consumer.get(case).words
    assert "thief@example.net" not in consumer.get(case).text


def test_every_form_has_a_key_of_its_own(consumer: Browser, case: str) -> None:
    keys = {consumer.get("/file/all").hidden()[KEY] for _ in range(3)}
    assert len(keys) == 3
    assert min(len(key) for key in keys) >= 32
    assert not [key for key in keys if key in consumer.get(case).text]


def test_the_key_is_not_kept_in_the_clear(consumer: Browser) -> None:
    form = consumer.get("/file/all").hidden()
    consumer.send("/file/all", form | STORY)
    with db.transaction() as session:
        kept = session.scalar(select(Complaint.filing_key))
    assert kept
    assert kept != form[KEY]


def test_a_second_click_is_the_same_case(consumer: Browser) -> None:
    form = consumer.get("/file/all").hidden() | STORY
    assert base(consumer.send("/file/all", form)) == base(consumer.send("/file/all", form))
    assert len(consents()) == 1


def test_a_form_that_came_back_with_errors_keeps_its_key(consumer: Browser) -> None:
    first = consumer.get("/file/all").hidden()
    refused = consumer.send("/file/all", first | STORY | {"phone": "12"})
    assert refused.status == 422
    assert refused.hidden()[KEY] == first[KEY]


def test_without_a_key_every_post_is_a_case(consumer: Browser) -> None:
    form = {name: value for name, value in consumer.get("/file/all").hidden().items() if name != KEY} | STORY
    assert base(consumer.send("/file/all", form)) != base(consumer.send("/file/all", form))
    assert base(consumer.send("/file/all", form | {KEY: ""})) not in ("", "/file/all")
    assert len(consents()) == 3


def test_a_corrected_filing_is_taken_as_it_is(consumer: Browser) -> None:
    shy = {name: value for name, value in STORY.items() if name not in ("share_consent", "email")}
    first = base(consumer.submit("/file/all", **shy))
    second = base(consumer.submit("/file/all", **STORY))
    assert first != second
    assert consents() == [False, True]


def test_the_officer_who_files_for_somebody_does_not_see_the_link(app: Flask, consumer: Browser, case: str) -> None:
    desk = Browser(app).log_in("desk")
    form = desk.get("/desk/file").hidden() | STORY
    filed = desk.send("/desk/file", form)
    assert filed.status == 200
    assert "/desk/cases/C26-" in filed.path
    assert "/c/" not in filed.text
    assert desk.send("/desk/file", form).path == filed.path
