"""The record, objections and open data by the API: what is public, and only then; an objection is a manager's."""

from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from complaints import db
from complaints.api import objections
from complaints.insight import open_data, record_editions
from complaints.models import Account, Complaint
from tests import months
from tests.api.program import Program, fields, problem
from tests.insight.test_record import AUGUST, settled, withdrawn
from tests.people import World, moment

Programs = Callable[..., Program]
PUBLISHED = moment("2026-08-18 08:00")


@pytest.fixture
def taken(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A month of Hongyun was taken; the clock stands in the time to object."""
    for _ in range(6):
        settled(world)
    for _ in range(5):
        withdrawn(world)
    months.work(AUGUST)
    monkeypatch.setattr("complaints.clock.wall", lambda: moment("2026-08-05"))
    return world


def test_nothing_is_told_before_publication(taken: World, program: Programs) -> None:
    public = program()
    assert public.get("/record").json == {"months_behind": None, "items": []}
    assert public.get(f"/enterprises/{taken.hongyun}/record").json == {"items": []}
    assert public.get("/open-data").json["months"] == []
    for path in ("/record/2026-07", "/record/x", "/open-data/2026-07", "/open-data/%00"):
        problem(public.get(path), 404, "not_found")


def test_a_published_month_is_read_by_everybody(taken: World, program: Programs) -> None:
    months.work(PUBLISHED)
    public = program()
    assert [each["month"] for each in public.get("/record").json["items"]] == ["2026-07"]
    others = public.get("/record/2026-07", list="others").json
    line = next(each for each in others["items"] if each["name"] == "Hongyun Kettles")
    assert (line["rank"], line["figures"]["ended"], line["figures"]["settled"]) == (None, 11, 6)
    assert public.get(f"/enterprises/{taken.hongyun}/record").json["items"][0]["edition"] == 1
    problem(public.get("/record/2026-07", list="x"), 422, "bad_input")
    problem(public.get("/record/2026-07", page="0"), 422, "bad_input")


def test_everything_published_about_an_enterprise_is_read_however_long_ago(taken: World, program: Programs) -> None:
    months.work(PUBLISHED)
    with db.transaction() as session:
        for _ in range(60):
            record_editions.correct(session, taken.hongyun, "2026-07", "Counted again.", PUBLISHED)
    found = program().get(f"/enterprises/{taken.hongyun}/record").json["items"]
    assert [each["edition"] for each in found] == list(range(61, 0, -1))


def test_open_data_go_on_page_by_page(taken: World, program: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    months.work(PUBLISHED)
    monkeypatch.setattr(open_data, "PIECE", 4)
    public, seen = program(), []
    for number in (1, 2, 3):
        page = public.get("/open-data/2026-07", page=str(number)).json
        assert page["more"] is (number < 3)
        seen += page["items"]
    assert len({each["id"] for each in seen}) == len(seen) == 11
    told = public.get("/open-data").json
    assert (told["as_of"], told["licence"]) == ("2026-07", "CC BY 4.0")
    assert {each["name"] for each in told["columns"]} == set(seen[0])
    problem(public.get("/open-data/2026-07", page="0"), 422, "bad_input")


def test_a_manager_objects_once(taken: World, program: Programs) -> None:
    body = {"figure": "kinds", "reason": "One was not ours."}
    problem(program("hongyun").post("/objections", body), 403, "not_for_role")
    with db.transaction() as session:
        lead = update(Account).where(Account.login == "hongyun").values(roles=["enterprise", "manager"])
        session.execute(lead)
    leader = program("hongyun")
    made = leader.post("/objections", body, key="k1")
    assert (made.status_code, made.json["state"]) == (201, "raised")
    assert leader.post("/objections", body, key="k1").json == made.json
    assert [each["id"] for each in leader.get("/objections").json["items"]] == [made.json["id"]]
    problem(leader.post("/objections", body, key="k2"), 422, "bad_input")
    problem(leader.post("/objections", body | {"figure": "x"}, key="k3"), 422, "bad_input")
    problem(program("desk").post("/objections", body, key="k4"), 403, "not_for_role")


def test_an_objection_is_decided_once_by_a_supervisor(taken: World, program: Programs) -> None:
    with db.transaction() as session:
        lead = update(Account).where(Account.login == "hongyun").values(roles=["enterprise", "manager"])
        session.execute(lead)
    leader, centre = program("hongyun"), program("desk")
    made = leader.post("/objections", {"figure": "kinds", "reason": "One was not ours."}, key="k1").json
    actions, upheld = f"/objections/{made['id']}/actions", {"trigger": "uphold", "reason": "So it was."}
    seen = {"If_Match": '"1"'}
    problem(leader.post(actions, upheld, key="k2", **seen), 403, "not_for_role")
    problem(program("baiyu").post(actions, {"trigger": "withdraw"}, key="k2", **seen), 403, "not_for_role")
    wrong = problem(centre.post(actions, {"trigger": "uphold", "reason": " "}, key="k3", **seen), 422, "bad_input")
    assert [each["field"] for each in wrong["errors"]] == ["reason"]
    wrong = problem(centre.post(actions, upheld | {"excluded": "C26-NONE-NONE"}, key="k4", **seen), 422, "bad_input")
    assert [each["field"] for each in wrong["errors"]] == ["excluded"]
    here = {"id": made["id"], "state": "raised", "version": 1, "actions": ["uphold", "reject"]}
    assert problem(centre.post(actions, upheld), 428, "version_required")["course"] == here
    assert problem(centre.post(actions, upheld, If_Match='"7"'), 412, "stale_version")["course"] == here
    done = centre.post(actions, upheld, key="k5", **seen)
    assert (done.status_code, done.json["state"]) == (200, "upheld"), done.json
    assert done.headers["ETag"] == '"2"'
    assert centre.post(actions, upheld, key="k5", **seen).json == done.json
    over = problem(centre.post(actions, upheld | {"trigger": "reject"}, key="k6", If_Match='"2"'), 409, "not_allowed")
    assert over["course"] == {"id": made["id"], "state": "upheld", "version": 2, "actions": []}
    assert leader.post(actions, {"trigger": "withdraw"}, key="k7", If_Match='"2"').status_code == 409
    assert [each["state"] for each in centre.get("/objections").json["items"]] == ["upheld"]
    problem(centre.post("/objections/999999/actions", upheld, key="k8"), 404, "not_found")


def test_a_manager_withdraws_what_was_objected_to(taken: World, program: Programs) -> None:
    with db.transaction() as session:
        lead = update(Account).where(Account.login == "hongyun").values(roles=["enterprise", "manager"])
        session.execute(lead)
    leader = program("hongyun")
    made = leader.post("/objections", {"figure": "kinds", "reason": "One was not ours."}, key="k1").json
    done = leader.post(f"/objections/{made['id']}/actions", {"trigger": "withdraw"}, key="k2", If_Match='"1"')
    assert (done.status_code, done.json["state"]) == (200, "withdrawn"), done.json
    older = {"figure": "ended", "reason": "Again.", "month": "2026-07"}
    assert leader.post("/objections", older, key="k3").json["month"] == "2026-07"
    problem(leader.post("/objections", older | {"month": "2026-06"}, key="k4"), 404, "not_found")


def lead(login: str) -> None:
    with db.transaction() as session:
        session.execute(update(Account).where(Account.login == login).values(roles=["enterprise", "manager"]))


def test_a_manager_reads_the_draft_and_the_cases_behind_each_figure(
    taken: World, program: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    for login in ("hongyun", "desk", "intake"):
        problem(program(login).get("/record-drafts"), 403, "not_for_role")
        problem(program(login).get("/record-drafts/2026-07/cases", figure="ended"), 403, "not_for_role")
    lead("hongyun")
    leader = program("hongyun")
    (draft,) = leader.get("/record-drafts").json["items"]
    assert (draft["month"], draft["edition"], draft["figures"]["ended"]) == ("2026-07", 1, 11)
    counted = {figure: leader.get("/record-drafts/2026-07/cases", figure=figure).json["count"] for figure in
               ("ended", "settled", "kinds", "mediation")}  # fmt: skip
    assert counted == {"ended": 11, "settled": 6, "kinds": 5, "mediation": 0}
    monkeypatch.setattr(objections, "PIECE", 4)
    seen = []
    for number, more in ((1, True), (2, True), (3, False)):
        page = leader.get("/record-drafts/2026-07/cases", figure="ended", page=str(number)).json
        assert page["more"] is more
        seen += [each["number"] for each in page["items"]]
    assert len(set(seen)) == 11
    assert all(leader.case(number)["state"] == "closed" for number in seen)
    problem(leader.get("/record-drafts/2026-06/cases", figure="ended"), 404, "not_found")
    problem(leader.get("/record-drafts/2026-07/cases", figure="x"), 422, "bad_input")
    problem(leader.get("/record-drafts/2026-07/cases"), 422, "bad_input")
    months.work(PUBLISHED)
    monkeypatch.setattr("complaints.clock.wall", lambda: PUBLISHED)
    assert leader.get("/record-drafts").json["items"] == []
    problem(leader.get("/record-drafts/2026-07/cases", figure="ended"), 404, "not_found")


def test_an_objection_is_read_with_its_reason_and_log(taken: World, program: Programs) -> None:
    lead("hongyun")
    lead("baiyu")
    leader, centre = program("hongyun"), program("desk")
    made = leader.post("/objections", {"figure": "kinds", "reason": "One was not ours."}).json
    one = f"/objections/{made['id']}"
    read = leader.get(one)
    assert read.headers["ETag"] == '"1"'
    assert (read.json["reason"], read.json["actions"]) == ("One was not ours.", ["withdraw"])
    assert centre.get(one).json["actions"] == ["uphold", "reject"]
    problem(program("baiyu").get(one), 404, "not_found")
    problem(program("intake").get(one), 403, "not_for_role")
    centre.post(f"{one}/actions", {"trigger": "reject", "reason": "It was yours."}, If_Match='"1"')
    told = [(each["trigger"], each["role"], each["reason"]) for each in leader.get(one).json["log"]]
    assert told == [("raise", "enterprise", "One was not ours."), ("reject", "supervisor", "It was yours.")]


def test_a_supervisor_corrects_a_published_line(taken: World, program: Programs) -> None:
    centre, line = program("desk"), f"/record/2026-07/enterprises/{taken.hongyun}"
    problem(centre.get(f"{line}/correction"), 404, "not_found")  # not published yet
    months.work(PUBLISHED)
    with db.reading() as session:
        number = session.scalars(select(Complaint.number).where(Complaint.outcome == "withdrawn")).first()
    same = centre.get(f"{line}/correction").json
    (line_of_july,) = same["lines"]
    assert (same["changes"], line_of_july["before"]) == (False, line_of_july["after"])
    looked = centre.get(f"{line}/correction", excluded=number)
    assert looked.headers["ETag"] == '"1"'
    (would,) = looked.json["lines"]
    assert (would["month"], would["before"]["ended"], would["after"]["ended"]) == ("2026-07", 11, 10)
    assert looked.json["changes"] is True
    problem(centre.get(f"{line}/correction", excluded="C26-NONE-NONE"), 422, "bad_input")
    body, one = {"reason": "Filed twice.", "excluded": number}, f"{line}/corrections"
    for login in ("hongyun", "intake", "medi"):
        problem(program(login).get(f"{line}/correction"), 403, "not_for_role")
        problem(program(login).post(one, body, If_Match='"1"'), 403, "not_for_role")
    problem(centre.post(one, body), 428, "version_required")
    problem(centre.post(one, body, If_Match='"2"'), 412, "stale_version")
    wrong = problem(centre.post(one, {"reason": "Again."}, If_Match='"1"'), 422, "bad_input")
    assert fields(wrong) == {"excluded": "nothing_changes"}
    done = centre.post(one, body, key="k", If_Match='"1"')
    assert (done.status_code, done.json["edition"], done.json["reason"]) == (201, 2, "Filed twice."), done.json
    assert centre.post(one, body, key="k", If_Match='"1"').json == done.json
    public = program()
    found = public.get(f"/enterprises/{taken.hongyun}/record").json["items"]
    assert [(each["edition"], each["reason"]) for each in found] == [(2, "Filed twice."), (1, "")]
    (told,) = public.get("/open-data").json["corrections"]
    assert (told["month"], told["edition"], told["enterprise_id"]) == ("2026-07", 2, taken.hongyun)
    assert len(public.get("/open-data/2026-07").json["items"]) == 10
