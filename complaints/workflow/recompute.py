"""Computing a running clock again: because of an outage, a party told late, an extension, or a new calendar."""

from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from complaints import calendars
from complaints.workflow import deadlines, rows
from complaints.workflow.case import CLOCK, Actor, Case
from complaints.workflow.deadlines import Deadline
from complaints.workflow.engine import Private, fire


def running(session: Session, case: Case) -> tuple[RowMapping, Deadline]:
    """The clock that runs now, and the deadline that its explanation explains. The case must be open."""
    assert case.clock_id is not None
    clock = rows.clock(session, case.clock_id)
    return clock, deadlines.read(clock["explanation"])


def move(session: Session, case: Case, at: datetime, why: str, **changes: Any) -> bool:
    """Move the running clock through the door, if the changed basis gives another day; True when it moved."""
    clock, old = running(session, case)
    fresh = deadlines.moved(old, old.basis.changed(**changes), calendars.current(session), why, at)
    if fresh.day == old.day and fresh.provisional == old.provisional:
        return False
    days: dict[str, Any] = {"old_day": old.day.isoformat(), "new_day": fresh.day.isoformat()}
    fire(session, case, "move_deadline", CLOCK, at, deadline=fresh, running=clock, why=why, **days)
    return True


def extend(session: Session, case: Case, actor: Actor, at: datetime, working_days: int, private: Private) -> Case:
    """The enterprise's own extension: the same clock, so many working days longer."""
    if case.clock_id is None:
        return fire(session, case, "extend", actor, at)  # which says why not
    clock, old = running(session, case)
    calendar = calendars.current(session)
    floor = old.basis.floor and calendar.working_days(old.basis.floor, working_days).end
    longer = old.basis.changed(extra=old.basis.extra + working_days, floor=floor)
    fresh = deadlines.moved(old, longer, calendar, "extend", at)
    facts: dict[str, Any] = {"days": working_days, "new_day": fresh.day.isoformat()}
    return fire(session, case, "extend", actor, at, deadline=fresh, running=clock, private=private, **facts)
