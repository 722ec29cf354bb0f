"""Every page of the product, found by following links: nothing serious for axe, a picture of each, both themes.

One round is Chinese, light and wide, the other English, dark and on a phone, so that every page is seen in both
languages, themes and widths.
"""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Error
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from tests.e2e.people import Person
from web import create_app

ROUNDS = {
    "zh": {"language": "zh", "dark": False, "phone": False},
    "en": {"language": "en", "dark": True, "phone": True},
}
STARTS = {
    "": ("/", "/demo", "/login", "/lost"),
    "qinghe": ("/portal",),
    "intake": ("/desk", "/desk?queue=open", "/desk?queue=closed"),
    "mediator1": ("/desk?queue=mine",),
    "supervisor": ("/desk?queue=supervisor",),
    "admin": ("/admin",),
}
CASES = 8  # pages of cases, in as many states
OFTEN = ("public.case", "portal.case", "desk.case")
SKIPPED = ("static", "health.", "api", "demo.mail", "sessions.logout")
FOR_ALL = ("public.", "filing.", "remedies.", "demo.", "sessions.login")  # looked at once, by somebody without a log-in


@pytest.fixture
def app(settings_env: Callable[..., None]) -> Flask:
    """Only to know which page an address is of; nothing is asked of it."""
    return create_app()


def page_of(app: Flask, address: str) -> str | None:
    """Which page an address is of; None where it leads elsewhere or is not looked at."""
    parts = urlsplit(address)
    try:
        endpoint, values = app.url_map.bind("localhost").match(parts.path, "GET")
    except (HTTPException, RequestRedirect):
        return None
    if str(endpoint).startswith(SKIPPED):
        return None
    return f"{endpoint}-{values['trigger']}" if "trigger" in values else str(endpoint)


@pytest.mark.parametrize("round_", ROUNDS)
@pytest.mark.parametrize("login", STARTS)
def test_every_page_is_sound(
    person: Callable[..., Person], pictures: Path, app: Flask, login: str, round_: str
) -> None:
    (pictures / round_).mkdir(exist_ok=True)
    visitor = person(**ROUNDS[round_])
    if login:
        visitor.log_in(login)
    waiting, seen, found = list(STARTS[login]), set(STARTS[login]), []
    visits: dict[str, int] = {}
    while waiting:
        address = waiting.pop(0)
        name = page_of(app, address)
        if name is None or (login and name.startswith(FOR_ALL)):
            continue
        if visits.get(name, 0) >= (CASES if name in OFTEN else 1) or not opened(visitor, address):
            continue
        visits[name] = visits.get(name, 0) + 1
        visitor.picture(pictures / round_, f"{login or 'public'}.{name}-{visits[name]}")
        found += visitor.violations() + too_wide(visitor)
        fresh = [link for link in led_to(visitor) if link not in seen]
        seen.update(fresh)
        waiting += fresh
    assert found == []
    assert visits


def opened(visitor: Person, address: str) -> bool:
    """Whether the address shows a page; a file does not."""
    try:
        answer = visitor.page.goto(address)
    except Error as error:
        if "Download is starting" in str(error) or "ERR_ABORTED" in str(error):
            return False
        raise
    assert answer is not None
    assert answer.status < 400, f"{address}: {answer.status}"
    return "text/html" in answer.headers.get("content-type", "")


def too_wide(visitor: Person) -> list[str]:
    """A page that has to be moved sideways to be read."""
    wide = visitor.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{visitor.page.url} is {wide} pixels too wide"] if wide > 1 else []


def led_to(visitor: Person) -> list[str]:
    """Links of the page within the site."""
    links = visitor.page.eval_on_selector_all("a[href]", "all => all.map(each => each.getAttribute('href'))")
    return [link for link in links if link.startswith("/") and "lang=" not in link]
