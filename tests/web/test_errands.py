"""An enterprise whose mail server takes no letter: on the list, its page, the letter on paper, what came of it."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, update

from complaints import clock, db
from complaints.delivery import outbox
from complaints.models import Enterprise, Errand, Measure
from complaints.registry import errands, measures
from complaints.workflow.case import CLOCK
from tests import pledged, servers
from tests.people import World
from tests.web.browser import Browser


@pytest.fixture
def refused(app: Flask, world: World, smtp: servers.SmtpServer) -> int:
    """A proposal of which Hongyun's mail server wanted to know nothing; the errand's id."""
    smtp.mailbox.mode = "reject_recipient"
    pledged.in_force(world.hongyun)
    ways = {"phone": "021-5555 6666", "address": "上海市杨浦区国定路 5 号"}
    with db.transaction() as session:
        session.execute(update(Enterprise).where(Enterprise.id == world.hongyun).values(ways))
        measures.begin(session, world.hongyun, "suspension", "person", "x", CLOCK, clock.now(), {}, "Answers missed.")
    outbox.deliver_due()
    errands.work()
    with db.reading() as session:
        return session.scalars(select(Errand.id)).one()


@pytest.fixture
def desk(browser: Callable[..., Browser]) -> Browser:
    """Somebody who supervises and does intake."""
    return browser().log_in("desk")


def test_the_list_and_the_failed_letter_lead_to_it(refused: int, desk: Browser, app: Flask) -> None:
    for query, there in (
        ("", True), ("way=phone", True), ("way=post", False), ("kind=reach_party", True),
        ("kind=decide_recusal", False),
    ):  # fmt: skip
        page = desk.get(f"/desk/tasks?{query}")
        assert (f"/desk/errands/{refused}" in page.links()) is there, query
        assert ("Reach by phone or post: Hongyun Kettles" in page.words) is there, query
    letters = desk.get("/desk/letters")
    assert f"/desk/errands/{refused}" in letters.links()
    assert "A measure against Hongyun Kettles is proposed" in letters.words
    assert "several cases" not in letters.words
    mediator = Browser(app).log_in("medi")
    assert f"/desk/errands/{refused}" not in mediator.get("/desk/tasks").links()
    for stranger, status in ((mediator, 403), (Browser(app).log_in("hongyun"), 403)):
        assert stranger.get(f"/desk/errands/{refused}").status == status
    assert desk.get("/desk/errands/999").status == 404


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ("Hongyun Kettles", "021-5555 6666", "国定路", "counted from today", "There is no such mailbox.",
                "a proposed measure is dropped", "Answers missed.")),
        ("zh", ("021-5555 6666", "期限从今天起算", "这个邮箱不存在。", "拟采取的措施不予采取", "等待告知的期限")),
    ],
)  # fmt: skip
def test_the_page_says_whom_how_why_and_in_which_words(
    refused: int, browser: Callable[..., Browser], language: str, told: tuple[str, ...]
) -> None:
    words = browser(language).log_in("desk").get(f"/desk/errands/{refused}").words
    for each in told:
        assert each in words


def test_what_came_of_it_is_recorded_and_the_time_counts_from_then(refused: int, desk: Browser) -> None:
    address = f"/desk/errands/{refused}"
    nothing = desk.submit(address, reason="Spoke with Ms Li.")
    assert nothing.status == 422
    assert "What came of it: must be given" in nothing.words
    assert "Spoke with Ms Li.</textarea>" in nothing.text
    long = desk.submit(address, trigger="reach", reason="x" * 2001)
    assert long.status == 422
    assert "Note: " in long.words
    form = desk.get(address).hidden()
    done = desk.submit(address, trigger="reach", reason="Spoke with Ms Li.")
    assert (done.status, done.path) == (200, "/desk/tasks")
    assert "Hongyun Kettles" not in done.words
    page = desk.get(address)
    assert "Hongyun Kettles has been told by phone or post" in page.words
    assert "Spoke with Ms Li." in page.words
    assert 'value="reach"' not in page.text
    again = desk.send(address, form | {"trigger": "give_up", "reason": "", "form_key": "another"})
    assert again.status == 409
    with db.reading() as session:
        assert session.get_one(Errand, refused).state == "reached"
        assert session.scalars(select(Measure.state)).one() == "proposed"


def test_the_letter_can_be_printed(refused: int, desk: Browser, app: Flask) -> None:
    page = desk.get(f"/desk/errands/{refused}/letter.pdf")
    assert page.answer.mimetype == "application/pdf"
    assert page.answer.data.startswith(b"%PDF-")
    assert page.answer.headers["Cache-Control"] == "no-store"
    assert Browser(app).get(f"/desk/errands/{refused}/letter.pdf").path == "/login"
