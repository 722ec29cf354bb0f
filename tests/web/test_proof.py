"""The proof of a performance comes in the same step as the report of it: both are recorded, or neither is."""

from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from complaints.registry import uploads
from tests.web.attaching import evidence, on_disk, triggers
from tests.web.browser import Browser, Page
from tests.web.samples import BAD, JPEG, PDF

TEXT = "Refunded on 8 July, receipt 20260708-1."


@pytest.fixture
def promised(agent: Browser, consumer: Browser, case: str, number: str) -> str:
    """The address of the report, where a refund has been promised."""
    agent.submit(f"/portal/cases/{number}/do/offer", remedy="We refund the price.", amount="129")
    assert "Recorded" in consumer.submit(f"{case}/do/accept_offer").words
    return f"/portal/cases/{number}/do/report_performance"


def report(agent: Browser, address: str, *files: tuple[bytes, str], text: str = TEXT) -> Page:
    form = agent.get(address).hidden() | {"text": text}
    sent = [("file", (BytesIO(content), name)) for content, name in files]
    answer = agent.client.post(address, data=MultiDict([*form.items(), *sent]), follow_redirects=True, buffered=True)
    for each in (*answer.history, answer):
        each.request.environ["wsgi.input"].close()  # a big one is a file, which nobody else closes
    return Page(answer)


def test_report_and_files_are_one_step(agent: Browser, consumer: Browser, promised: str, case: str) -> None:
    page = agent.get(promised)
    assert 'enctype="multipart/form-data"' in page.text
    assert " multiple" in page.text
    done = report(agent, promised, (PDF, "bank.pdf"), (JPEG, "parcel.jpg"))
    assert "Recorded" in done.words
    assert triggers()[-3:] == ["report_performance", "evidence", "evidence"]
    assert [(row.role, row.name) for row in evidence()] == [("enterprise", "bank.pdf"), ("enterprise", "parcel.jpg")]
    assert "bank.pdf" in consumer.get(case).words


def test_without_a_file_it_is_as_before(agent: Browser, promised: str) -> None:
    assert "Recorded" in agent.submit(promised, text=TEXT).words
    assert triggers()[-1] == "report_performance"
    assert evidence() == []


def test_a_bad_file_is_named_and_nothing_is_written(agent: Browser, promised: str) -> None:
    before = triggers()
    page = report(agent, promised, (PDF, "bank.pdf"), (BAD["exe"], "invoice.pdf"), text="")
    assert page.status == 422
    assert '<a href="#file">' in page.text
    assert '<a href="#text">' in page.text  # all that is wrong at once
    assert "“invoice.pdf”: is not of a kind that we take" in page.words
    assert "“bank.pdf”" not in page.words
    assert (triggers(), evidence(), on_disk()) == (before, [], [])
    again = report(agent, promised, (PDF, "bank.pdf"))
    assert "Recorded" in again.words
    assert [row.name for row in evidence()] == ["bank.pdf"]


def test_too_many_files_take_the_report_back(
    agent: Browser, promised: str, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr(uploads, "MOST_FILES", 1)
    before = triggers()
    page = report(agent, promised, (PDF, "bank.pdf"), (JPEG, "parcel.jpg"))
    assert page.status == 422
    assert "your side has added 1 files" in page.words
    assert (triggers(), evidence()) == (before, [])


def test_more_than_ten_at_once_are_refused_by_name(agent: Browser, promised: str) -> None:
    page = report(agent, promised, *((JPEG + bytes([n]), f"{n}.jpg") for n in range(11)))
    assert page.status == 422
    assert '<a href="#file">' in page.text
    assert evidence() == []


def test_sent_twice_it_is_done_once(agent: Browser, promised: str) -> None:
    form = agent.get(promised).hidden() | {"text": TEXT}
    for _time in range(2):
        agent.send(promised, form | {"file": (BytesIO(PDF), "bank.pdf")})
    assert triggers().count("report_performance") == 1
    assert triggers().count("evidence") == 1


def test_too_much_at_once_is_said_in_words(settings_env: Callable[..., None], agent: Browser, promised: str) -> None:
    settings_env(VIDEO_MEGABYTES=20)
    page = report(agent, promised, (JPEG.ljust(11 * 1024 * 1024, b"\0"), "a.jpg"),
                  (JPEG.ljust(10 * 1024 * 1024, b"\1"), "b.jpg"))  # fmt: skip
    assert page.status == 413
    assert "20 MB" in page.words
    assert evidence() == []


def test_in_chinese(app: Flask, agent: Browser, promised: str, browser: Callable[..., Browser]) -> None:
    agent.client.set_cookie("lang", "zh")
    page = report(agent, promised, (BAD["svg"], "收据.jpg"))
    assert page.status == 422
    assert "“收据.jpg”：不是可接受的类型" in page.words


def test_the_action_most_helpful_to_the_consumer_comes_first(agent: Browser, case: str, number: str) -> None:
    page = agent.get(f"/portal/cases/{number}")
    assert page.actions()[:4] == ["offer", "decline", "extend", "redirect"]
    primary = page.text.partition('<a class="button" href="')[2].partition('"')[0]
    assert primary.endswith("/do/offer")
