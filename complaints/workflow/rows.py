"""Reading and writing the rows of a case, in SQLAlchemy Core: the hot path (the ORM costs twice as much here)."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Row, RowMapping, Table, bindparam, func, insert, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from complaints.errors import StaleVersion
from complaints.models import ClockInstance, Complaint, Event, Notice, PrivateItem, Task
from complaints.workflow.case import Case, Outcome, State
from complaints.workflow.deadlines import Stay

COMPLAINT = cast(Table, Complaint.__table__)
EVENT = cast(Table, Event.__table__)
CLOCK = cast(Table, ClockInstance.__table__)
NOTICE = cast(Table, Notice.__table__)
PRIVATE = cast(Table, PrivateItem.__table__)
TASK = cast(Table, Task.__table__)

CASE_FIELDS = tuple(each.name for each in fields(Case))
FIXED = {"id", "number", "filed_at", "partner_id", "product", "amount", "locale", "enterprise_given"}
CHANGING = tuple(name for name in CASE_FIELDS if name not in FIXED)

_LOAD = select(*(COMPLAINT.c[name] for name in CASE_FIELDS))
_SAVE = (
    update(COMPLAINT)
    .where(COMPLAINT.c.id == bindparam("the_id"), COMPLAINT.c.version == bindparam("the_version"))
    .values({name: bindparam(f"new_{name}") for name in CHANGING})
)
_END_CLOCK = (
    update(CLOCK)
    .where(CLOCK.c.id == bindparam("the_id"))
    .values(ended_at=bindparam("at"), ended_by=bindparam("by"))
    .returning(CLOCK.c.told_at, func.coalesce(CLOCK.c.stay_id, CLOCK.c.id).label("stay_id"))
)
_VOID_TASKS = update(TASK).where(TASK.c.done_at.is_(None)).values(done_at=bindparam("at"), result="void")
_VOID = (
    update(NOTICE)
    .where(
        NOTICE.c.clock_id == bindparam("the_clock"),
        NOTICE.c.at_once.is_(False),
        NOTICE.c.status.in_(("waiting", "bundled")),
    )
    .values(status="void", settled_at=bindparam("at"), lease_token=None)
)
_CLOCKS = select(CLOCK).where(CLOCK.c.complaint_id == bindparam("the_complaint")).order_by(CLOCK.c.id)


def load(
    session: Session,
    *,
    number: str | None = None,
    complaint_id: int | None = None,
    lock: bool = True,
    wait: bool = True,
) -> Case | None:
    """The case by number or id, locked against other writers unless `lock` is False; None when there is none.

    The lock leaves foreign keys alone (NO KEY UPDATE), so that the outbox, which holds letters while it adds one for
    the case, and a verb, which holds the case while it voids letters, never wait for each other.
    With `wait` False, raises StaleVersion where somebody else has it locked: a second lock must not wait for a first.
    """
    where = COMPLAINT.c.number == number if number is not None else COMPLAINT.c.id == complaint_id
    query = _LOAD.where(where)
    try:
        row = session.execute(query.with_for_update(nowait=not wait, key_share=True) if lock else query).first()
    except OperationalError as error:
        if wait:
            raise
        raise StaleVersion(f"case {number} is being changed by somebody else") from error
    return _case(row) if row is not None else None


def _case(row: Row[Any]) -> Case:
    values = dict(row._mapping)
    values["state"] = State(values["state"])
    values["outcome"] = Outcome(values["outcome"]) if values["outcome"] else None
    return Case(**values)


def add(session: Session, case: Case, more: dict[str, Any]) -> int:
    """Insert a new case; `more` are the columns that the rules never look at. Returns its id."""
    values = {name: getattr(case, name) for name in CASE_FIELDS if name != "id"}
    return int(session.execute(insert(COMPLAINT).returning(COMPLAINT.c.id), values | more).scalar_one())


def save(session: Session, case: Case, old_version: int) -> bool:
    """Write what may change; False when somebody else wrote first."""
    values = {f"new_{name}": getattr(case, name) for name in CHANGING}
    result = session.execute(_SAVE, values | {"the_id": case.id, "the_version": old_version})
    return cast("CursorResult[Any]", result).rowcount == 1


def stays(session: Session, complaint_id: int) -> list[Stay]:
    """The stays of a case so far, oldest first; moved clocks of one stay are one."""
    merged: dict[tuple[str, datetime], Stay] = {}
    for row in clocks(session, complaint_id):
        merged[row["state"], row["entered_at"]] = Stay(
            State(row["state"]), row["entered_at"], row["ended_at"], row["explanation"]
        )
    return list(merged.values())


def clocks(session: Session, complaint_id: int) -> Sequence[RowMapping]:
    """Every clock instance of a case, oldest first."""
    return session.execute(_CLOCKS, {"the_complaint": complaint_id}).mappings().all()


def clock(session: Session, clock_id: int) -> RowMapping:
    """One clock instance."""
    return session.execute(select(CLOCK).where(CLOCK.c.id == clock_id)).mappings().one()


def add_clock(session: Session, values: dict[str, Any]) -> int:
    """Insert a clock instance and return its id."""
    return int(session.execute(insert(CLOCK).returning(CLOCK.c.id), values).scalar_one())


def end_clock(session: Session, clock_id: int, at: datetime, by: str) -> None:
    """End a clock instance and void what hangs on it: reminders, and the task to reach an owner who was never told."""
    ended = session.execute(_END_CLOCK, {"the_id": clock_id, "at": at, "by": by}).one()
    session.execute(_VOID, {"the_clock": clock_id, "at": at})
    if ended.told_at is None and not by.startswith("moved:"):
        session.execute(_VOID_TASKS.where(TASK.c.clock_id == ended.stay_id, TASK.c.kind == "reach_party"), {"at": at})


def void_tasks(session: Session, complaint_id: int, at: datetime) -> None:
    """A case that has ended leaves nobody anything to do."""
    session.execute(_VOID_TASKS.where(TASK.c.complaint_id == complaint_id), {"at": at})


def hold(session: Session, case: Case, until: datetime) -> None:
    """Look at the case again at `until`; its deadline stays what it is. Not a change of the case, so no entry."""
    session.execute(update(COMPLAINT).where(COMPLAINT.c.id == case.id).values(wake_at=until, lease_until=None))
    case.wake_at = until


def set_told(session: Session, clock_id: int, told_at: datetime) -> None:
    """Record when the owners of a clock had been told, or had been tried on every known channel."""
    session.execute(update(CLOCK).where(CLOCK.c.id == clock_id).values(told_at=told_at))


def add_event(session: Session, values: dict[str, Any]) -> None:
    """Append to the log."""
    session.execute(insert(EVENT), values)


def add_private(session: Session, values: list[dict[str, Any]]) -> None:
    """Keep private texts."""
    if values:
        session.execute(insert(PRIVATE), values)


def add_notices(session: Session, values: list[dict[str, Any]]) -> None:
    """Plant letters and reminders."""
    if values:
        session.execute(insert(NOTICE), values)
