"""What lies ahead of a case if everybody takes all of their time: whose move, until when, what silence leads to. Pure.

For receipts. It follows the table's own way of silence and counts with the case's pinned policy, so every day named is
the latest on that way; whoever acts sooner changes it. Days are those of the calendar known now.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from complaints.workflow import deadlines, lifecycle, notices
from complaints.workflow.case import CLOCK, Case, Move, State
from complaints.workflow.policy import load
from complaints.workflow.workdays import Calendar


@dataclass(frozen=True, slots=True)
class Ahead:
    """One stay ahead: the state, its owner as the words call it, the end of its clock (aware), the word for silence."""

    state: State
    owner: str
    due_at: datetime
    provisional: bool
    silence: str


def ahead(case: Case, calendar: Calendar, at: datetime, *, reachable: bool = True) -> list[Ahead]:
    """The stay that runs, then those that follow where nobody acts; empty for a closed case.

    `reachable`: whether the enterprise named can be written to; else intake sends the case to a mediator.
    """
    found: list[Ahead] = []
    walked: Case | None = case
    while walked is not None and walked.due_at is not None:
        move = _silent(walked, walked.due_at if found else at, reachable)
        found.append(
            Ahead(
                walked.state, lifecycle.STATE_ROW[walked.state].owner or "nobody", walked.due_at, walked.provisional,
                notices.silence(walked, move) or walked.state.value,
            )
        )  # fmt: skip
        walked = _next(walked, calendar, reachable)
        if walked is None or any(each.state is walked.state for each in found):
            break  # the table lets nobody go round for ever; a receipt says each thing once
    return found


def _silent(case: Case, at: datetime, reachable: bool) -> Move:
    """The clock's move, with the facts that it would bring: somebody without a conflict is there to mediate."""
    facts = lifecycle.GENEROUS | {"enterprise_reachable": reachable}
    return Move(CLOCK, at, facts, load(case.policy).counters)


def _next(case: Case, calendar: Calendar, reachable: bool) -> Case | None:
    """The case as silence leaves it, with its new clock; None where that cannot be said."""
    trigger = lifecycle.STATE_ROW[case.state].on_silence
    if trigger is None or case.due_at is None:
        return None
    move = _silent(case, case.due_at, reachable)
    rows = lifecycle.rows_for(trigger, case.state)
    dest = next((each.dest for each in rows if lifecycle.may_run(each, case, move)), None)
    if dest is None:
        return None
    accepted_at = case.accepted_at or (case.due_at if dest is State.AWAITING_MEDIATOR else None)
    moved = replace(case, state=dest, accepted_at=accepted_at, answer=None, due_at=None, provisional=False)
    deadline = deadlines.for_state(load(case.policy), calendar, moved, case.due_at, ())
    if deadline is not None:
        moved.due_at, moved.provisional = deadline.due_at, deadline.provisional
    return moved
