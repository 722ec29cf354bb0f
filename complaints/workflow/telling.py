"""Whether the owner of a clock has been told, and what follows where not.

A clock counts from the day its owner was told. A letter that arrived on a later day than the state began moves the
clock; a party that no channel reaches becomes a task: an officer phones or writes within some working days, and only
then, every known way having been tried, may the clock run out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from complaints import calendars
from complaints.clock import end_of_day, local_date
from complaints.models import ClockInstance, Notice, Task
from complaints.workflow import lifecycle, recompute, rows
from complaints.workflow.case import PARTIES, Case, Role
from complaints.workflow.notices import recipient
from complaints.workflow.policy import load
from complaints.workflow.workdays import Span

SOON = timedelta(minutes=15)  # while the opening letter is still on its way


@dataclass(frozen=True, slots=True)
class Word:
    """What is known of telling one owner: when, and whether they really heard or were only tried."""

    at: datetime
    heard: bool


def settle(session: Session, case: Case, at: datetime) -> bool:
    """Record when the owners of the running clock were told, moving it if that was late; False while not known."""
    assert case.clock_id is not None
    clock = rows.clock(session, case.clock_id)
    if clock["told_at"] is not None:
        return True
    stay_id = clock["stay_id"] or clock["id"]
    owners = [role for role in lifecycle.owners(case) if role in PARTIES]
    known = [word for role in owners if (word := _word(session, case, role, stay_id, at)) is not None]
    if len(known) < len(owners):
        return False
    told_at = max((word.at for word in known), default=at)
    rows.set_told(session, case.clock_id, told_at)
    if case.due_at is not None and case.wake_at != case.due_at:
        rows.hold(session, case, case.due_at)  # held no longer: look again at the deadline itself
    late = local_date(told_at) > local_date(clock["entered_at"])
    if late and any(word.heard for word in known):
        _leave_out(session, case, at, clock["entered_at"], told_at)
    return True


def look_again(session: Session, case: Case, at: datetime) -> datetime:
    """When to look at a held case again: when the officer's time to reach the party is over, else soon."""
    task = select(Task.due_at).where(Task.complaint_id == case.id, Task.kind == "reach_party", Task.done_at.is_(None))
    due_at = session.scalar(task.order_by(Task.id.desc()).limit(1))
    return due_at if due_at is not None and due_at > at else at + SOON


def untold(session: Session, after: int, limit: int) -> Sequence[int]:
    """Cases (ids above `after`) whose opening letters are all settled without the clock knowing it yet."""
    stay = func.coalesce(ClockInstance.stay_id, ClockInstance.id)
    opening = exists().where(Notice.clock_id == stay, Notice.step.startswith("opening"))
    task_open = exists().where(Task.clock_id == stay, Task.done_at.is_(None))
    query = (
        select(ClockInstance.complaint_id)
        .where(ClockInstance.ended_at.is_(None), ClockInstance.told_at.is_(None), ClockInstance.complaint_id > after)
        .where(opening.where(Notice.status.in_(("sent", "dead"))))
        .where(~opening.where(Notice.status.in_(("waiting", "bundled"))))
        .where(or_(opening.where(Notice.status == "sent"), ~task_open))
    )
    return session.scalars(query.order_by(ClockInstance.complaint_id).limit(limit)).all()


def _leave_out(session: Session, case: Case, at: datetime, entered_at: datetime, told_at: datetime) -> None:
    """The days until the telling do not count; a promised date gets them back."""
    basis = recompute.running(session, case)[1].basis
    if basis.rule == "fact" and basis.fact is not None:
        recompute.move(
            session, case, at, "told_late", floor=basis.fact + (local_date(told_at) - local_date(entered_at))
        )
    else:
        untold = Span(local_date(entered_at), local_date(told_at), "not_told")
        recompute.move(session, case, at, "told_late", excluded=(*basis.excluded, untold))


def _word(session: Session, case: Case, role: Role, stay_id: int, at: datetime) -> Word | None:
    """When this owner was told, by letter or by an officer; None while unknown."""
    letters = session.execute(
        select(Notice.status, Notice.sent_at).where(
            Notice.clock_id == stay_id, Notice.step.startswith("opening"), Notice.recipient == recipient(case, role)
        )
    ).all()
    sent = [letter.sent_at for letter in letters if letter.status == "sent" and letter.sent_at is not None]
    if sent:
        return Word(min(sent), heard=True)
    if any(letter.status in ("waiting", "bundled") for letter in letters):
        return None
    return _by_officer(session, case, role, stay_id, at)


def _by_officer(session: Session, case: Case, role: Role, stay_id: int, at: datetime) -> Word | None:
    """No channel reached the party: the task to phone or write, and what came of it."""
    key = f"reach:{stay_id}:{role.value}"
    task = session.scalars(select(Task).where(Task.key == key)).one_or_none()
    if task is None:
        _open_task(session, case, role, stay_id, key, at)
        return None
    return Word(task.done_at, heard=task.result == "reached") if task.done_at is not None else None


def _open_task(session: Session, case: Case, role: Role, stay_id: int, key: str, at: datetime) -> None:
    days = load(case.policy).reach_working_days
    due_on = calendars.current(session).working_days(local_date(at), days).end
    officer = Role.MEDIATOR if case.mediator_id is not None else Role.INTAKE
    session.add(
        Task(
            complaint_id=case.id,
            clock_id=stay_id,
            key=key,
            kind="reach_party",
            role=officer.value,
            party=role.value,
            made_at=at,
            due_at=end_of_day(due_on),
        )
    )
    session.flush()
