"""The inbox: by time left, filtered, searched, with views of one's own, and cases given to colleagues."""

import pytest
from flask import Flask
from sqlalchemy import select

from complaints import clock, db
from complaints.models import Account, Assignment, Complaint
from complaints.workflow import colleagues, inbox, indexing
from complaints.workflow.case import Actor, Role
from complaints.workflow.inbox import Filter
from tests.people import MONDAY, World
from tests.playing import file_complaint
from tests.web.browser import Browser
from tests.web.conftest import _account


@pytest.fixture
def staff(world: World) -> dict[str, int]:
    """A manager and a second agent of Hongyun beside `hongyun`."""
    with db.transaction() as session:
        session.add_all(
            [_account("boss", ["enterprise", "manager"], world.hongyun), _account("ann", ["enterprise"], world.hongyun)]
        )
        session.flush()
        rows = session.scalars(select(Account).where(Account.login.in_(["boss", "ann", "hongyun", "baiyu"])))
        return {row.login: row.id for row in rows}


def numbers(world: World, n: int, **more: str) -> list[str]:
    return [file_complaint(world, MONDAY, phone=f"139123450{k:02}", **more).number for k in range(n)]  # type: ignore[arg-type]


def holder(number: str) -> int | None:
    with db.reading() as session:
        return session.scalar(select(Complaint.agent_id).where(Complaint.number == number))


def test_time_left_is_said_in_the_words_of_the_desk(world: World, app: Flask, staff: dict[str, int]) -> None:
    (number,) = numbers(world, 1)
    words = Browser(app).log_in("ann").get("/portal").words
    assert number in words
    assert "10 working days left" in words
    assert "10 working days left" in Browser(app).log_in("desk").get("/desk?queue=open").words
    assert "More than 7 days left" in words
    assert "还剩 10 个工作日" in Browser(app, "zh").log_in("ann").get("/portal").words


def test_a_manager_assigns_and_an_agent_takes(world: World, app: Flask, staff: dict[str, int]) -> None:
    first, second, third = numbers(world, 3)
    boss, ann = Browser(app).log_in("boss"), Browser(app).log_in("ann")
    form = boss.get("/portal").hidden()
    said = boss.client.post(
        "/portal/assign", data={**form, "number": [first, second], "to": staff["hongyun"]}, follow_redirects=True
    )
    assert "Assigned: 2" in said.text
    assert holder(first) == holder(second) == staff["hongyun"]
    page = ann.send("/portal/assign", ann.get("/portal").hidden() | {"number": first, "to": staff["ann"]})
    assert "Not yours to assign: 1" in page.words
    assert holder(first) == staff["hongyun"]
    ann.send("/portal/assign", ann.get("/portal").hidden() | {"number": third, "to": staff["ann"]})
    assert holder(third) == staff["ann"]
    assert third in ann.get("/portal?who=me").words
    assert first not in ann.get("/portal?who=me").words
    assert first in ann.get("/portal?who=somebody").words
    ann.send("/portal/assign", ann.get("/portal").hidden() | {"number": third, "to": ""})
    assert holder(third) is None
    assert third in ann.get("/portal?who=nobody").words
    with db.reading() as session:
        kept = session.execute(select(Assignment.account_id, Assignment.assigned_by).order_by(Assignment.id)).all()
    assert len(kept) == 4
    assert tuple(kept[-1]) == (None, staff["ann"])


def test_all_on_the_page_are_assigned_without_ticks(world: World, app: Flask, staff: dict[str, int]) -> None:
    first, second, third = numbers(world, 3)
    boss = Browser(app).log_in("boss")
    page = boss.get("/portal")
    assert '<button class="small secondary" type="submit" name="all"' in page.text
    assert "ticking.js" in page.text
    late = file_complaint(world, MONDAY, phone="13912345999").number  # after the page was made
    said = boss.send("/portal/assign", page.hidden() | {"number": first, "all": "yes", "to": staff["ann"]})
    assert "Assigned: 3" in said.words
    assert [holder(each) for each in (first, second, third, late)] == [staff["ann"]] * 3 + [None]


def test_nobody_assigns_to_strangers_or_strangers_cases(world: World, app: Flask, staff: dict[str, int]) -> None:
    (number,) = numbers(world, 1)
    boss, other = Browser(app).log_in("boss"), Browser(app).log_in("baiyu")
    page = boss.send("/portal/assign", boss.get("/portal").hidden() | {"number": number, "to": staff["baiyu"]})
    assert "Nothing was assigned" in page.words
    other.send("/portal/assign", other.get("/portal").hidden() | {"number": number, "to": staff["baiyu"]})
    assert holder(number) is None


def test_who_cannot_log_in_handles_nothing(world: World, staff: dict[str, int]) -> None:
    (number,) = numbers(world, 1)
    boss = Actor(Role.ENTERPRISE, staff["boss"], world.hongyun)
    with db.transaction() as session:
        colleagues.assign(session, [number], staff["ann"], boss, clock.now(), leads=True)
        session.get_one(Account, staff["ann"]).active = False
    with db.reading() as session:
        assert [row.agent for row in inbox.page(session, boss, Filter(who="nobody"), MONDAY).rows] == [""]
        assert inbox.page(session, boss, Filter(who="somebody"), MONDAY).rows == []


def test_words_are_found_with_other_filters(world: World, app: Flask, staff: dict[str, int]) -> None:
    kettle, iron = (
        numbers(world, 2, product="电热水壶")[0],
        file_complaint(world, product="电熨斗", phone="13700000001").number,
    )
    indexing.run_due()
    ann = Browser(app).log_in("ann")
    assert kettle in ann.get("/portal?q=水壶").words
    assert iron not in ann.get("/portal?q=水壶").words
    assert kettle not in ann.get("/portal?q=水壶&state=closed").words
    assert kettle in ann.get("/portal?q=水壶&state=ours&who=nobody&due=&answer=none").words
    assert "No case fits" in ann.get("/portal?q=冰箱").words


def test_views_are_ones_own_and_one_is_first(world: World, app: Flask, staff: dict[str, int]) -> None:
    ann = Browser(app).log_in("ann")
    keep = ann.get("/portal?state=closed").hidden()
    assert "The view is kept" in ann.send("/portal/views", keep | {"name": "Ended", "query": "state=closed"}).words
    assert "must be given" in ann.send("/portal/views", keep | {"name": " ", "query": "state=closed"}).words
    assert ann.send("/portal/views", keep | {"name": "x", "query": "state=nonsense"}).status == 400
    page = ann.get("/portal?state=closed")
    address = page.text.split('action="/portal/views/')[1].split('"')[0]
    assert "Ended" not in Browser(app).log_in("boss").get("/portal").words
    ann.send(f"/portal/views/{address}", keep | {"then": "first"})
    assert ann.client.get("/portal").location == "/portal?state=closed"
    ann.send(f"/portal/views/{address}", keep | {"then": "forget"})
    assert "Ended" not in ann.get("/portal").words


def test_a_view_shows_how_many_it_holds_where_an_index_knows(
    world: World, app: Flask, staff: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    for n in range(3):
        file_complaint(world, MONDAY, phone=f"1390000000{n}")
    ann = Browser(app).log_in("ann")
    keep = ann.get("/portal").hidden()
    views = {"Open now": "state=with_enterprise", "Nobody's yet": "who=nobody", "Of Ann": f"who={staff['ann']}"}
    for name, query in views.items():
        ann.send("/portal/views", keep | {"name": name, "query": query})
    words = ann.get("/portal").words
    assert "Open now 3" in words
    assert "Of Ann 0" in words
    assert "Nobody's yet Of Ann" in words  # no index answers it: nothing is said
    monkeypatch.setattr(inbox, "FEW", 2)
    assert "Open now 2+" in ann.get("/portal").words


@pytest.mark.parametrize("bad", ["state=x", "who=x", "due=9", "answer=x", "who=9999999999999999999"])
def test_a_filter_of_nonsense_is_not_there(world: World, app: Flask, staff: dict[str, int], bad: str) -> None:
    assert Browser(app).log_in("ann").get(f"/portal?{bad}").status == 404


def test_a_filter_that_no_index_serves_looks_on(
    world: World, staff: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "LOOKED", 2)
    found = numbers(world, 5)
    me, wanted = Actor(Role.ENTERPRISE, staff["ann"], world.hongyun), Filter(who="nobody", answer="none")
    with db.transaction() as session:
        colleagues.assign(session, found[:3], staff["ann"], me, MONDAY, leads=False)
    seen: list[str] = []
    cursor, pages = None, 0
    with db.reading() as session:
        while True:
            page = inbox.page(session, me, wanted, MONDAY, cursor=cursor)
            seen += [row.line.number for row in page.rows]
            cursor, pages = page.next, pages + 1
            if cursor is None:
                break
    assert seen == found[3:]
    assert pages == 3
