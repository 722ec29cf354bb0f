"""A link that was lost by somebody who gave a telephone number only: an officer calls, and posts a new one."""

import io
import re
from collections.abc import Callable, Sequence

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import func, select, update

from complaints import clock, db
from complaints.models import AccessLog, Complaint, LinkAsk, Notice, Task
from complaints.registry import links
from complaints.workflow import renewing, sweeps
from tests.people import World
from tests.web.browser import Browser
from tests.web.conftest import STORY


@pytest.fixture
def mute(consumer: Browser) -> str:
    """The private address of a complaint of Mei's, who gave her number and no mail address."""
    return consumer.submit("/file/all", **STORY | {"email": ""}).path.removesuffix("/receipt")


@pytest.fixture
def desk(app: Flask) -> Browser:
    """An officer who does intake and supervises, logged in."""
    return Browser(app).log_in("desk")


def asks() -> int:
    with db.reading() as session:
        return session.execute(select(func.count()).select_from(LinkAsk)).scalar_one()


def tasks() -> Sequence[Task]:
    with db.reading() as session:
        return session.scalars(select(Task).where(Task.kind == "renew_link").order_by(Task.id)).all()


def looks() -> Sequence[str]:
    with db.reading() as session:
        return session.scalars(select(AccessLog.what)).all()


def asked(person: Browser, **typed: str) -> str:
    """The answer of the page, without what differs from one form to the next."""
    page = person.submit("/lost", **typed)
    assert page.status == 200, page.words
    return re.sub(r'value="[^"]*"', "", page.text)


def test_the_answer_is_the_same_whether_or_not_there_is_a_case(consumer: Browser, mute: str, case: str) -> None:
    """Nothing is looked up before a worker comes by: that row is written for any number."""
    known = asked(consumer, phone="138 1234 5678")
    assert asks() == 1
    assert asked(consumer, phone="13900000000") == known
    assert asked(consumer, phone="+86 138-1234-5678") == known  # the same number: the row is there already
    assert asks() == 2
    assert tasks() == []
    assert "within 5 working days" in known
    assert renewing.run_due() == 1  # the one with a mail address has none
    assert asks() == 0
    [task] = tasks()
    with db.reading() as session:
        assert links.find(session, mute.removeprefix("/c/")) == task.complaint_id
    assert (task.role, task.party, task.clock_id) == ("intake", "consumer", None)


def test_in_chinese_and_with_both(browser: Callable[..., Browser], mute: str) -> None:
    page = browser("zh").submit("/lost", phone="13812345678", email="gao@example.org")
    assert "邮件已在途中" in page.words
    assert "5 个工作日内拨打这个号码" in page.words
    with db.reading() as session:
        assert session.scalars(select(Notice.letter).where(Notice.letter == "lost_link")).all() == ["lost_link"]


@pytest.mark.parametrize(
    ("typed", "named"),
    [({}, "email"), ({"phone": "12"}, "phone"), ({"phone": "x" * 50, "email": "mei@example.org"}, "phone")],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(
    consumer: Browser, world: World, typed: dict[str, str], named: str
) -> None:
    page = consumer.submit("/lost", **typed)
    assert page.status == 422
    assert f'<a href="#{named}">' in page.text
    assert asks() == 0
    with db.reading() as session:
        assert session.scalars(select(Notice).where(Notice.letter == "lost_link")).all() == []


def test_one_task_a_case_while_it_is_open(consumer: Browser, desk: Browser, mute: str) -> None:
    for _ in range(3):
        asked(consumer, phone="13812345678")
        renewing.run_due()
    [task] = tasks()
    assert desk.submit(f"/desk/tasks/{task.id}", result="not_reached").path == "/desk/tasks"
    asked(consumer, phone="13812345678")
    renewing.run_due()
    assert [each.result for each in tasks()] == ["not_reached", None]


def test_a_case_that_ends_keeps_its_task_and_an_old_one_gets_none(consumer: Browser, desk: Browser, mute: str) -> None:
    asked(consumer, phone="13812345678")
    renewing.run_due()
    assert consumer.submit(f"{mute}/do/withdraw", reason="Done.").status == 200
    [task] = tasks()
    assert task.result is None
    assert desk.submit(f"/desk/tasks/{task.id}", result="reached", text="She knows.").path == "/desk/tasks"
    with db.transaction() as session:
        long_ago = clock.now() - renewing.SHOWN_AFTER_CLOSING
        session.execute(update(Complaint).where(Complaint.id == task.complaint_id).values(closed_at=long_ago))
    asked(consumer, phone="13812345678")
    assert renewing.run_due() == 0


def test_a_task_that_nobody_does_lapses(consumer: Browser, mute: str) -> None:
    asked(consumer, phone="13812345678")
    renewing.run_due()
    [task] = tasks()
    sweeps.run_due(lambda: task.due_at, budget_seconds=5)
    assert [each.result for each in tasks()] == ["lapsed"]


def test_the_officer_calls_the_number_on_file_and_posts_a_new_link(consumer: Browser, desk: Browser, mute: str) -> None:
    asked(consumer, phone="13812345678")
    renewing.run_due()
    [task] = tasks()
    address = f"/desk/tasks/{task.id}"
    listed = desk.get("/desk/tasks?kind=renew_link&way=phone")
    assert address in listed.links()
    assert "Lost private link: phone the consumer" in listed.words
    page = desk.get(address)
    for told in ("13812345678", "Call only the number that stands on this page", "只拨打本页所列的号码", "大学路"):
        assert told in page.words
    assert "/c/" not in page.text
    assert "An officer will phone you about your private link" in consumer.get(mute).words

    form = page.hidden()
    letter = desk.send(f"{address}/link.pdf", form)
    assert letter.answer.mimetype == "application/pdf"
    assert letter.answer.headers["Cache-Control"] == "no-store"
    with db.reading() as session:
        token = links.current(session, task.complaint_id)
    assert token is not None
    pages = PdfReader(io.BytesIO(letter.answer.data)).pages
    written = re.sub(r"[\s\x00]", "", "".join(each.extract_text() for each in pages))
    assert f"/c/{token}" in written
    assert "大学路" in written
    assert consumer.get(mute).status == 404  # the one that was lost opens nothing any more
    assert consumer.get(f"/c/{token}").status == 200
    assert "letter with a new link" in looks()
    assert "your postal address, to post you a new link" in consumer.get(f"/c/{token}/looks").words

    again = desk.send(f"{address}/link.pdf", form)  # a second click prints the same link
    with db.reading() as session:
        assert links.current(session, task.complaint_id) == token
    assert again.status == 200
    assert desk.send(address, form | {"result": "reached", "text": "It was she."}).path == "/desk/tasks"
    assert desk.send(f"{address}/link.pdf", form).status == 404


def test_who_may_not_make_links_is_shown_none(app: Flask, consumer: Browser, mute: str) -> None:
    asked(consumer, phone="13812345678")
    renewing.run_due()
    [task] = tasks()
    address = f"/desk/tasks/{task.id}"
    mediator = Browser(app).log_in("medi")
    page = mediator.get(address)
    assert "link.pdf" not in page.text
    assert mediator.send(f"{address}/link.pdf", page.hidden()).status == 403
    assert Browser(app).log_in("hongyun").get(address).status == 403
    assert Browser(app).log_in("desk").get(f"{address}/link.pdf").status == 405  # a link is never changed by GET
    assert consumer.get(mute).status == 200


def test_an_ordinary_task_gives_no_new_link(desk: Browser, consumer: Browser, mute: str) -> None:
    asked(consumer, phone="13812345678")
    renewing.run_due()
    [task] = tasks()
    with db.transaction() as session:
        session.execute(update(Task).where(Task.id == task.id).values(kind="reach_party"))
    page = desk.get(f"/desk/tasks/{task.id}")
    assert desk.send(f"/desk/tasks/{task.id}/link.pdf", page.hidden()).status == 404
    assert consumer.get(mute).status == 200
