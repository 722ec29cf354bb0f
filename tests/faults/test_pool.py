"""A connection that ended while it lay in the pool costs nobody anything."""

import pytest
from sqlalchemy import Engine, text

from complaints import db

MINE = text("SELECT pg_backend_pid()")


def rested() -> int:
    """One transaction; its connection lies in the pool afterwards."""
    with db.transaction() as session:
        return int(session.execute(MINE).scalar_one())


def end(pid: int, engine: Engine) -> None:
    """From outside, as a restart of the server would."""
    outside = db.make_engine(engine.url.render_as_string(hide_password=False))
    with outside.begin() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    outside.dispose()


def test_one_that_the_server_closed_is_never_handed_out(postgres: Engine) -> None:
    pid = rested()
    assert rested() == pid
    end(pid, postgres)
    assert rested() != pid


def test_one_that_rested_for_long_is_asked_first(postgres: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies between (a firewall, say) forgot it and says nothing."""
    pid = rested()
    monkeypatch.setattr(db, "LONG_REST_SECONDS", -1)
    monkeypatch.setattr(db, "_has_news", lambda _connection: False)
    end(pid, postgres)
    assert rested() != pid


def test_one_that_is_well_is_used_again(postgres: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    pid = rested()
    monkeypatch.setattr(db, "LONG_REST_SECONDS", -1)
    assert [rested() for _ in range(3)] == [pid] * 3
