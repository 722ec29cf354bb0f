"""Letters about an account: planted here, written when they leave (delivery/personal.py).

Where whoever asks has only typed a name or an address, nothing is looked up here: neither the answer nor its time says
whether there is such an account. The letter finds its reader by a mark when it leaves.
"""

import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from complaints.clock import SHANGHAI
from complaints.registry import derived, planting

LETTER = "account"
RESET, TRIES, INVITATION, ACCOUNT, FORMER = "reset", "tries", "invitation", "account", "former"  # kinds of reader
MARKED = 30  # so much of a mark names a reader: 120 bits
STEPS = ("invitation", "password_reset", "password_changed", "many_tries", "new_network", "factor_on", "factor_off",
         "factor_reset", "address_changed", "mailbox_changed", "token_made")  # fmt: skip


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
    """One letter about an account, unless there is one with this key. Case time."""
    planting.plant(session, LETTER, key, reader, step, at)
