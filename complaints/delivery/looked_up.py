"""Letters whose reader and words are looked up when they leave: those with private links, those about an account."""

from datetime import datetime

from sqlalchemy.orm import Session

from complaints.delivery import lost, personal
from complaints.delivery.letter import Letter
from complaints.models import Notice
from complaints.registry import account_letters, links

Found = lost.Found | personal.Found
LETTERS = (links.LETTER, account_letters.LETTER)


def find(session: Session, letter: str, recipient: str, at: datetime) -> Found | None:
    """Whom such a letter means; None where there is nobody (any more)."""
    return lost.find(session, recipient, at) if letter == links.LETTER else personal.find(session, recipient, at)


def write(session: Session, notice: Notice, found: Found, at: datetime) -> Letter:
    """The letter as it leaves, links included."""
    if isinstance(found, lost.Found):
        return lost.write(session, notice, found, at)
    return personal.write(session, notice, found, at)
