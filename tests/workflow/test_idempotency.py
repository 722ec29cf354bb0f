"""The same request arriving twice is done once, and answered alike; for a day."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select, text

from complaints import clock, db, jobs
from complaints.errors import KeyReused, NotAllowed, StaleVersion
from complaints.models import IdempotencyKey
from complaints.workflow import attempts, idempotency
from complaints.workflow.attempts import Attempt
from complaints.workflow.case import Role
from tests.people import world
from tests.playing import Playing, file_complaint
from tests.servers import wait_until


def say(playing: Playing, said: str, key: str = "k-1", version: int | None = None) -> tuple[idempotency.Answer, bool]:
    """Mei says something."""
    mine = [playing.actor(Role.CONSUMER)]
    with db.transaction() as session:
        attempt = Attempt(playing.number, "statement", mine, version, "case:1", key)
        return attempts.act(session, attempt, {"text": said}, playing.at)


def kept() -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(IdempotencyKey)) or 0


def test_the_same_request_is_answered_as_before(database: Engine) -> None:
    playing = file_complaint(world())
    first = say(playing, "One thing more.")
    again = say(playing, "One thing more.")
    assert first[0]["version"] == 2
    assert (first[1], again[1]) == (False, True)
    assert again[0] == first[0]
    assert playing.triggers() == ["file", "statement"]


def test_the_same_request_with_its_old_version_is_no_conflict(sqlite: Engine) -> None:
    playing = file_complaint(world())
    first = say(playing, "One thing more.", version=1)
    assert say(playing, "One thing more.", version=1) == (first[0], True)
    with pytest.raises(StaleVersion):
        say(playing, "One thing more.", key="k-2", version=1)


def test_whoever_waited_for_the_case_is_answered_as_the_first(postgres: Engine) -> None:
    """What the waiting statement saw of keys was seen before the first had kept its own."""
    playing, answers = file_complaint(world()), []
    second = threading.Thread(target=lambda: answers.append(say(playing, "One thing more.")))
    with db.transaction() as session:
        mine = [playing.actor(Role.CONSUMER)]
        attempt = Attempt(playing.number, "statement", mine, None, "case:1", "k-1")
        first = attempts.act(session, attempt, {"text": "One thing more."}, playing.at)
        second.start()
        wait_until(lambda: somebody_waits(postgres), 20, "the second request to wait for the case")
    second.join(20)
    assert answers == [(first[0], True)]
    assert playing.triggers() == ["file", "statement"]


def somebody_waits(engine: Engine) -> bool:
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    with engine.connect() as connection:
        return bool(connection.execute(waiting).scalar_one())


def test_a_key_is_for_one_request(database: Engine) -> None:
    there = world()
    playing, other = file_complaint(there), file_complaint(there)
    say(playing, "One thing more.")
    with pytest.raises(KeyReused):
        say(playing, "Another thing.")
    with pytest.raises(KeyReused):
        say(other, "One thing more.")
    assert (playing.triggers(), other.triggers()) == (["file", "statement"], ["file"])


def test_a_request_that_failed_may_be_sent_again(sqlite: Engine) -> None:
    playing = file_complaint(world())
    mine = [playing.actor(Role.CONSUMER)]
    for _ in range(2):
        with pytest.raises(NotAllowed), db.transaction() as session:
            attempts.act(
                session, Attempt(playing.number, "reopen", mine, None, "case:1", "k"), {"reason": "x"}, playing.at
            )
    assert kept() == 0


def test_after_a_day_a_key_is_as_new(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    playing = file_complaint(world())
    say(playing, "One thing more.")
    tomorrow = datetime.now(UTC) + timedelta(hours=24, minutes=1)
    monkeypatch.setattr(clock, "wall", lambda: tomorrow)
    assert say(playing, "Another thing.")[1] is False
    assert kept() == 1


def test_the_ticker_forgets_what_is_a_day_old(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    say(file_complaint(world()), "One thing more.")
    jobs.tick()
    assert kept() == 1
    tomorrow = datetime.now(UTC) + timedelta(hours=24, minutes=1)
    monkeypatch.setattr(clock, "wall", lambda: tomorrow)
    jobs.tick()
    assert kept() == 0


def test_nothing_that_is_kept_is_personal_or_opens_a_case(sqlite: Engine) -> None:
    playing = file_complaint(world())
    say(playing, "My number is 13812345678.", key="a-secret-key")
    with db.reading() as session:
        row = session.scalars(select(IdempotencyKey)).one()
    assert "13812345678" not in str(vars(row))
    assert "a-secret-key" not in str(vars(row))
