"""Signals, measures and benchmark enterprises by the API: the same verbs as on the pages."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from complaints import clock, db
from complaints.insight import detecting, tracking
from complaints.models import Account, IdempotencyKey, Notice, QualitySignal, TrackingReport
from complaints.registry import errands, measures, pledges
from complaints.workflow.case import CLOCK
from tests import pledged
from tests.api.program import Program, fields, problem
from tests.people import MONDAY, World
from tests.playing import file_complaint

Programs = Callable[..., Program]


@pytest.fixture
def signal(world: World) -> int:
    """Eight complaints about kettles in a morning after ten quiet weeks."""
    pledged.in_force(world.hongyun)
    for week in range(10):
        file_complaint(world, MONDAY - timedelta(weeks=10 - week), phone=f"1390000{week:04}", product="lamp")
    for n in range(8):
        file_complaint(world, MONDAY - timedelta(minutes=n), phone=f"1380000{n:04}", fault="lid", narrative="Fire!")
    detecting.detect(MONDAY)
    with db.reading() as session:
        return session.scalars(select(QualitySignal.id)).one()


def test_a_signal_is_answered_and_judged(signal: int, program: Programs) -> None:
    firm, desk = program("hongyun"), program("desk")
    (line,) = firm.get("/signals").json["items"]
    assert (line["product"], line["fault"], line["safety"]) == ("kettle", "lid", True)
    told = firm.get(f"/signals/{signal}").json
    assert told["actions"] == ["answer"]
    assert told["danger_words"] == ["fire"]
    assert told["findings"][0]["observed"] == 8
    body = {"trigger": "answer", "reason": "A new glue.", "action": "recall"}
    first = problem(firm.post(f"/signals/{signal}/actions", body), 428, "version_required")
    assert first["course"] == {"id": signal, "state": "with_enterprise", "version": 1, "actions": ["answer"]}
    done = firm.post(f"/signals/{signal}/actions", body, key="k1", If_Match='"1"')
    assert (done.status_code, done.json["state"]) == (200, "answered")
    for reader, name in ((firm, "hongyun"), (desk, "")):  # each side is told the names of its own people
        assert [each["person"] for each in reader.get(f"/signals/{signal}").json["log"]] == ["", name]
    again = firm.post(f"/signals/{signal}/actions", body, key="k1", If_Match='"1"')
    assert again.json == done.json
    assert again.headers["Idempotency-Replayed"] == "true"
    refreshed = firm.post(f"/signals/{signal}/actions", body, key="k1", If_Match='"2"')
    assert refreshed.json == done.json  # who read the version anew and sent the same key again
    stale = problem(firm.post(f"/signals/{signal}/actions", body, If_Match='"1"'), 412, "stale_version")
    assert (stale["course"]["version"], stale["course"]["actions"]) == (2, [])
    problem(firm.post(f"/signals/{signal}/actions", body, If_Match='"2"'), 409, "not_allowed")
    late = problem(
        desk.post(f"/signals/{signal}/actions", body | {"trigger": "explain"}, If_Match='"1"'), 412, "stale_version"
    )
    assert (late["course"]["state"], late["course"]["version"]) == ("answered", 2)
    assert "explain" in late["course"]["actions"]
    explained = {"trigger": "explain", "reason": "It fits."}
    assert desk.post(f"/signals/{signal}/actions", explained, If_Match='"2"').json["state"] == "explained"
    assert desk.get("/signals", ended="yes").json["items"][0]["id"] == signal


def test_what_was_not_passed_on_is_told_to_the_centre_alone(signal: int, program: Programs) -> None:
    with db.transaction() as session:  # as it would have been seen, had only three of them been passed on
        found = session.get_one(QualitySignal, signal)
        first = found.evidence["findings"][0] | {"observed": 3, "p": None, "q": None}
        told = found.evidence["told"] | {"findings": [first], "cases": found.evidence["cases"][:3], "words": {}}
        found.evidence = found.evidence | {"told": told}
    firm, desk = program("hongyun"), program("desk")
    theirs, whole = firm.get(f"/signals/{signal}").json, desk.get(f"/signals/{signal}").json
    assert (theirs["complaints"], theirs["danger_words"], theirs["safety"]) == (3, [], False)
    assert (theirs["findings"][0]["observed"], theirs["findings"][0]["p"]) == (3, None)
    assert (whole["complaints"], whole["danger_words"], whole["safety"]) == (8, ["fire"], True)
    assert not firm.get("/signals").json["items"][0]["safety"]
    assert desk.get("/signals").json["items"][0]["safety"]


def test_a_measure_from_proposal_to_its_end(world: World, program: Programs) -> None:
    pledged.in_force(world.hongyun)
    with db.transaction() as session:
        session.execute(update(Account).where(Account.login == "hongyun").values(roles=["enterprise", "manager"]))
    firm, desk = program("hongyun"), program("desk")
    body = {"enterprise_id": world.hongyun, "kind": "suspension", "reason": "Answers missed."}
    problem(firm.post("/measures", body), 403, "not_for_role")
    made = desk.post("/measures", body, key="p1")
    assert made.status_code == 201
    assert desk.post("/measures", body, key="p1").json == made.json
    one = f"/measures/{made.json['id']}"
    assert firm.get(one).json["actions"] == ["reply"]
    firm.post(f"{one}/actions", {"trigger": "reply", "reason": "Sorry."}, If_Match='"1"')
    imposed = desk.post(f"{one}/actions", {"trigger": "impose", "reason": "No ground."}, If_Match='"2"')
    assert imposed.json["state"] == "in_force"
    with db.reading() as session:
        pledge = pledges.current(session, world.hongyun, MONDAY)
        assert pledge is not None
        assert pledge.state == "suspended"
    firm.post(f"{one}/actions", {"trigger": "object", "reason": "Wrong."}, If_Match='"3"')
    own = desk.post(f"{one}/actions", {"trigger": "lift", "reason": "x"}, If_Match='"4"')
    assert own.status_code == 409
    assert [each["trigger"] for each in firm.get(one).json["log"]] == ["propose", "reply", "impose", "object"]


def test_a_key_that_comes_back_after_its_day_is_answered_with_what_it_made(world: World, program: Programs) -> None:
    desk, body = program("desk"), {"enterprise_id": world.hongyun, "kind": "warning", "reason": "Answers missed."}
    made = desk.post("/measures", body, key="p1")
    with db.transaction() as session:
        session.execute(delete(IdempotencyKey))  # forgotten after a day
    again = desk.post("/measures", body, key="p1")
    assert (again.status_code, again.json) == (201, made.json)
    assert len(desk.get("/measures").json["items"]) == 1


def test_what_is_wrong_is_named_and_strangers_find_nothing(signal: int, world: World, program: Programs) -> None:
    other, firm, desk = program("baiyu"), program("hongyun"), program("desk")
    problem(other.get(f"/signals/{signal}"), 404, "not_found")
    assert other.get("/signals").json["items"] == []
    problem(program("medi").get("/signals"), 403, "not_for_role")
    wrong = problem(firm.post(f"/signals/{signal}/actions", {"trigger": "answer"}, If_Match='"1"'), 422, "bad_input")
    assert fields(wrong) == {"reason": "required"}
    problem(other.get(f"/enterprises/{world.hongyun}/tracking"), 404, "not_found")
    assert desk.get(f"/enterprises/{world.hongyun}/tracking").json == {"items": []}


def test_benchmark_enterprises_are_public(world: World, program: Programs) -> None:
    desk = program("desk")
    body = {"enterprise_id": world.hongyun, "year": 2026}
    assert fields(problem(desk.post("/benchmarks", body), 422, "bad_input")) == {"enterprise": "no_pledge"}
    pledged.in_force(world.hongyun)
    assert desk.post("/benchmarks", body).status_code == 201
    assert desk.post("/benchmarks", body).status_code == 201  # twice is once
    first, again = (desk.post("/benchmarks", body, key="one-key-for-both") for _ in range(2))
    assert (first.status_code, again.status_code, again.json) == (201, 201, first.json)
    assert ("Idempotency-Replayed" in first.headers, "Idempotency-Replayed" in again.headers) == (False, True)
    problem(desk.post("/benchmarks", body | {"year": 2027}, key="one-key-for-both"), 422, "key_reused")
    listed = program(None).get("/benchmarks").json
    assert [(each["name"], each["standing"]) for each in listed["items"]] == [("Hongyun Kettles", "in_force")]


def test_a_tracking_report_names_the_faults_that_came_back(world: World, program: Programs) -> None:
    figures: dict[str, object] = dict.fromkeys(tracking.FIGURES)
    month = figures | {"repeated": [["leaks", 3], ["hums", 2]], "before": figures | {"repeated": []}}
    with db.transaction() as session:
        session.add(TrackingReport(enterprise_id=world.hongyun, month="2026-06", figures=month, made_at=clock.now()))
    (told,) = program("hongyun").get(f"/enterprises/{world.hongyun}/tracking").json["items"]
    assert told["figures"]["repeated"] == [{"fault": "leaks", "complaints": 3}, {"fault": "hums", "complaints": 2}]
    assert told["before"]["repeated"] == []


def test_an_enterprise_that_no_letter_reaches_is_told_by_phone(world: World, program: Programs) -> None:
    with db.transaction() as session:
        made = measures.begin(session, world.hongyun, "warning", "person", "x", CLOCK, MONDAY, {})
        lost = update(Notice).where(Notice.step == "opening").values(status="dead", last_error="550 no such user")
        session.execute(lost)
        measure_id = made.id if made else 0
    errands.work(lambda: MONDAY)
    desk = program("desk")
    (line,) = desk.get("/errands").json["items"]
    assert (line["about"], line["about_id"], line["state"]) == ("measure", measure_id, "open")
    address = f"/errands/{line['id']}"
    assert desk.get(address).json["actions"] == ["reach", "give_up"]
    problem(program("hongyun").get(address), 403, "not_for_role")
    body = {"trigger": "reach", "reason": "By phone."}
    first = problem(desk.post(f"{address}/actions", body), 428, "version_required")
    assert first["course"]["actions"] == ["reach", "give_up"]
    bad = problem(desk.post(f"{address}/actions", {"trigger": "answer"}, If_Match='"1"'), 422, "bad_input")
    assert "trigger" in fields(bad)
    done = desk.post(f"{address}/actions", body, If_Match='"1"')
    assert (done.status_code, done.json["state"]) == (200, "reached")
    assert [each["state"] for each in desk.get("/errands", ended="true").json["items"]] == ["reached"]
    problem(desk.post(f"{address}/actions", body, If_Match='"2"'), 409, "not_allowed")
