"""Letters that could not be delivered: why, in words; tried again, one or all; or somebody phones instead."""

from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from complaints import db
from complaints.models import Notice, Task
from tests.people import MONDAY, World
from tests.playing import Playing, file_complaint
from tests.web.browser import Browser
from tests.web.conftest import PERSONAL


@pytest.fixture
def failed(world: World) -> Playing:
    """Both of Mei's letters have come back."""
    case = file_complaint(world, against="outside", mail=False)
    fail("550 5.1.1 User unknown")
    return case


def fail(error: str) -> None:
    values = {"status": "dead", "settled_at": MONDAY, "last_error": error, "attempts": 1}
    mine = update(Notice).where(Notice.status == "waiting", Notice.recipient.startswith("consumer:"), Notice.at_once)
    with db.transaction() as session:
        session.execute(mine.values(values))


@pytest.fixture
def desk(browser: Callable[..., Browser]) -> Browser:
    """Somebody who supervises and does intake."""
    return browser().log_in("desk")


def dead() -> list[int]:
    with db.reading() as session:
        return list(session.scalars(select(Notice.id).where(Notice.status == "dead")))


@pytest.mark.parametrize(
    ("language", "why", "helps"),
    [("en", "There is no such mailbox.", "ask for another one"), ("zh", "这个邮箱不存在。", "问清新的地址")],
)
def test_it_says_why_and_what_helps(
    failed: Playing, browser: Callable[..., Browser], language: str, why: str, helps: str
) -> None:
    page = browser(language).log_in("desk").get("/desk/letters")
    for told in (why, helps, failed.number, "550 5.1.1"):
        assert told in page.words
    assert not [secret for secret in PERSONAL if secret in page.text]


def test_one_or_all_are_tried_again(failed: Playing, desk: Browser) -> None:
    assert desk.send("/desk/letters/retry", desk.get("/desk").hidden() | {"id": str(dead()[0])}).status == 200
    assert dead() == []
    fail("552 5.2.2 Over quota")
    assert "The mailbox is full." in desk.get("/desk/letters").words
    again = desk.send("/desk/letters/retry", {"csrf_token": desk.get("/desk/tasks").hidden()["csrf_token"]})
    assert "1 letter will be tried again" in again.words
    assert dead() == []
    assert "Every letter was delivered" in desk.get("/desk/letters").words


def test_somebody_phones_instead_and_is_asked_once(failed: Playing, desk: Browser) -> None:
    form = {"csrf_token": desk.get("/desk").hidden()["csrf_token"], "id": str(dead()[0])}
    first = desk.send("/desk/letters/phone", form)
    assert first.status == 200
    assert "13812345678" in first.words
    assert "There is no such mailbox." in first.words
    assert desk.send("/desk/letters/phone", form).path == first.path
    assert "the task" in desk.get("/desk/letters").words
    with db.reading() as session:
        (task,) = session.scalars(select(Task)).all()
    assert (task.kind, task.party, task.role, task.clock_id) == ("reach_party", "consumer", "intake", None)
    assert desk.submit(first.path, result="reached").path == "/desk/tasks"
    failed.consumer("withdraw")
    assert "Nobody has to be phoned" in desk.send("/desk/letters/phone", form).words


@pytest.mark.parametrize("wrong", ["999999", "x", "", "-1"])
def test_a_letter_that_is_none_is_said(failed: Playing, desk: Browser, wrong: str) -> None:
    form = {"csrf_token": desk.get("/desk").hidden()["csrf_token"], "id": wrong}
    page = desk.send("/desk/letters/phone", form)
    assert (page.path, "not among the failed ones" in page.words) == ("/desk/letters", True)
