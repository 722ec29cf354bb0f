"""The supervisor's overview, and cases handed over many at once."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import clock, db
from complaints.insight import kept
from complaints.models import Complaint, Event
from complaints.workflow.case import State
from tests.people import World, declare_conflict, on
from tests.playing import Playing, file_complaint
from tests.web.browser import Browser, Page


@pytest.fixture
def supervisor(app: Flask) -> Browser:
    """Somebody who does intake and supervises."""
    return Browser(app).log_in("desk")


@pytest.fixture
def cases(world: World) -> list[Playing]:
    """Three cases in Chen's hands; the last one is against Baiyu."""
    found = [file_complaint(world), file_complaint(world), file_complaint(world, against="baiyu")]
    for case in found:
        case.enterprise("decline", reason="No.")
        case.consumer("reject")
        case.supervisor("assign", mediator_id=world.chen)
    return found


def hand_over(browser: Browser, path: str, cases: list[Playing], **more: object) -> Page:
    """Tick these cases and hand them over."""
    page = browser.get(path)
    assert page.status == 200, page.words
    ticked = [f"{case.number}:{case.case.version}" for case in cases]
    return browser.send("/desk/overview/hand-over", page.hidden() | {"case": ticked} | more)


def mediators(cases: list[Playing]) -> list[int | None]:
    return [case.case.mediator_id for case in cases]


def test_the_overview_shows_load_risk_lapses_and_stays(supervisor: Browser, world: World, cases: list[Playing]) -> None:
    words = supervisor.get("/desk/overview").words
    assert "Figures of Monday 6 July 2026" in words
    for heading in ("Load of each mediator", "Due within seven days", "own clocks that ran out", "How long cases stay"):
        assert heading in words
    assert "Hand over cases of chen 3" in words
    assert "This month: 0. Last month: 0." in words


def test_the_overview_shows_the_hearings_ahead(supervisor: Browser, world: World, cases: list[Playing]) -> None:
    assert "No hearing is ahead within seven days" in supervisor.get("/desk/overview").words
    for case, day in zip(cases, ("2026-07-08", "2026-07-07", "2026-07-20"), strict=True):
        case.mediator("hearing", day=on(day), time="9:30", place="Room 1")
    page = supervisor.get("/desk/overview")
    listed = page.words.partition("Hearings within seven days")[2].partition("At risk this week")[0]
    assert listed.index(cases[1].number) < listed.index(cases[0].number)
    assert cases[2].number not in listed  # later than that
    assert "chen" in listed
    assert "Room 1" not in page.text
    cases[1].mediator("terminate", ground="end_3")
    assert cases[1].number not in supervisor.get("/desk/overview").words


def test_every_picture_has_a_title_a_description_and_a_table(supervisor: Browser, cases: list[Playing]) -> None:
    text = supervisor.get("/desk/overview").text
    pictures = text.count('role="img"')
    assert pictures >= 3
    assert text.count("<desc") == pictures
    assert text.count("As a table") == pictures


def test_counts_of_thousands_are_written_so_that_one_can_read_them(
    supervisor: Browser, cases: list[Playing], monkeypatch: pytest.MonkeyPatch
) -> None:
    tell = kept.tell

    def many(session: Session, kinds: Mapping[str, kept.Kind], name: str, at: datetime) -> kept.Told:
        told = tell(session, kinds, name, at)
        if name == "centre.load":
            return replace(told, content=told.content | {"waiting": 12345})
        if name == "centre.risk":
            return replace(told, content=told.content | {"centre": [1000] * 8, "parties": [2500] * 8})
        return told

    monkeypatch.setattr(kept, "tell", many)
    page = supervisor.get("/desk/overview")
    assert "12,345 wait for a mediator" in page.words
    assert "1,000 the centre's move, deadline past" in page.words
    assert "7,000 the centre's move, due within seven days" in page.words
    assert ">3,500</text>" in page.text


def test_all_on_the_page_are_handed_over_without_ticks(supervisor: Browser, world: World, cases: list[Playing]) -> None:
    page = supervisor.get(f"/desk/overview/mediators/{world.chen}")
    form = page.hidden() | {"all": "yes"}
    refused = supervisor.send("/desk/overview/hand-over", form | {"mediator_id": "x"})
    assert (refused.status, refused.text.count(" checked>")) == (422, 3)  # what was meant stays ticked
    done = supervisor.send("/desk/overview/hand-over", form | {"mediator_id": world.gao})
    assert "3 of 3 handed over" in done.words, done.words
    assert mediators(cases) == [world.gao] * 3


def test_an_empty_centre_says_so(supervisor: Browser) -> None:
    words = supervisor.get("/desk/overview").words
    assert "Nothing of the centre's own is due within seven days." in words
    assert "Too few cases have moved yet" in words
    assert "No case here can be handed over." in supervisor.get("/desk/overview/waiting").words


@pytest.mark.parametrize("login", ["medi", "root", "hongyun"])
def test_it_is_for_supervisors_alone(app: Flask, world: World, login: str) -> None:
    other = Browser(app).log_in(login)
    assert other.get("/desk/overview").status == 403
    assert other.get(f"/desk/overview/mediators/{world.chen}").status == 403
    assert other.get("/desk/overview/waiting").status == 403
    assert other.client.post("/desk/overview/hand-over").status_code in (400, 403)


def test_cases_are_handed_over_each_with_its_result(supervisor: Browser, world: World, cases: list[Playing]) -> None:
    declare_conflict(world.gao, world.baiyu)
    path = f"/desk/overview/mediators/{world.chen}"
    page = hand_over(supervisor, path, cases, mediator_id=world.gao)
    assert page.status == 200, page.words
    assert "2 of 3 handed over" in page.words
    assert page.words.count("Now with gao.") == 2
    assert "has a conflict of interest" in page.words
    assert mediators(cases) == [world.gao, world.gao, world.chen]


def test_the_same_form_twice_hands_over_once(supervisor: Browser, world: World, cases: list[Playing]) -> None:
    path = f"/desk/overview/mediators/{world.chen}"
    page = supervisor.get(path)
    ticked = [f"{case.number}:{case.case.version}" for case in cases]
    form = page.hidden() | {"case": ticked, "mediator_id": world.gao}
    first = supervisor.send("/desk/overview/hand-over", form)
    again = supervisor.send("/desk/overview/hand-over", form)
    assert "3 of 3 handed over" in first.words
    assert "3 of 3 handed over" in again.words
    assert [case.triggers().count("reassign") for case in cases] == [1, 1, 1]


def test_a_stale_case_is_left_alone_and_the_others_go(supervisor: Browser, world: World, cases: list[Playing]) -> None:
    path = f"/desk/overview/mediators/{world.chen}"
    page = supervisor.get(path)
    ticked = [f"{case.number}:{case.case.version}" for case in cases]
    cases[0].intake("note", text="Meanwhile.")
    done = supervisor.send("/desk/overview/hand-over", page.hidden() | {"case": ticked, "mediator_id": world.gao})
    assert "2 of 3 handed over" in done.words
    assert "Somebody else acted first" in done.words
    assert mediators(cases) == [world.chen, world.gao, world.gao]


def test_the_least_loaded_without_a_conflict_takes_them(
    supervisor: Browser, world: World, cases: list[Playing]
) -> None:
    declare_conflict(world.gao, world.baiyu)
    path = f"/desk/overview/mediators/{world.chen}"
    page = hand_over(supervisor, path, cases, mediator_id="")
    assert "3 of 3 handed over" in page.words
    with db.reading() as session:
        medi = session.scalar(select(Complaint.mediator_id).where(Complaint.id == cases[2].id))
    assert medi not in (world.chen, world.gao)


def test_waiting_cases_are_assigned(supervisor: Browser, world: World) -> None:
    case = file_complaint(world, clock.now())
    case.enterprise("decline", reason="No.")
    case.consumer("reject")
    assert case.state is State.AWAITING_MEDIATOR
    page = hand_over(supervisor, "/desk/overview/waiting", [case], mediator_id=world.gao)
    assert "1 of 1 handed over" in page.words
    assert case.case.mediator_id == world.gao
    with db.reading() as session:
        last = session.scalars(select(Event).where(Event.complaint_id == case.id).order_by(Event.seq.desc())).first()
    assert last is not None
    assert (last.trigger, last.role) == ("assign", "supervisor")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"case": []}, "Tick at least one case."),
        ({"mediator_id": "everybody"}, "is not a whole number"),
        ({"case": [f"C26-AAAA-{n:04}:1" for n in range(101)]}, "At most 100 cases at once."),
    ],
)
def test_a_mistake_is_named_and_nothing_is_done(
    supervisor: Browser, world: World, cases: list[Playing], typed: dict[str, object], said: str
) -> None:
    path = f"/desk/overview/mediators/{world.chen}"
    page = hand_over(supervisor, path, cases, **typed)
    assert page.status == 422
    assert "There is a problem" in page.words
    assert said in page.words
    assert mediators(cases) == [world.chen] * 3


def test_what_nobody_could_have_ticked_is_refused(supervisor: Browser, world: World, cases: list[Playing]) -> None:
    path = f"/desk/overview/mediators/{world.chen}"
    assert hand_over(supervisor, path, cases, case="C26-AAAA-0001").status == 400
    assert hand_over(supervisor, path, cases, source="everybody").status == 400
    assert hand_over(supervisor, path, [], case="C26-AAAA-0001:1").words.count("There is no case C26-AAAA-0001.") == 1
    assert supervisor.get("/desk/overview/mediators/999999").status == 404
    assert supervisor.get(f"{path}?cursor=nonsense").status == 400


def test_an_officer_who_is_no_mediator_is_refused_by_the_verb(
    supervisor: Browser, world: World, cases: list[Playing]
) -> None:
    page = hand_over(supervisor, f"/desk/overview/mediators/{world.chen}", cases[:1], mediator_id=world.li)
    assert "0 of 1 handed over" in page.words
    assert "does not mediate" in page.words


def test_many_cases_come_page_by_page(
    supervisor: Browser, world: World, monkeypatch: pytest.MonkeyPatch, cases: list[Playing]
) -> None:
    monkeypatch.setattr("complaints.workflow.caseload.PAGE", 2)
    path = f"/desk/overview/mediators/{world.chen}"
    first = supervisor.get(path)
    following = next(link for link in first.links() if "cursor=" in link)
    second = supervisor.get(following)
    shown = [case.number for page in (first, second) for case in cases if case.number in page.words]
    assert sorted(shown) == sorted(case.number for case in cases)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_both_languages(browser: Callable[..., Browser], cases: list[Playing], language: str) -> None:
    page = browser(language).log_in("desk").get("/desk/overview")
    assert ("各调解员的在办量" if language == "zh" else "Load of each mediator") in page.words
