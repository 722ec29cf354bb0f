"""Reminders before they leave: stale ones are dropped, quiet hours are kept, and many to one reader become a digest.

Letters that go at once (receipts, decisions) pass this by. Every step bears several workers at once.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol, cast
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, CursorResult, Update, func, or_, select, update
from sqlalchemy.orm import Session

from complaints import calendars, clock, db
from complaints.models import Enterprise, Notice

MANY = 1000  # from here on all that is due is looked for at once
CROWD = 2  # from so many reminders on, one reader gets one mail
NEWS = ("statement", "evidence", "rate", "contact_consent")  # only to be known: an enterprise may have them bundled
NEVER_LATER = "last_day"  # the reminder of the last day waits for nobody's hour


Which = tuple[ColumnElement[bool], ...]


class WorkingDays(Protocol):
    """What is asked of a calendar here."""

    def is_working(self, day: date) -> bool:
        """Whether work is done on `day`."""

    def next_working_day(self, day: date) -> date:
        """The first working day after `day`."""


@dataclass(frozen=True, slots=True)
class Hours:
    """When reminders may leave, in the reader's zone, on working days."""

    opens: int = 9
    closes: int = 20


def is_due(at: datetime) -> tuple[ColumnElement[bool], ...]:
    """Waiting, due, and not in the hands of a worker."""
    free = or_(Notice.lease_until.is_(None), Notice.lease_until <= clock.wall())
    return Notice.status == "waiting", Notice.next_at <= at, free


def due(session: Session, at: datetime, *more: ColumnElement[bool]) -> tuple[ColumnElement[bool], ...] | None:
    """The condition that says what is due at `at`; None where nothing is.

    Fewer than MANY are named by their ids, found over the index of what waits. PostgreSQL cannot guess how few these
    are among all the letters ever sent, and without a limit it would read them all each time.
    """
    first = select(Notice.id).where(*is_due(at), *more).order_by(Notice.next_at, Notice.id).limit(MANY)
    ids = session.scalars(first).all()
    if not ids:
        return None
    return (*is_due(at), *more, Notice.id.in_(ids)) if len(ids) < MANY else (*is_due(at), *more)


def changed(session: Session, statement: Update) -> int:
    """Execute and say how many rows were changed."""
    quick = statement.execution_options(synchronize_session=False)
    return cast("CursorResult[Any]", session.execute(quick)).rowcount


def prepare(now: Callable[[], datetime], hours: Hours) -> datetime:
    """Drop, postpone and bundle what is due at one instant, which is returned: what is left may leave at it."""
    with db.transaction() as session:
        at = now()
        _take_news(session, at)
        reminders = due(session, at, Notice.at_once.is_(False))
        if reminders is None:
            return at
        _drop_stale(session, at, reminders)
        _postpone(session, at, hours, reminders)
        _wait_for_hours(session, at, hours, reminders)
        readers = _crowded(session, reminders)
    for recipient, channel in readers:
        with db.transaction() as session:
            bundle(session, recipient, channel, at)
    return at


def next_opening(calendar: WorkingDays, zone: ZoneInfo, at: datetime, hours: Hours) -> datetime:
    """The first instant from `at` on at which a reminder may leave; `at` itself when it may."""
    local = at.astimezone(zone)
    day = local.date()
    if calendar.is_working(day) and local.hour < hours.closes:
        return max(at, clock.at_local(day, hours.opens, zone))
    return clock.at_local(calendar.next_working_day(day), hours.opens, zone)


def bundle(session: Session, recipient: str, channel: str, at: datetime) -> int | None:
    """Put this reader's due reminders into one digest; its id, or None where there is no crowd (any more).

    The rows are locked first and locked ones are passed over, so that no reminder is ever in two digests.
    """
    own = (Notice.recipient == recipient, Notice.channel == channel, *_due_reminders(at), Notice.step != "digest")
    picked = select(Notice.id, Notice.locale, Notice.zone).where(*own).order_by(Notice.id)
    children = session.execute(picked.with_for_update(skip_locked=True)).all()
    if len(children) < CROWD:
        return None
    digest = _digest(recipient, channel, children[0].id, children[-1].locale, children[-1].zone, at)
    session.add(digest)
    session.flush()
    ids = [child.id for child in children]
    session.execute(update(Notice), [{"id": each, "status": "bundled", "digest_id": digest.id} for each in ids])
    return digest.id


def _digest(recipient: str, channel: str, first: int, locale: str, zone: str, at: datetime) -> Notice:
    return Notice(
        key=f"digest:{recipient}:{channel}:{first}",  # a reminder is bundled once, so its id names the digest
        complaint_id=None,
        step="digest",
        letter="digest",
        recipient=recipient,
        channel=channel,
        locale=locale,
        zone=zone,
        at_once=False,
        facts={},
        made_at=at,
        send_at=at,
        next_at=at,
        message_id=f"<digest.{secrets.token_hex(12)}@complaints>",
    )


def _due_reminders(at: datetime) -> tuple[ColumnElement[bool], ...]:
    return *is_due(at), Notice.at_once.is_(False)


def _drop_stale(session: Session, at: datetime, reminders: Which) -> None:
    """The next reminder, or the letter about what happened meanwhile, says it better."""
    stale = (*reminders, Notice.stale_at <= at)
    changed(session, update(Notice).where(_free(*stale)).values(status="void", settled_at=at))


def _postpone(session: Session, at: datetime, hours: Hours, reminders: Which) -> None:
    """Outside the hours of a zone, its reminders wait for the next opening."""
    zones = session.scalars(select(Notice.zone).where(*reminders).distinct()).all()
    for zone in zones:
        opening = next_opening(calendars.current(session), ZoneInfo(zone), at, hours)
        if opening > at:
            waiting = _free(*reminders, Notice.zone == zone)
            changed(session, update(Notice).where(waiting).values(next_at=opening))


def _take_news(session: Session, at: datetime) -> None:
    """What an enterprise wants in its digest becomes a part of it. It hangs on no clock: nothing takes it back."""
    firms = session.scalars(select(Enterprise.id).where(Enterprise.bundle_news)).all()
    if not firms:
        return
    news = (Notice.recipient.in_([f"enterprise:{firm}" for firm in firms]), Notice.letter.in_(NEWS))
    which = due(session, at, Notice.at_once.is_(True), Notice.step.startswith("news_"), *news)
    if which is not None:
        changed(session, update(Notice).where(_free(*which)).values(at_once=False, clock_id=None))


def _wait_for_hours(session: Session, at: datetime, hours: Hours, reminders: Which) -> None:
    """An enterprise that has chosen an hour gets its digest from then on, once a working day."""
    later = (
        *reminders,
        Notice.step != "digest",
        Notice.step != NEVER_LATER,
        Notice.recipient.startswith("enterprise:"),
    )
    names = session.scalars(select(Notice.recipient).where(*later).distinct()).all()
    ids = [int(name.partition(":")[2]) for name in names]
    chosen = select(Enterprise.id, Enterprise.digest_hour, Enterprise.zone).where(Enterprise.id.in_(ids))
    for firm, hour, zone in session.execute(chosen.where(Enterprise.digest_hour.is_not(None))).all():
        today = clock.at_local(at.astimezone(ZoneInfo(zone)).date(), hour or hours.opens, ZoneInfo(zone))
        mine = (*later, Notice.recipient == f"enterprise:{firm}")
        if at < today:
            changed(session, update(Notice).where(_free(*mine)).values(next_at=today))
        else:  # what came after today's digest waits for the next one
            next_day = clock.local_date(today, ZoneInfo(zone))
            following = clock.at_local(
                calendars.current(session).next_working_day(next_day), hour or hours.opens, ZoneInfo(zone)
            )
            changed(session, update(Notice).where(_free(*mine, Notice.send_at > today)).values(next_at=following))


def _free(*which: ColumnElement[bool]) -> ColumnElement[bool]:
    """Those rows that nobody else has in hand, locked in the order of their ids: no two workers wait for each other.

    What is passed over is being voided with its clock, or is met at the next turn.
    """
    return in_order(*which, skip_locked=True)


def in_order(*which: ColumnElement[bool], skip_locked: bool = False) -> ColumnElement[bool]:
    """These rows, locked in the order of their ids: whoever writes many of them does so in this order."""
    ids = select(Notice.id).where(*which).order_by(Notice.id).with_for_update(skip_locked=skip_locked)
    return Notice.id.in_(ids.scalar_subquery())


def _crowded(session: Session, reminders: Which) -> list[tuple[str, str]]:
    readers = select(Notice.recipient, Notice.channel).where(*reminders, Notice.step != "digest")
    crowd = readers.group_by(Notice.recipient, Notice.channel).having(func.count() >= CROWD)
    return [(row.recipient, row.channel) for row in session.execute(crowd)]
