"""Somebody at the door, in every role they hold, and what each may do now."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from complaints.models import Task
from complaints.registry.accounts import MANAGER
from complaints.workflow import lifecycle
from complaints.workflow.case import OFFICERS, Actor, Case, Move, Role, State
from complaints.workflow.policy import load

UNLISTED = ("do_task", "answer_joint")  # done from where it was asked for: a task's line, the page of a group


def consumer(complaint_id: int) -> list[Actor]:
    """The consumer of the case that a private link opens."""
    return [Actor(Role.CONSUMER, complaint_id=complaint_id)]


def of_account(account_id: int, enterprise_id: int | None, roles: Sequence[str]) -> list[Actor]:
    """Somebody with an account, once for each role held; an administrator who is nothing else acts in no case."""
    held = (*OFFICERS, Role.ENTERPRISE, Role.PARTNER)
    leads = enterprise_id is None or MANAGER in roles
    return [Actor(role, account_id, enterprise_id, leads=leads) for role in held if role.value in roles]


def actions(case: Case, actors: Sequence[Actor], at: datetime) -> list[str]:
    """What may be done now in any of the roles held, in the order of the table."""
    allowed = {trigger for actor in actors for trigger in _allowed(case, actor, at)}
    return [trigger for trigger in lifecycle.TRIGGERS if trigger in allowed and trigger not in UNLISTED]


def destination(case: Case, actors: Sequence[Actor], trigger: str, at: datetime) -> State | None:
    """Where a trigger that may be pulled now would lead, by the table; None where the case stays as it is."""
    for actor in actors:
        move = Move(actor, at, dict(lifecycle.GENEROUS), load(case.policy).counters)
        for row in lifecycle.rows_for(trigger, case.state):
            if lifecycle.may_run(row, case, move):
                return row.dest
    return None


def acting(
    session: Session, case: Case, actors: Sequence[Actor], trigger: str, at: datetime, task_id: int | None = None
) -> Actor:
    """In which of the roles held somebody pulls a trigger: the first that may; if none, the first, which is refused.

    A task is done in the role it is for, else as a supervisor.
    """
    task = session.get(Task, task_id) if task_id is not None else None
    if task is not None:
        wanted = (task.role, Role.SUPERVISOR.value)
        held = [actor for role in wanted for actor in actors if actor.role.value == role]
        return held[0] if held else actors[0]
    return next((actor for actor in actors if trigger in _allowed(case, actor, at)), actors[0])


def _allowed(case: Case, actor: Actor, at: datetime) -> list[str]:
    """A mediator acts in a case of their own, as the door sees it."""
    if actor.role is Role.MEDIATOR and case.mediator_id not in (None, actor.account_id):
        return []
    return lifecycle.actions(case, actor, Move(actor, at, {}, load(case.policy).counters))
