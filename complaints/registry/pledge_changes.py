"""A change of a pledge that is asked for: its clock, beside that of the pledge's term, which runs on.

The verbs stand in `pledges.py` and move both in one transaction: the pledge's log tells the whole story, the change has
the owner, the clock and the letters. Whatever ends the pledge ends what it asked for. `at` is aware UTC.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.models import Pledge, PledgeChange
from complaints.registry import course
from complaints.workflow.case import CLOCK, Actor


def waiting(session: Session, pledge: Pledge) -> PledgeChange | None:
    """The change of a pledge that is not decided yet."""
    mine = (PledgeChange.pledge_id == pledge.id, PledgeChange.due_at.is_not(None))
    return session.scalars(select(PledgeChange).where(*mine)).one_or_none()


def ask(session: Session, pledge: Pledge, actor: Actor, at: datetime) -> None:
    """A locked pledge is to be worded anew; what is not decided yet is written over, and its clock runs on."""
    change = _locked(session, pledge)
    if change is not None:
        course.fire(session, change, "reword", actor, at)
        return
    pledge.version, pledge.changing = pledge.version + 1, True
    change = PledgeChange(enterprise_id=pledge.enterprise_id, pledge_id=pledge.id)
    course.begin(session, change, "ask", actor, at)


def end(session: Session, pledge: Pledge, trigger: str, actor: Actor, at: datetime, **facts: Any) -> None:
    """What a locked pledge asked for is decided, withdrawn, or falls away with it."""
    change = _locked(session, pledge)
    if change is not None:
        course.fire(session, change, trigger, actor, at, **facts)
    pledge.changing = False
    session.flush()


def run_out(session: Session, change: PledgeChange, at: datetime) -> bool:
    """Let the clock of a locked change run out; what nobody has decided does not stand."""
    if not course.run_out(session, change, at):
        return False
    if change.state == "undecided":
        pledge = course.lock(session, Pledge, change.pledge_id)
        course.fire(session, pledge, "leave_change", CLOCK, at)
        pledge.changing = False
        session.flush()
    return True


def run_out_of(session: Session, pledge: Pledge, at: datetime) -> None:
    """The same for what a locked pledge asked for."""
    change = _locked(session, pledge)
    if change is not None:
        run_out(session, change, at)


def _locked(session: Session, pledge: Pledge) -> PledgeChange | None:
    change = waiting(session, pledge) if pledge.changing else None
    return course.lock(session, PledgeChange, change.id) if change is not None else None
