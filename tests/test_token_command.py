"""`complaints token`: shown once, listed without its text, ended at once."""

from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from complaints import clock, db
from complaints.commands.token import command
from complaints.errors import NotFound
from complaints.registry import accounts, tokens

AT = datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def somebody(sqlite: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two accounts on a Sunday noon."""
    monkeypatch.setattr(clock, "wall", lambda: AT)
    with db.transaction() as session:
        for login in ("kettle", "12345"):
            accounts.create(session, login, login, "correct horse", ["partner"], at=AT)


def run(*words: str) -> str:
    result = CliRunner().invoke(command, words, catch_exceptions=False)
    return f"{result.exit_code} {result.output}"


def found(text: str, at: datetime = AT) -> str | None:
    with db.reading() as session:
        row = tokens.find(session, text, at)
        return row[1].login if row else None


def test_a_life(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("list", "kettle") == "0 kettle has no tokens.\n"
    said = run("issue", "KETTLE", "--name", " our  CRM", "--days", "30")
    text = said.split()[-1]
    assert said.startswith("0 Token 1 of kettle for our CRM, good until 2026-12-22 12:00:\n")
    assert text.startswith("cpl_")
    assert (found(text), found(text, AT + timedelta(days=30))) == ("kettle", None)
    other = run("issue", "kettle", "--name", "hotline").split()[-1]
    assert found(other, AT + timedelta(days=9999)) == "kettle"
    listed = run("list", "kettle")
    assert "1  our CRM" in listed
    assert "made 2026-11-22 12:00, good until 2026-12-22 12:00\n" in listed
    assert "good until revoked" in listed
    assert text not in listed
    assert "(over)" not in listed
    monkeypatch.setattr(clock, "wall", lambda: AT + timedelta(days=31))
    assert run("list", "kettle").count("(over)") == 1
    with pytest.raises(NotFound):
        run("revoke", "12345", "2")
    assert found(other) == "kettle"
    assert run("revoke", "kettle", "2") == "0 Token 2 of kettle is revoked.\n"
    assert found(other) is None
    assert "hotline" not in run("list", "kettle")
    with pytest.raises(NotFound):
        run("revoke", "kettle", "2")


def test_what_is_refused() -> None:
    with pytest.raises(NotFound, match="nobody"):
        run("issue", "nobody", "--name", "CRM")
    assert run("issue", "kettle", "--name", " ").startswith("1 Error: a token is named after its program")
    assert run("issue", "kettle", "--name", "x" * 81).startswith("1 Error: ")
    assert run("issue", "kettle", "--name", "x", "--days", "0").startswith("2 ")
    with db.transaction() as session:
        accounts.deactivate(session, accounts.by_login(session, "kettle"))
    assert run("issue", "kettle", "--name", "CRM") == "1 Error: the account kettle is closed\n"
    assert run("list", "kettle") == "0 kettle has no tokens.\n"
