"""Forgotten passwords: a link by mail to the address of the account, for an hour, once. Case time.

Whoever asks types a log-in or a mail address, of which only a mark is kept. Nothing is looked up until the letter
leaves, so neither the answer nor its time says whether there is such an account.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from complaints.models import Account, Notice, PasswordReset
from complaints.registry import account_letters, account_log, accounts, derived

LASTS = timedelta(hours=1)
AGAIN_MINUTES = 10  # the same name or address hears once in so many
MOST_ACCOUNTS = 10  # of one mail address


def ask(session: Session, typed: str, at: datetime) -> None:
    """Send a link for a new password to whom this log-in or mail address belongs, if it belongs to anybody."""
    reader = f"{account_letters.RESET}:{account_letters.mark(accounts.fold_login(typed))}"
    span = int(at.timestamp()) // (60 * AGAIN_MINUTES)
    account_letters.plant(session, f"{reader}:{span}", reader, "password_reset", at)


def readers(session: Session, mark: str) -> Sequence[Account]:
    """The active accounts whose log-in or mail address has this mark, those of one mail address at most."""
    known = select(Account.id, Account.login, Account.email).where(Account.active, Account.email.is_not(None))
    found = [
        row
        for row in session.execute(known.order_by(Account.id))
        if mark in (account_letters.mark(row.login), account_letters.mark(accounts.fold_login(row.email)))
    ]
    by_mail = [row for row in found if mark == account_letters.mark(accounts.fold_login(row.email))]
    found = by_mail or found  # a log-in that looks like somebody's mail address does not take their letter
    same = [row.id for row in found if row.email.casefold() == found[0].email.casefold()][:MOST_ACCOUNTS]
    return session.scalars(select(Account).where(Account.id.in_(same)).order_by(Account.id)).all()


def made(session: Session, notice: Notice, account_id: int, at: datetime) -> str:
    """The token of this letter and account, the same however often the letter is written; its hour begins as it
    leaves."""
    mine = (PasswordReset.notice_id == notice.id, PasswordReset.account_id == account_id)
    row = session.scalars(select(PasswordReset).where(*mine)).one_or_none()
    token = derived.token("password reset", notice.id, notice.message_id, account_id)
    if row is None:
        hashed = derived.fingerprint(token)
        row = PasswordReset(account_id=account_id, notice_id=notice.id, token_hash=hashed, made_at=at, expires_at=at)
        session.add(row)
    if row.expires_at == row.made_at or notice.status == "waiting":
        row.expires_at = at + LASTS
    session.flush()
    return token


def find(session: Session, token: str, at: datetime) -> Account | None:
    """The active account whose password this token may make anew."""
    found = _row(session, token, at, lock=False)
    return found[1] if found else None


def use(session: Session, token: str, password: str, at: datetime) -> Account | None:
    """A new password; every session ends, other links of the account too. The second factor stays as it is.

    None where the token opens nothing. Raises BadInput when the password will not do; the token stays good then.
    """
    found = _row(session, token, at, lock=True)
    if found is None:
        return None
    account = found[1]
    accounts.set_password(session, account, password)
    links = update(PasswordReset).where(PasswordReset.account_id == account.id, PasswordReset.used_at.is_(None))
    session.execute(links.values(used_at=at))
    account_log.note(session, account.id, "password_reset", at, account.id)
    account_letters.tell(session, account.id, "password_changed", at)
    return account


def _row(session: Session, token: str, at: datetime, *, lock: bool) -> tuple[PasswordReset, Account] | None:
    query = select(PasswordReset, Account).join(Account, Account.id == PasswordReset.account_id)
    good = (PasswordReset.used_at.is_(None), PasswordReset.expires_at > at, Account.active)
    mine = query.where(PasswordReset.token_hash == derived.fingerprint(token), *good)
    row = session.execute(mine.with_for_update(of=PasswordReset) if lock else mine).first()
    return (row[0], row[1]) if row else None
