"""What happens when a clock runs out, and the two reasons why it may not run out yet (design, section 2).

No clock runs out against a party that was not told, or that could not act because the service was down on the last
working day. An expiry found late is dated at the instant it fell due; the next clock starts at the recording.
"""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from complaints import calendars
from complaints.clock import at_local, end_of_day, local_date
from complaints.registry import enterprises
from complaints.workflow import assignment, lifecycle, outages, recompute, rows, telling
from complaints.workflow.case import CLOCK, PARTIES, Case, State
from complaints.workflow.engine import fire
from complaints.workflow.policy import load


def expire(session: Session, case: Case, at: datetime) -> bool:
    """Do what silence leads to, if the deadline is over at `at`; True when the case moved to another state."""
    if case.due_at is None or at < case.due_at:
        return False
    if any(owner in PARTIES for owner in lifecycle.owners(case)) and not _may_run_out(session, case, at):
        return False
    trigger = lifecycle.STATE_ROW[case.state].on_silence
    assert trigger is not None, case.state  # verify.py proves that every clock has its consequence
    due_at = case.due_at
    fire(session, case, trigger, CLOCK, at, occurred_at=due_at, **_facts(session, case, at))
    return True


def _may_run_out(session: Session, case: Case, at: datetime) -> bool:
    """Whether the party was told and could act; otherwise the clock is held or moved."""
    if not telling.settle(session, case, at):
        rows.hold(session, case, telling.look_again(session, case, at))
        return False
    if case.due_at is not None and at >= case.due_at:
        _move_over_outage(session, case, at)
    return case.due_at is not None and at >= case.due_at


def _move_over_outage(session: Session, case: Case, at: datetime) -> None:
    """The service was down on the last working day: the clock ends with the first working day after the gap."""
    assert case.due_at is not None
    floor = _day_after_outage(session, case, case.due_at, at)
    if floor is not None:
        recompute.move(session, case, at, "outage", floor=floor)


def keep_windows_open(session: Session, case: Case, at: datetime) -> None:
    """A window after closing that ended while the service was down stays open until the working day after the gap."""
    for window in ("reopen_until", "rate_until"):
        until = getattr(case, window)
        floor = _day_after_outage(session, case, until, at) if until is not None and at >= until else None
        if floor is not None:
            setattr(case, window, end_of_day(floor))


def _day_after_outage(session: Session, case: Case, due_at: datetime, at: datetime) -> date | None:
    """The first working day after a gap that touched the last working day before `due_at`; None: there was none."""
    calendar = calendars.current(session)
    last_day = calendar.working_day_on_or_before(local_date(due_at - timedelta(microseconds=1)))
    longer_than = timedelta(minutes=load(case.policy).outage_gap_minutes)
    found = outages.gaps(session, at_local(last_day, 0), at, longer_than)
    ends = [gap.ended_at for gap in found if gap.began_at < due_at]
    return calendar.next_working_day(local_date(max(ends))) if ends else None


def _facts(session: Session, case: Case, at: datetime) -> dict[str, Any]:
    """What the clock brings to its own trigger: what is known of the enterprise, a mediator, a recusal granted."""
    if case.state is State.RECEIVED:
        return {"enterprise_reachable": enterprises.reachable(session, case.enterprise_id)}
    if case.state is State.AWAITING_MEDIATOR:
        return {"mediator_id": assignment.choose(session, case)}
    if case.state is State.RECUSAL_PENDING:
        assignment.step_aside(session, case, at)
        return {"mediator_id": assignment.choose(session, case), "granted": True}
    return {}
