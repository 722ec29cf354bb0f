"""The record, objections and open data by the API: what is public, and only then; an objection is a manager's."""

from collections.abc import Callable

import pytest
from sqlalchemy import update

from complaints import db
from complaints.insight import open_data, record_editions
from complaints.models import Account
from tests import months
from tests.api.program import Program, problem
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
    problem(leader.post(actions, upheld, key="k2"), 403, "not_for_role")
    problem(program("baiyu").post(actions, {"trigger": "withdraw"}, key="k2"), 403, "not_for_role")
    wrong = problem(centre.post(actions, {"trigger": "uphold", "reason": " "}, key="k3"), 422, "bad_input")
    assert [each["field"] for each in wrong["errors"]] == ["reason"]
    wrong = problem(centre.post(actions, upheld | {"excluded": "C26-NONE-NONE"}, key="k4"), 422, "bad_input")
    assert [each["field"] for each in wrong["errors"]] == ["excluded"]
    done = centre.post(actions, upheld, key="k5")
    assert (done.status_code, done.json["state"]) == (200, "upheld"), done.json
    assert centre.post(actions, upheld, key="k5").json == done.json
    assert centre.post(actions, upheld | {"trigger": "reject"}, key="k6").status_code == 409
    assert leader.post(actions, {"trigger": "withdraw"}, key="k7").status_code == 409
    assert [each["state"] for each in centre.get("/objections").json["items"]] == ["upheld"]
    problem(centre.post("/objections/999999/actions", upheld, key="k8"), 404, "not_found")


def test_a_manager_withdraws_what_was_objected_to(taken: World, program: Programs) -> None:
    with db.transaction() as session:
        lead = update(Account).where(Account.login == "hongyun").values(roles=["enterprise", "manager"])
        session.execute(lead)
    leader = program("hongyun")
    made = leader.post("/objections", {"figure": "kinds", "reason": "One was not ours."}, key="k1").json
    done = leader.post(f"/objections/{made['id']}/actions", {"trigger": "withdraw"}, key="k2")
    assert (done.status_code, done.json["state"]) == (200, "withdrawn"), done.json
    older = {"figure": "ended", "reason": "Again.", "month": "2026-07"}
    assert leader.post("/objections", older, key="k3").json["month"] == "2026-07"
    problem(leader.post("/objections", older | {"month": "2026-06"}, key="k4"), 404, "not_found")
