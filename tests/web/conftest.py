"""An installation with people who can log in, at a Monday morning in July 2026, and browsers to look at it."""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import cache

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import Engine

from complaints import clock, db
from complaints.models import Account
from complaints.registry import world as worlds
from tests import people
from tests.people import FOUNDED, MONDAY, World
from tests.web.browser import PASSWORD, Browser
from web import create_app

STORY = {
    "enterprise": "Hongyun Kettles",
    "product": "kettle",
    "amount": "129",
    "narrative": "It burst.\nTheir hotline 021-55556666 is dead.",
    "request": "My money back.",
    "name": "王梅",
    "phone": "13812345678",
    "email": "mei@example.org",
    "address": "上海市杨浦区大学路 1 号",
    "consumer_consents": "yes",
    "share_consent": "yes",
}
PERSONAL = ("王梅", "13812345678", "mei@example.org", "大学路", "burst")


@pytest.fixture
def monday(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real time is Monday 6 July 2026, 10:00 in Shanghai, and goes on from there."""
    began = time.monotonic()
    monkeypatch.setattr(clock, "wall", lambda: MONDAY + timedelta(seconds=time.monotonic() - began))


def _account(login: str, roles: list[str], enterprise_id: int | None = None) -> Account:
    email = f"{login}@centre.example"
    return Account(
        login=login, name=login, email=email, password_hash=_hash(), session_key=login, roles=roles,
        enterprise_id=enterprise_id, made_at=FOUNDED,
    )  # fmt: skip


@cache
def _hash() -> str:
    """Hashed once: doing it well takes its time."""
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1).hash(PASSWORD)


@pytest.fixture
def world(database: Engine, monday: None) -> World:
    """The people of `tests/people.py`, with passwords; each role logs in under its own name."""
    found = people.world()
    firms = {"hongyun": found.hongyun, "baiyu": found.baiyu, "outside": found.outside}
    staff = {"desk": ["intake", "supervisor"], "medi": ["mediator"], "root": ["administrator"]}
    with db.transaction() as session:
        session.add_all(_account(login, ["enterprise"], firm) for login, firm in firms.items())
        session.add_all(_account(login, roles) for login, roles in staff.items())
    return found


@pytest.fixture
def demo(world: World) -> World:
    """The same, in a world whose clock may be moved."""
    with db.transaction() as session:
        worlds.create(session, worlds.DEMO, clock.now())
    return world


@pytest.fixture
def app(world: World) -> Flask:
    """The application on that installation."""
    made = create_app()
    made.testing = True
    return made


@pytest.fixture
def browser(app: Flask) -> Callable[..., Browser]:
    """A new browser: `browser()`, `browser("zh")`."""
    return lambda language="en": Browser(app, language)


@pytest.fixture
def consumer(app: Flask) -> Browser:
    """Wang Mei's browser."""
    return Browser(app)


@pytest.fixture
def case(consumer: Browser) -> str:
    """The private address of a complaint that Mei has just filed against Hongyun."""
    receipt = consumer.submit("/file/all", **STORY)
    assert receipt.status == 200, receipt.words
    return receipt.path.removesuffix("/receipt")


@pytest.fixture
def number(consumer: Browser, case: str) -> str:
    """Its number."""
    words = consumer.get(case).words
    return words[words.index("C26-") :][:13]


@pytest.fixture
def agent(app: Flask, case: str) -> Browser:
    """Hongyun's agent, logged in."""
    return Browser(app).log_in("hongyun")


@pytest.fixture
def desk(app: Flask, case: str) -> Browser:
    """An officer who does intake and supervises, logged in."""
    return Browser(app).log_in("desk")
