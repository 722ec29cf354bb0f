"""Computing a running clock again: because of an outage, a party told late, an extension, or a new calendar."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from complaints import calendars
from complaints.workflow import deadlines, rows
from complaints.workflow.case import CLOCK, Actor, Case
from complaints.workflow.deadlines import Deadline
from complaints.workflow.engine import Private, fire


def running(session: Session, case: Case) -> Deadline:
    """The deadline that runs now, with its explanation. The case must be open."""
    assert case.clock_id is not None
    return deadlines.read(rows.clock(session, case.clock_id)["explanation"])


def preview(session: Session, case: Case, at: datetime, why: str, **changes: Any) -> Deadline:
    """What the running deadline would become on a changed basis."""
    old = running(session, case)
    return deadlines.moved(old, old.basis.changed(**changes), calendars.current(session), why, at)


def move(session: Session, case: Case, at: datetime, why: str, **changes: Any) -> bool:
    """Move the running clock through the door, if the changed basis gives another day; True when it moved."""
    old, fresh = running(session, case), preview(session, case, at, why, **changes)
    if fresh.day == old.day and fresh.provisional == old.provisional:
        return False
    days: dict[str, Any] = {"old_day": old.day.isoformat(), "new_day": fresh.day.isoformat()}
    fire(session, case, "move_deadline", CLOCK, at, deadline=fresh, why=why, **days)
    return True


def extend(session: Session, case: Case, actor: Actor, at: datetime, working_days: int, private: Private) -> Case:
    """The enterprise's own extension: the same clock, so many working days longer."""
    if case.clock_id is None:
        return fire(session, case, "extend", actor, at)  # which says why not
    basis = running(session, case).basis
    floor = basis.floor and calendars.current(session).working_days(basis.floor, working_days).end
    fresh = preview(session, case, at, "extend", extra=basis.extra + working_days, floor=floor)
    return fire(
        session,
        case,
        "extend",
        actor,
        at,
        deadline=fresh,
        private=private,
        days=working_days,
        new_day=fresh.day.isoformat(),
    )
