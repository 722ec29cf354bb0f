"""A new calendar: what it would do to the open deadlines, and doing it.

The effect is computed by the code that moves deadlines, without writing anything. Publishing plants a recalculation,
which goes on where it was broken off, each case in a transaction of its own, whoever works on it.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import Session

from complaints import calendars, db
from complaints.clock import at_local
from complaints.models import ClockInstance, Complaint, Recalculation
from complaints.workflow import deadlines, recompute, rows
from complaints.workflow.workdays import Calendar, SpecialDay

Years = Mapping[int, Sequence[SpecialDay]]

MOST_LOOKED_AT = 20_000  # deadlines of one preview
BATCH = 100


@dataclass(frozen=True, slots=True)
class DayChange:
    """One day that would be another than now; kinds are those of calendar files, "" for a day of the plain week."""

    day: date
    before: str
    after: str
    name: str


@dataclass(frozen=True, slots=True)
class Move:
    """One open deadline that would have another last day, or be certain from then on."""

    number: str
    state: str
    before: date
    after: date
    was_provisional: bool
    provisional: bool

    @property
    def moved(self) -> bool:
        """Whether the day is another one."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Effect:
    """What publishing these years would do; `all_seen` is False where there are more deadlines than were looked at."""

    years: list[int]
    days: list[DayChange]
    moves: list[Move]
    looked_at: int
    all_seen: bool

    @property
    def moved(self) -> int:
        """How many deadlines would have another day."""
        return sum(each.moved for each in self.moves)

    @property
    def certain(self) -> int:
        """How many would keep their day and be provisional no more."""
        return sum(not each.moved for each in self.moves)


def effect(session: Session, years: Years, at: datetime) -> Effect:
    """What publishing these years would change at `at`; nothing is written."""
    known = calendars.special_days(session, list(years))
    fresh, published = calendars.with_years(session, years), calendars.current(session)
    days = [each for year in years for each in _changes(known.get(year, ()), years[year])]
    first = _first_day(days, [year for year in years if not published.is_published(year)])
    if first is None:
        return Effect(sorted(years), [], [], 0, all_seen=True)
    clocks = session.execute(_open_from(first, at, 0).limit(MOST_LOOKED_AT + 1)).all()
    moves = [move for row in clocks[:MOST_LOOKED_AT] if (move := _what_if(row, fresh, at)) is not None]
    moves.sort(key=lambda each: (each.before, each.number))
    return Effect(sorted(years), days, moves, min(len(clocks), MOST_LOOKED_AT), len(clocks) <= MOST_LOOKED_AT)


def publish(session: Session, years: Years, source: str, at: datetime) -> dict[int, int]:
    """Import the years that say something new, with a recalculation to follow; returns their versions by year."""
    known = calendars.special_days(session, list(years))
    published = calendars.current(session)
    days = [each for year in years for each in _changes(known.get(year, ()), years[year])]
    first = _first_day(days, [year for year in years if not published.is_published(year)])
    imported = [calendars.import_year(session, year, list(special), source, at) for year, special in years.items()]
    added = {row.year: row.version for row in imported if row.imported_at == at}
    if added and first is not None:
        session.add(Recalculation(first_day=first, last_id=0, looked_at=0, moved=0, begun_at=at, done_at=None))
        session.flush()
    return added


def unfinished(session: Session) -> int:
    """How many recalculations still go on."""
    return session.scalar(select(func.count()).select_from(Recalculation).where(Recalculation.done_at.is_(None))) or 0


def work(now: Callable[[], datetime], budget_seconds: float) -> int:
    """Go on with what is unfinished while there is time; returns how many deadlines were looked at."""
    until, done = time.monotonic() + budget_seconds, 0
    while time.monotonic() < until:
        looked_at = _batch(now, until)
        if looked_at is None:
            break
        done += looked_at
    return done


def _batch(now: Callable[[], datetime], until: float) -> int | None:
    """Some deadlines of the oldest recalculation; None where none is left."""
    with db.reading() as session:
        query = select(Recalculation).where(Recalculation.done_at.is_(None)).order_by(Recalculation.id).limit(1)
        row = session.scalars(query).first()
        if row is None:
            return None
        found = session.execute(_open_from(row.first_day, now(), row.last_id).limit(BATCH)).all()
    ids = [each.id for each in found]
    moved, last = 0, row.last_id
    for case_id in ids:
        if time.monotonic() > until:
            break
        moved, last = moved + _again(case_id, now()), case_id
    whole = len(ids) < BATCH and (not ids or last == ids[-1])
    with db.transaction() as session:
        values = {
            "last_id": last,
            "looked_at": Recalculation.looked_at + len(ids),
            "moved": Recalculation.moved + moved,
        }
        mine = update(Recalculation).where(Recalculation.id == row.id, Recalculation.done_at.is_(None))
        ended = values | ({"done_at": now()} if whole else {})
        session.execute(mine.values(ended).execution_options(synchronize_session=False))
    return len(ids)


def _again(case_id: int, at: datetime) -> int:
    """One case's deadline in a transaction of its own; one that was computed already stays as it is."""
    with db.transaction() as session:
        case = rows.load(session, complaint_id=case_id)
        if case is None or case.due_at is None or case.due_at <= at:
            return 0
        return int(recompute.move(session, case, at, "calendar"))


def _open_from(first: date, at: datetime, after: int):  # type: ignore[no-untyped-def]
    """The open deadlines that the days from `first` on can have to do with, by the ids of their cases."""
    running = and_(ClockInstance.id == Complaint.clock_id, ClockInstance.ended_at.is_(None))
    return (
        select(Complaint.id, Complaint.number, Complaint.state, ClockInstance.explanation)
        .join(ClockInstance, running)
        .where(Complaint.state != "closed", Complaint.due_at > max(at, at_local(first, 0)), Complaint.id > after)
        .order_by(Complaint.id)
    )


def _what_if(row, calendar: Calendar, at: datetime) -> Move | None:  # type: ignore[no-untyped-def]
    """What `recompute.move` would do to this clock under another calendar."""
    old = deadlines.read(row.explanation)
    fresh = deadlines.moved(old, old.basis, calendar, "calendar", at)
    if (fresh.day, fresh.provisional) == (old.day, old.provisional):
        return None
    return Move(row.number, row.state, old.day, fresh.day, old.provisional, fresh.provisional)


def _changes(before: Sequence[SpecialDay], after: Sequence[SpecialDay]) -> Iterator[DayChange]:
    """The days that are other ones, in order."""
    old, new = ({each.day: each for each in of} for of in (before, after))
    for day in sorted({*old, *new}):
        kinds = [of[day].kind.value if day in of else "" for of in (old, new)]
        if kinds[0] != kinds[1]:
            yield DayChange(day, kinds[0], kinds[1], (new.get(day) or old[day]).name)


def _first_day(days: Sequence[DayChange], new_years: Sequence[int]) -> date | None:
    """From which day on a deadline may be another one: a little before, for a period that ended just there."""
    firsts = [each.day for each in days] + [date(year, 1, 1) for year in new_years]
    return min(firsts) - timedelta(days=1) if firsts else None
