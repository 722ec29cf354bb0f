"""Letters whose reader, words and links are looked up when they leave (delivery/looked_up.py): planted here.

Neither planting one nor its time says whether there is a reader.
"""

import secrets
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from complaints.clock import SHANGHAI
from complaints.config import settings
from complaints.models import Notice


def plant(
    session: Session, letter: str, key: str, recipient: str, step: str, at: datetime, *, reader: str = "",
    complaint_id: int | None = None,
) -> None:  # fmt: skip
    """One letter, unless there is one with this key; one that found nobody is tried again. Case time."""
    values = {
        "key": key,
        "complaint_id": complaint_id,
        "step": step,
        "letter": letter,
        "recipient": recipient,
        "channel": "email",
        "locale": "zh",
        "zone": SHANGHAI.key,
        "at_once": True,
        "facts": {"reader": reader},
        "made_at": at,
        "send_at": at,
        "next_at": at,
        "status": "waiting",
        "attempts": 0,
        "message_id": f"<{letter.replace('_', '.')}.{secrets.token_hex(12)}@{settings().sender.rpartition('@')[2]}>",
    }
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    planted = insert(Notice).values(values)
    again = {"status": "waiting", "next_at": at, "settled_at": None}  # it found nobody then; there may be somebody now
    session.execute(planted.on_conflict_do_update(index_elements=["key"], set_=again, where=Notice.status == "void"))
