"""The next case with one key: the most urgent that waits for me, that I may act on, and nobody else looks at."""

import re
from collections.abc import Callable

import pytest

from complaints.workflow import lifecycle
from complaints.workflow.case import OFFICERS, State
from tests.people import World, moment
from tests.playing import Playing, file_complaint
from tests.web.browser import Browser
from tests.web.conftest import STORY
from tests.workflow.expected import walk
from web.desk.keys import ACTIONS, GOING


@pytest.fixture
def two(world: World) -> list[Playing]:
    """Two complaints at intake, the first one more urgent."""
    return [file_complaint(world, moment(f"2026-07-0{day}"), against="outside") for day in (1, 3)]


@pytest.fixture
def desk(browser: Callable[..., Browser]) -> Browser:
    """Somebody who supervises and does intake."""
    return browser().log_in("desk")


def test_it_opens_the_most_urgent_and_goes_round(two: list[Playing], desk: Browser) -> None:
    first, second = (f"/desk/cases/{each.number}" for each in two)
    assert desk.get("/desk/next?queue=intake").path == first
    assert desk.get(f"/desk/next?after={two[0].number}").path == second
    assert desk.get(f"/desk/next?after={two[1].number}").path == first


def test_what_somebody_else_looks_at_is_left_to_them(
    two: list[Playing], desk: Browser, browser: Callable[..., Browser]
) -> None:
    browser().log_in("medi").get(f"/desk/cases/{two[0].number}")
    assert desk.get("/desk/next?queue=intake").path == f"/desk/cases/{two[1].number}"
    shown = desk.get("/desk?queue=intake").words
    assert "medi is looking at it" in shown
    assert "Also looking at this case now: medi" in desk.get(f"/desk/cases/{two[0].number}").words
    medi = browser().log_in("medi")
    told = medi.send(f"/desk/cases/{two[0].number}/here", medi.get("/desk").hidden())
    assert "Also looking at this case now: desk" in told.text


def test_where_nothing_waits_it_says_so(world: World, desk: Browser, browser: Callable[..., Browser]) -> None:
    walk(file_complaint(world), "decline")  # the consumer's move
    page = desk.get("/desk/next")
    assert page.path == "/desk"
    assert "Nothing waits for you" in page.words
    assert browser().log_in("medi").get("/desk/next?after=x").path == "/desk"


def test_the_queue_says_how_much_time_is_left_and_whose_move_it_is(two: list[Playing], desk: Browser) -> None:
    words = desk.get("/desk?queue=intake").words
    assert "4 working days left" in words
    assert "the intake officer" in words


def test_every_action_of_an_officer_has_a_letter_of_its_own() -> None:
    reserved = {key for key, _ in GOING if len(key) == 1} | {"g"}
    for state in State:
        rows = [row for row in lifecycle.TABLE if state in row.source and set(row.by) & set(OFFICERS)]
        triggers = list(dict.fromkeys(row.trigger for row in rows if row.trigger not in ("do_task", "file")))
        letters = [ACTIONS[trigger] for trigger in triggers]
        assert len(letters) == len(set(letters)), state
        assert not reserved & set(letters)


def test_a_late_submit_tells_what_happened_meanwhile_and_keeps_what_was_typed(
    two: list[Playing], desk: Browser, browser: Callable[..., Browser]
) -> None:
    address = f"/desk/cases/{two[0].number}/do/refuse"
    form = desk.get(address).hidden()
    two[0].consumer("statement", text="One thing more.")
    late = desk.send(address, form | {"ground": "refuse_3", "text": "My own words."})
    assert late.status == 409
    assert "What happened meanwhile" in late.words
    assert "a new statement" in late.words
    assert "My own words." in late.text
    assert two[0].state is State.RECEIVED


def test_the_keys_are_listed(world: World, desk: Browser) -> None:
    words = desk.get("/desk/keys").words
    assert "Keys of the desk" in words
    assert "Admit the complaint" in words
    assert STORY["name"] not in words


def test_what_takes_a_case_on_stands_out_and_what_ends_it_comes_last(world: World, desk: Browser) -> None:
    at_intake, unassigned = file_complaint(world, against="outside"), walk(file_complaint(world), "decline reject")
    assert _offered(desk, at_intake)[::5] == ["admit", "refuse"]
    assert _offered(desk, unassigned)[0] == "assign"
    assert _offered(desk, unassigned)[-2:] == ["refuse", "terminate"]


def _offered(desk: Browser, case: Playing) -> list[str]:
    page = desk.get(f"/desk/cases/{case.number}").text
    return re.findall(r'class="button[^>]*/do/(\w+)"', page.partition('class="actions"')[2].partition("</ul>")[0])
