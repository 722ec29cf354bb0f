"""What happens when a clock runs out, and the two reasons why it may not run out yet (design, section 2).

No clock runs out against a party that was not told, or that could not act because the service was down on the last
working day. An expiry found late is dated at the instant it fell due; the next clock starts at the recording.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from complaints import calendars
from complaints.clock import end_of_day
from complaints.registry import enterprises
from complaints.workflow import assignment, lifecycle, outages, recompute, rows, telling
from complaints.workflow.assignment import Mediators
from complaints.workflow.case import CLOCK, PARTIES, Case, State
from complaints.workflow.engine import Step, fire_all
from complaints.workflow.outages import Gap
from complaints.workflow.policy import load


class Around:
    """What the clock must know beside the cases, asked once for all that are handled in one transaction."""

    def __init__(self, session: Session, at: datetime) -> None:
        self.session, self.at = session, at

    @cached_property
    def mediators(self) -> Mediators:
        """Who could mediate, and how loaded they are."""
        return Mediators(self.session)

    @cached_property
    def gaps(self) -> Sequence[Gap]:
        """The times when the service was down, however short."""
        return outages.gaps(self.session, self.at)


def expire(session: Session, case: Case, at: datetime) -> bool:
    """Do what silence leads to, if the deadline is over at `at`; True when the case moved to another state."""
    return expire_all(session, [(case, None)], at) == 1


def expire_all(session: Session, cases: Sequence[tuple[Case, datetime | None]], at: datetime) -> int:
    """The same for several locked cases, each with the instant its owner was told, where known. Returns how many."""
    around = Around(session, at)
    over = [case for case, told_at in cases if _is_over(around, case, told_at)]
    fire_all(session, [_step(around, case) for case in over], at)
    return len(over)


def _is_over(around: Around, case: Case, told_at: datetime | None) -> bool:
    """Whether the clock has run out; one that may not is held or moved."""
    if case.due_at is None or around.at < case.due_at:
        if case.wake_at != case.due_at and case.due_at is not None:
            rows.hold(around.session, case, case.due_at)  # looked at too early: once more, at the deadline itself
        return False
    if not any(owner in PARTIES for owner in lifecycle.owners(case)):
        return True
    if told_at is None and not telling.settle(around.session, case, around.at):
        rows.hold(around.session, case, telling.look_again(around.session, case, around.at))
        return False
    if around.at >= case.due_at:
        _move_over_outage(around, case)
    return around.at >= case.due_at


def _move_over_outage(around: Around, case: Case) -> None:
    """The service was down on the last working day: the clock ends with the first working day after the gap."""
    assert case.due_at is not None
    floor = _day_after_outage(around, case, case.due_at)
    if floor is not None:
        recompute.move(around.session, case, around.at, "outage", floor=floor)


def keep_windows_open(session: Session, case: Case, at: datetime) -> None:
    """A window after closing that ended while the service was down stays open until the working day after the gap."""
    around = Around(session, at)
    for window in ("reopen_until", "rate_until"):
        until = getattr(case, window)
        floor = _day_after_outage(around, case, until) if until is not None and at >= until else None
        if floor is not None:
            setattr(case, window, end_of_day(floor))


def _day_after_outage(around: Around, case: Case, due_at: datetime) -> date | None:
    """The first working day after a gap that touched the last working day before `due_at`; None: there was none."""
    longer_than = timedelta(minutes=load(case.policy).outage_gap_minutes)
    return outages.day_after(around.gaps, longer_than, due_at, calendars.current(around.session))


def _step(around: Around, case: Case) -> Step:
    """What the clock does now, dated at the instant the case fell due."""
    trigger = lifecycle.STATE_ROW[case.state].on_silence
    assert trigger is not None, case.state  # verify.py proves that every clock has its consequence
    return Step(case, trigger, CLOCK, _facts(around, case), occurred_at=case.due_at)


def _facts(around: Around, case: Case) -> dict[str, Any]:
    """What the clock brings to its own trigger: what is known of the enterprise, a mediator, a recusal granted."""
    if case.state is State.RECEIVED:
        return {"enterprise_reachable": enterprises.reachable(around.session, case.enterprise_id)}
    if case.state is State.AWAITING_MEDIATOR:
        return {"mediator_id": around.mediators.choose(case)}
    if case.state is State.RECUSAL_PENDING:
        assignment.step_aside(around.session, case, around.at)
        return {"mediator_id": around.mediators.choose(case), "granted": True}
    return {}
