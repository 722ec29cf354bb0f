"""An installation with people and their programs, at a Monday morning in July 2026."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import Engine

from complaints import clock, db
from complaints.models import Account
from complaints.registry import tokens
from tests import people
from tests.api.program import STORY, Program
from tests.people import FOUNDED, MONDAY, World
from web import create_app

PASSWORD = "correct horse"
STAFF = {
    "desk": ["intake", "supervisor"],
    "intake": ["intake"],
    "supervisor": ["supervisor"],
    "medi": ["mediator"],
    "root": ["administrator"],
    "hotline": ["partner"],
    "other_hotline": ["partner"],
}
FIRMS = ("hongyun", "baiyu", "outside")


@pytest.fixture
def monday(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real time is Monday 6 July 2026, 10:00 in Shanghai, and goes on from there."""
    began = time.monotonic()
    monkeypatch.setattr(clock, "wall", lambda: MONDAY + timedelta(seconds=time.monotonic() - began))


@cache
def _hash() -> str:
    """Hashed once: doing it well takes its time."""
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1).hash(PASSWORD)


@dataclass(frozen=True)
class Installation:
    """The people, and a token of each account by its log-in."""

    world: World
    tokens: dict[str, str]


def install() -> Installation:
    """The people of `tests/people.py` and more, each with a token."""
    world = people.world(mediators=False)
    firms = {login: (["enterprise"], getattr(world, login)) for login in FIRMS}
    staff = {login: (roles, None) for login, roles in STAFF.items()}
    found = {}
    with db.transaction() as session:
        for login, (roles, firm) in (firms | staff).items():
            account = Account(
                login=login, name=login, email=f"{login}@centre.example", password_hash=_hash(), session_key=login,
                roles=roles, enterprise_id=firm, made_at=FOUNDED,
            )  # fmt: skip
            session.add(account)
            session.flush()
            _row, found[login] = tokens.issue(session, account, "tests", clock.wall())
    return Installation(world, found)


@pytest.fixture
def installation(sqlite: Engine, monday: None) -> Installation:
    """The people and their tokens. Files whose statements may differ between the databases have one for both."""
    return install()


@pytest.fixture
def world(installation: Installation) -> World:
    """The people."""
    return installation.world


@pytest.fixture
def app(installation: Installation) -> Flask:
    """The application on that installation."""
    made = create_app()
    made.testing = True
    return made


@pytest.fixture
def program(app: Flask, installation: Installation) -> Callable[..., Program]:
    """A program of an account by its log-in, or nobody's."""
    return lambda login=None, language="en": Program(app, installation.tokens[login] if login else None, language)


@pytest.fixture
def anybody(program: Callable[..., Program]) -> Program:
    """A program without a token."""
    return program()


@pytest.fixture
def agent(program: Callable[..., Program]) -> Program:
    """Hongyun's CRM."""
    return program("hongyun")


@pytest.fixture
def filed(anybody: Program) -> dict[str, Any]:
    """What Mei was answered when she filed."""
    answer = anybody.post("/complaints", STORY)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json
    return found


@pytest.fixture
def number(filed: dict[str, Any]) -> str:
    """The number of her case."""
    return str(filed["number"])


@pytest.fixture
def mei(app: Flask, filed: dict[str, Any]) -> Program:
    """Mei, by her private link."""
    return Program(app, filed["link"]["token"])
