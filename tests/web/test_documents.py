"""Documents on the pages: saved by those whom they are for, checked by anybody."""

from collections.abc import Callable
from hashlib import sha256
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import select

from complaints import db
from complaints.models import Document
from tests.web.browser import Browser


def copy(content: bytes) -> tuple[BytesIO, str]:
    """A file as a form sends it."""
    return BytesIO(content), "copy.pdf"


def saved(browser: Browser, base: str, language: str = "zh") -> bytes:
    page = browser.send(f"{base}/documents/1", browser.get(base).hidden() | {"language": language})
    assert page.status == 200
    assert page.answer.mimetype == "application/pdf"
    assert page.answer.headers["Content-Disposition"].startswith("attachment")
    content: bytes = page.answer.data
    return content


def made() -> int:
    with db.reading() as session:
        return len(session.scalars(select(Document.id)).all())


def code_of(content: bytes) -> str:
    with db.reading() as session:
        return session.scalars(select(Document.code).where(Document.sha256 == sha256(content).hexdigest())).one()


def test_both_sides_and_the_centre_save_their_own(
    app: Flask, consumer: Browser, case: str, number: str, agent: Browser, desk: Browser
) -> None:
    assert "Notice of acceptance" in consumer.get(case).words
    assert consumer.get(f"{case}/documents/1?language=zh").path == case  # looking makes none
    assert made() == 0
    mine = saved(consumer, case)
    assert saved(consumer, case) == mine  # the same file, not another one
    assert consumer.get(f"{case}/documents/1?language=zh").answer.data == mine
    assert made() == 1
    assert saved(desk, f"/desk/cases/{number}") == mine
    theirs = saved(agent, f"/portal/cases/{number}")
    assert theirs != mine  # without the consumer's contact
    assert code_of(theirs) != code_of(mine)
    assert Browser(app).log_in("baiyu").get(f"/portal/cases/{number}/documents/1").status == 404
    assert Browser(app).get(f"/portal/cases/{number}/documents/1").path == "/login"


@pytest.mark.parametrize("end", ["2", "99", "1?language=fr", "0"])
def test_what_is_no_document_is_not_found(consumer: Browser, case: str, end: str) -> None:
    assert consumer.get(f"{case}/documents/{end}").status == 404
    number, _mark, query = end.partition("?language=")
    typed = consumer.get(case).hidden() | ({"language": query} if query else {})
    assert consumer.send(f"{case}/documents/{number}", typed).status == 404


@pytest.mark.parametrize("language", ["en", "zh"])
def test_anybody_checks_one_by_its_code(
    browser: Callable[..., Browser], consumer: Browser, case: str, number: str, language: str
) -> None:
    content = saved(consumer, case, language)
    code = code_of(content)
    anybody = browser(language)
    page = anybody.get(f"/documents?code={code.lower().replace('-', '+')}")
    assert page.path == f"/documents/{code}"
    assert ("valid" in page.words) if language == "en" else ("有效" in page.words)
    assert sha256(content).hexdigest() in page.words
    for personal in (number, "王梅", "13812345678", "Hongyun", "kettle"):
        assert personal not in page.text
    assert verdict(anybody, code, content) == "good"
    assert verdict(anybody, code, content[:-30] + b"x" + content[-29:]) == "bad"
    assert verdict(anybody, code, b"no PDF") == "bad"


def verdict(browser: Browser, code: str, content: bytes) -> str:
    page = browser.submit(f"/documents/{code}", file=copy(content))
    assert page.status == 200
    return page.text.partition('class="verdict ')[2][:4].strip('"')


def test_bad_codes_and_no_file_are_named_by_their_box(
    browser: Callable[..., Browser], consumer: Browser, case: str
) -> None:
    anybody = browser()
    for typed in ("", "12", "王梅", "0" * 200):
        page = anybody.get(f"/documents?code={typed}")
        assert (page.status, 'href="#code"' in page.text) == (422, True)
    for path in ("/documents/0000-0000-0000-0000-0000", "/documents/x", "/documents/%00"):
        assert anybody.get(path).status == 404
    code = code_of(saved(consumer, case))
    page = anybody.submit(f"/documents/{code}")
    assert (page.status, 'href="#file"' in page.text) == (422, True)


def test_guessing_codes_is_slowed_down(browser: Callable[..., Browser]) -> None:
    anybody = browser()
    statuses = [anybody.get("/documents/0000-0000-0000-0000-0000").status for _ in range(22)]
    assert (statuses[0], statuses[-1]) == (404, 429)
