"""Whatever is wrong is told as RFC 9457 says, with the field, header or parameter named; and it changes nothing."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from complaints import db
from tests.api.program import STORY, Program, fields, problem
from tests.people import everything

Programs = Callable[..., Program]
JSON = "application/json"


@pytest.fixture
def untouched(mei: Program) -> object:
    """What is stored, to be compared afterwards."""
    with db.reading() as session:
        return everything(session)


def same(before: object) -> bool:
    with db.reading() as session:
        return everything(session) == before


BODIES = [
    (b"{", 400, "bad_request", {"body": "not_json"}),
    (b"\xff\xfe\xfd", 400, "bad_request", {"body": "not_json"}),
    (b'{"text": "\xff"}', 400, "bad_request", {"body": "not_json"}),
    (b"[" * 100_000, 400, "bad_request", {"body": "not_json"}),
    (b'{"text": ' + b"9" * 5000 + b"}", 400, "bad_request", {"body": "not_json"}),
    (b'{"text": NaN}', 400, "bad_request", {"body": "not_json"}),
    (b"[]", 422, "bad_input", {"": "not_an_object"}),
    (b"null", 422, "bad_input", {"": "not_an_object"}),
    (b'"text"', 422, "bad_input", {"": "not_an_object"}),
    (b"1e999", 422, "bad_input", {"": "not_an_object"}),
    (b"", 422, "bad_input", {"text": "required"}),
    (b"{}", 422, "bad_input", {"text": "required"}),
    (b'{"text": 5}', 422, "bad_input", {"text": "not_text"}),
    (b'{"text": {"deep": {"er": []}}}', 422, "bad_input", {"text": "not_text"}),
    (b'{"text": "ok", "more": 1}', 422, "bad_input", {"more": "unknown_field"}),
    (b'{"text": "\\u0000"}', 422, "bad_input", {"text": "control_characters"}),
    (b'{"text": "a\\ud800b"}', 422, "bad_input", {"text": "control_characters"}),
]


def test_a_bad_body(mei: Program, number: str, untouched: object) -> None:
    headers = {"Idempotency-Key": "k", "Content-Type": JSON}
    for body, status, code, named in BODIES:
        answer = mei.raw("POST", f"/complaints/{number}/statements", data=body, headers=headers)
        assert fields(problem(answer, status, code)) == named, body[:40]
    assert same(untouched)


HEADERS: list[tuple[dict[str, str | None], int, dict[str, str]]] = [
    ({"Idempotency-Key": None}, 400, {"Idempotency-Key": "required"}),
    ({"Idempotency-Key": ""}, 400, {"Idempotency-Key": "required"}),
    ({"Idempotency-Key": "x" * 201}, 400, {"Idempotency-Key": "not_a_key"}),
    ({"Idempotency-Key": "with space"}, 400, {"Idempotency-Key": "not_a_key"}),
    ({"Idempotency-Key": "\xe9"}, 400, {"Idempotency-Key": "not_a_key"}),
    ({"If-Match": None}, 428, {"If-Match": "required"}),
    ({"If-Match": "1"}, 400, {"If-Match": "not_a_version"}),
    ({"If-Match": "*"}, 400, {"If-Match": "not_a_version"}),
    ({"If-Match": 'W/"1"'}, 400, {"If-Match": "not_a_version"}),
    ({"If-Match": '"-1"'}, 400, {"If-Match": "not_a_version"}),
    ({"If-Match": '"' + "9" * 5000 + '"'}, 400, {"If-Match": "not_a_version"}),
    ({"If-Match": '"١"'.encode().decode("latin-1")}, 400, {"If-Match": "not_a_version"}),
    ({"Content-Type": "text/plain"}, 415, {"Content-Type": "not_one_of"}),
    ({"Content-Type": "application/x-www-form-urlencoded"}, 415, {"Content-Type": "not_one_of"}),
]


def test_a_bad_header(mei: Program, number: str, untouched: object) -> None:
    usual: dict[str, str | None] = {"Idempotency-Key": "k", "If-Match": '"1"', "Content-Type": JSON}
    for changed, status, named in HEADERS:
        sent = {name: value for name, value in (usual | changed).items() if value is not None}
        answer = mei.raw("POST", f"/complaints/{number}/actions/withdraw", data=b'{"reason": "x"}', headers=sent)
        assert answer.status_code == status, f"{changed} {answer.text}"
        assert fields(answer.json) == named
    assert same(untouched)


QUERIES = [
    ("limit=0", {"limit": "out_of_range"}),
    ("limit=101", {"limit": "out_of_range"}),
    ("limit=" + "9" * 5000, {"limit": "not_a_number"}),
    ("limit=ten", {"limit": "not_a_number"}),
    ("limit=1&limit=2", {"limit": "given_twice"}),
    ("cursor=x", {"cursor": "not_a_cursor"}),
    ("cursor=%00", {"cursor": "control_characters"}),
    ("cursor=%ED%A0%80", {"cursor": "not_a_cursor"}),
    ("cursor=" + "x" * 2000, {"cursor": "too_long"}),
    ("state=nowhere", {"state": "not_one_of"}),
    ("queue=intake", {"queue": "not_for_role"}),
    ("page=2", {"page": "unknown_field"}),
]


def test_a_bad_parameter(agent: Program) -> None:
    for query, named in QUERIES:
        answer = agent.raw("GET", f"/complaints?{query}")
        assert fields(problem(answer, 422, "bad_input")) == named, query[:40]


def test_a_bad_cursor_of_the_log(mei: Program, number: str) -> None:
    for cursor in ("x", "-1", "9" * 400, "١"):
        told = problem(mei.get(f"/complaints/{number}/events", cursor=cursor), 422, "bad_input")
        assert fields(told) == {"cursor": "not_a_cursor"}


def test_nowhere_and_no_such_method(anybody: Program, number: str) -> None:
    problem(anybody.get("/nowhere"), 404, "not_found")
    problem(anybody.get(""), 404, "not_found")
    problem(anybody.raw("POST", f"/complaints/{number}/actions/escalate"), 404, "not_found")
    answer = anybody.raw("PUT", "/complaints", json=STORY)
    problem(answer, 405, "method_not_allowed")
    assert {"GET", "POST"} <= set(answer.headers["Allow"].replace(" ", "").split(","))
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_too_much_at_once(anybody: Program) -> None:
    answer = anybody.raw(
        "POST", "/complaints", data=b"x" * 1_100_000, headers={"Idempotency-Key": "k", "Content-Type": JSON}
    )
    problem(answer, 413, "too_large")


def test_too_often(settings_env: Callable[..., None], anybody: Program) -> None:
    """The limit itself is of tests/test_limits.py; here: how a program is told."""
    answers = [anybody.post("/links", {"email": "mei@example.org"}) for _ in range(12)]
    last = answers[-1]
    problem(last, 429, "too_many_requests")
    assert int(last.headers["Retry-After"]) > 0


def test_the_database_away_and_a_fault_of_ours(app: Flask, agent: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr("complaints.workflow.lists.of_enterprise", away)
    problem(agent.get("/complaints"), 503, "busy")

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("complaints.workflow.lists.of_enterprise", broken)
    app.testing = False
    told = problem(agent.get("/complaints"), 500, "failed")
    assert told["request_id"]


def test_pages_still_answer_with_pages(app: Flask) -> None:
    assert app.test_client().get("/nowhere").content_type.startswith("text/html")
    assert app.test_client().get("/api/v10").content_type.startswith("text/html")


def test_answers_are_not_kept_by_anybody(agent: Program, number: str) -> None:
    answer = agent.get(f"/complaints/{number}")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers
