"""Long lists: forward page by page, back to the first page, and no other way."""

import re

import pytest
from sqlalchemy import select

from complaints import db
from complaints.models import Complaint, Notice
from complaints.workflow import inbox, lists
from tests.people import MONDAY, World
from tests.playing import file_complaint
from tests.web.browser import Browser, Page

NUMBER = re.compile(r"C\d\d-\w{4}-\w{4}")


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of two lines."""
    for of in (inbox.page, lists.of_desk, lists.tasks):
        assert of.__kwdefaults__ is not None
        monkeypatch.setitem(of.__kwdefaults__, "limit", 2)


def shown(page: Page) -> list[str]:
    return list(dict.fromkeys(NUMBER.findall(page.words)))


def onwards(page: Page) -> str | None:
    found = re.search(r'rel="next" href="([^"]+)"', page.text)
    return found[1].replace("&amp;", "&") if found else None


def walk(person: Browser, address: str) -> list[list[str]]:
    """The numbers of each page, by its own links."""
    pages = []
    while True:
        page = person.get(address)
        assert page.status == 200
        pages.append(shown(page))
        assert ("Back to the first page" in page.words) == (len(pages) > 1)
        following = onwards(page)
        if following is None:
            return pages
        address = following


@pytest.mark.usefixtures("short")
def test_an_inbox_of_many(world: World, agent: Browser, number: str) -> None:
    others = (
        file_complaint(world, MONDAY, phone=f"1391234567{n}") for n in range(4)
    )  # one phone would be a sign of abuse
    numbers = {number, *(each.number for each in others)}
    for address in ("/portal", "/portal?state=with_enterprise"):
        pages = walk(agent, address)
        assert [len(page) for page in pages] == [2, 2, 1]
        assert {each for page in pages for each in page} == numbers


@pytest.mark.usefixtures("short")
def test_queues_of_many(world: World, desk: Browser, number: str) -> None:
    numbers = {number, *(file_complaint(world, MONDAY, against=None).number for _ in range(4))}
    assert {each for page in walk(desk, "/desk?queue=open") for each in page} == numbers
    intake = walk(desk, "/desk?queue=intake")
    assert [len(page) for page in intake] == [2, 2]


def test_dead_letters_of_many(world: World, desk: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.desk.letters.MOST_LETTERS", 2)
    for n in range(3):
        file_complaint(world, MONDAY, product=f"kettle {n}", mail=False)
    with db.transaction() as session:
        ids = session.scalars(select(Notice.id).where(Notice.status == "waiting").limit(5)).all()
        for each in session.scalars(select(Notice).where(Notice.id.in_(ids))):
            each.status = "dead"
    found: list[str] = []
    address: str | None = "/desk/letters"
    while address:
        page = desk.get(address)
        found += dict.fromkeys(re.findall(r'name="id" value="(\d+)"', page.text))  # to be tried again, or phoned
        address = onwards(page)
    assert found == [str(each) for each in sorted(ids, reverse=True)]


@pytest.mark.parametrize("bad", ["x", "%00", "é", "a" * 5000])
def test_what_is_no_cursor_is_a_bad_request(desk: Browser, agent: Browser, bad: str) -> None:
    for person, address in ((desk, "/desk?queue=open"), (desk, "/desk/tasks?"), (agent, "/portal?state=closed")):
        assert person.get(f"{address}&cursor={bad}").status == 400


def test_many_are_counted_as_many(desk: Browser, number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "counts_of_desk", lambda *_: {"intake": 1000, "mine": 999})
    words = desk.get("/desk?queue=open").words
    assert "Intake 1,000+" in words
    assert "My mediations 999 " in words


def test_a_list_of_one_page_has_no_pager(desk: Browser, number: str) -> None:
    with db.reading() as session:
        assert len(session.scalars(select(Complaint)).all()) == 1
    assert 'class="pager"' not in desk.get("/desk?queue=open").text
