"""Objections to the record: an enterprise says that a figure about it is wrong; a supervisor decides.

Until an objection is decided, in time or late, its figure is held back. Upheld, the line is
counted again, without a case where one is excluded (its reason stays with it, for all later months); rejected or
withdrawn, the figure is shown. Whatever follows after publication is another edition. Reasons are kept for ever and
told in letters: telephone numbers and the like are masked in them.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.errors import BadInput, NotFound
from complaints.insight import record, record_corrections, record_editions
from complaints.insight import record_counting as counting
from complaints.insight.record_counting import Ended
from complaints.insight.record_figures import OBJECTABLE
from complaints.models import Objection, RecordLine, RecordMonth
from complaints.registry import course
from complaints.registry.lifecycle import HOLDING
from complaints.workflow.case import Actor


def drafts(session: Session, enterprise_id: int, at: datetime) -> list[tuple[RecordMonth, RecordLine]]:
    """The lines that an enterprise may object to now, with their months, the newest first; several after an outage."""
    open_now = (RecordMonth.published_at.is_(None), RecordMonth.object_until > at)
    query = (
        select(RecordMonth, RecordLine)
        .join(RecordLine, RecordLine.month == RecordMonth.month)
        .where(RecordLine.enterprise_id == enterprise_id, record.last_edition(), *open_now)
        .order_by(RecordMonth.month.desc())
    )
    return [(month, line) for month, line in session.execute(query)]


def cases_behind(session: Session, line: RecordLine) -> list[Ended]:
    """The enterprise's own cases that a line counts, as they are now, in the order in which they ended."""
    month = line.figures["as_of"]
    return counting.ended(session, line.enterprise_id, counting.since(month), counting.until(month))


def of(session: Session, enterprise_id: int) -> Sequence[Objection]:
    """All objections of an enterprise, the newest first."""
    mine = Objection.enterprise_id == enterprise_id
    return session.scalars(select(Objection).where(mine).order_by(Objection.id.desc()).limit(100)).all()


def undecided(session: Session) -> Sequence[Objection]:
    """What waits for a supervisor, the nearest deadline first, then what is late."""
    waiting = select(Objection).where(Objection.state.in_(HOLDING))
    first = (Objection.due_at.is_(None), Objection.due_at, Objection.id)
    return session.scalars(waiting.order_by(*first).limit(200)).all()


def decided(session: Session) -> Sequence[Objection]:
    """What was decided last."""
    over = Objection.state.not_in(HOLDING)
    return session.scalars(select(Objection).where(over).order_by(Objection.since.desc()).limit(50)).all()


def one(session: Session, objection_id: int, enterprise_id: int | None = None) -> Objection:
    """One objection, of this enterprise where one is given. Raises NotFound."""
    found = session.get(Objection, objection_id)
    if found is None or enterprise_id not in (None, found.enterprise_id):
        raise NotFound(f"there is no objection {objection_id}")
    return found


def raise_one(session: Session, figure: str, reason: str, actor: Actor, at: datetime, month: str = "") -> Objection:
    """Object to a figure of a draft that is open now, the newest one unless a month is named.

    Raises BadInput, naming the field; NotFound without such a draft.
    """
    firm = actor.enterprise_id or 0
    opened = [each.month for each, _line in drafts(session, firm, at) if month in ("", each.month)]
    if not opened or record_editions.locked(session, opened[0]).published_at is not None:
        raise NotFound("nothing is open to objection")
    if figure not in OBJECTABLE:
        raise BadInput(
            "no such figure", {"figure": ["required" if not figure else f"not_one_of:{', '.join(OBJECTABLE)}"]}
        )
    masked = record_corrections.given(reason)
    mine = (Objection.enterprise_id == firm, Objection.month == opened[0], Objection.figure == figure)
    if session.scalar(select(Objection.id).where(*mine, Objection.state != "withdrawn").limit(1)):
        raise BadInput("objected to already", {"figure": ["objected_already"]})
    objection = Objection(month=opened[0], figure=figure, enterprise_id=firm, made_at=at)
    return course.begin(session, objection, "raise", actor, at, reason=masked, figure=figure)


def act(
    session: Session, objection_id: int, trigger: str, actor: Actor, at: datetime, reason: str = "", excluded: str = "",
    seen: int | None = None,
) -> Objection:  # fmt: skip
    """Withdraw, reject or uphold, by the name of the trigger. Raises what those raise.

    StaleVersion where it is no longer the version that was `seen`.
    """
    course.lock(session, Objection, objection_id, version=seen)
    if trigger == "withdraw":
        withdraw(session, objection_id, actor, at)
    elif trigger == "uphold":
        uphold(session, objection_id, reason, excluded, actor, at)
    else:
        reject(session, objection_id, reason, actor, at)
    return one(session, objection_id)


def withdraw(session: Session, objection_id: int, actor: Actor, at: datetime) -> None:
    """The enterprise thinks better of it. Raises NotFound, NotAllowed."""
    one(session, objection_id, actor.enterprise_id or 0)
    found = course.lock(session, Objection, objection_id)
    course.fire(session, found, "withdraw", actor, at)
    record_editions.release(session, found.enterprise_id, found.month, "objection_withdrawn", at)


def reject(session: Session, objection_id: int, reason: str, actor: Actor, at: datetime) -> None:
    """The figure stands, for a reason. Raises BadInput, NotFound, NotAllowed."""
    masked = record_corrections.given(reason)
    found = course.lock(session, Objection, objection_id)
    course.fire(session, found, "reject", actor, at, reason=masked)
    record_editions.release(session, found.enterprise_id, found.month, "objection_rejected", at)


def uphold(session: Session, objection_id: int, reason: str, excluded: str, actor: Actor, at: datetime) -> RecordLine:
    """The line is counted again, without the case of the number `excluded` where one is given.

    So are the enterprise's lines of other months that were taken and count that case too. Raises BadInput, naming the
    field; NotFound, NotAllowed.
    """
    masked = record_corrections.given(reason)
    found = course.lock(session, Objection, objection_id)
    mine = record.lines_of(found.enterprise_id).where(RecordLine.month == found.month).limit(1)
    line = session.scalars(mine).one()
    case = record_corrections.counted(session, line, excluded.strip()) if excluded.strip() else None
    course.fire(session, found, "uphold", actor, at, reason=masked, excluded=case is not None)
    return record_corrections.apply(session, line, case, masked, at, found)[found.month]
