"""The outbox: due notices leave, each once, and what became of them is recorded at once.

Workers claim rows with a lease in real time, send over one connection with no transaction open, and record every
result in a short transaction that only the holder of the lease can make. A letter that fails has its own back-off, so
it never stands in the way of the others; one that cannot be delivered becomes dead, and the desk sees it.
"""

import logging
import random
import secrets
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import cache
from typing import Any

from sqlalchemy import case, exists, func, literal_column, or_, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from complaints import clock, db
from complaints.config import settings
from complaints.delivery import kept, parcels, reminders
from complaints.delivery.parcels import LEASE, Parcel
from complaints.delivery.reminders import Hours, changed, in_order, is_due
from complaints.delivery.smtp import Dropped, MailFailure, Postman, Refused, Stalled, Unreachable
from complaints.models import ClockInstance, Notice

FIRST_BACK_OFF = timedelta(seconds=60)  # doubled with each failure
LONGEST_BACK_OFF = timedelta(hours=6)
JITTER = 0.2
GIVE_UP_ATTEMPTS = 12
GIVE_UP_AFTER = timedelta(hours=24)
SERVER_PAUSE = timedelta(seconds=30)  # letters that were not tried because the server was gone
DROPS_IN_A_ROW = 3  # from here on it is the server, not the letter
RECORD_PAUSES = (0.2, 0.5, 1, 2, 4, 8, 16)  # seconds; a database that restarts must not make a sent letter go twice

log = logging.getLogger(__name__)


class _Result(Enum):
    SETTLED = auto()  # sent, dead, or void
    LATER = auto()  # failed for now, or no longer ours
    DROPPED = auto()  # the connection was lost with this letter
    GONE = auto()  # the server cannot be used


def due_count(session: Session, at: datetime, most: int | None = None) -> int:
    """How many notices wait for a worker at `at`, counted no further than `most`."""
    waiting = select(Notice.id).where(*is_due(at))
    if most is not None:  # in the order of the index, so that only what waits is looked at
        waiting = waiting.order_by(Notice.next_at, Notice.id).limit(most)
    return session.execute(select(func.count()).select_from(waiting.subquery())).scalar_one()


def oldest_due(session: Session, at: datetime) -> datetime | None:
    """Since when the letter that has waited longest should have left; reminders wait for the day, and do not count."""
    first = select(Notice.send_at).where(*is_due(at), Notice.at_once).order_by(Notice.next_at, Notice.id).limit(1)
    return session.scalar(first)


def dead_count(session: Session, most: int) -> int:
    """How many letters could not be delivered, counted no further than `most`."""
    some = select(Notice.id).where(literal_column("status = 'dead'"), Notice.digest_id.is_(None)).limit(most)
    return session.execute(select(func.count()).select_from(some.subquery())).scalar_one()


def deliver_due(
    limit: int = 200,
    budget_seconds: float = 20.0,
    now: Callable[[], datetime] = clock.now,
    hours: Hours = Hours(),  # noqa: B008 (frozen)
) -> int:
    """Send what is due until nothing is, the time is used, or the server is gone; returns how many were settled.

    `limit` is the size of one claim, not of the run. Bears any number of copies of itself running at once.
    """
    _say_where_letters_go()
    end = time.monotonic() + budget_seconds
    settled = 0
    smtp_url = settings().smtp_url
    with Postman(smtp_url) as postman:
        while time.monotonic() < end:
            token = secrets.token_hex(16)
            ids = _claim(limit, token, now, hours)
            done, gone = _send_all(ids, token, postman, now, end) if smtp_url else (_keep_all(ids, token, now), False)
            settled += done
            if gone or not ids:
                break
    return settled


def dead(session: Session, limit: int = 100, before: int | None = None) -> Sequence[Notice]:
    """Notices that could not be delivered, newest first (from `before` on); those inside a digest are the digest's."""
    query = select(Notice).where(Notice.status == "dead", Notice.digest_id.is_(None))
    query = query.where(Notice.id < before) if before is not None else query
    return session.scalars(query.order_by(Notice.id.desc()).limit(limit)).all()


def retry_dead(session: Session, at: datetime, ids: Sequence[int] | None = None) -> int:
    """Let dead notices (all, or those of `ids`) wait for delivery again; returns how many letters that is.

    A digest takes its reminders along. A reminder whose clock has ended meanwhile is dropped: it would say what is no
    longer true.
    """
    chosen = [Notice.status == "dead"]
    if ids is not None:
        digests = select(Notice.digest_id).where(Notice.id.in_(ids), Notice.digest_id.is_not(None))
        chosen.append(or_(Notice.id.in_(ids), Notice.id.in_(digests)))
    ended = exists().where(ClockInstance.id == Notice.clock_id, ClockInstance.ended_at.is_not(None))
    over = (Notice.status == "dead", Notice.at_once.is_(False), ended)
    changed(session, update(Notice).where(in_order(*over)).values(status="void", settled_at=at))
    again = update(Notice).where(in_order(*chosen, Notice.digest_id.is_(None))).values(status="waiting", **_fresh(at))
    woken = session.scalars(again.returning(Notice.id).execution_options(**_QUICK)).all()
    children = (Notice.status == "dead", Notice.digest_id.in_(woken))
    changed(session, update(Notice).where(in_order(*children)).values(status="bundled", **_fresh(at)))
    return len(woken)


_QUICK: dict[str, Any] = {"synchronize_session": False}


def _fresh(at: datetime) -> dict[str, Any]:
    return {"attempts": 0, "first_failed_at": None, "next_at": at, "settled_at": None, "lease_until": None}


@cache
def _say_where_letters_go() -> None:
    if settings().smtp_url is None:
        log.info("no SMTP configured: letters are kept in the outbox")


def _claim(limit: int, token: str, now: Callable[[], datetime], hours: Hours) -> list[int]:
    """Take up to `limit` due notices: what goes at once first, then what has waited longest."""
    at = reminders.prepare(now, hours)
    first = (case((Notice.at_once, 0), else_=1), Notice.next_at, Notice.id)
    with db.transaction() as session:
        which = reminders.due(session, at)
        if which is None:
            return []
        free = select(Notice.id).where(*which).order_by(*first).limit(limit).with_for_update(skip_locked=True)
        taken = (
            update(Notice)
            .where(Notice.id.in_(free.scalar_subquery()))
            .values(lease_until=clock.wall() + LEASE, lease_token=token)
            .returning(Notice.id, Notice.at_once, Notice.next_at)
            .execution_options(**_QUICK)
        )
        rows = session.execute(taken).all()
    return [row.id for row in sorted(rows, key=lambda row: (not row.at_once, row.next_at, row.id))]


def _send_all(
    ids: Sequence[int], token: str, postman: Postman, now: Callable[[], datetime], end: float
) -> tuple[int, bool]:
    """Send a claimed batch in order: how many were settled, and whether the server is gone."""
    settled = drops = 0
    for position, notice_id in enumerate(ids):
        if time.monotonic() >= end:
            _give_back(ids[position:], token, now, timedelta(0))
            break
        result = _deliver_alone(notice_id, token, postman, now)
        settled += result is _Result.SETTLED
        drops = drops + 1 if result is _Result.DROPPED else 0
        if result is _Result.GONE or drops >= DROPS_IN_A_ROW:
            _give_back(ids[position + 1 :], token, now, _jittered(SERVER_PAUSE))
            return settled, True
    return settled, False


def _deliver_alone(notice_id: int, token: str, postman: Postman, now: Callable[[], datetime]) -> _Result:
    """A letter that fails in a way nobody foresaw keeps its lease and is tried again; the others leave meanwhile."""
    try:
        return _deliver(notice_id, token, postman, now)
    except OperationalError:
        raise
    except Exception:
        log.exception("notice %s: failed in an unforeseen way", notice_id)
        return _Result.LATER


def _keep_all(ids: Sequence[int], token: str, now: Callable[[], datetime]) -> int:
    with db.transaction() as session:
        return kept.keep(session, ids, token, now())


def _deliver(notice_id: int, token: str, postman: Postman, now: Callable[[], datetime]) -> _Result:
    """One letter: look once more whether it is wanted, send it with no transaction open, record the result."""
    with db.transaction() as session:
        parcel = parcels.make(session, notice_id, token, now())
    if parcel is None:
        return _Result.LATER
    if parcel.mail is None:
        return _settle(parcel, token, now, parcel.status, parcel.why)
    try:
        postman.send(parcel.mail)
    except MailFailure as failure:
        return _failed(parcel, token, now, failure)
    return _settle(parcel, token, now, "sent", None)


def _failed(parcel: Parcel, token: str, now: Callable[[], datetime], failure: MailFailure) -> _Result:
    log.warning("notice %s: %s", parcel.notice_id, failure)
    if isinstance(failure, Refused) and failure.permanent:
        return _settle(parcel, token, now, "dead", str(failure))
    result = _back_off(parcel, token, now, str(failure))
    if isinstance(failure, (Unreachable, Stalled)):
        return _Result.GONE
    return _Result.DROPPED if isinstance(failure, Dropped) else result


def _back_off(parcel: Parcel, token: str, now: Callable[[], datetime], why: str) -> _Result:
    """Try again later, or give up after enough attempts over enough time."""
    attempts = parcel.attempts + 1
    wait = min(FIRST_BACK_OFF * 2 ** (attempts - 1), LONGEST_BACK_OFF)

    def record(session: Session, at: datetime) -> None:
        first = parcel.first_failed_at or at
        values = {"attempts": attempts, "first_failed_at": first, "last_error": why}
        if attempts >= GIVE_UP_ATTEMPTS and at - first >= GIVE_UP_AFTER:
            _finish(session, parcel, token, at, values | {"status": "dead"})
        else:
            _guarded(session, parcel.notice_id, token, values | {"next_at": at + _jittered(wait), "lease_until": None})

    _record(record, now)
    return _Result.LATER


def _settle(parcel: Parcel, token: str, now: Callable[[], datetime], status: str, why: str | None) -> _Result:
    sent = status == "sent"

    def record(session: Session, at: datetime) -> None:
        values = {"status": status, "last_error": why, "address": parcel.address, "sent_at": at if sent else None}
        _finish(session, parcel, token, at, values | {"attempts": parcel.attempts + (parcel.mail is not None)})

    _record(record, now)
    return _Result.SETTLED


def _finish(session: Session, parcel: Parcel, token: str, at: datetime, values: dict[str, Any]) -> None:
    """Settle the notice and, with it, the reminders that travelled inside it."""
    if not _guarded(session, parcel.notice_id, token, values | {"settled_at": at, "lease_until": None}):
        log.warning("notice %s was settled by somebody else meanwhile", parcel.notice_id)
        return
    if not parcel.is_digest:
        return
    shared = {name: values[name] for name in ("status", "last_error", "sent_at", "address") if name in values}
    inside = (Notice.digest_id == parcel.notice_id, Notice.status == "bundled")
    changed(session, update(Notice).where(in_order(*inside)).values(**shared, settled_at=at))


def _guarded(session: Session, notice_id: int, token: str, values: dict[str, Any]) -> int:
    """Write only while the lease is ours and nobody has settled the notice."""
    mine = (Notice.id == notice_id, Notice.lease_token == token, Notice.status == "waiting")
    return changed(session, update(Notice).where(*mine).values(**values))


def _give_back(ids: Sequence[int], token: str, now: Callable[[], datetime], pause: timedelta) -> None:
    """Return letters that were not tried: no attempt is counted, a pause keeps workers from spinning."""
    mine = (Notice.id.in_(ids), Notice.lease_token == token, Notice.status == "waiting")

    def record(session: Session, at: datetime) -> None:
        later = {"next_at": at + pause} if pause else {}
        changed(session, update(Notice).where(*mine).values(lease_until=None, lease_token=None, **later))

    if ids:
        _record(record, now)


def _record(write: Callable[[Session, datetime], None], now: Callable[[], datetime]) -> None:
    """One short transaction, tried again while the database is away: the letter has left and must not leave twice."""
    for pause in (*RECORD_PAUSES, None):
        try:
            with db.transaction() as session:
                write(session, now())
            return
        except OperationalError:
            if pause is None:
                raise
            time.sleep(pause)


def _jittered(wait: timedelta) -> timedelta:
    return wait * random.uniform(1 - JITTER, 1 + JITTER)
