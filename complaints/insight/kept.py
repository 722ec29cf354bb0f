"""Figures that cost more than a page may: counted by a worker from time to time, kept, and shown with their moment.

A figure is a name and a function that counts it. The kept answer is disposable; where there is none yet, whoever looks
counts for themselves. Instants are case time; leases are real time.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from complaints import clock, db, logs
from complaints.models import Figure

Content = dict[str, Any]
Count = Callable[[Session, datetime], Content]

REST = 30  # a figure that took a second is counted again after so many seconds at the earliest
LEASE = timedelta(minutes=5)
OLD = timedelta(minutes=15)  # kept ones are renewed long before: no worker is there

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kind:
    """One figure: how it is counted, and how long it holds at least."""

    count: Count
    holds: timedelta


@dataclass(frozen=True, slots=True)
class Told:
    """A figure as it is shown: what was counted, and of which moment it is."""

    made_at: datetime
    content: Content

    def old(self, at: datetime) -> bool:
        """Whether it should have been renewed long ago."""
        return at - self.made_at > OLD


def tell(session: Session, kinds: Mapping[str, Kind], name: str, at: datetime) -> Told:
    """The kept figure, or where there is none, one counted now, which is not kept: to look changes nothing."""
    row = session.execute(select(Figure.made_at, Figure.content).where(Figure.name == name)).first()
    if row is not None and row.content:
        return Told(row.made_at, row.content)
    return Told(at, kinds[name].count(session, at))


def stale(session: Session, kinds: Mapping[str, Kind], at: datetime) -> list[str]:
    """The figures that are to be counted again, and that nobody is counting."""
    held = or_(Figure.next_at > at, Figure.lease_until > clock.wall())
    fresh = set(session.scalars(select(Figure.name).where(Figure.name.in_(list(kinds)), held)))
    return [name for name in kinds if name not in fresh]


def renew(kinds: Mapping[str, Kind], now: Callable[[], datetime] = clock.now) -> int:
    """Count what is stale; returns how many were counted. Several workers at once count each only once."""
    with db.reading() as session:
        names = stale(session, kinds, now())
    return sum(_renewed(kinds[name], name, now) for name in names)


def _renewed(kind: Kind, name: str, now: Callable[[], datetime]) -> bool:
    if not _claimed(name, now()):
        return False
    began = time.monotonic()
    try:
        with db.reading() as session:
            at = now()
            content = kind.count(session, at)
    except Exception as error:
        log.warning("the figure %s could not be counted: %s", name, logs.brief(error))
        return False
    rests = max(kind.holds, timedelta(seconds=REST * (time.monotonic() - began)))
    with db.transaction() as session:
        keep(session, name, content, at, at + rests)
    return True


def keep(session: Session, name: str, content: Content, at: datetime, next_at: datetime) -> None:
    """Write down a figure in place of the one before."""
    values = {"made_at": at, "next_at": next_at, "lease_until": None, "content": content}
    session.execute(delete(Figure).where(Figure.name == name))
    session.execute(insert(Figure).values(name=name, **values))


def forget(session: Session, *names: str) -> None:
    """What is known to have changed is counted again by whoever comes first."""
    session.execute(delete(Figure).where(Figure.name.in_(names)))


def _claimed(name: str, at: datetime) -> bool:
    """Whether it is ours to count: one worker wins, by its lease."""
    wall = clock.wall()
    free = or_(Figure.lease_until.is_(None), Figure.lease_until <= wall)
    mine = update(Figure).where(Figure.name == name, Figure.next_at <= at, free).values(lease_until=wall + LEASE)
    first = insert(Figure).values(name=name, made_at=at, next_at=at, lease_until=wall + LEASE, content={})
    with db.transaction() as session:
        if session.scalar(mine.returning(Figure.name).execution_options(synchronize_session=False)):
            return True
        if session.scalar(select(Figure.name).where(Figure.name == name)):
            return False
        try:
            with session.begin_nested():
                session.execute(first)
        except IntegrityError:
            return False
        return True
