"""Guessing is made slow, and slow only for who guesses.

Failed tries are counted in the database, so that a lost Redis forgives nobody: by door and network, and by door over
all networks from which its person never came in. A door is the password of a log-in, or the codes of an account; what
is typed at one of them counts at no other. Somebody's own network answers only for itself, so strangers who try a name
from everywhere cannot keep its owner out. A log-in that does not exist is counted in the same way.
All instants are real time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from complaints.models import Account, FailedTry, KnownNetwork
from complaints.registry import derived

FREE = 5  # tries from one network before the first pause, known or not: how many there are tells nobody which it is
FREE_ABROAD = 20  # tries from all unknown networks together
FIRST_PAUSE = timedelta(seconds=30)  # doubled with each further try
LONGEST_PAUSE = timedelta(minutes=15)
LONGEST_PAUSE_ABROAD = timedelta(minutes=5)  # the owner may be abroad, too
FORGOTTEN_AFTER = timedelta(hours=1)  # without another try
TOLD_AT = 10  # tries in a row of which the person is told
AT_ONCE = 500  # forgotten in one go
MOST_NETWORKS = 20  # of one person; the one not seen for longest gives way


@dataclass(frozen=True, slots=True)
class Door:
    """What is tried: the password of this log-in, or, where an account is given, its codes."""

    login: str = ""
    account_id: int | None = None


def enter(session: Session, door: Door, network: str, at: datetime) -> timedelta | None:
    """Count one try, before it is judged; None: it may be made. Otherwise how long to wait, and it was not counted."""
    gates = [(_key(door, network), FREE, LONGEST_PAUSE)]
    if not knows(session, door, network):
        gates.append((_key(door, "*"), FREE_ABROAD, LONGEST_PAUSE_ABROAD))
    rows = [(_locked(session, key, at), free, longest) for key, free, longest in gates]
    waits = [row.wait_until - at for row, _free, _longest in rows if row.wait_until is not None and row.wait_until > at]
    if waits:
        return max(waits)
    for row, free, longest in rows:
        _count(row, free, longest, at)
    session.flush()
    return None


def many(session: Session, door: Door, network: str) -> bool:
    """Whether the last try made it so many that the person should hear of it."""
    keys = (_key(door, network), _key(door, "*"))
    return TOLD_AT in session.scalars(select(FailedTry.tries).where(FailedTry.key.in_(keys))).all()


def passed(session: Session, door: Door, network: str) -> None:
    """It was the person: what was tried from this network is forgiven, and this try counts nowhere."""
    session.execute(delete(FailedTry).where(FailedTry.key == _key(door, network)))
    if not knows(session, door, network):
        abroad = FailedTry.key == _key(door, "*")
        session.execute(update(FailedTry).where(abroad).values(tries=FailedTry.tries - 1))
        session.execute(delete(FailedTry).where(abroad, FailedTry.tries <= 0))


def knows(session: Session, door: Door, network: str) -> bool:
    """Whether the person behind this door has come in from this network before."""
    mine = select(KnownNetwork.id).join(Account, Account.id == KnownNetwork.account_id)
    person = Account.login == door.login if door.account_id is None else Account.id == door.account_id
    return session.scalar(mine.where(person, KnownNetwork.network == network)) is not None


def remember(session: Session, account_id: int, network: str, at: datetime) -> bool:
    """Keep that the person came in from here; True where that is new, and it is not their first network at all."""
    seen = (KnownNetwork.account_id == account_id, KnownNetwork.network == network)
    again = session.scalars(update(KnownNetwork).where(*seen).values(last_at=at).returning(KnownNetwork.id)).all()
    if again:
        return False
    mine = select(KnownNetwork).where(KnownNetwork.account_id == account_id).order_by(KnownNetwork.last_at.desc())
    others = session.scalars(mine).all()
    for old in others[MOST_NETWORKS - 1 :]:
        session.delete(old)
    _put(session, KnownNetwork, {"account_id": account_id, "network": network, "first_at": at, "last_at": at})
    return bool(others)


def forget(session: Session, at: datetime) -> None:
    """Remove what nobody looks at any more, the oldest first, so many at a time."""
    old = select(FailedTry.key).where(FailedTry.last_at < at - FORGOTTEN_AFTER).order_by(FailedTry.last_at)
    some = old.limit(AT_ONCE).with_for_update(skip_locked=True)
    session.execute(delete(FailedTry).where(FailedTry.key.in_(some.scalar_subquery())))


def _locked(session: Session, key: str, at: datetime) -> FailedTry:
    _put(session, FailedTry, {"key": key, "tries": 0, "last_at": at})
    return session.scalars(select(FailedTry).where(FailedTry.key == key).with_for_update()).one()


def _put(session: Session, model: type[FailedTry] | type[KnownNetwork], values: dict[str, object]) -> None:
    """Add a row unless there is one."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(model).values(values).on_conflict_do_nothing())


def _count(row: FailedTry, free: int, longest: timedelta, at: datetime) -> None:
    row.tries = 1 if row.last_at < at - FORGOTTEN_AFTER else row.tries + 1
    row.last_at = at
    over = row.tries - free
    row.wait_until = at + min(FIRST_PAUSE * 2 ** min(over - 1, 10), longest) if over > 0 else None


def _key(door: Door, network: str) -> str:
    if door.account_id is not None:
        return derived.mark("failed code", door.account_id, network)
    return derived.mark("failed try", door.login, network)
