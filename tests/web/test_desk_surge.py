"""The supervisor's switch for 15 March, and the screening in batches while it is on."""

import re
from collections.abc import Callable

import pytest

from complaints import db
from complaints.workflow import surge
from complaints.workflow.case import Actor, Role, State
from tests.people import World
from tests.playing import Playing, file_complaint
from tests.web.browser import Browser


@pytest.fixture
def three(world: World) -> list[Playing]:
    """Three complaints that wait for intake."""
    return [file_complaint(world, against="outside") for _ in range(3)]


@pytest.fixture
def desk(browser: Callable[..., Browser]) -> Browser:
    """Somebody who supervises and does intake."""
    return browser().log_in("desk")


def switch_on(desk: Browser) -> None:
    page = desk.submit("/desk/surge", reason="15 March", until="2026-07-17")
    assert "It is on" in page.words, page.words


def boxes(text: str) -> list[str]:
    return re.findall(r'name="case" value="([^"]+)"', text)


def test_the_switch_is_recorded_and_told_to_everybody(
    three: list[Playing], desk: Browser, browser: Callable[..., Browser]
) -> None:
    stranger = browser()
    assert "Many complaints" not in stranger.get("/").words
    switch_on(desk)
    assert "Many complaints are coming in" in stranger.get("/").words
    assert "3 complaints are in the queue" in stranger.get("/").words
    assert "nobody is refused because of it" in stranger.get("/").words
    record = desk.get("/desk/surge").words
    assert "15 March" in record
    assert "still on" in record
    off = desk.send("/desk/surge/end", desk.get("/desk/surge").hidden())
    assert "It is off" in off.words
    assert "Many complaints" not in stranger.get("/").words


def test_a_queue_longer_than_one_batch_says_so(
    three: list[Playing], desk: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch_on(desk)
    assert "together now 3 " in desk.get("/desk/surge").words
    monkeypatch.setattr(surge, "MOST_AT_ONCE", 3)
    assert "together now 3+ " in desk.get("/desk/surge").words


def test_what_is_wrong_with_it_is_named(three: list[Playing], desk: Browser) -> None:
    page = desk.submit("/desk/surge", reason="", until="2026-12-31")
    assert page.status == 422
    assert "Why it is switched on: must be given" in page.words
    page = desk.submit("/desk/surge", reason="15 March", until="2026-12-31")
    assert (page.status, "Last day: must lie within 31 days" in page.words) == (422, True)


def test_only_the_supervisor_switches_and_only_intake_screens(
    three: list[Playing], desk: Browser, browser: Callable[..., Browser]
) -> None:
    medi = browser().log_in("medi")
    assert "The supervisor can switch it on." in medi.get("/desk/surge").words
    assert medi.send("/desk/surge", medi.get("/desk/surge").hidden() | {"reason": "x"}).status == 403
    assert medi.get("/desk/screening").status == 403


def test_a_batch_is_admitted_one_by_one_and_what_has_changed_is_left(three: list[Playing], desk: Browser) -> None:
    switch_on(desk)
    page = desk.get("/desk/screening")
    chosen = boxes(page.text)
    assert [each.partition(":")[0] for each in chosen] == [playing.number for playing in three]
    three[1].consumer("statement", text="One thing more.")
    form = page.hidden() | {"case": chosen}
    done = desk.send("/desk/screening", form)
    assert "2 of 3 admitted" in done.words
    assert "It has changed since the list was made" in done.words
    assert [playing.state for playing in three] == [State.WITH_ENTERPRISE, State.RECEIVED, State.WITH_ENTERPRISE]
    event = three[0].events()[-1]
    assert (event.trigger, event.role) == ("admit", "intake")
    again = desk.send("/desk/screening", form)  # a second click
    assert "2 of 3 admitted" in again.words
    assert three[0].triggers().count("admit") == 1


def test_all_on_the_page_are_admitted_without_ticks(three: list[Playing], desk: Browser) -> None:
    switch_on(desk)
    page = desk.get("/desk/screening")
    assert "ticking.js" in page.text
    three[1].consumer("statement", text="One thing more.")
    done = desk.send("/desk/screening", page.hidden() | {"all": "yes"})
    assert "2 of 3 admitted" in done.words
    assert [playing.state for playing in three] == [State.WITH_ENTERPRISE, State.RECEIVED, State.WITH_ENTERPRISE]


def test_a_batch_without_the_switch_admits_nothing(three: list[Playing], desk: Browser) -> None:
    switch_on(desk)
    page = desk.get("/desk/screening")
    desk.send("/desk/surge/end", desk.get("/desk/surge").hidden())
    refused = desk.send("/desk/screening", page.hidden() | {"case": boxes(page.text)})
    assert refused.status == 409
    assert {playing.state for playing in three} == {State.RECEIVED}
    assert "Batch screening is off" in desk.get("/desk/screening").words


def test_nothing_ticked_and_nonsense_change_nothing(three: list[Playing], desk: Browser) -> None:
    switch_on(desk)
    form = desk.get("/desk/screening").hidden()
    assert "Nothing was ticked" in desk.send("/desk/screening", form).words
    page = desk.send("/desk/screening", form | {"case": ["C26-NONE-0000:1", "x", three[0].number]})
    assert "0 of 3 admitted" in page.words
    assert {playing.state for playing in three} == {State.RECEIVED}


def test_an_officer_who_refused_it_before_cannot_admit_it_in_a_batch(
    three: list[Playing], desk: Browser, world: World
) -> None:
    me = Actor(Role.INTAKE, account_id=_id("desk"))
    three[0].act(me, "refuse", ground="refuse_3", text="")
    three[0].consumer("reopen", reason="No.")
    switch_on(desk)
    page = desk.get("/desk/screening")
    done = desk.send("/desk/screening", page.hidden() | {"case": boxes(page.text)})
    assert "2 of 3 admitted" in done.words
    assert three[0].state is State.RECEIVED


def _id(login: str) -> int:
    with db.reading() as session:
        return int(session.connection().exec_driver_sql(f"SELECT id FROM account WHERE login = '{login}'").scalar_one())
