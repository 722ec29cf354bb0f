"""Accounts: who can be made, whose password is right, and the command for both."""

import sqlite3
from datetime import UTC, datetime

import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from complaints import db
from complaints.commands.user import command
from complaints.errors import BadInput, NotFound
from complaints.models import Account
from complaints.registry import accounts, enterprises

AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
PASSWORD = "correct horse"


def made(session: Session, login: str = "wang", *roles: str) -> Account:
    return accounts.create(session, login, "王小明", PASSWORD, roles or ("intake",), at=AT)


def right(login: str = "wang", password: str = PASSWORD) -> bool:
    found = accounts.check(login, password)
    return found is not None and found.login == "wang"


def test_the_right_password_only(database: Engine) -> None:
    with db.transaction() as session:
        account = made(session, " Wang ")
    assert account.login == "wang"
    assert account.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert right("ＷＡＮＧ")
    for login, password in (("wang", PASSWORD + " "), ("wang", ""), ("li", PASSWORD), ("", ""), ("wang", "\ud800")):
        assert accounts.check(login, password) is None


def test_a_weaker_hash_is_replaced_at_log_in(database: Engine) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    with db.transaction() as session:
        made(session)
    for kept, password, after in ((weak, "wrong", weak), (weak, PASSWORD, "m=19456"), ("no hash", PASSWORD, "no hash")):
        with db.transaction() as session:
            accounts.by_login(session, "wang").password_hash = kept
        assert right(password=password) is (after == "m=19456")
        with db.reading() as session:
            assert after in accounts.by_login(session, "wang").password_hash


def test_a_better_hash_of_an_old_password_replaces_no_new_one(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.transaction() as session:
        made(session).password_hash = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    matches = accounts._matches

    def meanwhile(password_hash: str, password: str) -> bool:
        with db.transaction() as session:
            accounts.set_password(session, accounts.by_login(session, "wang"), "another one")
        return matches(password_hash, password)

    monkeypatch.setattr(accounts, "_matches", meanwhile)
    accounts.check("wang", PASSWORD)
    monkeypatch.undo()
    assert not right()
    assert right(password="another one")


def test_nobody_waits_while_a_password_is_checked(sqlite: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """On SQLite, where one transaction that writes keeps out all others."""
    with db.transaction() as session:
        made(session)
    matches, wrote = accounts._matches, []

    def meanwhile(password_hash: str, password: str) -> bool:
        with sqlite3.connect(str(sqlite.url.database), timeout=0) as other:
            wrote.append(other.execute("UPDATE account SET zone = 'Asia/Urumqi'").rowcount)
        return matches(password_hash, password)

    monkeypatch.setattr(accounts, "_matches", meanwhile)
    assert right()
    assert wrote == [1]


def test_a_new_password_ends_sessions(database: Engine) -> None:
    with db.transaction() as session:
        account = made(session)
        before = account.session_key
        accounts.set_password(session, account, "another one")
        assert account.session_key != before
        for password, key in (("short", "too_short:8"), ("x" * 1001, "too_long:1000")):
            with pytest.raises(BadInput) as caught:
                accounts.set_password(session, account, password)
            assert caught.value.fields == {"password": [key]}
    assert not right()


def test_a_closed_account(database: Engine) -> None:
    with db.transaction() as session:
        account = made(session)
        assert accounts.load(session, account.id) is account
        accounts.deactivate(session, account)
        assert accounts.load(session, account.id) is None
        assert accounts.load(session, account.id + 1) is None
    assert not right()


def test_accounts_that_cannot_be_made(database: Engine) -> None:
    with db.transaction() as session:
        firm = enterprises.create(session, "远山有限公司", AT)
        made(session)
        for fields, given in (
            ({"login"}, {"login": "WANG"}),
            ({"login"}, {"login": "a b"}),
            ({"name"}, {"name": " "}),
            ({"roles"}, {"roles": ["king"]}),
            ({"roles"}, {"roles": []}),
            ({"roles"}, {"roles": ["consumer"]}),
            ({"roles"}, {"roles": ["clock"]}),
            ({"enterprise_id"}, {"roles": ["enterprise"]}),
            ({"enterprise_id"}, {"roles": ["intake"], "enterprise_id": firm.id}),
            ({"enterprise_id"}, {"roles": ["enterprise", "mediator"], "enterprise_id": firm.id}),
            ({"enterprise_id"}, {"roles": ["enterprise"], "enterprise_id": firm.id + 1}),
            ({"password"}, {"password": "short"}),
        ):
            whole: dict[str, object] = {"login": "li", "name": "李", "password": PASSWORD, "roles": ["intake"]}
            with pytest.raises(BadInput) as caught:
                accounts.create(session, **(whole | given), at=AT)  # type: ignore[arg-type]
            assert set(caught.value.fields) == fields
        agent = accounts.create(session, "li", "李", PASSWORD, ["enterprise"], firm.id, "li@example.com", at=AT)
        assert (agent.enterprise_id, agent.roles, agent.email) == (firm.id, ["enterprise"], "li@example.com")


def test_the_command(sqlite: Engine) -> None:
    def run(*words: str, typed: str = "") -> str:
        result = CliRunner().invoke(command, words, input=typed, catch_exceptions=False)
        return f"{result.exit_code} {result.output}"

    assert "There are no accounts" in run("list")
    with db.transaction() as session:
        enterprises.create(session, "远山有限公司", AT)
    assert run(
        "add", "wang", "--name", "王小明", "--role", "intake", "--role", "supervisor", typed="correct horse\n"
    ).startswith("0 ")
    output = run("add", "li", "--name", "李静", "--role", "enterprise", "--enterprise", "远山", "--generate")
    generated = output.partition("Password: ")[2].strip()
    assert accounts.check("wang", PASSWORD)
    assert accounts.check("li", generated)
    listed = run("list")
    assert "远山有限公司" in listed
    assert "intake, supervisor" in listed
    assert "0 Account 12345 made: partner" in run("add", "12345", "--name", "12345", "--role", "partner", "--generate")
    assert "cannot be held together" in run(
        "add", "x", "--name", "x", "--role", "partner", "--role", "intake", "--generate"
    )
    assert run("add", "WANG", "--name", "王", "--role", "intake", "--generate").startswith(
        "1 Error: the log-in wang is taken"
    )
    assert "changed" in run("password", "wang", typed="battery staple\n")
    assert "closed" in run("deactivate", "wang")
    assert "(deactivated)" in run("list")
    with pytest.raises(NotFound, match="nobody"):
        run("deactivate", "nobody")
    with pytest.raises(BadInput, match="no enterprise is called 清和"):
        run("add", "x", "--name", "x", "--role", "enterprise", "--enterprise", "清和", "--generate")
