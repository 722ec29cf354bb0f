"""Corrections: a line of the record is counted again, for a reason that the public reads.

One follows from an objection that is upheld (`record_objections`), or is made by a supervisor on its own, where the
centre found the error itself in a month that is published. A case may be excluded: it counts in no month any more, and
its row is gone from open data. Where published figures change, the enterprise's rows of that month are written anew.
Instants are case time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from complaints.errors import BadInput, NotAllowed, NotFound, StaleVersion
from complaints.insight import open_data_rows, record, record_editions, record_letters
from complaints.insight import record_counting as counting
from complaints.insight.record_figures import Figures
from complaints.models import Complaint, Enterprise, Objection, RecordExclusion, RecordLine
from complaints.registry import trail
from complaints.workflow import sight
from complaints.workflow.case import Actor, Role

LONGEST = 300  # of a reason


@dataclass(frozen=True, slots=True)
class Change:
    """An enterprise's line of one month, before and after."""

    month: str
    before: Figures
    after: Figures


@dataclass(frozen=True, slots=True)
class Preview:
    """The newest edition of a published line, and what a correction of it would do, by month."""

    line: RecordLine
    lines: Sequence[Change]
    changes: bool  # whether anything would be other than it is: the figures, or what counts


def preview(session: Session, enterprise_id: int, month: str, excluded: str, at: datetime) -> Preview:
    """What `correct` would do: it is done and undone again, in a transaction that may write. `excluded` is the number
    of a case that would not count.

    Raises NotFound without a published line; BadInput where no such case is counted.
    """
    line = published(session, enterprise_id, month)
    case = _excluded(session, line, excluded)
    trial = session.begin_nested()
    lines = _done(session, line, case, "", at)
    trial.rollback()
    return Preview(line, lines, case is not None or any(each.before != each.after for each in lines))


def correct(
    session: Session, enterprise_id: int, month: str, reason: str, excluded: str, seen: int, actor: Actor, at: datetime
) -> RecordLine:
    """A supervisor corrects a published line; `seen` is the edition that they saw. The enterprise is told.

    Raises NotAllowed, NotFound without a published line, StaleVersion where there is another edition by now, BadInput,
    naming the field: no reason, no such case, or nothing would change.
    """
    if actor.role is not Role.SUPERVISOR:
        raise NotAllowed(f"{actor.role} may not correct the record")
    masked = given(reason)
    line = published(session, enterprise_id, month)
    case = _excluded(session, line, excluded)
    _lock(session, line, case)
    line = published(session, enterprise_id, month)
    if line.edition != seen:
        raise StaleVersion("the line was corrected meanwhile", {"edition": ["stale"]})
    done = _done(session, line, case, masked, at)
    if case is None and all(each.before == each.after for each in done):
        raise BadInput("nothing would change", {"excluded": ["nothing_changes"]})
    corrected = published(session, enterprise_id, month)
    record_letters.corrected(session, corrected, [each.month for each in done], at)
    told = {"month": month, "edition": line.edition}
    now = {"edition": corrected.edition, "reason": masked, "excluded": case.number if case is not None else ""}
    trail.record(session, actor.account_id, "record.corrected", trail.ENTERPRISE, enterprise_id, at, told, now)
    return corrected


def _done(session: Session, line: RecordLine, case: Complaint | None, reason: str, at: datetime) -> list[Change]:
    """Corrected, and how each line differs from what it was."""
    before = {month: _newest(session, line.enterprise_id, month).figures for month in _months(session, line, case)}
    after = apply(session, line, case, reason, at)
    return [Change(month, figures, after[month].figures) for month, figures in before.items()]


def _newest(session: Session, enterprise_id: int, month: str) -> RecordLine:
    mine = record.lines_of(enterprise_id).where(RecordLine.month == month).limit(1)
    return session.scalars(mine).one()


def apply(
    session: Session, line: RecordLine, case: Complaint | None, reason: str, at: datetime,
    objection: Objection | None = None,
) -> dict[str, RecordLine]:  # fmt: skip
    """The line is counted again, without the case where one is given; so are the enterprise's lines of other months
    that were taken and count that case too. By month, what they are now."""
    months = _lock(session, line, case)
    if case is not None:
        given_by = objection.id if objection is not None else None
        session.add(RecordExclusion(complaint_id=case.id, objection_id=given_by, reason=reason, made_at=at))
        session.flush()
    lines = {month: record_editions.correct(session, line.enterprise_id, month, reason, at) for month in months}
    if case is not None:  # it has no row, also where the figures of the month in which it ended say nothing of it
        for month, firm in open_data_rows.of_case(session, case.id):
            row = record_editions.locked(session, month)
            open_data_rows.rewrite(session, row, firm, reason, record.numbers(at)["least_shown"], at)
    return lines


def _lock(session: Session, line: RecordLine, case: Complaint | None) -> list[str]:
    """The months whose lines are counted again; they and those in which the case has a row are held, in their order."""
    months = _months(session, line, case)
    rows = [month for month, _firm in open_data_rows.of_case(session, case.id)] if case is not None else []
    for month in sorted({*months, *rows}):
        record_editions.locked(session, month)
    return months


def _months(session: Session, line: RecordLine, case: Complaint | None) -> list[str]:
    if case is None or case.closed_at is None:
        return [line.month]
    return record_editions.months_counting(session, line.enterprise_id, line.month, case.closed_at)


def counted(session: Session, line: RecordLine, number: str) -> Complaint:
    """A case that a line counts: excluded is for ever, so nothing is that has not ended, or elsewhere.

    Raises BadInput, naming `excluded`.
    """
    case = counting.one(session, line.enterprise_id, line.figures["as_of"], number)
    if case is None:
        raise BadInput("no case of this line", {"excluded": ["unknown_case"]})
    return case


def given(reason: str) -> str:
    """A reason as it is kept, which may be longer than it was typed. Raises BadInput, naming `reason`."""
    masked = sight.mask(reason)
    if not masked.strip():
        raise BadInput("why", {"reason": ["required"]})
    if len(masked) > LONGEST:
        raise BadInput("too long", {"reason": [f"too_long:{LONGEST}"]})
    return masked


def _excluded(session: Session, line: RecordLine, number: str) -> Complaint | None:
    return counted(session, line, number.strip()) if number.strip() else None


def published(session: Session, enterprise_id: int, month: str) -> RecordLine:
    """The newest public edition of a line, of an enterprise that is still there under this id."""
    line = next(iter(record.history(session, enterprise_id, month=month, limit=1)), None)
    if line is None or session.get(Enterprise, enterprise_id) is None:
        raise NotFound(f"enterprise {enterprise_id} has no published line in {month}")
    return line
