"""One notice made ready to leave: still wanted, addressed, written.

Works in the caller's transaction; nothing is sent here.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import jinja2
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from complaints import clock, logs
from complaints.config import settings
from complaints.delivery import addresses, letter, looked_up
from complaints.delivery.reminders import changed, in_order
from complaints.delivery.smtp import Mail
from complaints.errors import ComplaintsError
from complaints.models import Notice

LEASE = timedelta(seconds=120)  # real time; renewed before each letter, longer than one letter can take

# What a fault in the words, a template or the facts raises: that letter's own trouble, never the batch's.
_UNWRITABLE = (ComplaintsError, jinja2.TemplateError, LookupError, TypeError, ValueError, ArithmeticError)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A notice that was looked at: to be sent as `mail`, or, without one, to be settled as `status` for `why`."""

    notice_id: int
    attempts: int
    first_failed_at: datetime | None
    address: str | None = None
    mail: Mail | None = None
    is_digest: bool = False
    status: str = "sent"
    why: str | None = None


def make(session: Session, notice_id: int, token: str, at: datetime) -> Parcel | None:
    """Renew the lease and write the letter. None: the notice is no longer this worker's, or no longer wanted."""
    mine = (Notice.id == notice_id, Notice.lease_token == token, Notice.status == "waiting")
    renewed = update(Notice).where(*mine).values(lease_until=clock.wall() + LEASE).returning(Notice)
    notice = session.scalars(renewed.execution_options(synchronize_session=False)).one_or_none()
    if notice is None:
        return None
    logs.bind(case=notice.facts.get("number"))
    if notice.letter in looked_up.LETTERS:
        return _looked_up(session, notice, at)
    children = _children(session, notice, at) if notice.step == "digest" else []
    if notice.step == "digest" and not children:
        return _without_mail(notice, "void", None)
    address = addresses.resolve(session, notice.recipient)
    if address is None:
        return _without_mail(notice, "dead", addresses.NONE_KNOWN)
    notice.locale = addresses.language(session, notice.recipient) or notice.locale
    try:
        written = _write(session, notice, children, at)
    except _UNWRITABLE as error:
        return _unwritable(notice, error)
    mail = _mail(notice, address, written)
    return Parcel(notice.id, notice.attempts, notice.first_failed_at, address, mail, notice.step == "digest")


def _looked_up(session: Session, notice: Notice, at: datetime) -> Parcel:
    """A letter whose reader is found only now; void where there is nobody."""
    found = looked_up.find(session, notice.letter, notice.recipient, at)
    if found is None:
        return _without_mail(notice, "void", None)
    notice.locale = found.locale
    try:
        mail = _mail(notice, found.address, looked_up.write(session, notice, found, at))
    except _UNWRITABLE as error:
        return _unwritable(notice, error)
    return Parcel(notice.id, notice.attempts, notice.first_failed_at, found.address, mail)


def _unwritable(notice: Notice, error: Exception) -> Parcel:
    return _without_mail(notice, "dead", f"cannot be written: {type(error).__name__}: {error}"[:300])


def _without_mail(notice: Notice, status: str, why: str | None) -> Parcel:
    is_digest = notice.step == "digest"
    return Parcel(notice.id, notice.attempts, notice.first_failed_at, is_digest=is_digest, status=status, why=why)


def _children(session: Session, notice: Notice, at: datetime) -> list[Notice]:
    """The reminders that still travel in this digest; those gone stale meanwhile are dropped from it."""
    inside = (Notice.digest_id == notice.id, Notice.status == "bundled")
    stale = in_order(*inside, Notice.stale_at <= at)
    changed(session, update(Notice).where(stale).values(status="void", settled_at=at))
    return list(session.scalars(select(Notice).where(*inside)))


def _write(session: Session, notice: Notice, children: list[Notice], at: datetime) -> letter.Letter:
    if notice.step != "digest":
        return letter.render(notice, link_to(session, notice, at))
    linked = [(child, link_to(session, child, at)) for child in children]
    return letter.render_digest(notice, linked, addresses.link(session, notice.recipient, None, at))


def link_to(session: Session, notice: Notice, at: datetime) -> str:
    """Where a letter leads: the place that it names, else its case."""
    if "place" in notice.facts:
        return addresses.place(notice.recipient, notice.facts["place"])
    return addresses.link(session, notice.recipient, notice.facts["number"], at)


def _mail(notice: Notice, address: str, written: letter.Letter) -> Mail:
    return Mail(
        message_id=notice.message_id,
        sender=settings().sender,
        to=address,
        subject=written.subject,
        text=written.text,
        html=written.html,
        date=clock.wall(),
    )
