"""Open sessions: which windows somebody is logged in with, and ending them at once.

Real time. The cookie holds a random token, the row only its hash. One statement a request finds session, account,
second factor and what is asked of its people.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ScalarSelect, String, cast, delete, func, literal, or_, select, update
from sqlalchemy.orm import Session

from complaints.errors import NotFound
from complaints.models import Account, AccountFactor, AccountSession, FactorPolicy
from complaints.registry import derived

LONGEST = timedelta(hours=12)  # after the log-in
IDLE = timedelta(hours=4)
SEEN_EVERY = timedelta(minutes=5)  # how exactly it is known when somebody was last here
KEPT = timedelta(days=30)  # after the log-in
AT_ONCE = 500  # forgotten in one go


@dataclass(frozen=True, slots=True)
class Found:
    """Who is at a page, and with which session."""

    row: AccountSession
    account: Account
    second_factor: bool
    factor_needed_from: datetime | None  # case time; None: not asked of this person


def begin(session: Session, account: Account, device: str, network: str, at: datetime) -> str:
    """Open a session and return its token, which is kept nowhere."""
    token = secrets.token_urlsafe(32)
    row = AccountSession(
        account_id=account.id,
        token_hash=derived.fingerprint(token),
        account_key=account.session_key,
        device=device,
        network=network,
        made_at=at,
        last_seen_at=at,
    )
    session.add(row)
    session.flush()
    return token


def find(session: Session, token: str, at: datetime) -> Found | None:
    """The session of a token, with the active account it belongs to; None once it has ended in whatever way."""
    query = (
        select(AccountSession, Account, AccountFactor.confirmed_at, _needed_from())
        .join(Account, Account.id == AccountSession.account_id)
        .outerjoin(AccountFactor, AccountFactor.account_id == Account.id)
        .where(AccountSession.token_hash == derived.fingerprint(token), *_open(at))
    )
    row = session.execute(query).first()
    return Found(row[0], row[1], row[2] is not None, row[3]) if row else None


def touch(session: Session, session_id: int, at: datetime) -> None:
    """Somebody was here just now."""
    session.execute(update(AccountSession).where(AccountSession.id == session_id).values(last_seen_at=at))


def stale(row: AccountSession, at: datetime) -> bool:
    """Whether it should be written down again that somebody is here."""
    return at - row.last_seen_at >= SEEN_EVERY


def of(session: Session, account_id: int, at: datetime) -> Sequence[AccountSession]:
    """The sessions of an account that are open, the one seen last first."""
    query = select(AccountSession).join(Account, Account.id == AccountSession.account_id)
    mine = query.where(AccountSession.account_id == account_id, *_open(at))
    return session.scalars(mine.order_by(AccountSession.last_seen_at.desc(), AccountSession.id.desc())).all()


def end(session: Session, account_id: int, session_id: int, at: datetime) -> None:
    """End one session of this account. Raises NotFound where it has none such open."""
    mine = (AccountSession.id == session_id, AccountSession.account_id == account_id)
    still = update(AccountSession).where(*mine, AccountSession.revoked_at.is_(None)).values(revoked_at=at)
    if session.scalar(still.returning(AccountSession.id)) is None:
        raise NotFound(f"there is no open session {session_id}")


def end_others(session: Session, account_id: int, kept_id: int | None, at: datetime) -> int:
    """End every session of this account but one (None: all); returns how many those were."""
    mine = (AccountSession.account_id == account_id, AccountSession.revoked_at.is_(None))
    others = update(AccountSession).where(*mine, AccountSession.id != (kept_id or 0)).values(revoked_at=at)
    return len(session.scalars(others.returning(AccountSession.id)).all())


def forget(session: Session, at: datetime) -> None:
    """Remove sessions that ended long ago, the oldest first, so many at a time."""
    old = select(AccountSession.id).where(AccountSession.made_at < at - KEPT).order_by(AccountSession.made_at)
    some = old.limit(AT_ONCE).with_for_update(skip_locked=True)
    session.execute(delete(AccountSession).where(AccountSession.id.in_(some.scalar_subquery())))


def _open(at: datetime) -> Sequence[ColumnElement[bool]]:
    return (
        AccountSession.revoked_at.is_(None),
        AccountSession.made_at > at - LONGEST,
        AccountSession.last_seen_at > at - IDLE,
        AccountSession.account_key == Account.session_key,
        Account.active.is_(True),
    )


def factor_needed_from(session: Session, account_id: int) -> datetime | None:
    """From when on (case time) this account's person needs a second factor; None where nobody asks for it."""
    return session.scalar(select(_needed_from()).select_from(Account).where(Account.id == account_id))


def _needed_from() -> ScalarSelect[datetime]:
    """From when on this account's people need a second factor: by their enterprise, or by a role held."""
    held = cast(Account.roles, String).like(literal('%"') + FactorPolicy.role + '"%')
    theirs = or_(FactorPolicy.enterprise_id == Account.enterprise_id, held)
    return select(func.min(FactorPolicy.needed_from)).where(theirs).correlate(Account).scalar_subquery()
