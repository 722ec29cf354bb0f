"""The log: one line of JSON for one event, in which nobody is named, whatever goes wrong."""

import json
import logging
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
import redis
from flask import Flask, abort
from sqlalchemy.exc import IntegrityError, OperationalError

import worker
from complaints import db, logs, schema
from complaints.clock import now
from complaints.config import settings
from complaints.errors import BadInput, Misconfigured
from complaints.models import World
from complaints.registry import accounts, tokens
from tests import people
from tests.calling import Client, start, web
from tests.servers import PostgresServer, SmtpServer, ValkeyServer, free_port, wait_until
from web import create_app, requests

STORY = {
    "enterprise": "Hongyun Kettles",
    "product": "kettle",
    "amount": "129",
    "narrative": "它在我手里炸开 It-burst-in-my-hand",
    "request": "Money-back-please",
    "name": "王梅梅",
    "phone": "13812345678",
    "email": "mei.wang@example.org",
    "address": "大学路 77 号",
    "consumer_consents": "yes",
    "share_consent": "yes",
}
BODY = STORY | {"consumer_consents": True, "share_consent": True}
SECRETS = ["炸开", "It-burst", "Money-back", "王梅梅", "13812345678", "138 1234", "mei.wang", "大学路", "198.51.100.77",
           "wrong-password", "somebody-else", "Again-and-again", "hongyun@"]  # fmt: skip
NUMBER = re.compile(r"C\d\d-[0-9A-Z]{4}-[0-9A-Z]{4}")


@pytest.fixture
def there(
    own_postgres: PostgresServer, valkey: ValkeyServer, smtp: SmtpServer, settings_env: Callable[..., None]
) -> PostgresServer:
    """An installation of several processes that say all they can."""
    settings_env(
        DATABASE_URL=own_postgres.url("postgres"), SMTP_URL=smtp.url, TICK_SECONDS=0.2, WORKERS=2,
        TRUSTED_PROXIES=1, LOG_FORMAT="json", LOG_LEVEL="DEBUG",
    )  # fmt: skip
    schema.upgrade(db.engine())
    people.world()
    with db.transaction() as session:
        session.add(World(id=1, kind="demo", made_at=now()))
        accounts.create(session, "hotline", "Hotline", "correct horse", ["partner"], at=now())
    return own_postgres


def test_nobody_is_named_in_any_line(there: PostgresServer, smtp: SmtpServer, tmp_path: Path) -> None:
    """Pages and API, good input and bad; a refused letter; faults in the database that quote rows; no database."""
    seen: list[str] = []
    output = tmp_path / "log"
    with working(output), web(free_port(), output) as client:
        client.headers = {
            "X-Forwarded-For": "198.51.100.77",
            "X-Request-ID": "proxy-4711",
            "User-Agent": "somebody-else",
        }
        seen += visit(client)
        wait_until(lambda: len(smtp.mailbox.taken) >= 2, 60, "letters")
        smtp.mailbox.mode = "reject_recipient"
        seen += program(client)
        wait_until(lambda: b"550" in output.read_bytes(), 60, "a letter to be refused")
        quarrel(there, client)
        there.stop("immediate")
        assert client.get("/file").status == 503
        assert client.call("POST", "/complaints", BODY, Idempotency_Key="k" * 20).status == 503
        wait_until(lambda: b"tick-failed" in output.read_bytes(), 30, "the ticker to notice")
    said = output.read_text(encoding="utf-8")
    assert [
        secret for secret in [*SECRETS, *seen] if secret in said or quote(secret) in said or repr(secret) in said
    ] == []
    check_lines([json.loads(line) for line in said.splitlines()])


@contextmanager
def working(output: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with start([str(Path(worker.__file__))], output) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)


def visit(client: Client) -> list[str]:
    """A consumer's pages, right and wrong; returns the private link's token."""
    filed = client.submit("/file", **STORY)
    assert filed.status == 303, filed.text
    case = filed.headers["location"].removesuffix("/receipt")
    assert client.get(case).status == 200
    assert client.submit(f"{case}/do/statement", text="Again-and-again").status in (200, 303)
    assert client.submit(f"{case}/do/statement", text="").status == 422
    assert client.submit("/file", **STORY | {"phone": "138 1234 5678 x", "amount": "王梅梅"}).status == 422
    assert client.send("/file", STORY).status == 400  # no key of the session
    assert client.submit("/login", login="王梅梅", password="wrong-password").status == 401
    for path in (
        f"{case}x",
        "/王梅梅",
        "/desk?queue=王梅梅",
        "/portal/cases/王梅梅",
        "/file?name=王梅梅",
        "/c/\x00王梅梅",
    ):
        assert client.get(quote(path, safe="/?=")).status in (200, 302, 400, 404)
    assert client.ask("WANGMEIMEI", case).status == 405
    return [case.removeprefix("/c/")]


def program(client: Client) -> list[str]:
    """A partner's program, right and wrong; returns its token and a private link's."""
    with db.transaction() as session:
        _row, text = tokens.issue(session, accounts.by_login(session, "hotline"), "hotline", now())
    client.token = text
    body = BODY | {"consumer_authorised": True}
    filed = client.call("POST", "/complaints", body, Idempotency_Key="one-of-mine-0001")
    assert filed.status == 201, filed.text
    number = filed.json["number"]
    assert client.call("GET", f"/complaints/{number}").status == 200
    assert client.call("POST", "/complaints", body | {"phone": "王梅梅"}, Idempotency_Key="x" * 20).status in (400, 422)
    assert client.call("POST", "/complaints", ["王梅梅"], Idempotency_Key="y" * 20).status in (400, 422)
    assert client.call("GET", "/complaints/" + quote("王梅梅")).status in (400, 404)
    client.token = "cpl_" + "A" * 43
    assert client.call("GET", "/complaints").status == 401
    stolen, client.token = client.token, None
    return [text, stolen]


def quarrel(there: PostgresServer, client: Client) -> None:
    """A database that says no and quotes the row: the text of PostgreSQL's own error holds the phone number."""
    there.execute("ALTER TABLE private_item ADD CONSTRAINT quarrel CHECK (kind <> 'phone') NOT VALID")
    url = f"host={there.folder} user=postgres dbname=postgres"
    with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.CheckViolation, match="13812345678"):
        connection.execute(
            "INSERT INTO private_item (complaint_id, seq, kind, written_by, seen_by, value)"
            " SELECT id, 1, 'phone', 'consumer', 'contact', '13812345678' FROM complaint LIMIT 1"
        )
    assert client.submit("/file", **STORY).status == 500
    assert client.call("POST", "/complaints", BODY,
                       Idempotency_Key="z" * 20).status == 500  # fmt: skip


def check_lines(lines: list[dict[str, Any]]) -> None:
    """Every line is whole, and the lines tell what happened, to which case, in which request."""
    assert all({"ts", "level", "process", "pid", "logger", "event"} <= line.keys() for line in lines)
    requests_told = [line for line in lines if line["event"] == "request"]
    assert {line["request_id"] for line in requests_told if line["route"] == "/file"} == {"proxy-4711"}
    told = {(line["method"], line["route"], line["status"]) for line in requests_told}
    assert {("POST", "/file", 303), ("POST", "/file", 422), ("POST", "/file", 500), ("GET", "/file", 503)} <= told
    assert {("POST", "/api/v1/complaints", 201), ("POST", "/api/v1/complaints", 503)} <= told
    assert ("GET", "none", 404) in told
    assert ("other", "none", 405) in told
    acted = [line for line in requests_told if line["route"] == "/c/<token>/do/<trigger>" and line["status"] == 303]
    assert acted
    assert all(NUMBER.fullmatch(line["case"]) for line in acted)
    assert {"public", "partner"} <= {line["role"] for line in requests_told}
    assert all(line["ms"] >= 0 for line in requests_told)
    failed = [line for line in lines if line["event"] == "request-failed"]
    assert len(failed) == 2
    assert all("IntegrityError: CheckViolation" in line["error"] and "complaints/" in line["trace"] for line in failed)
    by_event = {(line["process"], line["event"].split()[0]) for line in lines}
    assert {("web", "database-away"), ("tick", "tick-failed"), ("pull-deliver", "job")} <= by_event
    refused = [line for line in lines if "550" in line["event"]]
    assert all(NUMBER.fullmatch(line["case"]) and line["job"].startswith("deliver-") for line in refused)


@pytest.fixture
def heard() -> Iterator[Callable[..., list[str]]]:
    """What is said through our format: `heard("text")` begins to listen; `lines()` of it."""
    listening = _Listening()
    yield listening.begin
    logging.getLogger().removeHandler(listening)
    logs.begin()


class _Listening(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def begin(self, form: str = "json") -> list[str]:
        self.setFormatter(logs.formatter("tests", form))
        logging.getLogger().addHandler(self)
        return self.lines

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


def test_both_kinds_of_loggers_make_the_same_lines(heard: Callable[..., list[str]]) -> None:
    lines = heard()
    logs.begin(request_id="r-1")
    logs.bind(case="C26-1234-5678")
    logs.get("complaints.x").warning("told", count=3, nothing=None, who="李")
    logging.getLogger("complaints.y").warning("told %d of %s", 3, "four")
    with logs.about(case=None, job="j"):
        logs.bind(case="C26-0000-0000")
        logs.get("complaints.x").error("inside")
    logs.get("complaints.x").error("outside")
    logs.begin()
    logs.get("complaints.x").error("after")
    found = [json.loads(line) for line in lines]
    assert list(found[0])[:8] == ["ts", "level", "process", "pid", "logger", "event", "request_id", "case"]
    assert (found[0]["level"], found[0]["count"], found[0]["who"], found[0]["logger"]) == (
        "WARNING",
        3,
        "李",
        "complaints.x",
    )
    assert "nothing" not in found[0]
    assert (found[1]["event"], found[1]["request_id"]) == ("told 3 of four", "r-1")
    assert [line.get("case") for line in found[1:]] == ["C26-1234-5678", "C26-0000-0000", "C26-1234-5678", None]
    assert [line.get("job") for line in found[2:4]] == ["j", None]


def test_a_person_reads_one_line_and_the_trace_below(heard: Callable[..., list[str]]) -> None:
    lines = heard("text")
    logs.get("complaints.x").warning("told", count=3)
    try:
        raise ValueError("王梅梅")
    except ValueError:
        logging.getLogger("web.y").exception("broken")
    assert re.fullmatch(r"\S+ WARNING tests\[\d+\] complaints\.x: told count=3", lines[0])
    head, *places = lines[1].splitlines()
    assert head.endswith("web.y: broken error=ValueError")
    assert places[-1] == "ValueError"
    assert "test_logs.py" in places[0]


def test_what_an_error_says_of_people_is_left_out(heard: Callable[..., list[str]]) -> None:
    said = (
        (KeyError("王梅梅"), "KeyError"),
        (BadInput("no enterprise is called 王梅梅"), "BadInput"),
        (IntegrityError("INSERT", {}, psycopg.errors.CheckViolation("王梅梅")), "IntegrityError: CheckViolation"),
        (Misconfigured("COMPLAINTS_WORKERS must be a number"), "Misconfigured: COMPLAINTS_WORKERS must be a number"),
        (redis.ConnectionError("Error 111\nmore"), "ConnectionError: Error 111"),
        (FileNotFoundError(2, "No such file"), "FileNotFoundError: [Errno 2] No such file"),
    )  # fmt: skip
    assert [logs.brief(error) for error, _ in said] == [text for _, text in said]
    away = OperationalError("SELECT", {}, psycopg.OperationalError("connection refused\nDETAIL: 王梅梅"))
    assert logs.brief(away).endswith("connection refused")
    lines = heard()
    try:
        try:
            raise KeyError("王梅梅")
        except KeyError as error:
            raise ValueError("138-wang") from error
    except ValueError:
        logs.get("complaints.x").exception("broken")
    [line] = [json.loads(line) for line in lines]
    assert [part.splitlines()[-1] for part in line["trace"].split("\nthen\n")] == ["KeyError", "ValueError"]


def test_the_last_guard_hides_what_looks_like_a_secret(heard: Callable[..., list[str]]) -> None:
    lines = heard()
    other = logging.getLogger("some.library")
    other.warning("GET /c/%s/do/accept_offer", "A1b2-_" * 7)
    other.warning("Bearer cpl_%s", "A1b2-_" * 7)
    other.warning("to <mei.wang@example.org>, phone +86 138-1234-5678 or 13812345678.")
    other.warning("redis://:secret@host:6379/0")
    logs.get("complaints.x").warning("told", request_id="a13812345678b", number="C26-1381-2345", n=1381234567)
    assert [json.loads(line)["event"] for line in lines] == [
        "GET /c/***/do/accept_offer", "Bearer ***", "to <***>, phone *** or ***.", "redis://:***:6379/0", "told",
    ]  # fmt: skip
    assert "a13812345678b" in lines[-1]
    assert "1381234567" in lines[-1]


def test_the_request_id_is_a_proxys_or_ours(settings_env: Callable[..., None]) -> None:
    for proxies, given, kept in (
        (0, "from-anybody", False),
        (1, "proxy-4711", True),
        (1, "a" * 64, True),
        (1, "a" * 65, False),
        (1, "short", False),
        (1, "wang mei", False),
        (1, "{}[]<>\"'ab", False),
        (1, "", False),
    ):
        settings_env(TRUSTED_PROXIES=proxies)
        answer = create_app().test_client().get("/healthz", headers={"X-Request-ID": given})
        assert (answer.headers["X-Request-ID"] == given) is kept
        assert re.fullmatch(r"[A-Za-z0-9._-]{8,64}", answer.headers["X-Request-ID"])
    ids = {create_app().test_client().get("/healthz").headers["X-Request-ID"] for _ in range(3)}
    assert len(ids) == 3


def test_one_request_knows_nothing_of_the_last(
    settings_env: Callable[..., None], heard: Callable[..., list[str]]
) -> None:
    app = Flask("web")
    requests.init_app(app)

    @app.get("/cases/<number>")
    def case(number: str) -> str:
        return number

    @app.get("/break")
    def broken() -> str:
        logs.bind(case="C26-1234-5678")
        raise KeyError("王梅梅")

    @app.get("/refuse")
    def refuse() -> str:
        abort(418)

    lines = heard()
    logging.getLogger("web").setLevel(logging.INFO)
    client = app.test_client()
    paths = ("/cases/C26-1111-2222", "/break", "/refuse", "/cases/mei.wang", "/nowhere")
    assert [client.get(path).status_code for path in paths] == [200, 500, 418, 200, 404]
    told = [json.loads(line) for line in lines if '"request"' in line]
    assert [line.get("case") for line in told] == ["C26-1111-2222", "C26-1234-5678", None, None, None]
    assert [line["route"] for line in told] == ["/cases/<number>", "/break", "/refuse", "/cases/<number>", "none"]
    assert "王" not in "".join(lines)
    assert "mei.wang" not in "".join(lines)


def test_settings(settings_env: Callable[..., None]) -> None:
    assert (settings().log_format, settings().log_level) == ("json", "INFO")  # no terminal here
    settings_env(LOG_FORMAT="TEXT", LOG_LEVEL="debug")
    assert (settings().log_format, settings().log_level) == ("text", "DEBUG")
    for name, value in (("LOG_FORMAT", "xml"), ("LOG_LEVEL", "LOUD"), ("METRICS_TOKEN", "王")):
        settings_env(**{"LOG_FORMAT": "json", "LOG_LEVEL": "INFO", "METRICS_TOKEN": "", name: value})
        with pytest.raises(Misconfigured, match=f"COMPLAINTS_{name}"):
            settings()
