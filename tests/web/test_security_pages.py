"""Headers, cookies, forged posts: every page, as the application lists them."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine
from werkzeug.routing import Rule

from tests.people import World
from tests.web.browser import Browser
from web import create_app

FILLED = {"token": "x" * 43, "number": "C26-AAAA-0001", "trigger": "withdraw"}


def posts(app: Flask) -> list[str]:
    """An address of every page that takes a form."""
    found = []
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
        for rule in app.url_map.iter_rules():
            if "POST" in (rule.methods or ()) and not rule.rule.startswith("/api/"):
                values = {name: FILLED.get(name) or _any(rule, name) for name in rule.arguments}
                found.append(adapter.build(rule.endpoint, values, method="POST"))
    return found


def _any(rule: Rule, name: str) -> object:
    """A value that the address takes: one of its words, or a number."""
    words = getattr(rule._converters[name], "items", None)
    return min(words) if words else 1


@pytest.mark.parametrize("login", [None, "hongyun", "desk", "root"])
def test_no_page_takes_a_forged_post(app: Flask, browser: Callable[..., Browser], login: str | None) -> None:
    person = browser().log_in(login) if login else browser()
    addresses = posts(app)
    assert len(addresses) > 25
    taken = {}
    for address in addresses:
        answer = person.client.post(address, data={"x": "y"})
        if answer.status_code != 400:
            taken[address] = answer.status_code
    assert taken == {}


def test_what_a_page_may_load_and_who_may_frame_it(browser: Callable[..., Browser]) -> None:
    headers = browser().get("/login").answer.headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";"))
    for name in ("script-src", "style-src", "connect-src", "form-action"):
        assert policy[name] == "'self'"
    for name in ("object-src", "base-uri", "frame-ancestors", "font-src"):
        assert policy[name] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Cache-Control"] == "no-store"


def test_behind_tls_the_cookie_belongs_to_this_host_alone(settings_env: Callable[..., None], sqlite: Engine) -> None:
    settings_env(BASE_URL="https://complaints.example")
    answer = create_app().test_client().get("/login", base_url="https://complaints.example")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-complaints=")
    for flag in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
        assert flag in cookie
    assert "Domain" not in cookie
    assert "upgrade-insecure-requests" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Strict-Transport-Security"]


def test_the_host_that_a_request_names_is_never_in_a_link(browser: Callable[..., Browser], world: World) -> None:
    person = browser()
    answer = person.client.get("/desk", headers={"Host": "evil.example"})
    assert "evil.example" not in answer.headers["Location"]
    assert "evil.example" not in person.client.get("/forgotten", headers={"Host": "evil.example"}).text
