"""What strangers try at the door: disguised names, brackets without end, made-up tokens, doubled slashes, cookies."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from complaints.registry import accounts, links, tokens
from tests.api.conftest import PASSWORD
from tests.api.program import STORY, Program, problem

Programs = Callable[..., Program]
Env = Callable[..., None]
INVISIBLE = "\ufeff\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
TOO_MANY = "too_many_requests"
EVIL = "http://evil.example"


@pytest.mark.parametrize("mark", INVISIBLE)
def test_a_name_is_the_same_whatever_invisible_marks_it_holds(mark: str) -> None:
    assert accounts.fold_login(f"{mark} ＨＯＮＧ{mark}yun {mark}") == "hongyun"


def test_a_disguised_name_is_counted_as_the_name(app: Flask, anybody: Program, settings_env: Env) -> None:
    settings_env(LIMITS="login=off; names=3/minute")
    app.config["WTF_CSRF_ENABLED"] = False
    tried = [
        anybody.post("/tokens", {"login": name, "password": "wrong horse", "name": "x"}).status_code
        for name in ("hongyun", "hong\u200byun", "\ufeffＨongyun\u2069")
    ]
    assert tried == [401, 401, 401]
    problem(anybody.post("/tokens", {"login": "hong\u202eyun", "password": PASSWORD, "name": "x"}), 429, TOO_MANY)
    page = app.test_client().post("/login", data={"login": "\u200ehongyun", "password": PASSWORD})
    assert page.status_code == 429


DEEP = [
    ("[" * 200_000, "application/json", 400, "bad_request"),
    ('{"login":' + "[" * 200_000, "application/json", 400, "bad_request"),
    ('{"login":' + "[" * 800 + "]" * 800 + "}", "application/json", 422, "bad_input"),
    ('{"login":' + "[" * 3000 + "]" * 3000 + "}", "application/x+json", 415, "wrong_content_type"),
    ("[" * 200_000, "application/x+json", 415, "wrong_content_type"),
    ("[1]", "application/json", 422, "bad_input"),
    ('{"login": {"a": 1}}', "application/json", 422, "bad_input"),
]


@pytest.mark.parametrize(("body", "media", "status", "code"), DEEP)
def test_brackets_without_end_are_refused(anybody: Program, body: str, media: str, status: int, code: str) -> None:
    problem(anybody.raw("POST", "/tokens", data=body, content_type=media), status, code)


def test_deep_brackets_are_refused_one_way_or_another(anybody: Program) -> None:
    """How deep the language reads depends on its release; whatever it says, it is no failure."""
    for depth in (900, 950, 990, 3000):
        body = '{"login":' + "[" * depth + "]" * depth + "}"
        answer = anybody.raw("POST", "/tokens", data=body, content_type="application/json")
        assert answer.status_code in (400, 422), (depth, answer.text)


@pytest.mark.parametrize("prefix", ["cpl_", ""])
def test_made_up_tokens_are_counted_by_address(
    anybody: Program, app: Flask, agent: Program, number: str, settings_env: Env, prefix: str
) -> None:
    settings_env(LIMITS="acts=2/minute; filing=2/minute")
    strangers = [Program(app, f"{prefix}{n}") for n in range(3)]
    path = f"/complaints/{number}/statements"
    assert [each.post(path, {"text": "x"}).status_code for each in strangers] == [401, 401, 429]
    assert [each.post("/complaints", STORY).status_code for each in strangers] == [401, 401, 429]
    assert anybody.post("/complaints", STORY).status_code == 429
    assert agent.post(path, {"text": "We look into it."}).status_code == 201


def test_made_up_links_are_counted_by_address(app: Flask, filed: dict[str, Any], settings_env: Env) -> None:
    settings_env(LIMITS="acts=2/minute")
    app.config["WTF_CSRF_ENABLED"] = False
    browser = app.test_client()
    assert [browser.post(f"/c/made-up-{n}/link").status_code for n in range(3)] == [404, 404, 429]
    assert browser.post(f"/c/{filed['link']['token']}/link").status_code == 303


def test_a_caller_is_looked_up_once(agent: Program, mei: Program, number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    for module in (tokens, links):
        monkeypatch.setattr(module, "find", _noted(module.find, asked))
    assert agent.post(f"/complaints/{number}/statements", {"text": "We look into it."}).status_code == 201
    assert mei.post(f"/complaints/{number}/statements", {"text": "Thank you."}).status_code == 201
    assert asked == [agent.token, mei.token]


def _noted(find: Callable[..., Any], asked: list[str]) -> Callable[..., Any]:
    def noted(session: Any, text: str, *rest: Any, **more: Any) -> Any:
        asked.append(text)
        return find(session, text, *rest, **more)

    return noted


def test_renewing_is_counted_by_person_and_asking_by_address(
    app: Flask, anybody: Program, mei: Program, number: str, program: Programs, settings_env: Env
) -> None:
    settings_env(LIMITS="links=1/minute; acts=1/minute; programs=2/minute")
    assert [anybody.post("/links", {"email": "a@example.org"}).status_code for _ in range(2)] == [202, 429]
    lan = anybody.post("/complaints", STORY | {"phone": "13912345678"}).json
    others = Program(app, lan["link"]["token"])
    assert [mei.post(f"/complaints/{number}/link").status_code for _ in range(2)] == [201, 429]
    assert others.post(f"/complaints/{lan['number']}/link").status_code == 201
    desk = [program("desk").post(f"/complaints/{number}/link").status_code for _ in range(3)]
    assert desk == [201, 201, 429]


@pytest.mark.parametrize("path", ["/api/v1//complaints", "/api//v1/complaints", "/api/v1/complaints//x", "/api/v1//me"])
def test_a_doubled_slash_leads_nowhere(app: Flask, path: str) -> None:
    answer = app.test_client().get(path, base_url=EVIL)
    assert (answer.status_code, answer.headers.get("Location")) == (404, None)
    assert (answer.content_type == "application/problem+json") == path.startswith("/api/v1/")


@pytest.mark.parametrize(("path", "status"), [("/c//x/receipt", 404), ("//evil.example/..", 404), ("//login", 200)])
def test_a_doubled_slash_leads_to_no_other_page(app: Flask, path: str, status: int) -> None:
    """Slashes before the first name are taken for one before anybody sees them, so they lead nowhere else either."""
    answer = app.test_client().get(environ_overrides={"PATH_INFO": path}, base_url=EVIL)
    assert (answer.status_code, answer.headers.get("Location"), answer.mimetype) == (status, None, "text/html")


@pytest.fixture
def logged_in(app: Flask) -> FlaskClient:
    """The browser of Hongyun's agent."""
    app.config["WTF_CSRF_ENABLED"] = False
    browser = app.test_client()
    assert browser.post("/login", data={"login": "hongyun", "password": PASSWORD}).status_code == 303
    return browser


@pytest.mark.parametrize("path", ["/me", "/complaints", "/enterprises", "/openapi.json", "/docs", "/nowhere", "/tasks"])
def test_the_api_gives_no_cookie_and_depends_on_none(logged_in: FlaskClient, agent: Program, path: str) -> None:
    for headers in ({}, {"Authorization": f"Bearer {agent.token}"}):
        answer = logged_in.get(f"/api/v1{path}", headers=headers)
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")
        assert answer.status_code < 500
    assert logged_in.get("/portal").status_code == 200
    assert "Cookie" in logged_in.get("/").headers.get("Vary", "")


def test_the_api_counts_by_no_session(logged_in: FlaskClient, app: Flask, number: str, settings_env: Env) -> None:
    settings_env(LIMITS="acts=2/minute")
    path = f"/api/v1/complaints/{number}/statements"
    headers = {"Idempotency-Key": "one"}
    tried = [
        browser.post(path, data=json.dumps({"text": "x"}), headers=headers, content_type="application/json").status_code
        for browser in (logged_in, app.test_client(use_cookies=False), logged_in)
    ]
    assert tried == [401, 401, 429]
