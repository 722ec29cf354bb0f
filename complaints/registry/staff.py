"""Accounts as an administrator keeps them: found, closed and opened again, with other roles, with conflicts.

Every change ends the account's open sessions and stands in the trail. An installation never loses its last
administrator. Everything works in the caller's transaction; raises BadInput, naming the field.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from complaints.errors import BadInput, NotAllowed, NotFound
from complaints.models import Account, Complaint, Conflict, Enterprise, Event
from complaints.registry import accounts, colleagues, cursors, invitations, trail
from complaints.registry.accounts import ADMINISTRATOR
from complaints.workflow.case import Role

PAGE = 50
MEDIATING = ("mediator", "supervisor")


@dataclass(frozen=True, slots=True)
class People:
    """Some accounts with the names of their enterprises, and the cursor of the next ones."""

    lines: Sequence[tuple[Account, str]]
    next: str | None


@dataclass(frozen=True, slots=True)
class Interest:
    """One conflict of interest of a mediator: an enterprise, or one case."""

    id: int
    enterprise: str
    number: str
    declared_at: datetime


def search(session: Session, query: str, *, cursor: str | None = None, limit: int = PAGE) -> People:
    """Accounts whose log-in, name or enterprise contains what was typed, by log-in."""
    listed = select(Account, func.coalesce(Enterprise.name, "")).outerjoin(Enterprise)
    text = query.strip()
    if text:
        login, name = accounts.fold_login(text), text
        firm = select(Enterprise.id).where(Enterprise.name.contains(name, autoescape=True))
        has = (Account.login.contains(login, autoescape=True), Account.name.contains(name, autoescape=True))
        listed = listed.where(or_(*has, Account.enterprise_id.in_(firm)))
    if cursor is not None:
        listed = listed.where(Account.login > cursors.read(cursor, "login", str)[0])
    rows = [(row[0], row[1]) for row in session.execute(listed.order_by(Account.login).limit(limit + 1))]
    last = rows[limit - 1][0] if len(rows) > limit else None
    return People(rows[:limit], cursors.write("login", last.login) if last else None)


def supervisors(session: Session) -> int:
    """How many people supervise now."""
    held = session.scalars(select(Account.roles).where(Account.active, Account.enterprise_id.is_(None)))
    return sum(Role.SUPERVISOR.value in roles for roles in held)


def get(session: Session, account_id: int) -> Account:
    """One account, active or not, locked. Raises NotFound."""
    account = session.get(Account, account_id, with_for_update=True)
    if account is None:
        raise NotFound(f"there is no account {account_id}")
    return account


def close(session: Session, account: Account, by: int | None, at: datetime) -> None:
    """Nobody logs in with it any more, and its tokens open nothing."""
    if not account.active:
        return
    _not_the_last(session, account, "active")
    try:
        colleagues.close(session, account, by, at)
    except NotAllowed:
        raise BadInput("nobody else would be left to lead", {"active": ["last_to_lead"]}) from None
    trail.record(session, by, "user.closed", trail.ACCOUNT, account.id, at, {"active": True}, {"active": False})


def reopen(session: Session, account: Account, by: int | None, at: datetime) -> None:
    """It can log in again, with the password and second factor that it had."""
    if account.active:
        return
    account.active = True
    trail.record(session, by, "user.reopened", trail.ACCOUNT, account.id, at, {"active": False}, {"active": True})


def reset_factor(session: Session, account: Account, by: int | None, at: datetime) -> None:
    """Switch off the second factor of somebody who has lost it; a letter says so. One's own takes password and code."""
    if account.id == by:
        raise BadInput("nobody resets their own second factor", {"factor": ["own_factor"]})
    if colleagues.reset_factor(session, account, by, at):
        trail.record(session, by, "user.factor_reset", trail.ACCOUNT, account.id, at)


def invite(
    session: Session, email: str, roles: Sequence[str], enterprise_id: int | None, by: int, at: datetime, locale: str
) -> None:
    """Ask somebody to come in by mail. The trail does not name whom: an address is a person's."""
    invitations.invite(session, email, roles, enterprise_id, by, at, locale)
    told = {"roles": list(roles), "enterprise_id": enterprise_id}
    trail.record(session, by, "user.invited", trail.ACCOUNT, None, at, {}, told)


def change_roles(session: Session, account: Account, roles: Sequence[str], by: int | None, at: datetime) -> None:
    """Other roles, under the rules by which accounts are made; every open session ends."""
    before = list(account.roles)
    wanted = [role for role in accounts.ROLES if role in roles]
    if wanted == [role for role in accounts.ROLES if role in before]:
        return
    if ADMINISTRATOR in before and ADMINISTRATOR not in wanted:
        _not_the_last(session, account, "roles")
    accounts.check_roles(wanted, account.enterprise_id)
    account.roles, account.session_key = wanted, secrets.token_hex(16)
    trail.record(session, by, "user.roles", trail.ACCOUNT, account.id, at, {"roles": before}, {"roles": wanted})


def interests(session: Session, account_id: int) -> list[Interest]:
    """The conflicts of one mediator, newest first."""
    query = (
        select(Conflict.id, Enterprise.name, Complaint.number, Conflict.declared_at)
        .outerjoin(Enterprise, Enterprise.id == Conflict.enterprise_id)
        .outerjoin(Complaint, Complaint.id == Conflict.complaint_id)
        .where(Conflict.account_id == account_id)
        .order_by(Conflict.id.desc())
        .limit(200)
    )
    return [Interest(key, firm or "", number or "", at) for key, firm, number, at in session.execute(query)]


def add_interest(
    session: Session, account: Account, by: int | None, at: datetime, *, enterprise: Enterprise | None, number: str
) -> None:
    """From this enterprise, or this case, the mediator steps aside from now on (Order 121 art 21)."""
    if not set(MEDIATING) & set(account.roles):
        raise BadInput("only whoever mediates can have a conflict", {"enterprise": ["not_a_mediator"]})
    case_id = session.scalar(select(Complaint.id).where(Complaint.number == number)) if number else None
    if number and case_id is None:
        raise BadInput(f"there is no case {number}", {"number": ["no_such_case"]})
    if enterprise is None and case_id is None:
        raise BadInput("an enterprise or a case", {"enterprise": ["required"]})
    firm_id = enterprise.id if enterprise else None
    for field, of in (("enterprise", (firm_id, None)), ("number", (None, case_id))):
        if of != (None, None) and not _has(session, account.id, *of):
            session.add(Conflict(account_id=account.id, enterprise_id=of[0], complaint_id=of[1], declared_at=at))
            told = {"enterprise_id": of[0]} if field == "enterprise" else {"case": number}
            trail.record(session, by, "conflict.added", trail.ACCOUNT, account.id, at, {}, told)
    session.flush()


def drop_interest(session: Session, account: Account, conflict_id: int, by: int | None, at: datetime) -> None:
    """The conflict is no more. One that a decided recusal made stays: the mediator may not come back to that case."""
    conflict = session.get(Conflict, conflict_id)
    if conflict is None or conflict.account_id != account.id:
        return  # gone already
    if conflict.complaint_id is not None and _by_recusal(session, conflict):
        raise BadInput("a recusal decided it", {"conflict": ["decided_by_recusal"]})
    told = {"enterprise_id": conflict.enterprise_id, "complaint_id": conflict.complaint_id}
    session.delete(conflict)
    trail.record(session, by, "conflict.removed", trail.ACCOUNT, account.id, at, told, {})


def _has(session: Session, account_id: int, firm_id: int | None, case_id: int | None) -> bool:
    same = (Conflict.enterprise_id.is_(None) if firm_id is None else Conflict.enterprise_id == firm_id,
            Conflict.complaint_id.is_(None) if case_id is None else Conflict.complaint_id == case_id)  # fmt: skip
    return session.scalar(select(Conflict.id).where(Conflict.account_id == account_id, *same)) is not None


def _by_recusal(session: Session, conflict: Conflict) -> bool:
    decided = select(Event.id).where(
        Event.complaint_id == conflict.complaint_id,
        Event.trigger == "decide_recusal",
        Event.recorded_at == conflict.declared_at,
    )
    return session.scalar(decided) is not None


def _not_the_last(session: Session, account: Account, field: str) -> None:
    """The last active administrator stays one."""
    others = session.execute(select(Account.id, Account.roles).where(Account.active, Account.enterprise_id.is_(None)))
    left = [key for key, roles in others if ADMINISTRATOR in roles and key != account.id]
    if ADMINISTRATOR in account.roles and account.active and not left:
        raise BadInput("the last administrator stays", {field: ["last_administrator"]})
