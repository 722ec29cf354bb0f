"""How often is too often: counted by all processes together, alone without Redis, and never waiting for it."""

import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_login import LoginManager
from sqlalchemy import Engine

from complaints import queue
from complaints.api import auth, limits
from complaints.api.limits import ACTS, FILING, LOGIN, Allowance, limiter
from complaints.config import LIMITS, settings
from complaints.errors import Misconfigured
from complaints.models import Account, ApiToken
from complaints.registry import links, tokens
from tests.servers import ValkeyServer, wait_until
from web import create_app

PROGRAM = {"Authorization": "Bearer cpl_one"}
AGENT = (ApiToken(id=1), Account(id=1, name="CRM", roles=["enterprise"], enterprise_id=1))
OTHER = (ApiToken(id=2), Account(id=2, name="ERP", roles=["enterprise"], enterprise_id=2))
OWNERS = {"cpl_one": AGENT, "cpl_again": AGENT, "cpl_two": OTHER, "cpl_very-secret": OTHER}  # tokens in force
LINKS = ("mei", "lan", "very-private")
WANG: tuple[dict[str, Any], ...] = (  # five times the same name, four times none
    {"data": {"login": "Wang"}},
    {"json": {"login": "wang "}},
    {"data": {"login": "ＷＡＮＧ"}},
    {"json": {"login": "\ufeffwa\u200bng"}},
    {"data": {"login": "w\u202eang\u2069"}},
    {"json": {"login": ["wang"]}},
    {"json": [1]},
    {"data": "[" * 200_000, "content_type": "application/json"},
    {"data": b"\xff{", "content_type": "application/json"},
)


def process() -> FlaskClient:
    """A web process with a page of each kind."""
    app = Flask("limited")
    LoginManager(app).user_loader(lambda _: None)
    limits.init_app(app)
    pages = {"/login": LOGIN, "/file": FILING, "/act": ACTS, "/c/<token>/act": ACTS}
    for path, allowance in pages.items():
        _add(app, path, allowance)
        _add(app, f"/api/v1{path}", allowance)
    return app.test_client()


def _add(app: Flask, path: str, allowance: Allowance) -> None:
    def page(**_: str) -> str:
        return "done"

    page.__qualname__ = page.__name__ = path.replace("/", "-")  # the library goes by names
    limited = limiter.limit(allowance, methods=["POST"])(page)

    def looked(**parts: str) -> str:
        auth.look()
        return limited(**parts)

    app.add_url_rule(path, path, looked if path.startswith("/api/") else limited, methods=["GET", "POST"])


def allowed(client: FlaskClient, path: str, most: int = 50, **how: Any) -> int:
    """How often something is done before it is refused."""
    for n in range(most):
        if client.post(path, **how).status_code == 429:
            return n
    return most


@pytest.fixture
def few(sqlite: Engine, settings_env: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Small allowances, a few programs and a few links."""
    monkeypatch.setattr(tokens, "find", lambda _session, text, _at: OWNERS.get(text))
    monkeypatch.setattr(links, "find", lambda _session, text, **_how: LINKS.index(text) if text in LINKS else None)
    settings_env(LIMITS="login=3/minute; names=4/minute; filing=3/minute,9/hour; acts=2/minute; programs=6/minute")
    yield
    limiter.reset()


@pytest.fixture
def redis_too(few: None, valkey: ValkeyServer) -> ValkeyServer:
    """Small allowances, with a Redis to count them in."""
    return valkey


def test_processes_count_together(redis_too: ValkeyServer) -> None:
    one, other = process(), process()
    assert [client.post("/file").status_code for client in (one, other, one, other)] == [200, 200, 200, 429]
    assert allowed(process(), "/file") == 0


def test_without_redis_each_counts_alone(few: None) -> None:
    assert allowed(process(), "/file") == 3
    assert allowed(process(), "/file") == 3


def test_pages_and_api_share_an_allowance_and_reading_costs_nothing(few: None) -> None:
    client = process()
    assert {client.get("/act").status_code for _ in range(9)} == {200}
    assert (client.post("/act").status_code, client.post("/api/v1/act").status_code) == (200, 200)
    assert client.post("/act").status_code == 429


def test_nobody_waits_for_a_redis_that_is_gone_or_hangs(
    redis_too: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed, started, stopped in its tracks, going on: the first who notices waits a moment, the others do not."""
    monkeypatch.setattr(limits, "AWAY_SECONDS", 0.5)
    client = process()
    assert client.post("/file").status_code == 200
    redis_too.stop()
    assert slowest(client) < 1
    redis_too.start()
    wait_until(lambda: counted(client) > 0, 10, "counting in Redis again")
    assert redis_too.process is not None
    redis_too.process.send_signal(signal.SIGSTOP)
    try:
        assert slowest(client, 20) < 1  # twice the patience is 0.2: a connection, an answer; the machine may be busy
    finally:
        redis_too.process.send_signal(signal.SIGCONT)
    before = counted(client)
    wait_until(lambda: counted(client) > before, 10, "counting in Redis again")


def test_a_hanging_redis_costs_its_time_once(redis_too: ValkeyServer) -> None:
    assert redis_too.process is not None
    redis_too.process.send_signal(signal.SIGSTOP)
    try:
        client = process()
        began = time.monotonic()
        for _ in range(30):
            client.post("/api/v1/act", headers=PROGRAM)
        assert time.monotonic() - began < 2  # thirty times a tenth of a second would be three
    finally:
        redis_too.process.send_signal(signal.SIGCONT)


def slowest(client: FlaskClient, times: int = 8) -> float:
    """The longest that anybody waited."""
    took = []
    for _ in range(times):
        began = time.monotonic()
        client.post("/file")
        took.append(time.monotonic() - began)
        time.sleep(0.05)
    return max(took)


def counted(client: FlaskClient) -> int:
    """What Redis has counted of filings in this hour, after one more."""
    client.post("/api/v1/file", headers=PROGRAM)
    found = [key for key in queue.connection().scan_iter("complaints-limits:*") if b"filing/6" in key]
    return sum(int(queue.connection().get(key) or 0) for key in found)


def test_too_many_is_told_when_to_come_back(few: None) -> None:
    client = process()
    assert allowed(client, "/file") == 3
    answer = client.post("/file")
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert "Retry-After" not in client.get("/file").headers


def test_many_phones_behind_one_address(few: None) -> None:
    """Each private link and each account's programs have an allowance of their own; so has another network."""
    client = process()
    assert [allowed(client, f"/c/{name}/act") for name in ("mei", "lan")] == [2, 2]
    assert allowed(client, "/api/v1/act", headers={"Authorization": "Bearer mei"}) == 0  # the same link
    assert allowed(client, "/api/v1/act", headers=PROGRAM) == 6
    assert allowed(client, "/api/v1/act", headers={"Authorization": "Bearer cpl_again"}) == 0  # of the same account
    assert allowed(client, "/api/v1/act", headers={"Authorization": "Bearer cpl_two"}) == 6
    assert allowed(client, "/api/v1/file", headers=PROGRAM) == 6
    assert allowed(client, "/api/v1/file", headers={"Authorization": "Bearer mei"}) == 3  # no program: by address
    for n in range(4):  # a page takes no token, so that nobody gets an allowance by making one up
        assert allowed(client, "/file", headers={"Authorization": f"Bearer cpl_{n}"}) == 0
    for address, count in (("2001:db8:1:2::1", 3), ("2001:db8:1:2:ffff::9", 0), ("2001:db8:1:3::1", 3)):
        assert allowed(client, "/file", environ_base={"REMOTE_ADDR": address}) == count
    for address, count in (("::ffff:198.51.100.7", 3), ("198.51.100.7", 0), ("", 3), ("\x00", 0)):
        assert allowed(client, "/file", environ_base={"REMOTE_ADDR": address}) == count


def test_many_links_of_one_address_do_not_add_up(few: None, settings_env: Callable[..., None]) -> None:
    """Anybody gets as many private links as they file; a program's token costs its neighbours nothing."""
    settings_env(LIMITS="acts=2/minute; visits=5/minute")
    client = process()
    assert [allowed(client, f"/c/{name}/act") for name in LINKS] == [2, 2, 1]
    assert allowed(client, "/c/very-private/act", environ_base={"REMOTE_ADDR": "198.51.100.7"}) == 0  # its own two
    assert allowed(client, "/api/v1/act", headers={"Authorization": "Bearer mei"}) == 0
    assert allowed(client, "/api/v1/act", headers=PROGRAM) > 2


def test_who_makes_up_a_token_or_a_link_is_counted_by_address(few: None) -> None:
    client = process()
    made_up: list[tuple[str, dict[str, Any]]] = [
        ("/api/v1/act", {"headers": {"Authorization": "Bearer cpl_made-up"}}),
        ("/api/v1/act", {"headers": {"Authorization": "Bearer made-up"}}),
        ("/c/made-up/act", {}),
        ("/api/v1/act", {"headers": {"Authorization": "Basic bWVpOm1laQ=="}}),
        ("/act", {}),
    ]
    assert [client.post(path, **how).status_code for path, how in made_up] == [200, 200, 429, 429, 429]
    assert allowed(client, "/api/v1/file", headers={"Authorization": "Bearer cpl_three"}) == 3
    assert allowed(client, "/file") == 0
    assert allowed(client, "/api/v1/act", headers=PROGRAM) == 6  # which costs nobody else anything


def test_made_up_tokens_leave_nothing_behind(redis_too: ValkeyServer) -> None:
    client = process()
    for n in range(20):
        client.post("/api/v1/act", headers={"Authorization": f"Bearer cpl_made-up-{n}"})
        client.post(f"/c/made-up-{n}/act")
    kept = list(queue.connection().scan_iter("complaints-limits:*"))
    assert len(kept) == 2  # the address's acts, and its visits


def test_log_ins_count_by_address_and_name_whatever_else_is_said(few: None) -> None:
    client = process()
    headers = [{"Authorization": f"Bearer cpl_{n}", "X-Forwarded-For": f"10.0.0.{n}"} for n in range(4)]
    answers = [client.post("/login", data={"login": f"n{n}"}, headers=each) for n, each in enumerate(headers)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    tries = [
        client.post("/login", environ_base={"REMOTE_ADDR": f"10.0.1.{n}"}, **how).status_code
        for n, how in enumerate(WANG)
    ]
    assert tries == [200, 200, 200, 200, 429, 200, 200, 200, 200]


def test_redis_learns_no_secret_and_no_name(redis_too: ValkeyServer) -> None:
    client = process()
    client.post("/login", data={"login": "wang-mei"})
    client.post("/api/v1/act", headers={"Authorization": "Bearer cpl_very-secret"})
    client.post("/c/very-private/act")
    keys = b" ".join(queue.connection().scan_iter())
    assert keys.count(b"complaints-limits:") == 6  # two for the log-in, two for each act
    assert not [word for word in (b"wang", b"cpl_", b"very") if word in keys]


def test_behind_a_proxy_its_visitors_count_one_by_one(
    sqlite: Engine, few: None, settings_env: Callable[..., None]
) -> None:
    """With a form of the product itself, as far as the limit: what comes after does not matter here."""
    settings_env(TRUSTED_PROXIES=1)
    app = create_app()
    app.config["WTF_CSRF_ENABLED"] = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    client = app.test_client()
    for address in ("198.51.100.7", "198.51.100.8"):
        assert allowed(client, "/login", headers={"X-Forwarded-For": address}) == 3
    assert allowed(client, "/login", headers={"X-Forwarded-For": "6.6.6.6, 198.51.100.8"}) == 0


def test_a_refusal_is_a_page_that_says_when(sqlite: Engine, few: None) -> None:
    app = create_app()
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    assert allowed(client, "/login?lang=en") == 3
    answer = client.post("/login?lang=en")
    assert "Too many attempts" in answer.text
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


@pytest.mark.parametrize("key", ["x", "thirty-one characters are one few"[:31]])
def test_a_secret_key_that_can_be_guessed_is_refused(settings_env: Callable[..., None], key: str) -> None:
    settings_env(SECRET_KEY=key)
    with pytest.raises(Misconfigured, match="COMPLAINTS_SECRET_KEY must have at least 32 characters"):
        settings()
    settings_env(SECRET_KEY=key.ljust(32, "y"))
    assert settings().secret_key.startswith(key)


def test_settings(settings_env: Callable[..., None]) -> None:
    assert settings().limits == LIMITS
    settings_env(LIMITS=" filing = 90 per minute , 900/hours;links=off;")
    assert settings().limits == LIMITS | {"filing": "90 per minute;900 per hour", "links": ""}
    settings_env(LIMITS="filing=off")
    assert allowed(process(), "/file", 300) == 300


@pytest.mark.parametrize("text", ["filing", "filing=", "filing=0/minute", "filing=9/week", "x=9/minute", "9/minute"])
def test_settings_that_cannot_be_used(settings_env: Callable[..., None], text: str) -> None:
    settings_env(LIMITS=text)
    with pytest.raises(Misconfigured, match="COMPLAINTS_LIMITS"):
        settings()
