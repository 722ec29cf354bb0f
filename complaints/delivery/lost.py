"""The letter that brings private links: to who asked for theirs by mail address, or whose link was made anew.

Whoever asked typed an address, of which only the mark was kept. Who they are, and which cases are theirs, is found
when the letter leaves: among the cases of this mark, those whose present address has it. Where there are none the
letter is void, and nobody hears of it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from complaints.delivery import addresses, letter
from complaints.delivery.letter import Letter, LinkLine
from complaints.models import Complaint, Notice
from complaints.registry import contacts
from complaints.registry.links import LETTER
from complaints.registry.marks import email_mark

MOST_CASES = 10
MOST_LOOKED_AT = 200  # cases of one mark, newest first
SHOWN_AFTER_CLOSING = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Found:
    """Where such a letter goes, in which language, and the cases whose links it brings, newest first."""

    address: str
    locale: str
    cases: list[Complaint]


def find(session: Session, recipient: str, at: datetime) -> Found | None:
    """Whom "lost_link:<mark>" or "consumer:<complaint id>" means; None where there is nobody (any more)."""
    kind, _, name = recipient.partition(":")
    cases = _of_mark(session, name, at) if kind == LETTER else [session.get_one(Complaint, int(name))]
    address = addresses.resolve(session, f"consumer:{cases[0].id}") if cases else None
    return Found(address, cases[0].locale, cases) if address is not None else None


def write(session: Session, notice: Notice, found: Found, at: datetime) -> Letter:
    """The letter with its links; a case whose link cannot be found again gets a new one."""
    lines = [
        LinkLine(each.number, each.product, addresses.link(session, f"consumer:{each.id}", each.number, at))
        for each in found.cases
    ]
    return letter.render_links(found.locale, notice.step, lines)


def _of_mark(session: Session, mark: str, at: datetime) -> list[Complaint]:
    """Open cases, and those closed not long ago, whose present address has the mark that begins like this."""
    lately = or_(Complaint.state != "closed", Complaint.closed_at > at - SHOWN_AFTER_CLOSING)
    marked = (Complaint.email_mark >= mark, Complaint.email_mark < mark + "g")  # a mark is hexadecimal
    newest = select(Complaint).where(*marked, lately).order_by(Complaint.filed_at.desc(), Complaint.id.desc())
    cases = session.scalars(newest.limit(MOST_LOOKED_AT))
    return [case for case in cases if (email_mark(contacts.email(session, case.id) or "") or "").startswith(mark)][
        :MOST_CASES
    ]
