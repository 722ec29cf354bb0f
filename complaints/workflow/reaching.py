"""People to be reached by phone or post: who, by which ways, and the letter that did not arrive.

The list shows no personal data, only whether there is a number or an address (law 10); one task's page does, and
leaves a trace. A task is opened where the owner of a clock was never told (`telling.py`), by an officer for a letter
that could not be delivered, or for who lost the private link and has no mail address (`renewing.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, select, tuple_, union_all
from sqlalchemy.orm import Session

from complaints import calendars
from complaints.clock import end_of_day, local_date
from complaints.errors import NotFound, NotNow
from complaints.models import Complaint, Enterprise, Notice, PrivateItem, Task
from complaints.registry import cursors
from complaints.workflow import notices, rows, sight
from complaints.workflow.case import OFFICERS, Actor, Case, Role, State
from complaints.workflow.lists import TaskLine, TaskPage
from complaints.workflow.policy import load
from complaints.workflow.sight import CONTACT

LOOKED = 500  # tasks of one role that one page of a filtered list looks through
PAGE = 50
ORDER = "reaching"
REACH = "reach_party"
RENEW = "renew_link"
CALLS = (REACH, RENEW)  # somebody is phoned or written to
WAYS = ("phone", "post", "none")
WHOSE = ("", "mine")
Window = Select[datetime, int]
KINDS = ("", *CALLS, "decide_recusal")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to see: one kind of task, one way to reach people, only what is theirs to do."""

    kind: str = ""
    way: str = ""
    whose: str = ""


@dataclass(frozen=True, slots=True)
class Line(TaskLine):
    """One open task; `phone` and `post`: whether that way is known."""

    phone: bool
    post: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """One task to reach a party: whom, by which ways, and the letter that did not arrive (None: it is not known)."""

    task: Task
    case: Case
    name: str
    phone: str
    email: str
    address: str
    locale: str  # which language the party reads
    letter: Notice | None

    @property
    def renews(self) -> bool:
        """Whether they lost the private link and need a new one."""
        return self.task.kind == RENEW

    @property
    def holds(self) -> bool:
        """Whether a clock waits for it: its owner was never told."""
        return self.task.clock_id is not None


def listed(
    session: Session, wanted: Wanted, actors: Sequence[Actor], *, cursor: str | None = None, limit: int = PAGE
) -> TaskPage:
    """Open tasks of the centre by date. Raises BadInput where the cursor is none of this list.

    What no index answers is asked of at most LOOKED tasks of each role; the next page goes on where looking ended.
    """
    after = cursors.read(cursor, ORDER, datetime, int) if cursor is not None else None
    windows = [_window(role, wanted, actors, after) for role in OFFICERS]
    found = session.execute(_lines(windows, wanted, limit + 1)).all()
    horizon = _horizon(session, windows)
    seen = [row for row in found if horizon is None or (row.due_at, row.id) <= horizon]
    last = (seen[limit - 1].due_at, seen[limit - 1].id) if len(seen) > limit else horizon
    return TaskPage([Line(*row) for row in seen[:limit]], cursors.write(ORDER, *last) if last is not None else None)


def _window(role: Role, wanted: Wanted, actors: Sequence[Actor], after: list[Any] | None) -> Window:
    """The next tasks of one role, as its index has them."""
    query = select(Task.due_at.label("due_at"), Task.id.label("id")).where(Task.done_at.is_(None))
    query = query.where(Task.role == role.value)
    if wanted.whose:
        query = query.where(_mine(role, actors))
    if after is not None:
        last = tuple_(literal(after[0], Task.due_at.type), literal(after[1], Task.id.type))
        query = query.where(tuple_(Task.due_at, Task.id) > last)
    return query.order_by(Task.due_at, Task.id).limit(LOOKED)


def _mine(role: Role, actors: Sequence[Actor]) -> ColumnElement[bool]:
    """Of a mediator's tasks those in their own cases."""
    held = [actor for actor in actors if actor.role is role]
    if not held:
        return literal(False)
    if role is not Role.MEDIATOR:
        return literal(True)
    own = select(Complaint.id).where(Complaint.id == Task.complaint_id, Complaint.mediator_id == held[0].account_id)
    return own.exists()


def _lines(windows: Sequence[Window], wanted: Wanted, most: int) -> Select[Any]:
    keys = union_all(*(select(each.subquery()) for each in windows)).subquery()
    phone, post = _known("phone"), _known("address")
    query = (
        select(Task.id, Complaint.number, Complaint.product, Task.kind, Task.role,
               func.coalesce(Task.party, "").label("party"), Task.due_at, phone.label("phone"), post.label("post"))
        .join(keys, keys.c.id == Task.id)
        .join(Complaint, Complaint.id == Task.complaint_id)
        .outerjoin(Enterprise, Enterprise.id == Complaint.enterprise_id)
    )  # fmt: skip
    if wanted.kind:
        query = query.where(Task.kind == wanted.kind)
    ways = {"phone": [phone], "post": [~phone, post], "none": [~phone, ~post]}
    if wanted.way:
        query = query.where(Task.kind.in_(CALLS), *ways[wanted.way])
    return query.order_by(Task.due_at, Task.id).limit(most)


def _known(kind: str) -> Any:
    """Whether the party of a task has a number, or an address."""
    given = and_(
        PrivateItem.complaint_id == Task.complaint_id, PrivateItem.kind == kind, PrivateItem.value.is_not(None)
    )
    theirs = func.coalesce(Enterprise.phone if kind == "phone" else Enterprise.address, "") != ""
    consumers = and_(Task.party == Role.CONSUMER.value, exists().where(given))
    return consumers | and_(Task.party == Role.ENTERPRISE.value, theirs)


def _horizon(session: Session, windows: Sequence[Window]) -> tuple[datetime, int] | None:
    """How far was looked in every role; None where everything was looked at."""
    ends = [session.execute(each.limit(1).offset(LOOKED - 1)).first() for each in windows]
    return min(((end.due_at, end.id) for end in ends if end is not None), default=None)


def number_of(session: Session, task_id: int) -> str | None:
    """The case of an open task to reach somebody."""
    query = select(Complaint.number).join(Task, Task.complaint_id == Complaint.id)
    return session.scalar(query.where(Task.id == task_id, Task.kind.in_(CALLS), Task.done_at.is_(None)))


def load_one(session: Session, task_id: int, actors: Sequence[Actor], at: datetime, what: str) -> Reach:
    """An open task to reach somebody, with how; the look at their contact is recorded. Raises NotFound."""
    task = session.get(Task, task_id)
    case = rows.load(session, complaint_id=task.complaint_id, lock=False) if task is not None else None
    if task is None or case is None or task.done_at is not None or task.kind not in CALLS:
        raise NotFound(f"there is no open task {task_id} to reach somebody")
    known = _contact(session, case, task.party or "", actors[0], at, what)
    return Reach(task=task, case=case, letter=_letter(session, case, task), **known)


def _contact(session: Session, case: Case, party: str, actor: Actor, at: datetime, what: str) -> dict[str, str]:
    if party == Role.CONSUMER.value:
        texts = sight.texts(session, case, actor, at, what)
        given = {text.kind: text.value for text in texts if text.kind in CONTACT}
        return {kind: given.get(kind, "") for kind in CONTACT} | {"locale": case.locale}
    firm = session.get(Enterprise, case.enterprise_id) if case.enterprise_id else None
    if firm is None:
        return dict.fromkeys(CONTACT, "") | {"name": case.enterprise_given, "locale": case.locale}
    return {"name": firm.name, "phone": firm.phone, "email": firm.email or "", "address": firm.address,
            "locale": firm.locale}  # fmt: skip


def _letter(session: Session, case: Case, task: Task) -> Notice | None:
    """The letter that did not arrive: the one that an officer chose, else the last opening letter of the clock."""
    if task.kind == RENEW:
        return None
    chosen, _, notice_id = task.key.partition(":")
    if chosen == "letter":
        return session.get(Notice, int(notice_id.partition(":")[0]))
    reader = notices.recipient(case, Role(task.party)) if task.party else None
    mine = (Notice.clock_id == task.clock_id, Notice.recipient == reader, Notice.step.startswith("opening"))
    return session.scalars(select(Notice).where(*mine).order_by(Notice.id.desc()).limit(1)).one_or_none()


def from_letter(session: Session, notice_id: int, at: datetime) -> Task:
    """The task to phone or write to whom a dead letter did not reach: a new one, or the one that is open already.

    Raises NotFound where there is no such letter to a party, NotNow where the case has ended or is another one's now.
    """
    notice = session.get(Notice, notice_id)
    party = _party(notice) if notice is not None else None
    if notice is None or party is None or notice.status != "dead" or notice.complaint_id is None:
        raise NotFound(f"there is no dead letter {notice_id} to a party")
    case = rows.load(session, complaint_id=notice.complaint_id)
    if case is None or case.state is State.CLOSED or notices.recipient(case, Role(party)) != notice.recipient:
        raise NotNow("the case has ended, or another enterprise answers it now")
    officer = Role.MEDIATOR if case.mediator_id is not None else Role.INTAKE
    key = f"letter:{notice.id}:{case.chain_seq}"
    there = open_task(session, case.id, party)
    return there if there is not None else beside(session, case, REACH, officer, party, key, at)


def open_task(session: Session, complaint_id: int, party: str, kind: str = REACH) -> Task | None:
    """The open task of this kind to reach this party, if there is one."""
    mine = (Task.complaint_id == complaint_id, Task.kind == kind, Task.party == party, Task.done_at.is_(None))
    return session.scalars(select(Task).where(*mine).order_by(Task.id).limit(1)).one_or_none()


def open_tasks(session: Session, complaint_ids: Sequence[int]) -> dict[tuple[int, str], int]:
    """The ids of the open tasks to reach somebody in these cases, by case and party."""
    query = select(Task.complaint_id, Task.party, Task.id).where(Task.complaint_id.in_(complaint_ids))
    found = session.execute(query.where(Task.kind == REACH, Task.done_at.is_(None)).order_by(Task.id.desc()))
    return {(row.complaint_id, row.party): row.id for row in found}


def _party(notice: Notice) -> str | None:
    reader = notice.recipient.partition(":")[0]
    return reader if reader in (Role.CONSUMER.value, Role.ENTERPRISE.value) else None


def beside(session: Session, case: Case, kind: str, officer: Role, party: str, key: str, at: datetime) -> Task:
    """A task to phone or write to somebody that hangs on no clock, so that it neither holds one nor ends with one."""
    due_on = calendars.current(session).working_days(local_date(at), load(case.policy).reach_working_days).end
    task = Task(complaint_id=case.id, key=key, kind=kind, role=officer.value, party=party, made_at=at,
                due_at=end_of_day(due_on))  # fmt: skip
    session.add(task)
    session.flush()
    return task
