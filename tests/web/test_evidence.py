"""Files on a case: added by every side, listed, taken away only by those who may see the case."""

import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from complaints import db
from complaints.config import settings
from complaints.models import AccessLog, Event, Evidence
from complaints.registry import files
from complaints.workflow import rows
from tests.web.browser import Browser, Page
from tests.web.conftest import STORY
from tests.web.samples import BAD, JPEG, PDF, PNG, TEXT
from web import uploads

MEGABYTE = 1024 * 1024


def _add(person: Browser, base: str, content: bytes, name: str) -> Page:
    return person.submit(f"{base}/do/evidence", file=(BytesIO(content), name))


def _rows() -> list[Evidence]:
    with db.transaction() as session:
        return list(session.scalars(select(Evidence).order_by(Evidence.id)))


def _reads(what: str = "evidence") -> list[str]:
    with db.transaction() as session:
        return list(session.scalars(select(AccessLog.role).where(AccessLog.what == what).order_by(AccessLog.id)))


def _triggers() -> list[str]:
    with db.transaction() as session:
        return list(session.scalars(select(Event.trigger).order_by(Event.id)))


def _on_disk() -> list[Path]:
    return [path for path in (settings().data_dir / "evidence").rglob("*") if path.is_file()]


def _links(page: Page) -> list[str]:
    return [link for link in page.links() if "/evidence/" in link]


def _nothing_kept() -> None:
    assert _rows() == []
    assert _on_disk() == []
    assert _triggers() == ["file"]


@pytest.fixture
def desk(app: Flask, case: str) -> Browser:
    """An officer, logged in."""
    return Browser(app).log_in("desk")


def test_every_side_adds_and_everybody_reads(
    consumer: Browser, agent: Browser, desk: Browser, case: str, number: str
) -> None:
    portal, centre = f"/portal/cases/{number}", f"/desk/cases/{number}"
    for person, base, content, name in (
        (consumer, case, JPEG, "水壶.JPG"),
        (agent, portal, PDF, "report.pdf"),
        (desk, centre, TEXT, "call.txt"),
    ):
        assert f"{base}/do/evidence" in person.get(base).links()
        page = _add(person, base, content, name)
        assert page.status == 200
        assert page.path == base
        assert "Recorded" in page.words
    assert [row.role for row in _rows()] == ["consumer", "enterprise", "intake"]
    for person, base in ((consumer, case), (agent, portal), (desk, centre)):
        shown = person.get(base)
        for words in ("水壶.jpg Photo 1 KB the consumer", "report.pdf PDF 1 KB the enterprise", "call.txt Text"):
            assert words in shown.words
        answers = [person.get(link).answer for link in _links(shown)]
        assert [answer.data for answer in answers] == [JPEG, PDF, TEXT]
    assert _triggers() == ["file", "evidence", "evidence", "evidence"]


def test_in_chinese(browser: Callable[..., Browser], consumer: Browser, case: str) -> None:
    person = browser("zh")
    assert "提交证据" in person.get(f"{case}/do/evidence").words
    assert "水壶.png 照片" in _add(person, case, PNG, "水壶.png").words
    refused = _add(person, case, b"", "leer.png")
    assert "照片、PDF、视频或文本: 文件是空的" in refused.words


def test_a_file_is_saved_and_never_shown_in_the_browser(consumer: Browser, case: str) -> None:
    _add(consumer, case, PDF, "报告.pdf")
    (link,) = _links(consumer.get(case))
    headers = consumer.get(link).answer.headers
    assert headers["Content-Disposition"].startswith("attachment;")
    assert "filename*=UTF-8''%E6%8A%A5%E5%91%8A.pdf" in headers["Content-Disposition"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Cache-Control"] == "no-store"


def test_others_find_nothing(
    browser: Callable[..., Browser], consumer: Browser, agent: Browser, case: str, number: str
) -> None:
    _add(consumer, case, JPEG, "a.jpg")
    (row,) = _rows()
    other = browser().log_in("baiyu")
    assert other.get(f"/portal/cases/{number}/evidence/{row.id}").status == 404
    assert other.get(f"/portal/cases/{number}/do/evidence").status == 404
    form = other.get("/portal").hidden() | {"file": (BytesIO(PNG), "b.png")}
    assert other.send(f"/portal/cases/{number}/do/evidence", form).status == 404
    second = consumer.submit("/file", **STORY | {"narrative": "Another kettle."}).path.removesuffix("/receipt")
    assert consumer.get(f"{second}/evidence/{row.id}").status == 404  # another case's file by this case's door
    assert browser().get(f"/desk/cases/{number}/evidence/{row.id}").path == "/login"
    assert browser().get(f"/c/wrong/evidence/{row.id}").status == 404
    assert agent.get(f"/desk/cases/{number}/evidence/{row.id}").status == 403
    assert agent.get(f"/portal/cases/{number}/evidence/{row.id + 1}").status == 404
    assert [row.name for row in _rows()] == ["a.jpg"]
    assert _reads() == []


def test_reading_anothers_file_leaves_one_trace(
    consumer: Browser, agent: Browser, desk: Browser, case: str, number: str
) -> None:
    _add(consumer, case, JPEG, "a.jpg")
    (row,) = _rows()
    consumer.get(f"{case}/evidence/{row.id}")
    assert _reads() == []
    agent.get(f"/portal/cases/{number}/evidence/{row.id}")
    assert _reads() == ["enterprise"]
    desk.get(f"/desk/cases/{number}/evidence/{row.id}")
    assert _reads() == ["enterprise", "intake"]


@pytest.mark.parametrize("kind", ["html", "html-behind-words", "svg", "svg-with-head", "gif", "exe"])
def test_other_kinds_are_refused_whatever_their_name(consumer: Browser, case: str, kind: str) -> None:
    page = _add(consumer, case, BAD[kind], "photo.jpg")
    assert page.status == 422
    assert '<a href="#file">' in page.text
    assert 'id="file-error"' in page.text
    assert "is not of a kind that we take: JPEG" in page.words
    assert "<title>Error:" in page.text
    _nothing_kept()


def test_none_chosen_and_an_empty_one_are_refused(consumer: Browser, case: str) -> None:
    assert "choose a file" in consumer.submit(f"{case}/do/evidence").words
    assert "choose a file" in _add(consumer, case, b"", "").words
    empty = _add(consumer, case, b"", "a.jpg")
    assert empty.status == 422
    assert "is empty" in empty.words
    _nothing_kept()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_too_big_is_said_in_words(browser: Callable[..., Browser], case: str, language: str) -> None:
    person = browser(language)
    little = _add(person, case, JPEG.ljust(20 * MEGABYTE + 1, b"\0"), "a.jpg")
    assert little.status == 422
    assert '<a href="#file">' in little.text
    assert ("超过 20 MB" if language == "zh" else "is larger than 20 MB") in little.words
    much = _add(person, case, JPEG.ljust(21 * MEGABYTE, b"\0"), "a.jpg")  # more than the whole request may have
    assert much.status == 413
    assert ("单个文件不能超过 20 MB" if language == "zh" else "A file may have at most 20 MB") in much.words
    assert f"{case}/do/evidence" in much.links()
    _nothing_kept()


def test_other_forms_take_no_more_than_before(consumer: Browser, case: str) -> None:
    form = consumer.get(f"{case}/do/statement").hidden()
    answer = consumer.send(f"{case}/do/statement", form | {"text": "x" * 1_100_000})
    assert answer.status == 413
    assert "Please send less text at once." in answer.words
    _nothing_kept()


def test_the_biggest_is_taken(consumer: Browser, case: str) -> None:
    assert "20.0 MB" in _add(consumer, case, JPEG.ljust(20 * MEGABYTE, b"\0"), "a.jpg").words


def test_so_many_a_side(
    consumer: Browser, agent: Browser, desk: Browser, case: str, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert uploads.MOST_FILES == 30
    monkeypatch.setattr(uploads, "MOST_FILES", 2)
    for n in range(2):
        assert _add(consumer, case, JPEG + bytes([n]), "a.jpg").status == 200
    refused = _add(consumer, case, JPEG + b"x", "a.jpg")
    assert refused.status == 422
    assert "your side has added 2 files" in refused.words
    assert _add(agent, f"/portal/cases/{number}", PDF, "b.pdf").status == 200
    assert _add(desk, f"/desk/cases/{number}", PDF, "b.pdf").status == 200
    assert len(_rows()) == 4
    assert len(_on_disk()) == 3  # the same content once


def test_the_same_file_twice_is_one(consumer: Browser, case: str) -> None:
    _add(consumer, case, JPEG, "a.jpg")
    assert "there already" in _add(consumer, case, JPEG, "b.jpg").words
    assert [row.name for row in _rows()] == ["a.jpg"]


def test_a_closed_case_takes_no_more_but_keeps_what_it_has(consumer: Browser, case: str) -> None:
    _add(consumer, case, JPEG, "a.jpg")
    form = consumer.get(f"{case}/do/evidence").hidden()
    consumer.submit(f"{case}/do/withdraw")
    assert consumer.get(f"{case}/do/evidence").status == 409
    late = consumer.send(f"{case}/do/evidence", form | {"file": (BytesIO(PDF), "b.pdf")})
    assert late.status == 409
    assert "not possible" in late.words
    assert len(_on_disk()) == 1
    (link,) = _links(consumer.get(case))
    assert consumer.get(link).answer.data == JPEG


def test_without_the_session_key_nothing_is_taken(consumer: Browser, case: str) -> None:
    assert consumer.send(f"{case}/do/evidence", {"file": (BytesIO(JPEG), "a.jpg")}).status == 400
    _nothing_kept()


def test_a_full_disk_leaves_no_piece(app: Flask, consumer: Browser, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    app.testing = False  # show the page instead of the fault
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        page = _add(consumer, case, JPEG, "a.jpg")
    assert page.status == 500
    assert "Nothing was changed" in page.words
    _nothing_kept()
    assert _add(consumer, case, JPEG, "a.jpg").status == 200


def test_a_database_that_fails_leaves_no_entry(
    app: Flask, consumer: Browser, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise OperationalError("INSERT", {}, Exception("gone"))

    with monkeypatch.context() as broken:
        broken.setattr(rows, "add_private", away)
        assert _add(consumer, case, JPEG, "a.jpg").status == 503
    assert _rows() == []
    assert _triggers() == ["file"]
    assert [path.name[0] for path in _on_disk()] != ["."]  # at most the whole file, which the next try finds
    assert _add(consumer, case, JPEG, "a.jpg").status == 200
    assert len(_on_disk()) == 1


def test_a_lost_file_is_our_fault_and_no_trace_is_left(
    desk: Browser, consumer: Browser, case: str, number: str
) -> None:
    _add(consumer, case, JPEG, "a.jpg")
    (row,) = _rows()
    _on_disk()[0].unlink()
    assert desk.get(f"/desk/cases/{number}/evidence/{row.id}").status == 500
    assert _reads() == []


def test_a_number_in_a_name_is_hidden_like_one_in_a_text(
    consumer: Browser, agent: Browser, desk: Browser, case: str, number: str
) -> None:
    _add(consumer, case, JPEG, "wechat 13812345678.jpg")
    shown = agent.get(f"/portal/cases/{number}")
    assert "13812345678" not in shown.text
    (link,) = _links(shown)
    assert "13812345678" not in agent.get(link).answer.headers["Content-Disposition"]
    assert "wechat 13812345678.jpg" in desk.get(f"/desk/cases/{number}").words


def test_a_name_is_never_markup(consumer: Browser, case: str) -> None:
    page = _add(consumer, case, JPEG, "<script>alert(1).jpg")
    assert "<script" not in page.text
    assert files.read(_rows()[0].sha256) == JPEG
