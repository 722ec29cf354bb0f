"""Letters of the record: a draft is open to objection, to each enterprise of which something is shown; a published line
was corrected, to its enterprise.

Planted in the transaction that takes the month, or corrects it, so that whoever may object hears of it, once.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, exists, func, insert, select
from sqlalchemy.orm import Session

from complaints.models import Enterprise, Notice, RecordLine
from complaints.registry import planting

LETTER, CORRECTED = "record_draft", "record_corrected"
AT_ONCE = 500


def plant(session: Session, month: str, lines: Sequence[Mapping[str, Any]], last_day: str, at: datetime) -> None:
    """One letter an enterprise with figures; `last_day` (ISO) is the last one on which it may object."""
    shown = [each["enterprise_id"] for each in lines if each["figures"]["ended"] is not None]
    for first in range(0, len(shown), AT_ONCE):
        firms = session.scalars(select(Enterprise).where(Enterprise.id.in_(shown[first : first + AT_ONCE])))
        rows = [_letter(firm, month, last_day, at) for firm in firms]
        session.execute(insert(cast(Table, Notice.__table__)), rows)


def on_their_way(session: Session, month: str) -> bool:
    """Whether letters of a month still wait to leave."""
    waiting = Notice.status.in_(("waiting", "bundled"))
    return any(session.scalar(select(exists().where(mine, waiting))) for mine in _of(session, month))


def told_last(session: Session, month: str) -> datetime | None:
    """When the last of a month's letters left; None where none did."""
    last = (session.scalar(select(func.max(Notice.sent_at)).where(mine)) for mine in _of(session, month))
    return max((each for each in last if each is not None), default=None)


def _of(session: Session, month: str) -> Iterator[ColumnElement[bool]]:
    """The letters of a month by their keys, some hundred at a time."""
    firms = session.scalars(select(RecordLine.enterprise_id).where(RecordLine.month == month).distinct()).all()
    for first in range(0, len(firms), AT_ONCE):
        yield Notice.key.in_([_key(month, f"enterprise:{firm}") for firm in firms[first : first + AT_ONCE]])


def corrected(session: Session, line: RecordLine, months: Sequence[str], at: datetime) -> None:
    """One letter to an enterprise whose published line was corrected, and with it those of some months."""
    firm = session.get_one(Enterprise, line.enterprise_id)
    reader = f"enterprise:{firm.id}"
    key = f"{CORRECTED}:{line.month}:{line.edition}:{reader}"
    facts = _facts(firm, ", ".join(months)) | {"reason": line.reason}
    row = planting.row(CORRECTED, key, reader, "corrected", at, facts, firm.locale, firm.zone)
    session.execute(insert(cast(Table, Notice.__table__)), [row])


def _key(month: str, reader: str) -> str:
    return f"{LETTER}:{month}:{reader}"


def _letter(firm: Enterprise, month: str, last_day: str, at: datetime) -> dict[str, Any]:
    reader = f"enterprise:{firm.id}"
    facts = _facts(firm, month) | {"until": last_day}
    return planting.row(LETTER, _key(month, reader), reader, "draft", at, facts, firm.locale, firm.zone)


def _facts(firm: Enterprise, month: str) -> dict[str, Any]:
    return {"reader": "enterprise", "number": None, "due_at": None, "place": "record", "enterprise": firm.name,
            "month": month}  # fmt: skip
