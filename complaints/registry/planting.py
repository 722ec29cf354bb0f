"""Letters whose reader, words and links are looked up when they leave (delivery/looked_up.py): planted here.

Neither planting one nor its time says whether there is a reader.
"""

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from complaints.clock import SHANGHAI
from complaints.config import settings
from complaints.models import Notice


def row(
    letter: str, key: str, recipient: str, step: str, at: datetime, facts: dict[str, Any], locale: str = "zh",
    zone: str = SHANGHAI.key,
) -> dict[str, Any]:  # fmt: skip
    """The row of a letter about no case, which leaves at once."""
    return {
        "key": key,
        "complaint_id": None,
        "step": step,
        "letter": letter,
        "recipient": recipient,
        "channel": "email",
        "locale": locale,
        "zone": zone,
        "at_once": True,
        "facts": facts,
        "made_at": at,
        "send_at": at,
        "next_at": at,
        "status": "waiting",
        "attempts": 0,
        "message_id": f"<{letter.replace('_', '.')}.{secrets.token_hex(12)}@{settings().sender.rpartition('@')[2]}>",
    }


def plant(
    session: Session, letter: str, key: str, recipient: str, step: str, at: datetime, *, reader: str = "",
    complaint_id: int | None = None,
) -> None:  # fmt: skip
    """One letter, unless there is one with this key; one that found nobody is tried again. Case time."""
    values = row(letter, key, recipient, step, at, {"reader": reader}) | {"complaint_id": complaint_id}
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    planted = insert(Notice).values(values)
    again = {"status": "waiting", "next_at": at, "settled_at": None}  # it found nobody then; there may be somebody now
    session.execute(planted.on_conflict_do_update(index_elements=["key"], set_=again, where=Notice.status == "void"))
