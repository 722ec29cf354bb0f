"""How far the log may be read so that nothing is left out.

Entries are numbered as they are written, but on PostgreSQL transactions do not commit in that order: behind entry 7
one may find 9, and 8 only later. Whoever reads on from 9 has lost 8. So a reader goes only as far as is settled: it
looks at the newest entry, then takes a transaction number of its own, and waits until every transaction with a lower
one has ended. A writer has its number before its entry gets one (it has locked or added the case by then), so every
entry up to the newest seen belongs to a transaction that has ended: it can be seen now, or never will be.

SQLite lets one transaction write at a time: there the newest entry that can be seen is settled. See ADR 0009.
"""

import time

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from complaints import db
from complaints.models import Event

PATIENCE_SECONDS = 3.0  # a transaction that is open for longer holds readers up, and loses them nothing
PAUSE_SECONDS = 0.05


def newest(session: Session) -> int:
    """The number of the newest entry of the log that can be seen; 0 where there is none."""
    return session.scalar(select(func.max(Event.id))) or 0


def settled(patience: float = PATIENCE_SECONDS) -> int | None:
    """An entry up to which every entry is visible from now on, or None where writers are slow. Asks outside of any
    transaction of the caller's."""
    with db.reading() as session:
        seen = newest(session)
        if session.get_bind().dialect.name != "postgresql":
            return seen
    with db.transaction() as session:  # begun after the look: its number is above that of everybody who wrote before
        mine = session.execute(text("SELECT pg_current_xact_id()::text::bigint")).scalar_one()
    end = time.monotonic() + patience
    while not _ended_before(mine):
        if time.monotonic() >= end:
            return None
        time.sleep(PAUSE_SECONDS)
    return seen


def _ended_before(number: int) -> bool:
    """Whether no transaction with this number or a lower one is still open."""
    with db.reading() as session:
        oldest = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return int(session.execute(oldest).scalar_one()) > number
