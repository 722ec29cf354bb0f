"""Letters about an account: planted here, written when they leave (delivery/personal.py).

Where whoever asks has only typed a name or an address, nothing is looked up here: neither the answer nor its time says
whether there is such an account. The letter finds its reader by a mark when it leaves.
"""

import secrets
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from complaints.clock import SHANGHAI
from complaints.config import settings
from complaints.models import Notice
from complaints.registry import derived

LETTER = "account"
RESET, TRIES, INVITATION, ACCOUNT = "reset", "tries", "invitation", "account"  # kinds of reader
MARKED = 30  # so much of a mark names a reader: 120 bits
STEPS = ("invitation", "password_reset", "password_changed", "many_tries", "new_network", "factor_on", "factor_off",
         "factor_reset")  # fmt: skip


def mark(typed: str) -> str:
    """The mark of a log-in or mail address, whoever typed it and however."""
    return derived.mark("account letter", typed.strip().casefold())[:MARKED]


def tell(session: Session, account_id: int, step: str, at: datetime, *, once_a_day: bool = False) -> None:
    """A letter to the person of an account; with `once_a_day` a second one of the day is not written."""
    reader = f"{ACCOUNT}:{account_id}"
    once = f"{at.astimezone(SHANGHAI):%Y%m%d}" if once_a_day else secrets.token_hex(8)
    plant(session, f"{reader}:{step}:{once}", reader, step, at)


def tell_of_tries(session: Session, login: str, at: datetime) -> None:
    """A letter, once a day, to whoever has this log-in, if anybody has."""
    reader = f"{TRIES}:{mark(login)}"
    plant(session, f"{reader}:{at.astimezone(SHANGHAI):%Y%m%d}", reader, "many_tries", at)


def plant(session: Session, key: str, reader: str, step: str, at: datetime) -> None:
    """One letter, unless there is one with this key. Its words and links are looked up when it leaves. Case time."""
    values = {
        "key": key,
        "step": step,
        "letter": LETTER,
        "recipient": reader,
        "channel": "email",
        "locale": "zh",
        "zone": SHANGHAI.key,
        "at_once": True,
        "facts": {"reader": ""},
        "made_at": at,
        "send_at": at,
        "next_at": at,
        "status": "waiting",
        "attempts": 0,
        "message_id": f"<account.{secrets.token_hex(12)}@{settings().sender.rpartition('@')[2]}>",
    }
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    planted = insert(Notice).values(values)
    again = {"status": "waiting", "next_at": at, "settled_at": None}  # it found nobody then; there may be somebody now
    session.execute(planted.on_conflict_do_update(index_elements=["key"], set_=again, where=Notice.status == "void"))
