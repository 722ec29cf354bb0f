"""The people of an enterprise or of the centre, and what is done for them: roles, closing, a lost second factor.

Managers act for their own enterprise, administrators for everybody: the pages see to that. Whatever the way, an
enterprise that has people never loses its last manager, nor the installation its last administrator.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from complaints.errors import NotAllowed, NotFound
from complaints.models import Account, AccountFactor, AccountSession, Enterprise
from complaints.registry import account_letters, account_log, accounts, factors
from complaints.registry.accounts import ADMINISTRATOR, MANAGER
from complaints.workflow.case import Role

ENTERPRISE = Role.ENTERPRISE.value


@dataclass(frozen=True, slots=True)
class Colleague:
    """One line of a list of people."""

    account: Account
    second_factor: bool
    last_seen_at: datetime | None

    @property
    def manager(self) -> bool:
        """Whether this person leads the agents."""
        return MANAGER in self.account.roles


def of_enterprise(session: Session, enterprise_id: int) -> list[Colleague]:
    """Everybody who ever came in for an enterprise: the active first, by name."""
    seen = select(func.max(AccountSession.last_seen_at)).where(AccountSession.account_id == Account.id)
    query = (
        select(Account, AccountFactor.confirmed_at, seen.scalar_subquery())
        .outerjoin(AccountFactor, AccountFactor.account_id == Account.id)
        .where(Account.enterprise_id == enterprise_id)
        .order_by(Account.active.desc(), Account.name, Account.id)
    )
    return [Colleague(account, confirmed is not None, at) for account, confirmed, at in session.execute(query)]


def find(session: Session, enterprise_id: int, account_id: int) -> Account:
    """An active colleague in this enterprise. Raises NotFound."""
    account = accounts.load(session, account_id)
    if account is None or account.enterprise_id != enterprise_id:
        raise NotFound(f"there is no colleague {account_id}")
    return account


def lead(session: Session, account: Account, manager: bool, by_id: int | None, at: datetime) -> None:
    """Make somebody a manager, or an agent again; open sessions end, for a role is part of them.

    Raises NotAllowed for the last manager. Case time.
    """
    if manager is (MANAGER in account.roles):
        return
    if not manager:
        _keep_one(session, account)
    account.roles = [ENTERPRISE, MANAGER] if manager else [ENTERPRISE]
    accounts.end_sessions(session, account)
    account_log.note(session, account.id, "made_manager" if manager else "made_agent", at, by_id)


def close(session: Session, account: Account, by_id: int | None, at: datetime) -> None:
    """Close an account for good: it is out at once, and its tokens open nothing. What it did stays in the logs.

    Raises NotAllowed for the last manager of an enterprise, and for the last administrator. Case time.
    """
    _keep_one(session, account)
    accounts.deactivate(session, account)
    factors.remove(session, account.id)
    account_log.note(session, account.id, "closed", at, by_id)


def reset_factor(session: Session, account: Account, by_id: int | None, at: datetime) -> bool:
    """Switch off the second factor of somebody who has lost it; open sessions end, a letter says so, it is recorded.

    False where there was none. Raises NotAllowed for one's own, which takes password and code. Case time.
    """
    if account.id == by_id:
        raise NotAllowed("nobody resets their own second factor")
    if not factors.remove(session, account.id):
        return False
    accounts.end_sessions(session, account)
    account_log.note(session, account.id, "factor_reset", at, by_id)
    account_letters.tell(session, account.id, "factor_reset", at)
    return True


def _keep_one(session: Session, account: Account) -> None:
    """Raise NotAllowed where nobody would be left to lead. Of two at the same time, the second sees the first."""
    if MANAGER in account.roles:
        session.execute(select(Enterprise.id).where(Enterprise.id == account.enterprise_id).with_for_update())
        same = Account.enterprise_id == account.enterprise_id
        if not _others(session, account, MANAGER, session.scalars(select(Account).where(same, Account.active)).all()):
            raise NotAllowed("the last manager of an enterprise stays")
    if ADMINISTRATOR in account.roles:
        centre = select(Account).where(Account.enterprise_id.is_(None), Account.active).with_for_update()
        if not _others(session, account, ADMINISTRATOR, session.scalars(centre.order_by(Account.id)).all()):
            raise NotAllowed("the last administrator stays")


def _others(session: Session, account: Account, role: str, people: Sequence[Account]) -> list[Account]:
    session.refresh(account)
    return [each for each in people if each.id != account.id and role in each.roles]
