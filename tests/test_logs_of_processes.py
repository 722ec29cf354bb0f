"""What web, worker and ticker write while people use them and things break: whole lines, in which nobody is named."""

import json
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

import worker
from complaints import db, schema
from complaints.clock import now
from complaints.models import World
from complaints.registry import accounts, tokens
from tests import people
from tests.calling import Client, start, web
from tests.servers import PostgresServer, SmtpServer, ValkeyServer, free_port, wait_until

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
        assert client.get("/file/all").status == 503
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
    filed = client.submit("/file/all", **STORY)
    assert filed.status == 303, filed.text
    case = filed.headers["location"].removesuffix("/receipt")
    assert client.get(case).status == 200
    assert client.submit(f"{case}/do/statement", text="Again-and-again").status in (200, 303)
    assert client.submit(f"{case}/do/statement", text="").status == 422
    assert client.submit("/file/all", **STORY | {"phone": "138 1234 5678 x", "amount": "王梅梅"}).status == 422
    assert client.send("/file/all", STORY).status == 400  # no key of the session
    assert client.submit("/login", login="王梅梅", password="wrong-password").status == 401
    for path in (
        f"{case}x",
        "/王梅梅",
        "/desk?queue=王梅梅",
        "/portal/cases/王梅梅",
        "/file/all?name=王梅梅",
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
    assert client.submit("/file/all", **STORY).status == 500
    assert client.call("POST", "/complaints", BODY,
                       Idempotency_Key="z" * 20).status == 500  # fmt: skip


def check_lines(lines: list[dict[str, Any]]) -> None:
    """Every line is whole, and the lines tell what happened, to which case, in which request."""
    assert all({"ts", "level", "process", "pid", "logger", "event"} <= line.keys() for line in lines)
    requests_told = [line for line in lines if line["event"] == "request"]
    assert {line["request_id"] for line in requests_told if line["route"] == "/file/all"} == {"proxy-4711"}
    told = {(line["method"], line["route"], line["status"]) for line in requests_told}
    assert {("POST", "/file/all", status) for status in (303, 422, 500)} | {("GET", "/file/all", 503)} <= told
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
    assert {("web", "database-away"), ("tick", "tick-failed")} <= by_event
    assert any(process.startswith("pull-deliver") and event == "job" for process, event in by_event)
    refused = [line for line in lines if "550" in line["event"]]
    assert all(NUMBER.fullmatch(line["case"]) and line["job"].startswith("deliver-") for line in refused)
