"""Files on a case: added by every side, listed, taken away only by those who may see the case."""

import os
import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from complaints import db
from complaints.models import Notice
from complaints.registry import files, uploads
from complaints.workflow import rows
from tests.web.attaching import add, evidence, links, on_disk, reads, triggers
from tests.web.browser import Browser
from tests.web.samples import BAD, JPEG, PDF, PNG, TEXT

MEGABYTE = 1024 * 1024


def _nothing_kept() -> None:
    assert evidence() == []
    assert on_disk() == []
    assert triggers() == ["file"]


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
        page = add(person, base, content, name)
        assert page.status == 200
        assert page.path == base
        assert "Recorded" in page.words
    assert [row.role for row in evidence()] == ["consumer", "enterprise", "intake"]
    told = ("水壶.jpg Photo 1 KB the consumer", "report.pdf PDF 1 KB the enterprise", "call.txt Text")
    own = ("水壶.jpg Photo · 1 KB · You", "report.pdf PDF · 1 KB · the enterprise", "call.txt Text")
    for person, base, lines in ((consumer, case, own), (agent, portal, told), (desk, centre, told)):
        shown = person.get(base)
        assert [words for words in lines if words not in shown.words] == []
        answers = [person.get(link).answer for link in links(shown)]
        assert [answer.data for answer in answers] == [JPEG, PDF, TEXT]
    assert triggers() == ["file", "evidence", "evidence", "evidence"]


def test_several_at_once_cause_one_letter(consumer: Browser, agent: Browser, case: str, number: str) -> None:
    files = [(BytesIO(JPEG), "a.jpg"), (BytesIO(PNG), "b.png"), (BytesIO(JPEG), "again.jpg")]
    assert "Recorded" in consumer.submit(f"{case}/do/evidence", file=files).words
    assert [row.name for row in evidence()] == ["a.jpg", "b.png"]
    assert triggers() == ["file", "evidence", "evidence"]
    with db.reading() as session:
        letters = select(Notice.step).where(Notice.letter == "evidence")
        assert session.scalars(letters).all() == ["news_3"]  # for the last, whose head of the chain covers both
    assert "was there already" in consumer.submit(f"{case}/do/evidence", file=(BytesIO(PNG), "b.png")).words
    mixed = [(BytesIO(PDF), "c.pdf"), (BytesIO(BAD["gif"]), "d.jpg")]
    assert consumer.submit(f"{case}/do/evidence", file=mixed).status == 422
    assert len(evidence()) == 2  # all or none


def test_in_chinese(browser: Callable[..., Browser], consumer: Browser, case: str) -> None:
    person = browser("zh")
    assert "提交证据" in person.get(f"{case}/do/evidence").words
    assert "水壶.png 照片" in add(person, case, PNG, "水壶.png").words
    refused = add(person, case, b"", "leer.png")
    assert "照片、PDF、视频或文本：“leer.png”：文件是空的" in refused.words


@pytest.mark.parametrize("kind", ["html", "html-behind-words", "svg", "svg-with-head", "gif", "exe"])
def test_other_kinds_are_refused_whatever_their_name(consumer: Browser, case: str, kind: str) -> None:
    page = add(consumer, case, BAD[kind], "photo.jpg")
    assert page.status == 422
    assert '<a href="#file">' in page.text
    assert 'id="file-error"' in page.text
    assert "is not of a kind that we take: JPEG" in page.words
    assert "<title>Error:" in page.text
    _nothing_kept()


def test_none_chosen_and_an_empty_one_are_refused(consumer: Browser, case: str) -> None:
    assert "choose a file" in consumer.submit(f"{case}/do/evidence").words
    assert "choose a file" in add(consumer, case, b"", "").words
    empty = add(consumer, case, b"", "a.jpg")
    assert empty.status == 422
    assert "is empty" in empty.words
    _nothing_kept()


def test_on_a_full_disk_no_file_is_taken_and_everything_else_goes_on(
    consumer: Browser, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "LEAST_FREE", 1 << 60)
    page = add(consumer, case, JPEG, "kettle.jpg")
    assert page.status == 422
    assert "short of room" in page.words
    _nothing_kept()
    assert consumer.submit(f"{case}/do/statement", text="Nobody called.").status == 200


@pytest.mark.parametrize("language", ["en", "zh"])
def test_too_big_is_said_in_words(
    settings_env: Callable[..., None], browser: Callable[..., Browser], case: str, language: str
) -> None:
    person = browser(language)
    little = add(person, case, JPEG.ljust(20 * MEGABYTE + 1, b"\0"), "a.jpg")
    assert little.status == 422
    assert '<a href="#file">' in little.text
    assert ("超过 20 MB" if language == "zh" else "is larger than 20 MB") in little.words
    settings_env(VIDEO_MEGABYTES=20)
    much = add(person, case, JPEG.ljust(21 * MEGABYTE, b"\0"), "a.jpg")  # more than the whole request may have
    assert much.status == 413
    assert ("每个不超过 20 MB" if language == "zh" else "may have up to 20 MB") in much.words
    assert f"{case}/do/evidence" in much.links()
    _nothing_kept()


def test_other_forms_take_no_more_than_before(consumer: Browser, case: str) -> None:
    form = consumer.get(f"{case}/do/statement").hidden()
    answer = consumer.send(f"{case}/do/statement", form | {"text": "x" * 1_100_000})
    assert answer.status == 413
    assert "Please send less text at once." in answer.words
    _nothing_kept()


def test_the_biggest_is_taken(consumer: Browser, case: str) -> None:
    assert "20.0 MB" in add(consumer, case, JPEG.ljust(20 * MEGABYTE, b"\0"), "a.jpg").words


def test_so_many_a_side(
    consumer: Browser, agent: Browser, desk: Browser, case: str, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert uploads.MOST_FILES == 30
    monkeypatch.setattr(uploads, "MOST_FILES", 2)
    for n in range(2):
        assert add(consumer, case, JPEG + bytes([n]), "a.jpg").status == 200
    refused = add(consumer, case, JPEG + b"x", "a.jpg")
    assert refused.status == 422
    assert "your side has added 2 files" in refused.words
    assert add(agent, f"/portal/cases/{number}", PDF, "b.pdf").status == 200
    assert add(desk, f"/desk/cases/{number}", PDF, "b.pdf").status == 200
    assert len(evidence()) == 4
    assert len(on_disk()) == 3  # the same content once


def test_the_same_file_twice_is_one(consumer: Browser, case: str) -> None:
    add(consumer, case, JPEG, "a.jpg")
    assert "there already" in add(consumer, case, JPEG, "b.jpg").words
    assert [row.name for row in evidence()] == ["a.jpg"]


def test_a_closed_case_takes_no_more_but_keeps_what_it_has(consumer: Browser, case: str) -> None:
    add(consumer, case, JPEG, "a.jpg")
    form = consumer.get(f"{case}/do/evidence").hidden()
    consumer.submit(f"{case}/do/withdraw")
    assert consumer.get(f"{case}/do/evidence").status == 409
    late = consumer.send(f"{case}/do/evidence", form | {"file": (BytesIO(PDF), "b.pdf")})
    assert late.status == 409
    assert "not possible" in late.words
    assert len(on_disk()) == 1
    (link,) = links(consumer.get(case))
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
        page = add(consumer, case, JPEG, "a.jpg")
    assert page.status == 500
    assert "Nothing was changed" in page.words
    _nothing_kept()
    assert add(consumer, case, JPEG, "a.jpg").status == 200


def test_a_database_that_fails_leaves_no_entry(
    app: Flask, consumer: Browser, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise OperationalError("INSERT", {}, Exception("gone"))

    with monkeypatch.context() as broken:
        broken.setattr(rows, "write", away)
        assert add(consumer, case, JPEG, "a.jpg").status == 503
    assert evidence() == []
    assert triggers() == ["file"]
    assert [path.name[0] for path in on_disk()] != ["."]  # at most the whole file, which the next try finds
    assert add(consumer, case, JPEG, "a.jpg").status == 200
    assert len(on_disk()) == 1


def test_a_lost_file_is_our_fault_and_no_trace_is_left(
    desk: Browser, consumer: Browser, case: str, number: str
) -> None:
    add(consumer, case, JPEG, "a.jpg")
    (row,) = evidence()
    on_disk()[0].unlink()
    assert desk.get(f"/desk/cases/{number}/evidence/{row.id}").status == 500
    assert reads() == []


def test_a_name_is_never_markup(consumer: Browser, case: str) -> None:
    page = add(consumer, case, JPEG, "<script>alert(1).jpg")
    assert not re.search(r'<script(?! src="/static/)', page.text)
    assert files.read(evidence()[0].sha256) == JPEG
