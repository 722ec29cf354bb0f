"""When the service itself was down: gaps between the heartbeats' spans (design, section 2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from complaints import calendars
from complaints.clock import at_local, local_date
from complaints.models import Uptime
from complaints.workflow import policy
from complaints.workflow.workdays import Calendar

MANDATE = "association"


@dataclass(frozen=True, slots=True)
class Gap:
    """From the last sign of life to the next (aware UTC)."""

    began_at: datetime
    ended_at: datetime

    @property
    def lasted(self) -> timedelta:
        """How long nobody could act."""
        return self.ended_at - self.began_at


def heartbeat(session: Session, at: datetime, gap: timedelta) -> None:
    """Say that the service lives at `at`; after a silence longer than `gap` a new span begins."""
    latest = session.execute(
        select(Uptime.id, Uptime.last_seen_at).order_by(Uptime.last_seen_at.desc()).limit(1)
    ).first()
    if latest is None or at - latest.last_seen_at > gap:
        session.add(Uptime(started_at=at, last_seen_at=at))
        session.flush()
    elif at > latest.last_seen_at:
        session.execute(update(Uptime).where(Uptime.id == latest.id, Uptime.last_seen_at < at).values(last_seen_at=at))


def carry_over(session: Session, at: datetime) -> None:
    """A demo's clock is moved to `at`: the service counts as having lived all the way."""
    newest = select(func.max(Uptime.id)).scalar_subquery()
    session.execute(update(Uptime).where(Uptime.id == newest, Uptime.last_seen_at < at).values(last_seen_at=at))


def day_after(found: Sequence[Gap], longer_than: timedelta, due_at: datetime, calendar: Calendar) -> date | None:
    """The first working day after a gap that touched the last working day before `due_at`; None: there was none."""
    long = [gap for gap in found if gap.began_at < due_at and gap.lasted > longer_than]
    last_day = at_local(calendar.working_day_on_or_before(local_date(due_at - timedelta(microseconds=1))), 0)
    ends = [gap.ended_at for gap in long if gap.ended_at > last_day]
    return calendar.next_working_day(local_date(max(ends))) if ends else None


def day_after_one(session: Session, due_at: datetime, at: datetime) -> date | None:
    """The same for what is no case: by what the association's policy in force calls an outage."""
    longer_than = timedelta(minutes=policy.in_force(MANDATE, local_date(at)).outage_gap_minutes)
    return day_after(gaps(session, at), longer_than, due_at, calendars.current(session))


def gaps(session: Session, until: datetime) -> list[Gap]:
    """The outages before `until`, oldest first; one that has not ended counts until then. None known: no gaps."""
    spans = session.execute(
        select(Uptime.started_at, Uptime.last_seen_at).order_by(Uptime.started_at, Uptime.last_seen_at)
    ).all()
    found: list[Gap] = []
    alive_until: datetime | None = None
    for started_at, last_seen_at in spans:
        if alive_until is not None and started_at > alive_until:
            found.append(Gap(alive_until, started_at))
        alive_until = max(alive_until or last_seen_at, last_seen_at)
    if alive_until is not None and until > alive_until:
        found.append(Gap(alive_until, until))
    return [gap for gap in found if gap.began_at < until]
