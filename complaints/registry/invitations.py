"""Invitations: a link by mail, for seven days, by which somebody makes an account of their own, once. Case time."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from complaints.errors import BadInput, NotFound
from complaints.models import Account, Enterprise, Invitation
from complaints.registry import account_letters, account_log, accounts, derived
from complaints.registry.accounts import MANAGER
from complaints.workflow.case import Role

LASTS = timedelta(days=7)
AGENT, LEADER = (Role.ENTERPRISE.value,), (Role.ENTERPRISE.value, MANAGER)


def invite(
    session: Session,
    email: str,
    roles: Sequence[str],
    enterprise_id: int | None,
    by: int,
    at: datetime,
    locale: str = "zh",
) -> Invitation:
    """Ask somebody to come in, in these roles; a letter brings the link. An earlier one to the same address ends.

    Nothing says whether the address has an account already. Raises BadInput, naming `roles` or `enterprise_id`.
    """
    if enterprise_id is not None and session.get(Enterprise, enterprise_id) is None:
        raise BadInput("there is no such enterprise", {"enterprise_id": ["required"]})
    accounts.check_roles(roles, enterprise_id)
    same = (Invitation.email == email, Invitation.enterprise_id.is_not_distinct_from(enterprise_id))
    for earlier in session.scalars(select(Invitation).where(*same, *_open(at))):
        earlier.revoked_at = at
    row = Invitation(
        token_hash=derived.mark("unnamed invitation", email, enterprise_id, at.timestamp()),
        email=email,
        roles=list(roles),
        enterprise_id=enterprise_id,
        locale=locale,
        invited_by=by,
        made_at=at,
        expires_at=at + LASTS,
    )
    session.add(row)
    session.flush()  # the id, which the token is derived from, is known only now
    row.token_hash = derived.fingerprint(token(row))
    session.flush()
    reader = f"{account_letters.INVITATION}:{row.id}"
    account_letters.plant(session, f"{reader}:invitation", reader, "invitation", at)
    account_log.note(session, by, "invited", at, by)
    return row


def token(row: Invitation) -> str:
    """The token of an invitation's link, the same whenever it is written."""
    return derived.token("invitation", row.id, f"{row.made_at.timestamp():.6f}")


def find(session: Session, shown: str, at: datetime, *, lock: bool = True) -> Invitation | None:
    """The open invitation of a token, locked so that it is accepted once."""
    mine = select(Invitation).where(Invitation.token_hash == derived.fingerprint(shown), *_open(at))
    return session.scalars(mine.with_for_update() if lock else mine).one_or_none()


def get(session: Session, invitation_id: int, at: datetime) -> Invitation | None:
    """An open invitation by its number, for the letter that brings it."""
    return session.scalars(select(Invitation).where(Invitation.id == invitation_id, *_open(at))).one_or_none()


def accept(session: Session, row: Invitation, login: str, name: str, password: str, at: datetime) -> Account:
    """Make the account; the invitation is used up. Raises BadInput, naming the fields; nothing is used up then."""
    account = accounts.create(session, login, name, password, row.roles, row.enterprise_id, row.email, at=at)
    account.locale = row.locale
    row.accepted_at, row.account_id = at, account.id
    account_log.note(session, account.id, "accepted", at, account.id)
    return account


def waiting(session: Session, enterprise_id: int | None, at: datetime) -> Sequence[Invitation]:
    """Open invitations of an enterprise, or those of the centre (None), newest first."""
    mine = Invitation.enterprise_id.is_not_distinct_from(enterprise_id)
    return session.scalars(select(Invitation).where(mine, *_open(at)).order_by(Invitation.id.desc())).all()


def revoke(session: Session, invitation_id: int, enterprise_id: int | None, at: datetime) -> None:
    """Take an invitation of this enterprise (None: of the centre) back. Raises NotFound where none is open."""
    row = get(session, invitation_id, at)
    if row is None or row.enterprise_id != enterprise_id:
        raise NotFound(f"there is no open invitation {invitation_id}")
    row.revoked_at = at
    session.flush()


def _open(at: datetime) -> tuple[ColumnElement[bool], ...]:
    return (Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None), Invitation.expires_at > at)
