"""An enterprise's figures over a period, beside the median of its peers. Counted by a worker about every hour.

In time means: answered before the time ran out; silence is not an answer, and counts where it is proven that the
enterprise was told, as in the public record; what is not proven is counted apart. How long an answer took is counted in
working days after the day on which the case arrived. An outcome is what the last closing says; only what a consumer has
confirmed counts as settled, never silence. Peers are the other participants with enough cases in the period; of too
few nothing is said, so that nobody is recognised. Instants are case time, the lease is real time.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from complaints import calendars, clock, db
from complaints.clock import end_of_day, local_date
from complaints.models import ClockInstance, Complaint, Enterprise, EnterpriseFigures, FiguresCounted
from complaints.registry import proving
from complaints.workflow.case import Role, State
from complaints.workflow.lifecycle import STATE_ROW

PERIODS = (30, 90, 365)  # days
HOLD = timedelta(hours=1)
LEASE = timedelta(minutes=10)
LEAST_CASES = 5  # of a peer in the period; fewer say nothing about it
LEAST_PEERS = 5  # fewer could be recognised
MOST_NAMED = 10  # products, faults
MOST_COUNTED = 1000
LONGEST_DAYS = 90  # working days; an answer that took longer counts as this
AT_ONCE = 1000
LARGEST = 20_000  # cases of an enterprise whose figures are counted while somebody waits
IN_TIME, SILENT = ("offer", "decline"), "escalate"
MINE = tuple(state.value for state, row in STATE_ROW.items() if row.owner == Role.ENTERPRISE.value)


@dataclass(slots=True)
class Tally:
    """What is counted of one enterprise."""

    in_time: int = 0
    silent: int = 0  # it is proven that the enterprise was told
    untold: int = 0  # not proven: counted nowhere else
    days: Counter[int] = field(default_factory=Counter)
    months: dict[str, list[int]] = field(default_factory=dict)  # "2026-07" -> in time, silent
    outcomes: Counter[str] = field(default_factory=Counter)
    products: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    @property
    def cases(self) -> int:
        """How many answers and ends there were: whether the enterprise counts as a peer."""
        return max(self.in_time + self.silent, sum(self.outcomes.values()))

    def measures(self) -> dict[str, float | None]:
        """What is compared: share in time, median answer, share settled."""
        answers, ends = self.in_time + self.silent, sum(self.outcomes.values())
        return {
            "on_time": self.in_time / answers if answers else None,
            "answer_days": float(median(self.days.elements())) if self.days else None,
            "settled": self.outcomes["settled"] / ends if ends else None,
        }

    def told(self) -> dict[str, Any]:
        """All of it as JSON."""
        return {
            "in_time": self.in_time,
            "silent": self.silent,
            "untold": self.untold,
            "months": self.months,
            "outcomes": dict(self.outcomes.most_common()),
            "products": self.products.most_common(MOST_NAMED),
            "faults": self.faults.most_common(MOST_NAMED),
            **self.measures(),
        }


def due(session: Session, at: datetime) -> bool:
    """Whether the figures are to be counted again, and nobody is counting."""
    free = or_(FiguresCounted.lease_until.is_(None), FiguresCounted.lease_until <= clock.wall())
    old = FiguresCounted.counted_at <= at - HOLD
    return session.scalar(select(FiguresCounted.id).where(FiguresCounted.id == 1, old, free)) is not None


def renew(now: Callable[[], datetime] = clock.now) -> int:
    """Count all enterprises' figures where they are old; returns for how many. One of several workers does it."""
    with db.transaction() as session:
        at = now()
        if not due(session, at) or not _claim(session, at):
            return 0
    counted = sum(_renew(days, at) for days in PERIODS)
    with db.transaction() as session:
        session.execute(update(FiguresCounted).where(FiguresCounted.id == 1).values(counted_at=at, lease_until=None))
    return counted


def _claim(session: Session, at: datetime) -> bool:
    wall = clock.wall()
    free = or_(FiguresCounted.lease_until.is_(None), FiguresCounted.lease_until <= wall)
    mine = update(FiguresCounted).where(FiguresCounted.id == 1, FiguresCounted.counted_at <= at - HOLD, free)
    taken = mine.values(lease_until=wall + LEASE).returning(FiguresCounted.id)
    return session.scalar(taken.execution_options(synchronize_session=False)) is not None


def _renew(days: int, at: datetime) -> int:
    """One period: counted in a look that stops nobody, written down in one short transaction."""
    with db.reading() as session:
        tallies = count(session, at - timedelta(days=days), at)
        participants = set(session.scalars(select(Enterprise.id).where(Enterprise.participant)))
    peers = {
        firm: each.measures() for firm, each in tallies.items() if firm in participants and each.cases >= LEAST_CASES
    }
    rows = [
        {
            "enterprise_id": firm,
            "days": days,
            "counted_at": at,
            "figures": each.told() | {"peers": compared(peers, firm)},
        }
        for firm, each in tallies.items()
    ]
    with db.transaction() as session:
        session.execute(delete(EnterpriseFigures).where(EnterpriseFigures.days == days))
        for first in range(0, len(rows), AT_ONCE):
            session.execute(insert(EnterpriseFigures), rows[first : first + AT_ONCE])
    return len(rows)


def compared(peers: Mapping[int, Mapping[str, float | None]], firm: int) -> dict[str, float | None]:
    """The medians of the others, and none where there are too few of them to hide among."""
    others: dict[str, float | None] = {}
    for name in ("on_time", "answer_days", "settled"):
        values = [each[name] for peer, each in peers.items() if peer != firm]
        known = [value for value in values if value is not None]
        others[name] = median(known) if len(known) >= LEAST_PEERS else None
    return others


def count(session: Session, since: datetime, until: datetime, only: int | None = None) -> dict[int, Tally]:
    """What happened to each enterprise's cases, or to those of one, from `since` to `until`."""
    tallies: dict[int, Tally] = defaultdict(Tally)
    whose = () if only is None else (Complaint.enterprise_id == only,)
    _answers(session, tallies, since, until, whose)
    ended = (*whose, Complaint.state == "closed")
    for firm, outcome, n in _by(session, Complaint.outcome, ended, Complaint.closed_at, since, until):
        tallies[firm].outcomes[outcome] += n
    for name in ("product", "fault"):
        for firm, word, n in _by(session, getattr(Complaint, name), whose, Complaint.filed_at, since, until):
            getattr(tallies[firm], f"{name}s")[word] += n
    return dict(tallies)


def _by(
    session: Session, what: Any, whose: Sequence[ColumnElement[bool]], when: Any, since: datetime, until: datetime
) -> Iterator[tuple[int, str, int]]:
    """How many cases of each enterprise have each word of a column."""
    within = (Complaint.enterprise_told, when > since, when <= until, *whose)
    query = select(Complaint.enterprise_id, what, func.count()).where(*within)
    for firm, word, n in session.execute(query.group_by(Complaint.enterprise_id, what)):
        if firm is not None and word:
            yield firm, word, n


def _answers(
    session: Session, tallies: dict[int, Tally], since: datetime, until: datetime, whose: Sequence[ColumnElement[bool]]
) -> None:
    """Whether and how soon each enterprise answered; a clock that was moved keeps when it began."""
    ended = (ClockInstance.ended_at > since, ClockInstance.ended_at <= until)
    query = (
        select(
            Complaint.enterprise_id,
            ClockInstance.entered_at,
            ClockInstance.ended_at,
            ClockInstance.ended_by,
            or_(ClockInstance.ended_by != SILENT, proving.told()),
        )
        .join(Complaint, Complaint.id == ClockInstance.complaint_id)
        .where(
            ClockInstance.state == State.WITH_ENTERPRISE.value,
            ClockInstance.ended_by.in_((*IN_TIME, SILENT)),
            proving.of_this_enterprise(),
            *ended,
            *whose,
        )
    )
    took = _counting(session)
    answers: Iterable[Any] = session.execute(query.execution_options(yield_per=5000))
    for firm, entered, left, by, told in answers:
        tally, silent = tallies[firm], by == SILENT
        if not told:
            tally.untold += 1
            continue
        tally.months.setdefault(f"{local_date(left):%Y-%m}", [0, 0])[silent] += 1
        if silent:
            tally.silent += 1
        else:
            tally.in_time += 1
            tally.days[took(local_date(entered), local_date(left))] += 1


def _counting(session: Session) -> Callable[[date, date], int]:
    calendar = calendars.current(session)

    @cache
    def took(first: date, last: date) -> int:
        """Working days after `first` up to `last`."""
        span = min((last - first).days, 3 * LONGEST_DAYS)
        return sum(calendar.is_working(first + timedelta(days=n)) for n in range(1, span + 1))

    return took


def kept(session: Session, enterprise_id: int, days: int) -> tuple[dict[str, Any], datetime | None]:
    """An enterprise's figures over a period, and of which moment they are; empty ones where nothing happened."""
    row = session.get(EnterpriseFigures, (enterprise_id, days))
    if row is not None:
        return row.figures, row.counted_at
    counted = session.get_one(FiguresCounted, 1)
    nothing = Tally().told() | {"peers": compared({}, enterprise_id)}
    return nothing, counted.counted_at if counted.counted_at.year > 1970 else None


def between(session: Session, enterprise_id: int, first: date, last: date) -> dict[str, Any] | None:
    """An enterprise's figures from one day to another, both included, counted now; of its peers nothing is said.

    None where it has more than LARGEST cases, which nobody waits for at a page.
    """
    mine = select(Complaint.id).where(Complaint.enterprise_id == enterprise_id, Complaint.enterprise_told)
    if (session.scalar(select(func.count()).select_from(mine.limit(LARGEST + 1).subquery())) or 0) > LARGEST:
        return None
    found = count(session, end_of_day(first - timedelta(days=1)), end_of_day(last), enterprise_id)
    return found.get(enterprise_id, Tally()).told() | {"peers": None}


def open_by_deadline(session: Session, enterprise_id: int, at: datetime) -> dict[str, int]:
    """How many cases wait for the enterprise now, by how long it has; each counted up to MOST_COUNTED."""
    today, soon = end_of_day(local_date(at)), end_of_day(local_date(at) + timedelta(days=3))
    spans: Sequence[tuple[str, list[ColumnElement[bool]]]] = (
        ("overdue", [Complaint.due_at <= at]),
        ("today", [Complaint.due_at > at, Complaint.due_at <= today]),
        ("soon", [Complaint.due_at > today, Complaint.due_at <= soon]),
        ("later", [Complaint.due_at > soon]),
    )
    mine = (Complaint.enterprise_id == enterprise_id, Complaint.enterprise_told, Complaint.state.in_(MINE))
    counts = [
        select(func.count()).select_from(select(Complaint.id).where(*mine, *span).limit(MOST_COUNTED).subquery())
        for _name, span in spans
    ]
    row = session.execute(select(*(each.scalar_subquery() for each in counts))).one()
    return {name: number for (name, _span), number in zip(spans, row, strict=True)}
