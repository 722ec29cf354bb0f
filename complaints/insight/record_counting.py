"""The cases behind the record: what ended with one enterprise within twelve months, and how.

A case counts where it has reached the enterprise and has ended there (what intake refused, merged or returned does
not). An answer that was not given in time counts against the enterprise only where it is proven that it was told
(`registry/proving.py`). Months are Shanghai's; working days come from the calendar.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from complaints import calendars
from complaints.clock import end_of_day, local_date
from complaints.insight.record_figures import COUNTED, PROVEN, Figures, Since, Tally
from complaints.models import ClockInstance, Complaint, RecordExclusion
from complaints.registry import proving
from complaints.workflow.case import State

MONTHS = 12
IN_TIME, SILENT = ("offer", "decline"), "escalate"
EXCLUDED = exists().where(RecordExclusion.complaint_id == Complaint.id)
LONGEST = 270  # days; a longer answer is counted as this


@dataclass(slots=True)
class Ended:
    """One ended case: how it ended, and how it was answered."""

    id: int
    number: str
    product: str
    outcome: str
    closed_at: datetime
    rating: int | None
    excluded: bool = False
    mediated: bool = False
    in_time: int = 0
    unanswered: int = 0
    not_proven_told: int = 0
    days: list[int] = field(default_factory=list)

    def behind(self, figure: str) -> bool:
        """Whether this case is one of those that a figure counts."""
        counted = {"answers": self.in_time + self.unanswered, "untold": self.not_proven_told,
                   "mediation": self.mediated, "ratings": self.rating is not None,
                   PROVEN: self.outcome == PROVEN, "kinds": self.outcome != PROVEN}  # fmt: skip
        return bool(counted.get(figure, True))


def last_day(month: str) -> date:
    """The last day of a month written as 2027-03."""
    year, number = int(month[:4]), int(month[5:])
    return date(year + number // 12, number % 12 + 1, 1) - timedelta(days=1)


def month_of(day: date) -> str:
    """The month of a day."""
    return f"{day:%Y-%m}"


def moved(month: str, by: int) -> str:
    """The month so many months later, or earlier where that is negative."""
    n = int(month[:4]) * 12 + int(month[5:]) - 1 + by
    return f"{n // 12:04d}-{n % 12 + 1:02d}"


def until(month: str) -> datetime:
    """The instant at which a month ends."""
    return end_of_day(last_day(month))


def since(month: str) -> datetime:
    """The instant at which the twelve months that end with a month begin."""
    return until(moved(month, -MONTHS))


def ended(
    session: Session, enterprise_id: int, after: datetime, before: datetime, *, excluded: bool = False
) -> list[Ended]:
    """The cases of an enterprise that ended after one instant, up to another; excluded ones are left out."""
    mine = _counts(enterprise_id, after, before)
    return _read(session, mine if excluded else [*mine, ~EXCLUDED])


def one(session: Session, enterprise_id: int, month: str, number: str) -> Complaint | None:
    """The case of a number, where an enterprise's figures of a month count it."""
    mine = _counts(enterprise_id, since(month), until(month))
    return session.scalars(select(Complaint).where(Complaint.number == number, *mine, ~EXCLUDED)).one_or_none()


def _counts(enterprise_id: int, after: datetime, before: datetime) -> list[Any]:
    return [
        Complaint.enterprise_id == enterprise_id, Complaint.enterprise_told, Complaint.state == State.CLOSED.value,
        Complaint.closed_at > after, Complaint.closed_at <= before, Complaint.outcome.in_(COUNTED),
    ]  # fmt: skip


def of_cases(session: Session, ids: Sequence[int]) -> dict[int, Ended]:
    """How some ended cases ended and were answered."""
    return {each.id: each for each in _read(session, (Complaint.id.in_(ids),))}


def _read(session: Session, mine: Sequence[Any]) -> list[Ended]:
    columns = (Complaint.id, Complaint.number, Complaint.product, Complaint.outcome, Complaint.closed_at)
    query = select(*columns, Complaint.rating, EXCLUDED).where(*mine).order_by(Complaint.closed_at, Complaint.id)
    ends: Iterable[Any] = session.execute(query)
    found = {row.id: Ended(*row) for row in ends}
    took = _counting(session)
    for row in session.execute(_clocks(mine)):
        one = found.get(row.complaint_id)
        if one is not None:
            _add(one, row, took)
    return list(found.values())


def _clocks(mine: Sequence[Any]) -> Any:
    """How the enterprise's clocks of answering and of mediation went, the oldest first, and whether it was told."""
    told = or_(ClockInstance.ended_by != SILENT, proving.told())
    answering = and_(ClockInstance.state == State.WITH_ENTERPRISE.value, ClockInstance.ended_by.in_((*IN_TIME, SILENT)))
    mediating = ClockInstance.state == State.IN_MEDIATION.value
    return (
        select(
            ClockInstance.complaint_id, ClockInstance.state, ClockInstance.entered_at, ClockInstance.ended_at,
            ClockInstance.ended_by, told.label("told"),
        )
        .join(Complaint, Complaint.id == ClockInstance.complaint_id)
        .where(*mine, answering | mediating, proving.of_this_enterprise())
        .order_by(ClockInstance.id)
        .execution_options(yield_per=5000)
    )  # fmt: skip


def _add(one: Ended, row: Any, took: Callable[[date, date], int]) -> None:
    if row.state == State.IN_MEDIATION.value:
        one.mediated = True
    elif row.ended_by == SILENT:
        one.unanswered += bool(row.told)
        one.not_proven_told += not row.told
    else:
        one.in_time += 1
        one.days.append(took(local_date(row.entered_at), local_date(row.ended_at)))


def _counting(session: Session) -> Callable[[date, date], int]:
    calendar = calendars.current(session)

    @cache
    def took(first: date, last: date) -> int:
        """Working days after `first` up to `last`."""
        span = min((last - first).days, LONGEST)
        return sum(calendar.is_working(first + timedelta(days=n)) for n in range(1, span + 1))

    return took


def tally(cases: Iterable[Ended]) -> Tally:
    """The cases counted."""
    counted = Tally()
    for each in cases:
        counted.ends[each.outcome] += 1
        counted.mediated += each.mediated
        counted.in_time += each.in_time
        counted.unanswered += each.unanswered
        counted.not_proven_told += each.not_proven_told
        counted.days += each.days
        counted.ratings += [each.rating] if each.rating is not None else []
    return counted


def within(cases: Iterable[Ended], after: datetime, before: datetime) -> list[Ended]:
    """Those that ended after one instant, up to another."""
    return [each for each in cases if after < each.closed_at <= before]


def of_month(cases: Iterable[Ended], month: str) -> Tally:
    """What ended in the twelve months that end with a month."""
    return tally(within(_counted(cases), since(month), until(month)))


def change(cases: Sequence[Ended], was: Figures, now: str) -> Since:
    """What happened to figures that were shown, until the end of a month: what entered and what left the twelve months,
    and the same months counted again, with what was excluded since."""
    counted, then = _counted(cases), was["as_of"]
    left_out = tally(each for each in within(cases, since(then), until(then)) if each.excluded)
    return Since(
        tally(within(counted, until(then), until(now))), tally(within(counted, since(then), since(now))),
        was, of_month(counted, then), left_out,
    )  # fmt: skip


def _counted(cases: Iterable[Ended]) -> list[Ended]:
    return [each for each in cases if not each.excluded]
