"""Two enterprises that are one: everything of the first becomes the second's, and its names lead there.

All in the caller's transaction. The log is append-only and stays as it is: `enterprise_merge` says what an old id in
it means today. What the cases pinned at filing stays. RULES says for every table that names an enterprise what
becomes of its rows; a table without a rule is refused, so that nothing new is lost in silence.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Table, and_, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from complaints.clock import local_date
from complaints.db import Base
from complaints.errors import BadInput, Misconfigured, NotFound
from complaints.models import (
    ActionDraft,
    ClockInstance,
    Complaint,
    Conflict,
    Designation,
    Enterprise,
    EnterpriseFigures,
    EnterpriseMerge,
    EnterpriseName,
    FactorPolicy,
    Notice,
    Objection,
    Pledge,
    SearchDue,
)
from complaints.registry import benchmarks, pledge_terms, suspensions, trail
from complaints.registry.lifecycle import HOLDING, OPEN

MOST_COUNTED = 1000
WAITING = ("waiting", "bundled", "dead")
PLEDGED = ("participant", "promised_answer_days")
MOVED, ALIKE, STRICTER, ANEW = "moved", "moved, but once where both say the same", "the stricter stays", "counted anew"
KEPT = "stays under the old id, which leads to the survivor: it was published so"
RULES: Mapping[str, str] = {
    "account": MOVED,  # its people go on with the survivor's, managers as managers
    "alike_reply": MOVED,
    "assignment": MOVED,
    "complaint": MOVED,
    "conflict": ALIKE,  # one mediator's conflict with both is one conflict
    "designation": ALIKE,  # both benchmarks of one year: one designation
    "enterprise_figures": ANEW,  # disposable: a worker counts both together
    "enterprise_merge": MOVED,  # who was merged into the old one is the survivor's now
    "enterprise_name": ALIKE,  # see `_names`
    "errand": MOVED,
    "factor_policy": STRICTER,  # the earlier day from which a second factor is asked for
    "former_address": MOVED,  # whoever read the old mailbox is told of the change, then it is erased
    "invitation": MOVED,
    "joint_group": MOVED,
    "mark_batch": MOVED,
    "measure": MOVED,  # what bound either binds both: pledges in force rest with it, see `suspensions.agree`
    "objection": MOVED,  # while one of either is open, the merge is refused
    "open_data_edition": KEPT,
    "open_data_row": KEPT,
    "pledge": MOVED,  # where both have one that is open, the merge is refused
    "pledge_change": MOVED,
    "quality_signal": MOVED,
    "record_line": KEPT,
    "reply_template": MOVED,
    "tracking_report": KEPT,
    "webhook": MOVED,  # both hear of everything from now on
}


@dataclass(frozen=True, slots=True)
class Effect:
    """What a merge would move: open and closed cases that have reached it, rows by table (counted up to a limit)."""

    open_cases: int
    closed_cases: int
    rows: Mapping[str, int]
    names: list[str]
    conflicted: int  # open cases of either whose mediator would have to step aside
    takes: list[str]  # what the survivor has none of, and takes over
    gives_up: list[str]  # standing that ends with it: new complaints come under the survivor's


def references() -> Iterator[tuple[Table, Column[Any]]]:
    """Every column of every table that holds the id of an enterprise."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            points = any(key.target_fullname == "enterprise.id" for key in column.foreign_keys)
            if points or column.name == "enterprise_id":
                yield table, column


def preview(session: Session, old_id: int, into_id: int, at: datetime) -> Effect:
    """What `merge` would do; nothing is changed. Raises as `merge` does."""
    old, into = _pair(session, old_id, into_id, lock=False)
    told = (
        select(func.count()).select_from(Complaint).where(Complaint.enterprise_id == old.id, Complaint.enterprise_told)
    )
    closed = session.scalar(told.where(Complaint.state == "closed")) or 0
    still = session.scalar(told.where(Complaint.state != "closed")) or 0
    counted = {
        table.name: count
        for table, column in references()
        if table.name not in ("complaint", "enterprise_name") and (count := _count(session, table, column, old.id))
    }
    found = session.scalars(select(EnterpriseName.name).where(EnterpriseName.enterprise_id == old.id)).all()
    takes = [
        name for name in ("credit_code", "email", "phone", "address") if getattr(old, name) and not getattr(into, name)
    ]
    gives_up = [name for name in _standing(session, old, at) if getattr(old, name) and not getattr(into, name)]
    names = list(dict.fromkeys(found))
    return Effect(still, closed, counted, names, _conflicted(session, old.id, into.id), takes, gives_up)


def merge(session: Session, old_id: int, into_id: int, by: int | None, at: datetime) -> Mapping[str, int]:
    """Let the old one become names of the other; returns how many rows of which table were moved.

    Raises NotFound where one of them is not there, BadInput ("into") where both are the same or something must be
    settled first, Misconfigured for a table that has no rule.
    """
    old, into = _pair(session, old_id, into_id, lock=True)
    _clocks(session, old.id, into.id)
    _letters(session, old.id, into.id)
    _drafts(session, old.id, into.id)
    _words(session, old.id)
    moved: dict[str, int] = {}
    for table, column in references():
        if table.name not in RULES:
            raise Misconfigured(f"nothing says what a merge does with {table.name}")
        if RULES[table.name] == KEPT:
            continue
        _settle(session, table.name, old.id, into.id)
        result = session.execute(update(table).where(column == old.id).values({column: into.id}))
        moved[table.name] = moved.get(table.name, 0) + result.rowcount  # type: ignore[attr-defined]
    session.expire_all()
    _names(session, into)
    _take_over(session, old, into)
    _keep_its_pledge(session, into, at)
    session.add(EnterpriseMerge(old_id=old.id, old_name=old.name, into_id=into.id, merged_at=at))
    before = {"id": old.id, "name": old.name, "participant": old.participant, "benchmark": old.benchmark}
    session.execute(delete(Enterprise).where(Enterprise.id == old.id))
    counts = {name: count for name, count in moved.items() if count}
    trail.record(session, by, "enterprise.merged", trail.ENTERPRISE, into.id, at, before, {"moved": counts})
    session.expire_all()
    return counts


def _pair(session: Session, old_id: int, into_id: int, *, lock: bool) -> tuple[Enterprise, Enterprise]:
    """The two, where nothing must be settled first."""
    if old_id == into_id:
        raise BadInput("an enterprise is not merged with itself", {"into": ["same_enterprise"]})
    query = select(Enterprise).where(Enterprise.id.in_((old_id, into_id))).order_by(Enterprise.id)
    found = {each.id: each for each in session.scalars(query.with_for_update() if lock else query)}
    if len(found) < 2:
        raise NotFound("one of the two enterprises is not there")
    _one_pledge(session, old_id, into_id)
    _no_objection(session, old_id, into_id)
    return found[old_id], found[into_id]


def _count(session: Session, table: Table, column: Column[Any], old_id: int) -> int:
    some = select(column).where(column == old_id).limit(MOST_COUNTED).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def _conflicted(session: Session, old_id: int, into_id: int) -> int:
    """Open cases of one whose mediator declared a conflict with the other."""
    crossed = [
        and_(Complaint.enterprise_id == one, Conflict.enterprise_id == other)
        for one, other in ((old_id, into_id), (into_id, old_id))
    ]
    query = select(func.count(func.distinct(Complaint.id))).join(Conflict, Conflict.account_id == Complaint.mediator_id)
    open_ones = (Complaint.state.in_(("awaiting_consent", "in_mediation", "recusal_pending", "under_appraisal")),)
    return sum(session.scalar(query.where(*open_ones, each)) or 0 for each in crossed)


def _one_pledge(session: Session, old_id: int, into_id: int) -> None:
    """Two open pledges of one campaign say two things: one of them is withdrawn first, by whoever gave it."""
    running = select(Pledge.campaign_id).where(Pledge.state.in_(OPEN["pledge"]))
    theirs = running.where(Pledge.enterprise_id == old_id)
    both = running.where(Pledge.enterprise_id == into_id, Pledge.campaign_id.in_(theirs))
    if session.scalars(both.limit(1)).first() is not None:
        raise BadInput("both have an open pledge of one campaign", {"into": ["two_pledges"]})


def _no_objection(session: Session, old_id: int, into_id: int) -> None:
    """An objection that is not decided, in time or late, is about a line of one of them."""
    waiting = objections(session, old_id, into_id)
    if waiting:
        raise BadInput("one of them has an open objection", {"into": [f"open_objection:{waiting[0]}"]})


def objections(session: Session, old_id: int, into_id: int) -> Sequence[int]:
    """The objections of both to the record that a supervisor has to decide first."""
    theirs = (Objection.enterprise_id.in_((old_id, into_id)), Objection.state.in_(HOLDING))
    return session.scalars(select(Objection.id).where(*theirs).order_by(Objection.id)).all()


def _standing(session: Session, old: Enterprise, at: datetime) -> Iterator[str]:
    """What ends with the old one: what its pledge or its designation gives goes over with these."""
    if pledge_terms.current(session, old.id, at) is None:
        yield from PLEDGED
    if benchmarks.of(session, old.id, local_date(at).year) is None:
        yield "benchmark"


def _keep_its_pledge(session: Session, into: Enterprise, at: datetime) -> None:
    """What the newest pledge, and the designation, of either say of the survivor's standing; measures bind it whole."""
    suspensions.agree(session, into.id, at)
    pledge = pledge_terms.current(session, into.id, at)
    if pledge is not None:
        pledge_terms.settle(session, pledge, at)
    into.benchmark = into.benchmark or benchmarks.of(session, into.id, local_date(at).year) is not None


def _clocks(session: Session, old_id: int, into_id: int) -> None:
    """Whose clock it was, in the explanations of open cases: so that a redirect back still resumes it."""
    query = (
        select(ClockInstance)
        .join(Complaint, Complaint.id == ClockInstance.complaint_id)
        .where(Complaint.enterprise_id.in_((old_id, into_id)), Complaint.state != "closed")
        .where(ClockInstance.state == "with_enterprise")
    )
    for row in session.scalars(query):
        if row.explanation.get("enterprise_id") == old_id:
            row.explanation = row.explanation | {"enterprise_id": into_id}
    session.flush()


def _letters(session: Session, old_id: int, into_id: int) -> None:
    """Letters that are still to leave, and those of open cases, whose clocks ask whether the reader was told."""
    readers = [f"enterprise:{each}" for each in (old_id, into_id)]
    running = select(Complaint.id).where(Complaint.enterprise_id == old_id, Complaint.state != "closed")
    wanted = or_(Notice.status.in_(WAITING), Notice.complaint_id.in_(running))
    moved = update(Notice).where(Notice.recipient == readers[0], wanted).values(recipient=readers[1])
    session.execute(moved.execution_options(synchronize_session=False))


def _drafts(session: Session, old_id: int, into_id: int) -> None:
    """What its people have typed and not sent; of two in the same place the one typed last."""
    sides = [f"enterprise:{each}" for each in (old_id, into_id)]
    typed = session.scalars(
        select(ActionDraft).where(ActionDraft.side.in_(sides)).order_by(ActionDraft.saved_at.desc(), ActionDraft.id)
    )
    kept: set[tuple[int, str]] = set()
    for each in typed.all():
        if (each.complaint_id, each.trigger) in kept:
            session.delete(each)
        kept.add((each.complaint_id, each.trigger))
    session.flush()
    moved = update(ActionDraft).where(ActionDraft.side == sides[0]).values(side=sides[1])
    session.execute(moved.execution_options(synchronize_session=False))


def _words(session: Session, old_id: int) -> None:
    """The words of its cases are made anew: they are found by the survivor's people from now on."""
    theirs = select(Complaint.id).where(Complaint.enterprise_id == old_id).order_by(Complaint.id)
    session.execute(insert(SearchDue).from_select(["complaint_id"], theirs))


def _settle(session: Session, table: str, old_id: int, into_id: int) -> None:
    """What cannot simply be moved, for the survivor has something in its place."""
    if table == "enterprise_figures":
        session.execute(delete(EnterpriseFigures).where(EnterpriseFigures.enterprise_id.in_((old_id, into_id))))
    elif table == "factor_policy":
        _stricter(session, old_id, into_id)
    elif table == "designation":
        years = select(Designation.year).where(Designation.enterprise_id == into_id)
        twice = (Designation.enterprise_id == old_id, Designation.year.in_(years))
        session.execute(delete(Designation).where(*twice).execution_options(synchronize_session=False))
    elif table == "conflict":
        held = select(Conflict.account_id).where(Conflict.enterprise_id == into_id, Conflict.complaint_id.is_(None))
        double = (Conflict.enterprise_id == old_id, Conflict.complaint_id.is_(None), Conflict.account_id.in_(held))
        session.execute(delete(Conflict).where(*double).execution_options(synchronize_session=False))


def _stricter(session: Session, old_id: int, into_id: int) -> None:
    """Of two rules about a second factor the one that asks earlier."""
    both = select(FactorPolicy).where(FactorPolicy.enterprise_id.in_((old_id, into_id)))
    rules = session.scalars(both.order_by(FactorPolicy.needed_from.desc(), FactorPolicy.id)).all()
    for later in rules[:-1]:
        session.delete(later)
    session.flush()


def _names(session: Session, into: Enterprise) -> None:
    """The old one's own name becomes a former name of the survivor; a name that both had stands once."""
    mine = EnterpriseName.enterprise_id == into.id
    former = update(EnterpriseName).where(mine, EnterpriseName.kind == "name", EnterpriseName.name != into.name)
    session.execute(former.values(kind="former").execution_options(synchronize_session=False))
    seen: set[str] = set()
    rows = session.scalars(
        select(EnterpriseName).where(mine).order_by(EnterpriseName.kind != "name", EnterpriseName.id)
    )
    for row in rows.all():
        if row.name in seen:
            session.delete(row)
        seen.add(row.name)
    session.flush()


def _take_over(session: Session, old: Enterprise, into: Enterprise) -> None:
    """What the survivor has none of; the code is unique, so the old one gives it away first."""
    had = {name: getattr(old, name) for name in ("credit_code", "email", "phone", "address")}
    old.credit_code = None
    session.flush()
    for name, value in had.items():
        if value and not getattr(into, name):
            setattr(into, name, value)
    session.flush()
