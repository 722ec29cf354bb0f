"""Coming in by a password, and by a code: tried, counted, answered alike whoever it was. No transaction is open here.

Both doors, pages and API, come through this. `at` is real time, `told_at` case time, for the letter about many tries.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from complaints import db
from complaints.models import Account
from complaints.registry import account_letters, account_log, accounts, factors, guards


@dataclass(frozen=True, slots=True)
class Tried:
    """The account, if it was its person; else how long to wait, if that was why nothing was looked at."""

    account: Account | None
    wait: timedelta | None = None


def try_password(login: str, password: str, network: str, at: datetime, told_at: datetime) -> Tried:
    """Try a password. A log-in that is not there takes the same steps, and the same time."""
    name = accounts.fold_login(login)
    door = guards.Door(name)
    with db.transaction() as session:
        wait = guards.enter(session, door, network, at)
    if wait is not None:
        return Tried(None, wait)
    account = accounts.check(login, password)
    with db.transaction() as session:
        if account is not None:
            guards.passed(session, door, network)
        elif guards.many(session, door, network):
            account_letters.tell_of_tries(session, name, told_at)
    return Tried(account)


def try_code(
    account_id: int, code: str, network: str, at: datetime, told_at: datetime
) -> tuple[bool, timedelta | None]:
    """Try a code of the app, or a recovery code, for an account whose password was right: whether it was, or a wait."""
    door = guards.Door(account_id=account_id)
    with db.transaction() as session:
        wait = guards.enter(session, door, network, at)
    if wait is not None:
        return False, wait
    with db.transaction() as session:
        before = factors.codes_left(session, account_id)
        right = factors.check(session, account_id, code, at)
        if right:
            guards.passed(session, door, network)
        if factors.codes_left(session, account_id) < before:
            account_log.note(session, account_id, "recovery_code_used", told_at, account_id)
    return right, None
