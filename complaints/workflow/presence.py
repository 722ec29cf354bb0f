"""Two officers at one case are told of each other. A heartbeat in real time; nothing rests on it but a courtesy."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from complaints.models import Account, Complaint, Presence

FORGOTTEN_AFTER = timedelta(seconds=60)
KEPT = timedelta(hours=1)  # older ones are swept away by the next officer who comes


def seen(session: Session, complaint_id: int, account_id: int, wall: datetime) -> None:
    """Somebody looks at a case now (`wall`: real time)."""
    mine = (Presence.complaint_id == complaint_id, Presence.account_id == account_id)
    present = session.scalar(select(Presence.id).where(*mine))
    if present is not None:
        session.execute(update(Presence).where(Presence.id == present).values(seen_at=wall))
        return
    session.execute(delete(Presence).where(Presence.seen_at < wall - KEPT, Presence.account_id == account_id))
    try:
        with session.begin_nested():
            session.add(Presence(complaint_id=complaint_id, account_id=account_id, seen_at=wall))
            session.flush()
    except IntegrityError:  # a second window of the same person was faster
        pass


def others(session: Session, complaint_id: int, account_id: int, wall: datetime) -> Sequence[str]:
    """The names of the other officers who look at a case now."""
    at_it = (Presence.complaint_id == complaint_id, Presence.account_id != account_id, _fresh(wall))
    names = select(Account.name).join(Presence, Presence.account_id == Account.id).where(*at_it)
    return session.scalars(names.order_by(Account.name)).all()


def looked_at(session: Session, account_id: int, wall: datetime) -> Mapping[str, str]:
    """The cases that other officers look at now: number -> names."""
    query = (
        select(Complaint.number, Account.name)
        .join(Presence, Presence.complaint_id == Complaint.id)
        .join(Account, Account.id == Presence.account_id)
        .where(Presence.account_id != account_id, _fresh(wall))
        .order_by(Account.name)
    )
    found: dict[str, str] = {}
    for number, name in session.execute(query):
        found[number] = f"{found[number]}, {name}" if number in found else name
    return found


def _fresh(wall: datetime) -> ColumnElement[bool]:
    return Presence.seen_at > wall - FORGOTTEN_AFTER
