"""People to reach by phone or post: who, what to say, the letter on paper, and what came of it in one step."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, update

from complaints import db
from complaints.models import AccessLog, Enterprise, Notice, Task
from complaints.workflow import reaching, sweeps
from complaints.workflow.case import Actor, Role
from complaints.workflow.reaching import Wanted
from tests.people import MONDAY, World, moment
from tests.playing import Playing, file_complaint
from tests.web.browser import Browser
from tests.web.conftest import PERSONAL


@pytest.fixture
def unreached(world: World) -> Playing:
    """Mute Traders have no mailbox: their opening letter is dead, and somebody has to phone."""
    case = file_complaint(world, against="mute", mail=False)
    with db.transaction() as session:
        session.execute(update(Enterprise).where(Enterprise.id == world.mute).values(phone="021-5555 6666"))
    return case


@pytest.fixture
def asked(world: World) -> Playing:
    """Mei was asked for something, and her letter came back."""
    case = file_complaint(world, against="outside", mail=False)
    case.intake("ask_information", missing=["address"], text="Where do you live?")
    with db.transaction() as session:
        mine = update(Notice).where(Notice.recipient == f"consumer:{case.id}", Notice.status == "waiting")
        failed = {"status": "dead", "settled_at": MONDAY, "last_error": "550 5.1.1 User unknown"}
        session.execute(mine.where(Notice.at_once).values(failed))
    sweeps.run_due(lambda: MONDAY, budget_seconds=5)
    return case


@pytest.fixture
def desk(browser: Callable[..., Browser]) -> Browser:
    """Somebody who supervises and does intake."""
    return browser().log_in("desk")


def task_of(case: Playing) -> Task:
    return next(task for task in case.tasks() if task.done_at is None)


def test_the_list_names_nobody_and_says_which_ways_there_are(asked: Playing, desk: Browser) -> None:
    page = desk.get("/desk/tasks")
    assert asked.number in page.words
    assert "phone and address are known" in page.words
    assert not [secret for secret in PERSONAL if secret in page.text]
    for query, there in (
        ("way=phone", True), ("way=post", False), ("way=none", False), ("whose=mine", True),
        ("kind=reach_party", True), ("kind=decide_recusal", False),
    ):  # fmt: skip
        assert (asked.number in desk.get(f"/desk/tasks?{query}").words) is there, query
    assert desk.get("/desk/tasks?way=pigeon").status == 404
    assert desk.get("/desk/tasks?cursor=x").status == 400


def test_the_page_says_whom_how_why_and_in_which_words(asked: Playing, desk: Browser) -> None:
    task = task_of(asked)
    page = desk.get(f"/desk/tasks/{task.id}")
    for told in (
        "13812345678",
        "王梅",
        "大学路",
        "There is no such mailbox.",
        "no time runs out",
        "您好",
        "Hello, this is",
    ):
        assert told in page.words
    assert "缺" in page.words or "补" in page.words  # the letter's own words, in the language that she reads
    with db.reading() as session:
        assert "task to reach somebody" in session.scalars(select(AccessLog.what)).all()
    assert desk.get("/desk/tasks/999999").status == 404


def test_what_came_of_it_is_recorded_in_one_step_with_a_note(asked: Playing, desk: Browser) -> None:
    task = task_of(asked)
    address = f"/desk/tasks/{task.id}"
    wrong = desk.submit(address, text="x")
    assert wrong.status == 422
    assert "x</textarea>" in wrong.text
    done = desk.submit(address, result="reached", text="She will send the receipt.")
    assert done.path == "/desk/tasks"
    assert asked.triggers()[-2:] == ["do_task", "note"]
    assert [each.result for each in asked.tasks()] == ["reached"]
    assert asked.number not in done.words
    assert desk.get(address).status == 404
    assert asked.clocks()[-1].told_at is not None


def test_somebody_who_was_faster_is_not_overwritten(asked: Playing, desk: Browser) -> None:
    address = f"/desk/tasks/{task_of(asked).id}"
    form = desk.get(address).hidden()
    asked.consumer("statement", text="Here I am.")
    late = desk.send(address, form | {"result": "not_reached", "text": "Nobody answers."})
    assert late.status == 409
    assert "Nobody answers.</textarea>" in late.text
    assert task_of(asked).result is None


def test_the_letter_can_be_printed_and_the_look_is_logged(asked: Playing, desk: Browser, app: Flask) -> None:
    task = task_of(asked)
    page = desk.get(f"/desk/tasks/{task.id}/letter.pdf")
    assert page.answer.mimetype == "application/pdf"
    assert page.answer.data.startswith(b"%PDF-")
    assert page.answer.headers["Cache-Control"] == "no-store"
    with db.reading() as session:
        assert "letter to post" in session.scalars(select(AccessLog.what)).all()
    assert Browser(app).log_in("hongyun").get(f"/desk/tasks/{task.id}").status == 403
    assert Browser(app).get(f"/desk/tasks/{task.id}/letter.pdf").path == "/login"


def test_an_enterprise_is_phoned_by_its_number(unreached: Playing, desk: Browser) -> None:
    unreached.intake("admit")
    if not unreached.tasks():
        sweeps.run_due(lambda: MONDAY, budget_seconds=5)
    for task in unreached.tasks():
        if task.party == "enterprise":
            words = desk.get(f"/desk/tasks/{task.id}").words
            assert "021-5555 6666" in words
            assert "Mute Traders" in words


def test_a_mediator_has_the_tasks_of_their_own_cases(world: World) -> None:
    case = file_complaint(world, against="outside")
    at = moment("2026-07-07")
    with db.transaction() as session:
        session.add(Task(complaint_id=case.id, key="reach:1:consumer", kind="reach_party", role="mediator",
                         party="consumer", made_at=at, due_at=at))  # fmt: skip
    with db.reading() as session:
        mine = [Actor(Role.MEDIATOR, account_id=world.chen)]
        assert reaching.listed(session, Wanted(whose="mine"), mine).lines == []
        assert [line.number for line in reaching.listed(session, Wanted(), mine).lines] == [case.number]


def test_a_long_list_goes_on_where_looking_ended(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaching, "LOOKED", 3)
    cases = [file_complaint(world, against="outside", phone="" if n % 4 else "13900000000") for n in range(9)]
    with db.transaction() as session:
        for n, case in enumerate(cases):
            at = moment(f"2026-07-{n + 7:02}")
            session.add(Task(complaint_id=case.id, key=f"reach:{n}:consumer", kind="reach_party", role="intake",
                             party="consumer", made_at=at, due_at=at))  # fmt: skip
    found, cursor, pages = [], None, 0
    while pages == 0 or cursor is not None:
        with db.reading() as session:
            page = reaching.listed(session, Wanted(way="phone"), [], cursor=cursor, limit=2)
        found += [line.number for line in page.lines]
        cursor, pages = page.next, pages + 1
        assert pages < 10
    assert found == [cases[n].number for n in (0, 4, 8)]
