"""Objections to the record: an enterprise says that a figure about it is wrong; a supervisor decides.

While an objection is open, and for ever where it was not decided in time, its figure is held back. Upheld, the line is
counted again, without a case where one is excluded (its reason stays with it, for all later months); rejected or
withdrawn, the figure is shown. Whatever follows after publication is another edition. Reasons are kept for ever and
told in letters: telephone numbers and the like are masked in them.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.errors import BadInput, NotFound
from complaints.insight import record, record_taking
from complaints.insight import record_counting as counting
from complaints.insight.record_counting import Ended
from complaints.insight.record_figures import OBJECTABLE
from complaints.models import Complaint, Objection, RecordExclusion, RecordLine, RecordMonth
from complaints.registry import course
from complaints.workflow import sight
from complaints.workflow.case import Actor

LONGEST = 300  # of a reason


def draft(session: Session, enterprise_id: int, at: datetime) -> tuple[RecordMonth, RecordLine] | None:
    """The line that an enterprise may object to now, with its month; None while there is none."""
    open_now = (RecordMonth.published_at.is_(None), RecordMonth.object_until > at)
    month = session.scalars(select(RecordMonth).where(*open_now).order_by(RecordMonth.month.desc()).limit(1)).first()
    if month is None:
        return None
    mine = record.lines_of(enterprise_id).where(RecordLine.month == month.month)
    line = session.scalars(mine.limit(1)).first()
    return (month, line) if line is not None else None


def cases_behind(session: Session, line: RecordLine) -> list[Ended]:
    """The enterprise's own cases that a line counts, as they are now, in the order in which they ended."""
    month = line.figures["as_of"]
    return counting.ended(session, line.enterprise_id, counting.since(month), counting.until(month))


def of(session: Session, enterprise_id: int) -> Sequence[Objection]:
    """All objections of an enterprise, the newest first."""
    mine = Objection.enterprise_id == enterprise_id
    return session.scalars(select(Objection).where(mine).order_by(Objection.id.desc()).limit(100)).all()


def undecided(session: Session) -> Sequence[Objection]:
    """What waits for a supervisor, the nearest deadline first."""
    waiting = Objection.state == "raised"
    return session.scalars(select(Objection).where(waiting).order_by(Objection.due_at, Objection.id).limit(200)).all()


def decided(session: Session) -> Sequence[Objection]:
    """What was decided last."""
    over = Objection.state != "raised"
    return session.scalars(select(Objection).where(over).order_by(Objection.since.desc()).limit(50)).all()


def one(session: Session, objection_id: int, enterprise_id: int | None = None) -> Objection:
    """One objection, of this enterprise where one is given. Raises NotFound."""
    found = session.get(Objection, objection_id)
    if found is None or enterprise_id not in (None, found.enterprise_id):
        raise NotFound(f"there is no objection {objection_id}")
    return found


def raise_one(session: Session, figure: str, reason: str, actor: Actor, at: datetime) -> Objection:
    """Object to a figure of the draft that is open now. Raises BadInput, naming the field; NotFound without a draft."""
    firm = actor.enterprise_id or 0
    found = draft(session, firm, at)
    if found is None:
        raise NotFound("nothing is open to objection")
    if figure not in OBJECTABLE:
        raise BadInput(
            "no such figure", {"figure": ["required" if not figure else f"not_one_of:{', '.join(OBJECTABLE)}"]}
        )
    _given(reason)
    mine = (Objection.enterprise_id == firm, Objection.month == found[0].month, Objection.figure == figure)
    if session.scalar(select(Objection.id).where(*mine, Objection.state != "withdrawn").limit(1)):
        raise BadInput("objected to already", {"figure": ["objected_already"]})
    objection = Objection(month=found[0].month, figure=figure, enterprise_id=firm, made_at=at)
    return course.begin(session, objection, "raise", actor, at, reason=sight.mask(reason), figure=figure)


def act(
    session: Session, objection_id: int, trigger: str, actor: Actor, at: datetime, reason: str = "", excluded: str = ""
) -> Objection:
    """Withdraw, reject or uphold, by the name of the trigger. Raises what those raise."""
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
    _released(session, found, "objection_withdrawn", at)


def reject(session: Session, objection_id: int, reason: str, actor: Actor, at: datetime) -> None:
    """The figure stands, for a reason. Raises BadInput, NotFound, NotAllowed."""
    _given(reason)
    found = course.lock(session, Objection, objection_id)
    course.fire(session, found, "reject", actor, at, reason=sight.mask(reason))
    _released(session, found, "objection_rejected", at)


def uphold(session: Session, objection_id: int, reason: str, excluded: str, actor: Actor, at: datetime) -> RecordLine:
    """The line is counted again, without the case of the number `excluded` where one is given.

    Raises BadInput, naming the field; NotFound, NotAllowed.
    """
    _given(reason)
    found = course.lock(session, Objection, objection_id)
    case_id = _counted(session, found, excluded.strip()) if excluded.strip() else None
    course.fire(session, found, "uphold", actor, at, reason=sight.mask(reason), excluded=case_id is not None)
    if case_id is not None:
        session.add(RecordExclusion(complaint_id=case_id, objection_id=found.id, reason=sight.mask(reason), made_at=at))
        session.flush()
    return record_taking.correct(session, found.enterprise_id, found.month, sight.mask(reason), at)


def _counted(session: Session, objection: Objection, number: str) -> int:
    mine = (Complaint.number == number, Complaint.enterprise_id == objection.enterprise_id)
    case_id = session.scalar(select(Complaint.id).where(*mine))
    if case_id is None or session.get(RecordExclusion, case_id) is not None:
        raise BadInput("no case of this line", {"excluded": ["unknown_case"]})
    return case_id


def _given(reason: str) -> None:
    if not reason.strip():
        raise BadInput("why", {"reason": ["required"]})
    if len(reason) > LONGEST:
        raise BadInput("too long", {"reason": [f"too_long:{LONGEST}"]})


def _released(session: Session, objection: Objection, why: str, at: datetime) -> None:
    """Show what was held back, where the month is published already; else its publication will."""
    if session.get_one(RecordMonth, objection.month).published_at is not None:
        record_taking.release(session, objection.enterprise_id, objection.month, why, at)
