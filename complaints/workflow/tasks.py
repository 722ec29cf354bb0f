"""What a person must do beside the state, by a date: reach a party, decide a late recusal, show evidence."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from complaints import calendars
from complaints.clock import end_of_day, local_date
from complaints.errors import BadInput, NotAllowed, NotFound
from complaints.models import Task
from complaints.workflow import assignment, lifecycle, telling
from complaints.workflow.case import CLOCK, OFFICERS, Actor, Case, Role, State
from complaints.workflow.engine import fire
from complaints.workflow.policy import load

RECUSAL_CLOCK = "recusal_pending"  # a later request has the same time as a suspending one
REASSIGNABLE = lifecycle.rows_from("reassign")
CENTRE = (Role.INTAKE.value, Role.MEDIATOR.value)  # whose tasks a supervisor may do as well
RESULTS = {
    "reach_party": ("reached", "not_reached"),
    "renew_link": ("reached", "not_reached"),
    "decide_recusal": ("granted", "denied"),
    "answer_evidence": ("given",),
}


def open_recusal(session: Session, case: Case, party: Role, at: datetime) -> Task:
    """A later request to step aside: decided by the supervisor, suspending nothing."""
    days = load(case.policy).clocks[RECUSAL_CLOCK].working_days or 0
    due_on = calendars.current(session).working_days(local_date(at), days).end
    return _open(session, case, "decide_recusal", Role.SUPERVISOR, party, due_on, at)


def open_evidence(session: Session, case: Case, party: Role, until: date, at: datetime) -> Task:
    """Evidence that one side is asked for by a date."""
    return _open(session, case, "answer_evidence", party, party, until, at)


def open_for(session: Session, case: Case, actors: Sequence[Actor]) -> Sequence[Task]:
    """The open tasks of a case, by date: the centre sees all, a party those that are its own or about it."""
    roles = [actor.role.value for actor in actors]
    query = select(Task).where(Task.complaint_id == case.id, Task.done_at.is_(None)).order_by(Task.due_at, Task.id)
    if not any(actor.role in OFFICERS for actor in actors):
        query = query.where(or_(Task.role.in_(roles), Task.party.in_(roles)))
    return session.scalars(query).all()


def do_task(session: Session, case: Case, actor: Actor, at: datetime, *, task_id: int, result: str) -> Case:
    """Finish a task. Raises NotFound (not of this case, or done), NotAllowed (another role's)."""
    task = session.scalars(
        select(Task).where(Task.id == task_id, Task.complaint_id == case.id).with_for_update()
    ).one_or_none()
    if task is None or task.done_at is not None:
        raise NotFound(f"there is no open task {task_id} in case {case.number}")
    may = actor.role in (Role.CLOCK, Role(task.role)) or (actor.role is Role.SUPERVISOR and task.role in CENTRE)
    may = may and (task.kind != "decide_recusal" or actor.role is Role.CLOCK or actor.account_id != case.mediator_id)
    if not may:
        raise NotAllowed(f"task {task_id} is for the {task.role}")
    if result != "lapsed" and result not in RESULTS[task.kind]:
        raise BadInput(f"a task {task.kind} ends {' or '.join(RESULTS[task.kind])}", {"result": ["not_one_of"]})
    task.done_at, task.done_by, task.result = at, actor.account_id, result
    session.flush()
    when = task.due_at if result == "lapsed" else at
    facts: dict[str, Any] = {"task": task.kind, "task_role": task.role, "party": task.party, "result": result}
    fire(session, case, "do_task", actor, at, occurred_at=when, **facts)
    if task.kind == "decide_recusal" and result in ("granted", "lapsed") and case.state in REASSIGNABLE:
        _another_mediator(session, case, actor, at)
    if task.kind == "reach_party" and case.state is not State.CLOSED and case.clock_id is not None:
        telling.settle(session, case, at)
    return case


def lapse(session: Session, case: Case, task_id: int, at: datetime) -> Case:
    """A task whose time is over: recorded as such; the supervisor hears where it was the centre's."""
    return do_task(session, case, CLOCK, at, task_id=task_id, result="lapsed")


def _another_mediator(session: Session, case: Case, actor: Actor, at: datetime) -> None:
    """A later request was granted (or left undecided): the mediator steps aside, if somebody else is there."""
    assignment.step_aside(session, case, at)
    chosen = assignment.choose(session, case)
    if chosen is not None:
        fire(session, case, "reassign", actor, at, mediator_id=chosen)


def _open(session: Session, case: Case, kind: str, role: Role, party: Role, due_on: date, at: datetime) -> Task:
    task = Task(
        complaint_id=case.id,
        clock_id=case.clock_id,
        key=f"{kind}:{case.id}:{case.chain_seq}",
        kind=kind,
        role=role.value,
        party=party.value,
        made_at=at,
        due_at=end_of_day(due_on),
    )
    session.add(task)
    session.flush()
    return task
