"""Signals, measures and benchmark enterprises on their pages, without scripts, in both languages."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from complaints import clock, db
from complaints.errors import NotAllowed
from complaints.insight import detecting, tracking
from complaints.models import Account, Complaint, IdempotencyKey, Measure, Pledge, QualitySignal, TrackingReport
from complaints.registry import benchmarks, measures, pledges
from complaints.workflow.case import Actor, Role
from tests import pledged
from tests.people import MONDAY, World
from tests.playing import file_complaint
from tests.web.browser import Browser
from tests.web.conftest import _account
from web import chances


@pytest.fixture
def signal(world: World) -> int:
    """Ten quiet weeks, then eight complaints about kettles in a morning; one names danger."""
    return found(world)


def found(world: World, *, danger_told: bool = True) -> int:
    """The signal of those weeks."""
    pledged.in_force(world.hongyun)
    for week in range(10):
        file_complaint(world, MONDAY - timedelta(weeks=10 - week), phone=f"1390000{week:04}", product="lamp")
    for n in range(8):
        story = "It exploded in Ms Wang's hand." if n == 0 else "The lid came off."
        case = file_complaint(
            world, MONDAY - timedelta(minutes=n), phone=f"1380000{n:04}", fault="lid", narrative=story
        )
        if n == 0 and not danger_told:
            with db.transaction() as session:
                session.get_one(Complaint, case.id).enterprise_told = False
    detecting.detect(MONDAY)
    with db.reading() as session:
        return session.scalars(select(QualitySignal.id)).one()


@pytest.fixture
def firm(app: Flask, world: World) -> Browser:
    """Hongyun's manager."""
    with db.transaction() as session:
        session.execute(update(Account).where(Account.login == "hongyun").values(roles=["enterprise", "manager"]))
    return Browser(app).log_in("hongyun")


@pytest.fixture
def desk(app: Flask, world: World) -> Browser:
    """An officer who also supervises."""
    return Browser(app).log_in("desk")


def decide(person: Browser, address: str, **typed: str) -> tuple[int, str]:
    answer = person.submit(address, **typed)
    return answer.status, answer.words


def test_a_signal_is_shown_with_its_evidence_answered_and_judged(signal: int, firm: Browser, desk: Browser) -> None:
    page = firm.get(f"/portal/signals/{signal}")
    for said in ("kettle", "lid", "Danger to people or property", "exploded", "article 19", "Now it is your move"):
        assert said in page.words, said
    assert "<svg" in page.text
    assert "Wang" not in page.text
    assert "kettle" in firm.get("/portal/signals").words
    status, words = decide(firm, f"/portal/signals/{signal}", reason="", action="recall")
    assert status == 422
    assert "Why there are so many complaints, and since when: must be given" in words
    status, words = decide(firm, f"/portal/signals/{signal}", reason="A new glue.", action="recall")
    assert status == 200
    assert "Recorded" in words
    assert "kettle" in desk.get("/desk/signals").words
    status, words = decide(desk, f"/desk/signals/{signal}", reason="Good.")
    assert status == 422
    assert "Decision: must be given" in words
    status, words = decide(desk, f"/desk/signals/{signal}", trigger="take_action", reason="Good.")
    assert status == 200
    assert "acted on" in words
    assert "kettle" in desk.get("/desk/signals?ended=yes").words
    assert "kettle" not in desk.get("/desk/signals").words


def test_what_was_not_passed_on_is_shown_to_the_centre_alone(world: World, firm: Browser, desk: Browser) -> None:
    signal = found(world, danger_told=False)
    page, lists = firm.get(f"/portal/signals/{signal}").words, firm.get("/portal/signals").words
    assert "7 complaints are behind this" in page
    for said in ("exploded", "Danger to people", "8 complaints", "danger named"):
        assert said not in page + lists, said
    page, lists = desk.get(f"/desk/signals/{signal}").words, desk.get("/desk/signals").words
    assert ("exploded" in page, "8 complaints are behind this" in page, "danger named" in lists) == (True, True, True)


def test_strangers_find_nothing(signal: int, app: Flask, firm: Browser) -> None:
    assert Browser(app).log_in("baiyu").get(f"/portal/signals/{signal}").status == 404
    assert Browser(app).get(f"/portal/signals/{signal}").path == "/login"
    assert firm.get(f"/desk/signals/{signal}").status == 403
    assert Browser(app).log_in("medi").get("/desk/measures").status == 403
    assert firm.get("/portal/measures/99").status == 404


def in_force(world: World) -> str:
    with db.reading() as session:
        found = pledges.current(session, world.hongyun, clock.now())
        return found.state if found else "none"


def _version(number: str) -> int:
    with db.reading() as session:
        return session.get_one(Measure, int(number)).seq


def test_from_a_proposal_to_a_suspension_an_objection_and_its_end(
    app: Flask, world: World, firm: Browser, desk: Browser
) -> None:
    pledged.in_force(world.hongyun)
    with db.transaction() as session:
        session.add(_account("other", ["supervisor"]))
    proposal = {"enterprise": "Hongyun Kettles", "kind": "suspension", "reason": "Answers missed."}
    form = desk.get("/desk/measures").hidden()
    page = desk.send("/desk/measures", form | proposal)
    assert page.path.startswith("/desk/measures/")
    assert desk.send("/desk/measures", form | proposal).path == page.path  # sent twice, done once
    number = page.path.rpartition("/")[2]
    assert "Suspension of the pledge" in firm.get("/portal/signals").words
    assert decide(firm, f"/portal/measures/{number}", reason="We were flooded.")[0] == 200
    assert in_force(world) == "published"
    assert decide(desk, page.path, trigger="impose", reason="No ground.")[0] == 200
    assert in_force(world) == "suspended"
    assert decide(firm, f"/portal/measures/{number}", reason="It was the flood.")[0] == 200
    for version, said in (("1", "Somebody else acted first"), (str(_version(number)), "not possible")):
        status, words = decide(desk, page.path, trigger="lift", reason="Mine own.", version=version)
        assert status == 409
        assert said in words
    other = Browser(app).log_in("other")
    assert decide(other, page.path, trigger="lift", reason="It was.")[0] == 200
    assert in_force(world) == "published"
    words = firm.get(f"/portal/measures/{number}").words
    assert "We were flooded." in words
    assert "is lifted" in words


def test_an_agent_answers_signals_and_only_reads_measures(signal: int, app: Flask, world: World) -> None:
    with db.transaction() as session:
        sun = Actor(Role.SUPERVISOR, account_id=world.sun)
        measure = measures.by_person(session, world.hongyun, "suspension", sun, MONDAY, "x", "k").id
    agent = Browser(app).log_in("hongyun")
    words = agent.get(f"/portal/measures/{measure}").words
    assert "managers act on this" in words
    assert "What you have to say" not in words
    assert decide(agent, f"/portal/signals/{signal}", reason="A new glue.", action="recall")[0] == 200
    assert "the enterprise · hongyun" in agent.get(f"/portal/signals/{signal}").words  # who of them it was
    desk = Browser(app).log_in("desk")
    assert "· hongyun" not in desk.get(f"/desk/signals/{signal}").words
    assert "the supervisor · sun" not in agent.get(f"/portal/measures/{measure}").words
    assert "the supervisor · sun" in desk.get(f"/desk/measures/{measure}").words
    reader = Actor(Role.ENTERPRISE, enterprise_id=world.hongyun, leads=False)
    with db.transaction() as session, pytest.raises(NotAllowed):
        measures.reply(session, measure, reader, MONDAY, "No.")


def test_what_is_wrong_with_a_proposal_is_named(world: World, desk: Browser) -> None:
    page = desk.submit("/desk/measures", enterprise="Nobody", kind="warning", reason="x")
    assert page.status == 422
    assert "Enterprise: is not an enterprise of the registry" in page.words
    page = desk.submit("/desk/measures", enterprise="Baiyu Tools", kind="suspension", reason="x")
    assert page.status == 422
    assert "no pledge in force" in page.words
    page = desk.submit("/desk/measures", enterprise="Baiyu Tools", kind="warning", reason="")
    assert "Reason: must be given" in page.words


def test_a_form_that_was_sent_before_with_other_words_says_so(signal: int, firm: Browser, desk: Browser) -> None:
    answer, address = {"trigger": "answer", "action": "none"}, f"/portal/signals/{signal}"
    proposal = {"enterprise": "Hongyun Kettles", "kind": "warning"}
    for person, to, first, then in (
        (firm, address, answer | {"reason": "A new glue."}, answer | {"reason": "Another glue."}),
        (desk, "/desk/measures", proposal | {"reason": "One."}, proposal | {"reason": "Two."}),
        (desk, "/desk/benchmarks", {"enterprise": "Hongyun Kettles", "year": "2026"},
         {"enterprise": "Hongyun Kettles", "year": "2027"}),
    ):  # fmt: skip
        form = person.get(to).hidden()
        assert person.send(to, form | first).status == 200
        page = person.send(to, form | then)
        assert page.status == 422
        assert "this form was sent before with something else" in page.words, to


def test_a_proposal_that_comes_back_after_its_day_leads_to_the_first(world: World, desk: Browser) -> None:
    form = desk.get("/desk/measures").hidden()
    form |= {"enterprise": "Hongyun Kettles", "kind": "warning", "reason": "Answers missed."}
    first = desk.send("/desk/measures", form).path
    with db.transaction() as session:
        session.execute(delete(IdempotencyKey))  # forgotten after a day
    again = desk.send("/desk/measures", form)
    assert (again.status, again.path) == (200, first)


def test_benchmark_enterprises_are_designated_listed_and_tracked(world: World, firm: Browser, desk: Browser) -> None:
    page = desk.submit("/desk/benchmarks", enterprise="Hongyun Kettles", year="2026")
    assert page.status == 422
    assert "Enterprise: has no pledge in force" in page.words
    pledged.in_force(world.hongyun)
    assert "Designated." in desk.submit("/desk/benchmarks", enterprise="Hongyun Kettles", year="2026").words
    assert "Hongyun Kettles" in firm.get("/benchmarks").words
    assert "had a pledge in force when they were designated" in firm.get("/benchmarks").words
    with db.transaction() as session:
        session.execute(update(Pledge).values(state="suspended"))
    assert "Its pledge now Hongyun Kettles Monday 6 July 2026 10:00 suspended" in firm.get("/benchmarks").words
    assert "None are designated" in firm.get("/benchmarks?year=2031").words
    with db.transaction() as session:
        figures = tracking.count(session, world.hongyun, MONDAY.date().replace(day=1))
        figures["before"] = dict(figures)
        session.add(TrackingReport(enterprise_id=world.hongyun, month="2026-06", figures=figures, made_at=MONDAY))
    for person, base in ((desk, f"/desk/benchmarks/{world.hongyun}"), (firm, "/portal/tracking")):
        assert "2026-06" in person.get(base).words
        assert "Share answered in time" in person.get(f"{base}/2026-06").words
        file = person.get(f"{base}/2026-06.pdf")
        assert file.answer.data.startswith(b"%PDF")
        assert person.get(f"{base}/2026-07").status == 404
        assert person.get(f"{base}/x").status == 404


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_answers(signal: int, world: World, browser: Callable[..., Browser], language: str) -> None:
    with db.transaction() as session:
        sun = Actor(
            Role.SUPERVISOR, account_id=session.scalars(select(Account.id).where(Account.login == "desk")).one()
        )
        for kind in ("warning", "suspension"):
            measures.by_person(session, world.hongyun, kind, sun, MONDAY, "x", kind)
        benchmarks.designate(session, world.hongyun, 2026, None, MONDAY)
        assert len(session.scalars(select(Measure.id)).all()) == 2
    starts = {
        "hongyun": ("/portal/signals", "/portal/tracking", f"/portal/signals/{signal}", "/portal/measures/1"),
        "desk": ("/desk/signals", "/desk/measures", "/desk/benchmarks", f"/desk/signals/{signal}", "/desk/measures/2"),
        "root": ("/desk/benchmarks", "/benchmarks"),
    }
    for login, pages in starts.items():
        person = browser(language).log_in(login)
        assert {page: person.get(page).status for page in pages} == dict.fromkeys(pages, 200)


@pytest.mark.parametrize(
    ("share", "chance", "alarms"),
    [
        (None, "–", "–"),
        (0.7, "often", "many"),
        (0.0097, "less than once in 100", "fewer than 1 in 100"),
        (0.00042, "less than once in 2,000", "fewer than 1 in 2,000"),
        (3e-12, "less than once in 1,000,000", "fewer than 1 in 1,000,000"),
        (0.0, "less than once in 1,000,000", "fewer than 1 in 1,000,000"),
    ],
)
def test_how_likely_something_is_by_chance_is_said_in_words(
    app: Flask, share: float | None, chance: str, alarms: str
) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert (chances.by_chance(share), chances.false_alarms(share)) == (chance, alarms)


@pytest.mark.parametrize(("language", "said"), [("en", "You are the only supervisor"), ("zh", "目前只有您一位主管")])
def test_who_supervises_alone_is_warned_where_a_measure_is_imposed(
    app: Flask, world: World, firm: Browser, language: str, said: str
) -> None:
    desk = Browser(app, language).log_in("desk")
    pledged.in_force(world.hongyun)
    form = desk.get("/desk/measures").hidden()
    proposal = {"enterprise": "Hongyun Kettles", "kind": "suspension", "reason": "Answers missed."}
    measure = desk.send("/desk/measures", form | proposal).path
    assert decide(firm, measure.replace("/desk", "/portal"), reason="We hired.")[0] == 200
    assert said not in desk.get(measure).words + desk.get("/desk/measures").words
    with db.transaction() as session:
        session.execute(update(Account).where(Account.login == "sun").values(active=False))
    for page in (measure, "/desk/measures"):
        assert said in desk.get(page).words
    assert said not in firm.get(measure.replace("/desk", "/portal")).words


def test_large_numbers_are_read_as_chinese_reads_them_and_nearly_nothing_is_not_nothing(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "zh"}):
        assert chances.by_chance(0.000021) == "不到 4 万分之一"
        assert chances.false_alarms(0.00042) == "不到 2,000 分之一"
        assert [chances.expected(each) for each in (0.0, 0.03, 2.14)] == ["不到 0.01", "0.03", "2.1"]
