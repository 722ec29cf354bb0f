"""Who mediates: the least loaded mediator without a conflict; else a supervisor without one; else nobody (art 21)."""

from collections import Counter
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from complaints.models import Account, Complaint, Conflict
from complaints.workflow.case import Case, Role, State

WORKING_ON = (State.AWAITING_CONSENT, State.IN_MEDIATION, State.RECUSAL_PENDING, State.UNDER_APPRAISAL)


def choose(session: Session, case: Case, but_not: int | None = None) -> int | None:
    """The account that should mediate `case`, or None. `but_not`: the mediator who steps aside."""
    barred = conflicted(session, case) | {but_not}
    loads = _loads(session)
    for role in (Role.MEDIATOR, Role.SUPERVISOR):
        free = [account_id for account_id in _with_role(session, role) if account_id not in barred]
        if free:
            return min(free, key=lambda account_id: (loads[account_id], account_id))
    return None


def conflicted(session: Session, case: Case) -> set[int | None]:
    """Accounts that declared, or were found to have, an interest in this case or its enterprise."""
    same = [Conflict.complaint_id == case.id]
    if case.enterprise_id is not None:
        same.append(Conflict.enterprise_id == case.enterprise_id)
    return set(session.scalars(select(Conflict.account_id).where(or_(*same))))


def _with_role(session: Session, role: Role) -> list[int]:
    accounts = session.execute(select(Account.id, Account.roles).where(Account.active).order_by(Account.id))
    return [account.id for account in accounts if role.value in account.roles]


def _loads(session: Session) -> Counter[int | None]:
    states = [state.value for state in WORKING_ON]
    running = select(Complaint.mediator_id, func.count()).where(Complaint.state.in_(states))
    return Counter(dict(session.execute(running.group_by(Complaint.mediator_id)).all()))


def step_aside(session: Session, case: Case, at: datetime) -> None:
    """The mediator may not come back to this case."""
    if case.mediator_id is not None and case.mediator_id not in conflicted(session, case):
        session.add(Conflict(account_id=case.mediator_id, complaint_id=case.id, declared_at=at))
        session.flush()
