"""Webhooks by the API, and the worked example by which a receiver checks a message."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from complaints import clock, db
from complaints.config import settings
from complaints.models import Account
from complaints.registry import tokens
from tests.api.program import Program, fields, problem
from tests.api.test_examples import GUIDE, blocks
from tests.receiving import Receiver, receiver


@pytest.fixture
def boss(app: Flask) -> Program:
    """A program of who leads Hongyun's agents."""
    with db.transaction() as session:
        account = session.scalars(select(Account).where(Account.login == "hongyun")).one()
        account.roles = ["enterprise", "manager"]
        _row, text = tokens.issue(session, account, "boss", clock.wall())
    return Program(app, text)


@pytest.fixture
def crm(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A receiver on this machine."""
    monkeypatch.setenv("COMPLAINTS_WEBHOOK_LOCAL", "1")
    settings.cache_clear()
    with receiver() as told:
        yield told


def test_a_webhook_from_subscription_to_its_end(boss: Program, crm: Receiver) -> None:
    made = boss.post("/webhooks", {"url": crm.url, "triggers": ["offer"]})
    assert made.status_code == 201
    assert made.headers["Location"] == "/api/v1/webhooks/1"
    tested = boss.post("/webhooks/1/test")
    assert (tested.json["status"], tested.json["trigger"]) == ("sent", "ping")
    assert tested.json["tries"][0]["code"] == 204
    assert crm.got[0].signed_by(made.json["secret"])
    (listed,) = boss.get("/webhooks").json["items"]
    assert "secret" not in listed
    (one,) = boss.get("/webhooks/1/deliveries").json["items"]
    assert boss.post("/webhooks/1/replay", {"delivery": one["id"]}).json == {"count": 1}
    span = {"since": "2026-07-06T00:00:00+08:00", "until": "2026-07-07T00:00:00+08:00"}
    assert boss.post("/webhooks/1/replay", span).json == {"count": 1}
    assert boss.post("/webhooks/1/secret").json["secret"] != made.json["secret"]
    assert boss.post("/webhooks/1/resume").json["paused_at"] is None
    assert boss.raw("DELETE", "/webhooks/1").status_code == 204
    problem(boss.get("/webhooks/1/deliveries"), 404, "not_found")


def test_what_is_wrong_is_named(boss: Program, crm: Receiver) -> None:
    assert fields(problem(boss.post("/webhooks", {"url": "ftp://crm.example.com/"}), 422, "bad_input")) == {
        "url": "not_an_address"
    }
    boss.post("/webhooks", {"url": crm.url})
    assert fields(problem(boss.post("/webhooks/1/replay", {"since": "2026-07-06"}), 422, "bad_input")) == {
        "since": "not_an_instant"
    }


def test_only_for_managers(program: Callable[..., Program], app: Flask) -> None:
    for login in ("hongyun", "desk", "hotline"):
        problem(program(login).get("/webhooks"), 403, "not_for_role")
        problem(program(login).post("/webhooks", {"url": "https://crm.example.com/"}), 403, "not_for_role")


def test_the_worked_example_knows_our_messages(boss: Program, crm: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    there: dict[str, Any] = {}
    exec(blocks(GUIDE)["python", "webhook"], there)
    secret = boss.post("/webhooks", {"url": crm.url}).json["secret"]
    boss.post("/webhooks/1/test")
    (got,) = crm.got
    headers = {name: got.headers[name.lower()] for name in ("Webhook-Id", "Webhook-Timestamp", "Webhook-Signature")}
    monkeypatch.setattr(there["time"], "time", lambda: clock.wall().timestamp())
    assert there["genuine"](secret, headers, got.body)
    assert not there["genuine"](secret, headers, got.body + b" ")
    assert not there["genuine"]("whsec_" + "A" * 44, headers, got.body)
    old = headers | {"Webhook-Timestamp": str(int(headers["Webhook-Timestamp"]) - 600)}
    assert not there["genuine"](secret, old, got.body)
