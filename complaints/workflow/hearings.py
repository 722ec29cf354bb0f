"""Hearings on site (art 20): which one stands, which it replaced, and what else the mediator has at that hour.

A hearing is an entry of the log; a later one replaces it, and it falls away when the mediation ends.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import literal_column, select
from sqlalchemy.orm import Session

from complaints.clock import SHANGHAI
from complaints.models import Account, Complaint, Event
from complaints.workflow import sight
from complaints.workflow.case import Actor, Case, Role, State

TRIGGER = "hearing"
_IS_HEARING = Event.trigger == literal_column(f"'{TRIGGER}'")  # in the statement itself: only so is its index of use
LASTS = timedelta(hours=1)  # so long a hearing is taken to be, in calendars and for what meets
STANDS_IN = (State.IN_MEDIATION, State.RECUSAL_PENDING, State.UNDER_APPRAISAL)
MOST = 200


@dataclass(frozen=True, slots=True)
class Appointment:
    """One hearing of one case, as the log has it. `starts_at` is aware; None where an old entry names no clear hour."""

    complaint_id: int
    number: str
    seq: int
    day: date
    time: str
    starts_at: datetime | None
    mediator_id: int | None  # of the case, now

    def meets(self, other: "Appointment") -> bool:
        """Whether their mediator is the same and cannot be at both."""
        if self.starts_at is None or other.starts_at is None or self.mediator_id != other.mediator_id:
            return False
        return abs(self.starts_at - other.starts_at) < LASTS


def when_and_where(facts: Mapping[str, Any], place: str) -> tuple[str, str]:
    """Hour and place; of older hearings the hour stands before the place."""
    if facts.get("time"):
        return str(facts["time"]), place
    hour, comma, rest = place.partition(", ")
    return (hour, rest) if comma else ("", place)


def of_case(session: Session, case: Case, actor: Actor) -> list[Appointment]:
    """Every hearing of the case that is this reader's to know, oldest first; only the last can stand."""
    since = case.enterprise_from_seq if actor.role is Role.ENTERPRISE else 0
    held = (event for event in sight.events(session, case, actor) if event.trigger == TRIGGER and event.seq >= since)
    return [_appointment(event, case.number, case.mediator_id) for event in held]


def stands(case: Case) -> bool:
    """Whether the last hearing of a case is still held: not once the mediation has ended."""
    return case.state in STANDS_IN


def ahead(
    session: Session, since: date, until: date | None = None, *, mediator_id: int | None = None
) -> list[Appointment]:
    """The hearings that stand from a day on (up to another), in one mediator's cases or in all, the nearest first."""
    states = Complaint.state.in_([literal_column(f"'{state.value}'") for state in STANDS_IN])
    query = select(Event, Complaint.number, Complaint.mediator_id).join(Complaint, Complaint.id == Event.complaint_id)
    if mediator_id is not None:
        query = query.where(Complaint.mediator_id == mediator_id)
    rows = session.execute(query.where(states, _IS_HEARING).order_by(Event.complaint_id, Event.seq))
    last = {number: _appointment(event, number, mediator) for event, number, mediator in rows}
    near = [each for each in last.values() if each.day >= since and (until is None or each.day <= until)]
    return sorted(near, key=lambda each: (each.day, each.time, each.number))


def mediators(session: Session) -> list[Account]:
    """Everybody active who mediates, by name."""
    people = session.scalars(select(Account).where(Account.active).order_by(Account.name, Account.id))
    return [each for each in people if Role.MEDIATOR.value in each.roles]


def clashes(one: Appointment, others: Sequence[Appointment]) -> list[Appointment]:
    """Those of other cases that the same mediator could not be at."""
    return [each for each in others if each.number != one.number and each.meets(one)]


def _appointment(event: Event, number: str, mediator_id: int | None) -> Appointment:
    facts = event.payload["facts"]
    day, time = date.fromisoformat(facts["day"]), str(facts.get("time") or "")
    return Appointment(event.complaint_id, number, event.seq, day, time, _starts(day, time), mediator_id)


def _starts(day: date, time: str) -> datetime | None:
    hour, colon, minute = time.partition(":")
    if not colon:
        return None
    return datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=SHANGHAI)
