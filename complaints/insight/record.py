"""The honest record: once a month the figures of every enterprise over the twelve months that end with that month.

Taken on the first working day after the month, open to objection for some working days (policy), then published.
Until then nothing of it is public, and afterwards nothing changes it but a correction, which is a new edition beside
the earlier one. What is public is read from the rows written here and from nothing else: cases that open and close
change no published figure. What may be shown at all: `record_figures`. How it is counted: `record_counting`.

Several workers at once are harmless (a lease, and the month is the key), late is harmless (missed months are caught
up): `record_taking`. Here it is read. Instants are case time.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import Session, aliased

from complaints.clock import at_local, local_date
from complaints.models import RecordLine, RecordMonth
from complaints.registry import course_policy

_later = aliased(RecordLine)


def numbers(at: datetime) -> Mapping[str, int]:
    """The policy's numbers: object_working_days, least_ranked, least_shown."""
    return course_policy.in_force(local_date(at)).numbers["record"]


def newest(session: Session, month: str) -> Sequence[RecordLine]:
    """The newest edition of every line of a month, published or not."""
    return session.scalars(
        select(RecordLine).where(RecordLine.month == month, last_edition()).order_by(RecordLine.id)
    ).all()


def last_edition() -> ColumnElement[bool]:
    """Lines without a later edition."""
    same = (_later.month == RecordLine.month, _later.enterprise_id == RecordLine.enterprise_id)
    return ~exists().where(*same, _later.edition > RecordLine.edition)


def lines_of(enterprise_id: int) -> Select[RecordLine]:
    """All lines of an enterprise, the newest month and edition first, published or not."""
    return (
        select(RecordLine)
        .where(RecordLine.enterprise_id == enterprise_id)
        .order_by(RecordLine.month.desc(), RecordLine.edition.desc())
    )


def public() -> ColumnElement[bool]:
    """Only what is published; of a month that was corrected before, the edition that was published and later ones."""
    return exists().where(RecordMonth.month == RecordLine.month, RecordMonth.published_at.is_not(None)) & shown()


def shown() -> ColumnElement[bool]:
    """Editions that have a place among the others, or a reason why not: drafts have neither, ever."""
    return RecordLine.rank.is_not(None) | (RecordLine.why != "")


def latest(session: Session, enterprise_id: int) -> RecordLine | None:
    """The newest published line of an enterprise, or None where nothing of it was ever published.

    `figures` names: as_of (month), ended, settled, interval (of the share of settled), answers (asked, in_time,
    interval, median_days), ratings (count, mean), kinds, mediation, untold; None where suppressed; held: those
    under objection.
    """
    return session.scalars(lines_of(enterprise_id).where(public()).limit(1)).first()


def history(
    session: Session, enterprise_id: int, *, month: str | None = None, limit: int | None = None
) -> Sequence[RecordLine]:
    """All published lines of an enterprise, or those of one month, the newest month and edition first."""
    of = (RecordLine.month == month,) if month is not None else ()
    return session.scalars(lines_of(enterprise_id).where(public(), *of).limit(limit)).all()


def months(session: Session) -> Sequence[RecordMonth]:
    """The published months, the newest first."""
    return session.scalars(
        select(RecordMonth).where(RecordMonth.published_at.is_not(None)).order_by(RecordMonth.month.desc())
    ).all()


def month(session: Session, name: str) -> RecordMonth | None:
    """A published month; None where there is none of that name."""
    row = session.get(RecordMonth, name)
    return row if row is not None and row.published_at is not None else None


def behind(at: datetime, newest_month: str | None) -> int | None:
    """How many months old the newest published figures are; 1 or 2 is as it should be. None where there are none."""
    if newest_month is None:
        return None
    today: date = local_date(at)
    return (today.year - int(newest_month[:4])) * 12 + today.month - int(newest_month[5:])


def started(name: str) -> datetime:
    """The first instant of a month, for showing it."""
    return at_local(date(int(name[:4]), int(name[5:]), 1), 0)
