"""Who of an enterprise's people handles which case. Recorded, and no event: it moves nothing and is told to nobody.

Whoever leads the agents gives cases to anybody of the enterprise; an agent takes a case that nobody has, and gives
back what is their own. A case of somebody who cannot log in any more counts as nobody's.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from complaints.errors import BadInput
from complaints.models import Account, Assignment, Complaint
from complaints.workflow.case import Actor, Role

MOST = 100  # cases at once: one page


def names(session: Session, enterprise_id: int) -> dict[int, str]:
    """The people of an enterprise who can log in now, by id, in the order of their names."""
    query = select(Account.id, Account.name, Account.roles).where(
        Account.enterprise_id == enterprise_id, Account.active
    )
    return {row.id: row.name for row in session.execute(query.order_by(Account.name, Account.id)) if _agent(row.roles)}


def assign(
    session: Session, numbers: Sequence[str], to: int | None, me: Actor, at: datetime, *, leads: bool
) -> tuple[int, int]:
    """Give cases to a colleague, or back (None). Returns how many were given, and how many were not this person's to
    give or not the enterprise's. Raises BadInput where nobody of that number works there."""
    known = names(session, me.enterprise_id or 0)
    if to is not None and to not in known:
        raise BadInput("nobody of this enterprise", {"to": ["not_a_choice"]})
    query = select(Complaint.id, Complaint.agent_id).where(
        Complaint.number.in_(numbers[:MOST]), Complaint.enterprise_id == me.enterprise_id,
        Complaint.enterprise_told,
    )  # fmt: skip
    rows = session.execute(query.order_by(Complaint.id).with_for_update(key_share=True)).all()
    given = 0
    for row in rows:
        holder = row.agent_id if row.agent_id in known else None
        if leads or _own(holder, to, me):
            given += 1
            if row.agent_id != to:
                _record(session, row.id, to, me, at)
    return given, len(numbers) - given


def _own(holder: int | None, to: int | None, me: Actor) -> bool:
    """Whether an agent may do it alone: take what nobody has, give back what is theirs."""
    return holder in (None, me.account_id) and to in (None, me.account_id)


def _record(session: Session, complaint_id: int, to: int | None, me: Actor, at: datetime) -> None:
    session.execute(update(Complaint).where(Complaint.id == complaint_id).values(agent_id=to))
    session.add(
        Assignment(
            complaint_id=complaint_id, enterprise_id=me.enterprise_id, account_id=to, assigned_by=me.account_id,
            assigned_at=at,
        )
    )  # fmt: skip


def _agent(roles: Sequence[str]) -> bool:
    return Role.ENTERPRISE.value in roles
