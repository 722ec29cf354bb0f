"""Once a day, whenever a worker comes by: quality signals, what follows from missed duties, benchmark enterprises.

The row `signals_looked` says up to when; one of several workers does it, by its lease. A day that nobody came by is
made up for by the next look: signals are judged by weeks, duties by what has not been counted yet, months by what is
missing. Instants are case time, the lease is real time.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from complaints import clock, db, logs
from complaints.clock import at_local, local_date
from complaints.insight import detecting, tracking
from complaints.models import SignalsLooked
from complaints.registry import benchmarks, consequences

LEASE = timedelta(minutes=30)
AGAIN = timedelta(minutes=10)  # after a look of which a part failed

log = logging.getLogger(__name__)


def due(session: Session, at: datetime) -> bool:
    """Whether nobody has looked yet today, and nobody is looking."""
    held = or_(SignalsLooked.through >= _today(at), SignalsLooked.lease_until > clock.wall())
    return session.scalar(select(SignalsLooked.id).where(SignalsLooked.id == 1, held)) is None


def run(now: Callable[[], datetime] = clock.now) -> int:
    """The day's look; returns how much came of it. A part that fails is logged and holds up no other.

    Then the day is not done: all parts, which bear it, are tried again after AGAIN.
    """
    with db.reading() as session:
        at = now()
        if not due(session, at):
            return 0
    if not _claimed(at):
        return 0
    parts = (_turn, detecting.detect, consequences.run, tracking.run)
    done = [logs.attempted(log, f"the day's look at {part.__module__}", partial(part, at)) for part in parts]
    ended = {"lease_until": clock.wall() + AGAIN} if None in done else {"through": at, "lease_until": None}
    with db.transaction() as session:
        session.execute(update(SignalsLooked).where(SignalsLooked.id == 1).values(**ended))
    return sum(each or 0 for each in done)


def _turn(at: datetime) -> int:
    with db.transaction() as session:
        return benchmarks.turn(session, at)


def _today(at: datetime) -> datetime:
    return at_local(local_date(at), 0)


def _claimed(at: datetime) -> bool:
    """Whether the day is ours: one worker wins, by its lease."""
    wall = clock.wall()
    free = or_(SignalsLooked.lease_until.is_(None), SignalsLooked.lease_until <= wall)
    mine = update(SignalsLooked).where(SignalsLooked.id == 1, SignalsLooked.through < _today(at), free)
    taken = mine.values(lease_until=wall + LEASE).returning(SignalsLooked.id)
    with db.transaction() as session:
        if session.scalar(taken.execution_options(synchronize_session=False)):
            return True
        if session.scalar(select(SignalsLooked.id).where(SignalsLooked.id == 1)):
            return False
        try:
            with session.begin_nested():
                long_ago = at - timedelta(days=36500)
                session.execute(insert(SignalsLooked).values(id=1, through=long_ago, lease_until=wall + LEASE))
        except IntegrityError:
            return False
        return True
