"""A hearing as a file that calendars read (RFC 5545), the same event each time: a moved one replaces the earlier.

In it stands what this reader knows and no more: number, place, mediator; nothing of the other side.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from icalendar import Calendar
from icalendar import Event as Entry
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.clock import SHANGHAI
from complaints.config import settings
from complaints.documents.written import centre
from complaints.errors import NotFound
from complaints.models import Account, Event
from complaints.words import say
from complaints.workflow import hearings, sight
from complaints.workflow.case import Actor, Case
from complaints.workflow.hearings import LASTS

PRODUCT = "-//Complaints//Hearings//EN"
MEDIA_TYPE = "text/calendar"


@dataclass(frozen=True, slots=True)
class Invitation:
    """One hearing for one reader's calendar. `sequence` rises with each move; `cancelled`: it will not be held."""

    number: str
    starts_at: datetime
    place: str
    mediator: str
    sequence: int
    cancelled: bool
    made_at: datetime
    language: str


def gather(session: Session, case: Case, actor: Actor, language: str, at: datetime) -> Invitation:
    """The case's last hearing as this reader knows it; an officer's reading is logged. Raises NotFound: there is none.

    One of a case whose mediation has ended is cancelled, one step after the last notice.
    """
    known = hearings.of_case(session, case, actor)
    if not known or known[-1].starts_at is None:
        raise NotFound(f"case {case.number} has no hearing with an hour")
    last, stands = known[-1], hearings.stands(case)
    texts = sight.texts(session, case, actor, at, "calendar")
    place = next((text.value for text in texts if text.seq == last.seq and text.kind == "place"), "")
    mediator = session.get(Account, case.mediator_id) if case.mediator_id else None
    entry = select(Event.recorded_at).where(Event.complaint_id == case.id, Event.seq == last.seq)
    return Invitation(
        number=case.number,
        starts_at=last.starts_at or at,
        place=place,
        mediator=mediator.name if mediator else "",
        sequence=len(known) - 1 + (not stands),
        cancelled=not stands,
        made_at=session.scalars(entry).one(),
        language=language,
    )


def file(invitation: Invitation) -> bytes:
    """The file, the same for the same invitation."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if invitation.cancelled else "PUBLISH")
    calendar.add_component(_event(invitation))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def uid(number: str) -> str:
    """One name for the hearings of a case, so that a moved one finds the earlier; it does not give the number away."""
    host = settings().sender.rpartition("@")[2].rstrip(">")
    return f"{sha256(f'hearing:{number}'.encode()).hexdigest()[:32]}@{host}"


def _event(invitation: Invitation) -> Entry:
    language = invitation.language
    starts = invitation.starts_at.astimezone(SHANGHAI)
    event = Entry()
    event.add("uid", uid(invitation.number))
    event.add("sequence", invitation.sequence)
    event.add("dtstamp", invitation.made_at)
    event.add("dtstart", starts)
    event.add("dtend", starts + LASTS)
    title = "calendar.cancelled" if invitation.cancelled else "calendar.summary"
    event.add("summary", say(language, title, number=invitation.number))
    event.add("location", invitation.place)
    mediator = invitation.mediator or say(language, "document.unnamed_mediator")
    event.add("description", say(language, "calendar.description", number=invitation.number, mediator=mediator))
    event.add("status", "CANCELLED" if invitation.cancelled else "CONFIRMED")
    event.add("contact", centre(language))
    return event
