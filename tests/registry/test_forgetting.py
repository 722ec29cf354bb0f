"""What is left of log-ins, failed tries and replaced addresses goes by itself, so many at a time."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select

from complaints import clock, db, jobs
from complaints.models import Account, AccountSession, FailedTry, FormerAddress
from complaints.registry import derived, former_addresses, guards, sessions
from tests import people

LONG_AGO = timedelta(days=40)


def count(table: type[AccountSession] | type[FailedTry] | type[FormerAddress]) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def old_rows(many: int) -> None:
    """So many of each that are over, and one of each that is not."""
    there, now = people.world(), clock.now()
    with db.transaction() as session:
        account = session.get_one(Account, there.li)
        for n in range(many + 1):
            at = now - LONG_AGO if n else now
            sessions.begin(session, account, "a browser", "198.51.100.0/24", at)
            session.add(FailedTry(key=derived.mark("test", n), tries=1, last_at=at))
            session.add(FormerAddress(account_id=there.li, email=f"{n}@example.com", replaced_at=at))


def test_the_ticker_forgets_what_is_over(database: Engine) -> None:
    old_rows(3)
    assert [count(table) for table in (AccountSession, FailedTry, FormerAddress)] == [4, 4, 4]
    jobs.tick()
    assert [count(table) for table in (AccountSession, FailedTry, FormerAddress)] == [1, 1, 1]


def test_so_many_at_a_time_the_oldest_first(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (sessions, guards, former_addresses):
        monkeypatch.setattr(module, "AT_ONCE", 2)
    old_rows(3)
    jobs.tick()
    assert [count(table) for table in (AccountSession, FailedTry, FormerAddress)] == [2, 2, 2]
    jobs.tick()
    assert [count(table) for table in (AccountSession, FailedTry, FormerAddress)] == [1, 1, 1]
