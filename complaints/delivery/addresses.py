"""Where a reader of the outbox is reached, and what a link in their letter leads to."""

import re
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.config import settings
from complaints.models import Account, Enterprise
from complaints.registry import contacts, links

NONE_KNOWN = "no known address"  # why a letter is dead that nobody could have sent

# One mailbox and nothing else: no list, no display name, no line break that would begin another header.
_MAILBOX = re.compile(r"[^\s,;:<>()\[\]\\\"@\x00-\x1f\x7f]+@[^\s,;:<>()\[\]\\\"@\x00-\x1f\x7f]+")


def resolve(session: Session, recipient: str) -> str | None:
    """The mail address of "consumer:<complaint id>", "enterprise:<id>", "account:<id>" or "desk:<role>", if known."""
    return mailbox(_look_up(session, recipient))


def mailbox(address: str | None) -> str | None:
    """The address, if it is one mailbox and nothing else."""
    return address if address and "=?" not in address and _MAILBOX.fullmatch(address) else None


def language(session: Session, recipient: str) -> str | None:
    """The language an enterprise or an account reads; None for others, whose letters were planned in theirs."""
    kind, _, name = recipient.partition(":")
    if kind not in ("enterprise", "account"):
        return None
    model = Enterprise if kind == "enterprise" else Account
    return session.scalar(select(model.locale).where(model.id == int(name)))


def _look_up(session: Session, recipient: str) -> str | None:
    kind, _, name = recipient.partition(":")
    if kind == "desk":
        return {"intake": settings().intake_email, "supervisor": settings().supervisor_email}.get(name)
    if kind == "consumer":
        return contacts.email(session, int(name))
    if kind == "enterprise":
        return session.scalar(select(Enterprise.email).where(Enterprise.id == int(name)))
    if kind == "account":
        return session.scalar(select(Account.email).where(Account.id == int(name), Account.active))
    return None


def place(recipient: str, page: str) -> str:
    """A page of the portal for an enterprise, of the desk for the centre."""
    return f"{settings().base_url}/{'portal' if recipient.startswith('enterprise:') else 'desk'}/{page}"


def link(session: Session, recipient: str, number: str | None, at: datetime) -> str:
    """Where the letter leads: the consumer's private page, or the case in the portal or at the desk.

    Without a number it is the reader's list of cases. A consumer whose link cannot be found again gets a new one.
    """
    base = settings().base_url
    kind, _, name = recipient.partition(":")
    if kind == "consumer":
        token = links.current(session, int(name)) or links.issue(session, int(name), at)
        return f"{base}/c/{token}"
    place = "portal" if kind == "enterprise" else "desk"
    return f"{base}/{place}/cases/{number}" if number else f"{base}/{place}"
