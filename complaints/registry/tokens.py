"""Tokens by which programs come in for an account: an enterprise's CRM, a hotline, an officer's tool."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from complaints.errors import BadInput, NotFound
from complaints.models import Account, ApiToken
from complaints.registry import account_letters, account_log

PREFIX = "cpl_"  # by which scanners for leaked secrets know it
LONGEST_NAME = 80
USE_NOTED = timedelta(hours=1)  # at most so often, so that a busy program costs one write an hour


def issue(
    session: Session, account: Account, name: str, at: datetime, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """Make a token and return it with its text, which is kept nowhere. Real time. Raises BadInput, naming the field."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        wrong = f"too_long:{LONGEST_NAME}" if name else "required"
        raise BadInput("a token is named after its program", {"name": [wrong]})
    if expires_at is not None and expires_at <= at:
        raise BadInput("a token cannot have ended already", {"expires_at": ["in_the_past"]})
    text = PREFIX + secrets.token_urlsafe(32)
    row = ApiToken(account_id=account.id, name=name, token_hash=_hash(text), made_at=at, expires_at=expires_at)
    session.add(row)
    session.flush()
    return row, text


def issue_to_person(
    session: Session, account: Account, name: str, at: datetime, expires_at: datetime, told_at: datetime
) -> tuple[ApiToken, str]:
    """The same for somebody who came in with a password: written down, and told by mail. `told_at` is case time."""
    row, text = issue(session, account, name, at, expires_at)
    account_log.note(session, account.id, "token_made", told_at, account.id)
    account_letters.tell(session, account.id, "token_made", told_at)
    return row, text


def find(session: Session, text: str, at: datetime) -> tuple[ApiToken, Account] | None:
    """The token in force and its active account. The look-up is by hash: its time says nothing about any token."""
    in_force = (ApiToken.revoked_at.is_(None), or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > at))
    query = (
        select(ApiToken, Account)
        .join(Account, Account.id == ApiToken.account_id)
        .where(ApiToken.token_hash == _hash(text), *in_force, Account.active)
    )
    row = session.execute(query).first()
    return (row[0], row[1]) if row else None


def of(session: Session, account_id: int) -> Sequence[ApiToken]:
    """The tokens of an account that were not revoked, oldest first."""
    mine = (ApiToken.account_id == account_id, ApiToken.revoked_at.is_(None))
    return session.scalars(select(ApiToken).where(*mine).order_by(ApiToken.id)).all()


def of_enterprise(
    session: Session, enterprise_id: int, account_id: int | None = None
) -> Sequence[tuple[ApiToken, Account]]:
    """The tokens of an enterprise's accounts (or of one of them) that were not revoked, with their accounts."""
    mine = [Account.enterprise_id == enterprise_id, ApiToken.revoked_at.is_(None)]
    if account_id is not None:
        mine.append(Account.id == account_id)
    query = select(ApiToken, Account).join(Account, Account.id == ApiToken.account_id).where(*mine)
    return [(row[0], row[1]) for row in session.execute(query.order_by(ApiToken.id))]


def unnoted(token: ApiToken, at: datetime) -> bool:
    """Whether a use of this token is to be written down: the last one that was is an hour old."""
    return token.used_at is None or at - token.used_at >= USE_NOTED


def note_use(session: Session, token_id: int, at: datetime) -> None:
    """Write down that a token was used."""
    session.execute(update(ApiToken).where(ApiToken.id == token_id).values(used_at=at))


def revoke(session: Session, account_id: int, token_id: int, at: datetime) -> None:
    """End a token of this account. Raises NotFound where it has none such in force."""
    token = session.get(ApiToken, token_id)
    if token is None or token.account_id != account_id or token.revoked_at is not None:
        raise NotFound(f"there is no token {token_id}")
    token.revoked_at = at


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
