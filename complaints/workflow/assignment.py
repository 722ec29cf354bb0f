"""Who mediates: the least loaded mediator without a conflict; else a supervisor without one; else nobody (art 21)."""

from collections import Counter
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from complaints.models import Account, Complaint, Conflict
from complaints.workflow.case import Case, Role, State

WORKING_ON = (State.AWAITING_CONSENT, State.IN_MEDIATION, State.RECUSAL_PENDING, State.UNDER_APPRAISAL)


class Mediators:
    """Who could mediate, asked of the database once for all the cases of one transaction."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.loads = _loads(session)
        accounts = session.execute(select(Account.id, Account.roles).where(Account.active).order_by(Account.id))
        self.roles: dict[int, list[str]] = {account.id: account.roles for account in accounts}

    def choose(self, case: Case, but_not: int | None = None) -> int | None:
        """The account that should mediate `case`, or None; it then counts as loaded with it.

        `but_not`: the mediator who steps aside.
        """
        barred = conflicted(self.session, case) | {but_not}
        for role in (Role.MEDIATOR, Role.SUPERVISOR):
            free = [one for one, roles in self.roles.items() if role.value in roles and one not in barred]
            if free:
                chosen = min(free, key=lambda one: (self.loads[one], one))
                self.loads[chosen] += 1
                return chosen
        return None


def choose(session: Session, case: Case, but_not: int | None = None) -> int | None:
    """As `Mediators.choose`, for one case."""
    return Mediators(session).choose(case, but_not)


def conflicted(session: Session, case: Case) -> set[int | None]:
    """Accounts that declared, or were found to have, an interest in this case or its enterprise."""
    same = [Conflict.complaint_id == case.id]
    if case.enterprise_id is not None:
        same.append(Conflict.enterprise_id == case.enterprise_id)
    return set(session.scalars(select(Conflict.account_id).where(or_(*same))))


def _loads(session: Session) -> Counter[int | None]:
    states = [state.value for state in WORKING_ON]
    running = select(Complaint.mediator_id, func.count()).where(Complaint.state.in_(states))
    return Counter(dict(session.execute(running.group_by(Complaint.mediator_id)).all()))


def step_aside(session: Session, case: Case, at: datetime) -> None:
    """The mediator may not come back to this case."""
    if case.mediator_id is not None and case.mediator_id not in conflicted(session, case):
        session.add(Conflict(account_id=case.mediator_id, complaint_id=case.id, declared_at=at))
        session.flush()
