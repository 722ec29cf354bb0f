"""Reading and writing the rows of cases, in SQLAlchemy Core: the hot path (the ORM costs twice as much here).

What one move writes is gathered in an `Entry`; the entries of a transaction are written together, table by table, so
that two hundred cases whose time is over cost hardly more statements than one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import Connection, Row, RowMapping, Table, bindparam, func, insert, or_, select, true, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from complaints import calendars
from complaints.errors import StaleVersion
from complaints.models import ClockInstance, Complaint, Event, Notice, PrivateItem, Task
from complaints.workflow import idempotency
from complaints.workflow.case import Case, Outcome, State
from complaints.workflow.deadlines import Stay
from complaints.workflow.idempotency import KEPT

COMPLAINT = cast(Table, Complaint.__table__)
EVENT = cast(Table, Event.__table__)
CLOCK = cast(Table, ClockInstance.__table__)
NOTICE = cast(Table, Notice.__table__)
PRIVATE = cast(Table, PrivateItem.__table__)
TASK = cast(Table, Task.__table__)

CASE_FIELDS = tuple(each.name for each in fields(Case))
FIXED = {"id", "number", "filed_at", "partner_id", "product", "amount", "locale", "enterprise_given"}
CHANGING = tuple(name for name in CASE_FIELDS if name not in FIXED)

_SEEN = COMPLAINT.alias("seen")
_LOAD = select(*(COMPLAINT.c[name] for name in CASE_FIELDS))
_LOAD_TOLD = _LOAD.add_columns(CLOCK.c.told_at.label("clock_told_at")).join(CLOCK, CLOCK.c.id == COMPLAINT.c.clock_id)
_SAVE = (
    update(COMPLAINT)
    .where(COMPLAINT.c.id == bindparam("the_id"), COMPLAINT.c.version == bindparam("the_version"))
    .values({name: bindparam(f"new_{name}") for name in CHANGING})
)


def _one_or_many(build: Callable[[Callable[[Any], Any]], Any]) -> tuple[Any, Any]:
    """A statement about one id, and about several: a list of one costs SQLAlchemy twice as much as one."""
    return build(lambda column: column == bindparam("ids")), build(
        lambda column: column.in_(bindparam("ids", expanding=True))
    )


_END_CLOCKS = _one_or_many(
    lambda among: (
        update(CLOCK)
        .where(among(CLOCK.c.id))
        .values(ended_at=bindparam("at"), ended_by=bindparam("by"))
        .returning(CLOCK.c.told_at, func.coalesce(CLOCK.c.stay_id, CLOCK.c.id).label("stay_id"))
    )
)
_VOID = _one_or_many(
    lambda among: (
        update(NOTICE)
        .where(
            NOTICE.c.id.in_(  # locked in the order of their ids, as the outbox locks them
                select(NOTICE.c.id)
                .where(
                    among(NOTICE.c.clock_id), NOTICE.c.at_once.is_(False), NOTICE.c.status.in_(("waiting", "bundled"))
                )
                .order_by(NOTICE.c.id)
                .with_for_update()
            )
        )
        .values(status="void", settled_at=bindparam("at"), lease_token=None)
    )
)
_VOID_TASKS = _one_or_many(
    lambda among: (
        update(TASK)
        .where(TASK.c.done_at.is_(None), TASK.c.kind != "renew_link", among(TASK.c.complaint_id))
        .values(done_at=bindparam("at"), result="void")
    )
)
_START_CLOCKS = insert(CLOCK).returning(CLOCK.c.id, sort_by_parameter_order=True)
_START_CLOCK = insert(CLOCK).returning(CLOCK.c.id)
_INSERT = {table.name: insert(table).inline() for table in (EVENT, PRIVATE, NOTICE)}
_CLOCK = select(CLOCK).where(CLOCK.c.id == bindparam("the_id"))
_CLOCKS = select(CLOCK).where(CLOCK.c.complaint_id == bindparam("the_complaint")).order_by(CLOCK.c.id)


@dataclass(slots=True)
class Entry:
    """All that one move of one case writes."""

    case: Case
    old_version: int
    event: dict[str, Any]
    private: list[dict[str, Any]]
    ended: tuple[int, str] | None = None  # the clock that ends, and by what
    started: dict[str, Any] | None = None  # the clock that starts
    notices: list[dict[str, Any]] = field(default_factory=list)
    at_an_end: bool = False  # the case is closed by this move


def load(
    session: Session,
    *,
    number: str | None = None,
    complaint_id: int | None = None,
    lock: bool = True,
    wait: bool = True,
    key_hash: str | None = None,
) -> Case | None:
    """The case by number or id, locked against other writers unless `lock` is False; None when there is none.

    The lock leaves foreign keys alone (NO KEY UPDATE), so that the outbox, which holds letters while it adds one for
    the case, and a verb, which holds the case while it voids letters, never wait for each other.
    With `wait` False, raises StaleVersion where somebody else has it locked: a second lock must not wait for a first.
    `key_hash` is that of the request for which it is locked: `idempotency` hears whether it is new.
    """
    by, key = ("number", number) if number is not None else ("id", complaint_id)
    try:
        statement = _load_one(by, lock, wait, keyed=key_hash is not None)
        row = session.execute(statement, {"the_key": key, "the_hash": key_hash}).first()
    except OperationalError as error:
        if wait:
            raise
        raise StaleVersion(f"case {number} is being changed by somebody else") from error
    if row is None:
        return None
    if lock:
        calendars.heard(session, row.tables, row.newest, row.imported)
    if key_hash is not None and row.known is None and row.seen_version == row.version:
        idempotency.heard_nothing(session, key_hash)
    return case_of(row)


@cache
def _load_one(by: str, lock: bool, wait: bool, *, keyed: bool) -> Any:
    """The statement, built once: building it costs more than asking it.

    Whoever locks a case is about to count days, so the calendar's stamp comes along: one statement less in each action.
    So does whether the key of the request is known. While the lock was waited for, PostgreSQL looks again at the case
    alone; the version that the statement saw at first says whether the rest of its answer still holds.
    """
    query = _LOAD.where(COMPLAINT.c[by] == bindparam("the_key"))
    if not lock:
        return query
    joined, columns = COMPLAINT.join(calendars.STORED, true()), [*calendars.STORED.c]
    if keyed:
        joined = joined.join(_SEEN, _SEEN.c.id == COMPLAINT.c.id)
        joined = joined.outerjoin(KEPT, KEPT.c.key_hash == bindparam("the_hash"))
        columns += [_SEEN.c.version.label("seen_version"), KEPT.c.id.label("known")]
    return (
        query.add_columns(*columns).select_from(joined).with_for_update(nowait=not wait, key_share=True, of=COMPLAINT)
    )


def case_of(row: Row[Any]) -> Case:
    """The case of a row. Raises ValueError where it holds what this version of the product does not know."""
    values = dict(zip(CASE_FIELDS, row, strict=False))  # which `_LOAD` selects in this order, and first
    values["state"] = State(values["state"])
    values["outcome"] = Outcome(values["outcome"]) if values["outcome"] else None
    return Case(**values)


def add(session: Session, case: Case, more: dict[str, Any]) -> int:
    """Insert a new case; `more` are the columns that the rules never look at. Returns its id."""
    values = {name: getattr(case, name) for name in CASE_FIELDS if name != "id"}
    return int(session.execute(insert(COMPLAINT).returning(COMPLAINT.c.id), values | more).scalar_one())


def stays(session: Session, complaint_id: int, left_at: datetime) -> list[Stay]:
    """The stays of a case so far, oldest first; moved clocks of one stay are one, and the last is left at `left_at`."""
    merged: dict[tuple[str, datetime], Stay] = {}
    for row in clocks(session, complaint_id):
        merged[row["state"], row["entered_at"]] = Stay(
            State(row["state"]), row["entered_at"], row["ended_at"] or left_at, row["explanation"]
        )
    return list(merged.values())


def clocks(session: Session, complaint_id: int) -> Sequence[RowMapping]:
    """Every clock instance of a case, oldest first."""
    return session.execute(_CLOCKS, {"the_complaint": complaint_id}).mappings().all()


def clock(session: Session, clock_id: int) -> RowMapping:
    """One clock instance."""
    return session.execute(_CLOCK, {"the_id": clock_id}).mappings().one()


def lock_due(session: Session, at: datetime, wall: datetime, limit: int) -> list[Row[Any]]:
    """Lock up to `limit` cases whose clock is over, those of other workers left out; in the order of their ids.

    Rows for `case_of`; `clock_told_at` in each says when the owner of its clock was told. On SQLite a writing
    transaction stands alone already.
    """
    free = or_(COMPLAINT.c.lease_until.is_(None), COMPLAINT.c.lease_until < wall)
    due = _LOAD_TOLD.where(COMPLAINT.c.wake_at <= at, free).order_by(COMPLAINT.c.wake_at, COMPLAINT.c.id).limit(limit)
    locked = due.with_for_update(of=COMPLAINT, skip_locked=True, key_share=True)
    return sorted(session.execute(locked), key=lambda row: row.id)


def hold(session: Session, case: Case, until: datetime) -> None:
    """Look at the case again at `until`; its deadline stays what it is. Not a change of the case, so no entry."""
    session.execute(update(COMPLAINT).where(COMPLAINT.c.id == case.id).values(wake_at=until, lease_until=None))
    case.wake_at = until


def set_told(session: Session, clock_id: int, told_at: datetime) -> None:
    """Record when the owners of a clock had been told, or had been tried on every known channel."""
    session.execute(update(CLOCK).where(CLOCK.c.id == clock_id).values(told_at=told_at))


def start_clocks(session: Session, entries: Sequence[Entry]) -> None:
    """Insert the clocks that start, and let their cases know them: letters and reminders hang on them."""
    starting = [entry for entry in entries if entry.started is not None]
    values = [entry.started for entry in starting if entry.started is not None]
    if not values:
        return
    many = len(values) > 1
    ids = session.execute(_START_CLOCKS if many else _START_CLOCK, values if many else values[0]).scalars()
    for entry, clock_id in zip(starting, ids, strict=True):
        entry.case.clock_id = clock_id


def write(session: Session, entries: Sequence[Entry], at: datetime) -> None:
    """Write what the moves of one instant gathered. Raises StaleVersion where somebody else wrote a case first."""
    connection = session.connection()
    _add(connection, EVENT, [entry.event for entry in entries])
    _end_clocks(connection, entries, at)
    _add(connection, PRIVATE, [item for entry in entries for item in entry.private])
    _add(connection, NOTICE, [notice for entry in entries for notice in entry.notices])
    _save(connection, entries)
    closed = [entry.case.id for entry in entries if entry.at_an_end]
    if closed:  # a case that has ended leaves nobody anything to do but to bring its lost link again
        _run(connection, _VOID_TASKS, closed, at=at)


def _run(connection: Connection, statements: tuple[Any, Any], ids: list[int], **more: Any) -> Any:
    one, many = statements
    return connection.execute(*((one, {"ids": ids[0]} | more) if len(ids) == 1 else (many, {"ids": ids} | more)))


def _add(connection: Connection, table: Table, values: list[dict[str, Any]]) -> None:
    if values:
        connection.execute(_INSERT[table.name], values if len(values) > 1 else values[0])


def _end_clocks(connection: Connection, entries: Sequence[Entry], at: datetime) -> None:
    """End clocks and void what hangs on them: reminders, and the task to reach an owner who was never told."""
    by_cause: dict[str, list[tuple[int, int]]] = {}
    for entry in entries:
        if entry.ended is not None:
            by_cause.setdefault(entry.ended[1], []).append((entry.ended[0], entry.case.id))
    for by, ended in by_cause.items():
        ids = [clock_id for clock_id, _ in ended]
        stays_over = _run(connection, _END_CLOCKS, ids, at=at, by=by).all()
        _run(connection, _VOID, ids, at=at)
        untold = [stay.stay_id for stay in stays_over if stay.told_at is None]
        if untold and not by.startswith("moved:"):
            reaching = _VOID_TASKS[1].where(TASK.c.clock_id.in_(untold), TASK.c.kind == "reach_party")
            connection.execute(reaching, {"ids": [case_id for _, case_id in ended], "at": at})


def _save(connection: Connection, entries: Sequence[Entry]) -> None:
    """Write what may change of each case, as long as its version is the one that was read."""
    values = [_changing(entry) for entry in entries]
    result = connection.execute(_SAVE, values if len(values) > 1 else values[0])
    if result.rowcount != len(values):
        numbers = ", ".join(entry.case.number for entry in entries)
        raise StaleVersion(f"changed by somebody else meanwhile: {numbers}")


def _changing(entry: Entry) -> dict[str, Any]:
    now = {f"new_{name}": getattr(entry.case, name) for name in CHANGING}
    return now | {"the_id": entry.case.id, "the_version": entry.old_version}
