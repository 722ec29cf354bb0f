"""Who comes in: tokens of accounts, private links, nobody else; and what stays closed to each."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from complaints import clock, db
from complaints.models import Account, Notice
from complaints.registry import account_log, accounts, factors, links, tokens
from complaints.workflow import renewing
from tests.api.conftest import Installation, install
from tests.api.program import STORY, Program, fields, problem

Programs = Callable[..., Program]


@pytest.fixture
def installation(database: Engine, monday: None) -> Installation:
    """On both databases."""
    return install()


WRONG = [
    "Bearer",
    "Bearer ",
    "Bearer cpl_wrong",
    "Bearer wrong",
    "Basic aGk6aGk=",
    "cpl_wrong",
    "Bearer \xff",
    "Bearer a b",
]


def _operations(app: Flask) -> list[tuple[str, str, dict[str, Any]]]:
    document: dict[str, Any] = app.test_client().get("/api/v1/openapi.json").get_json()
    return [
        (method.upper(), path, told)
        for path, methods in document["paths"].items()
        for method, told in methods.items()
        if method != "parameters"
    ]


@pytest.mark.parametrize("header", WRONG)
def test_a_wrong_token_opens_nothing_not_even_what_is_open(anybody: Program, header: str) -> None:
    for path in ("/complaints", "/me", "/enterprises"):
        answer = anybody.raw("GET", path, headers={"Authorization": header})
        problem(answer, 401, "not_authenticated")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_every_operation_that_says_so_needs_a_token(
    app: Flask, anybody: Program, settings_env: Callable[..., None]
) -> None:
    settings_env(LIMITS="acts=off; files=off; links=off")
    closed = [each for each in _operations(app) if {} not in each[2]["security"]]
    assert len(closed) > 50
    for method, path, _told in closed:
        address = path.removeprefix("/api/v1").replace("{number}", "C26-7K3M-Q2XA")
        address = re.sub(r"\{\w+\}", "1", address)
        problem(anybody.raw(method, address), 401, "not_authenticated")


def test_cookies_mean_nothing(app: Flask, number: str) -> None:
    browser = app.test_client()
    page = browser.get("/login").text
    csrf = page.split('name="csrf_token" value="')[1].split('"')[0]
    answer = browser.post("/login", data={"login": "hongyun", "password": "correct horse", "csrf_token": csrf})
    assert answer.status_code == 303, answer.text
    assert browser.get("/api/v1/complaints").status_code == 401


def test_an_ended_token_a_closed_account_and_a_revoked_link_are_shut_out(
    program: Programs, agent: Program, mei: Program, number: str
) -> None:
    mine = agent.get("/tokens").json["items"][0]["id"]
    assert agent.raw("DELETE", f"/tokens/{mine}").status_code == 204
    problem(agent.get("/me"), 401, "not_authenticated")
    desk = program("desk")
    with db.transaction() as session:
        accounts.deactivate(session, accounts.by_login(session, "desk"))
        links.revoke(session, mei_case(mei), clock.now())
    problem(desk.get("/me"), 401, "not_authenticated")
    problem(mei.get("/me"), 401, "not_authenticated")


def mei_case(mei: Program) -> int:
    with db.reading() as session:
        found = links.find(session, mei.token or "")
    assert found is not None
    return found


def test_what_is_not_yours_does_not_exist(program: Programs, anybody: Program, mei: Program, app: Flask) -> None:
    other = anybody.post("/complaints", STORY | {"enterprise": "Baiyu Tools"}).json
    for stranger in (mei, program("hongyun"), program("hotline"), program("root")):
        paths = ("", "/events", "/deadline", "/statements", "/evidence", "/evidence/1")
        for path in paths:
            problem(stranger.get(f"/complaints/{other['number']}{path}"), 404, "not_found")
        problem(stranger.post(f"/complaints/{other['number']}/statements", {"text": "x"}), 404, "not_found")
        problem(stranger.post(f"/complaints/{other['number']}/link"), 404, "not_found")
        problem(stranger.act(other["number"], "withdraw", version=1), 404, "not_found")
        problem(stranger.post(f"/complaints/{other['number']}/actions/withdraw"), 404, "not_found")
    assert Program(app, other["link"]["token"]).case(other["number"])["state"] == "with_enterprise"


@pytest.mark.parametrize("number", ["C26-0000-0000", "x" * 500, "%00", "%ED%A0%80", "%FF", "案件", "..", "'"])
def test_a_number_that_is_none_is_not_found(agent: Program, number: str) -> None:
    problem(agent.get(f"/complaints/{number}"), 404, "not_found")


@pytest.mark.parametrize(
    ("login", "path"), [("root", "/complaints"), ("root", "/tasks"), ("hongyun", "/tasks"), ("hotline", "/tasks")]
)
def test_lists_of_other_roles_are_forbidden(program: Programs, login: str, path: str) -> None:
    problem(program(login).get(path), 403, "not_for_role")


@pytest.mark.parametrize("login", ["hongyun", "medi", "supervisor", "root"])
def test_who_takes_nothing_in_files_nothing(program: Programs, login: str) -> None:
    problem(program(login).post("/complaints", STORY), 403, "not_for_role")


def test_the_log_in_of_the_api(anybody: Program, app: Flask) -> None:
    asked = {"login": "hongyun", "password": "correct horse", "name": "CRM", "expires_in_days": 7}
    made = anybody.post("/tokens", asked)
    assert made.status_code == 201, made.text
    agent = Program(app, made.json["token"])
    assert agent.get("/me").json["enterprise"]["name"] == "Hongyun Kettles"
    assert {token["name"] for token in agent.get("/tokens").json["items"]} == {"tests", "CRM"}
    assert made.json["token"] not in agent.get("/tokens").text
    assert made.headers["Location"] == f"/api/v1/tokens/{made.json['id']}"


def test_wrong_login_and_wrong_password_are_answered_alike(anybody: Program) -> None:
    told = []
    for wrong in ({"login": "nobody"}, {"password": "wrong horse"}, {"password": "\x00"}, {"login": "hongyun "}):
        asked = {"login": "hongyun", "password": "correct horsee", "name": "CRM"} | wrong
        answer = anybody.post("/tokens", asked)
        found = problem(answer, 401, "wrong_login")
        told.append(found | {"request_id": ""})
    assert told == [told[0]] * len(told)


def test_another_accounts_token_cannot_be_revoked(program: Programs, agent: Program) -> None:
    with db.reading() as session:
        desk = accounts.by_login(session, "desk")
        theirs = tokens.of(session, desk.id)[0].id
        assert isinstance(desk, Account)
    problem(agent.raw("DELETE", f"/tokens/{theirs}"), 404, "not_found")
    assert program("desk").get("/me").status_code == 200


def test_a_lost_link_is_asked_for_in_silence(anybody: Program, number: str) -> None:
    known = anybody.post("/links", {"email": "mei@example.org"})
    unknown = anybody.post("/links", {"email": "nobody@example.org"})
    assert (known.status_code, known.data) == (unknown.status_code, unknown.data) == (202, known.data)


def test_it_is_asked_for_by_telephone_number_as_well(app: Flask, anybody: Program, number: str) -> None:
    mute = anybody.post("/complaints", STORY | {"email": None, "narrative": "No mail.", "phone": "13900001111"})
    assert mute.status_code == 201, mute.text
    known = anybody.post("/links", {"phone": "+86 139-0000-1111"})
    unknown = anybody.post("/links", {"phone": "13900002222"})
    assert (known.status_code, known.data) == (unknown.status_code, unknown.data) == (202, known.data)
    assert renewing.run_due() == 1
    assert fields(problem(anybody.post("/links", {}), 422, "bad_input")) == {"email": "email_or_phone"}
    assert fields(problem(anybody.post("/links", {"phone": "12"}), 422, "bad_input")) == {"phone": "not_a_phone"}


def test_a_new_link_shuts_the_old_one(app: Flask, mei: Program, number: str, program: Programs) -> None:
    renewed = mei.post(f"/complaints/{number}/link")
    assert renewed.status_code == 201, renewed.text
    problem(mei.get("/me"), 401, "not_authenticated")
    again = Program(app, renewed.json["link"]["token"])
    assert again.get("/me").json["number"] == number
    assert program("desk").post(f"/complaints/{number}/link").json == {"link": None}
    problem(again.get("/me"), 401, "not_authenticated")
    problem(program("hongyun").post(f"/complaints/{number}/link"), 403, "not_for_role")


def test_a_token_made_with_a_password_is_told_of_and_ends_with_the_account(
    app: Flask, anybody: Program, number: str
) -> None:
    log_in = {"login": "desk", "password": "correct horse", "name": "tool"}
    made = anybody.post("/tokens", log_in)
    assert made.status_code == 201
    with db.transaction() as session:
        account = accounts.by_login(session, "desk")
        letters = session.scalars(select(Notice).where(Notice.recipient == f"account:{account.id}")).all()
        assert [each.step for each in letters] == ["token_made"]
        assert "token_made" in [each.what for each in account_log.of(session, account.id)]
        accounts.deactivate(session, account)
        account.active = True  # opened again
    problem(Program(app, made.json["token"]).get("/me"), 401, "not_authenticated")


def test_whoever_needs_a_second_factor_and_has_none_gets_no_token(anybody: Program, number: str) -> None:
    log_in = {"login": "desk", "password": "correct horse", "name": "tool"}
    with db.transaction() as session:
        factors.require(session, clock.now() + timedelta(days=3), role="intake")
    assert anybody.post("/tokens", log_in).status_code == 201
    with db.transaction() as session:
        factors.require(session, clock.now() - timedelta(days=1), role="intake")
    problem(anybody.post("/tokens", log_in), 403, "factor_needed")
