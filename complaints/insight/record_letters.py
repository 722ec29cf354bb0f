"""The letter that says that a draft of the record is open to objection: to each enterprise of which something is shown.

Planted in the transaction that takes the month, so that whoever may object hears of it, once.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from complaints.models import Enterprise, Notice
from complaints.registry import planting

LETTER = "record_draft"
AT_ONCE = 500


def plant(session: Session, month: str, lines: Sequence[Mapping[str, Any]], last_day: str, at: datetime) -> None:
    """One letter an enterprise with figures; `last_day` (ISO) is the last one on which it may object."""
    shown = [each["enterprise_id"] for each in lines if each["figures"]["ended"] is not None]
    for first in range(0, len(shown), AT_ONCE):
        firms = session.scalars(select(Enterprise).where(Enterprise.id.in_(shown[first : first + AT_ONCE])))
        rows = [_letter(firm, month, last_day, at) for firm in firms]
        session.execute(insert(cast(Table, Notice.__table__)), rows)


def _letter(firm: Enterprise, month: str, last_day: str, at: datetime) -> dict[str, Any]:
    reader = f"enterprise:{firm.id}"
    facts = {"reader": "enterprise", "number": None, "due_at": None, "place": "record", "enterprise": firm.name,
             "month": month, "until": last_day}  # fmt: skip
    return planting.row(LETTER, f"{LETTER}:{month}:{reader}", reader, "draft", at, facts, firm.locale, firm.zone)
