"""Working-day arithmetic over a calendar of holidays and make-up days. Pure: no database, no clock.

Days are calendar dates of the place whose calendar it is (Asia/Shanghai); turning "the end of that day" into an
instant is `deadlines`' business. A working day is a weekday that is no holiday, or a weekend day made a working day.
Counting follows Order 121 art 45: day 0 does not count, and a period that ends on a statutory holiday ends on the
first day after it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import count
from typing import Literal

Reading = Literal["broad", "narrow"]
_Why = Callable[[int], str]  # the ordinal of a day -> why it does not count; "" when it does
_Passed = list[tuple[int, str]]  # days passed over without counting, in order, with why
_SATURDAY, _SUNDAY = 6, 0  # date.toordinal() % 7


class DayKind(StrEnum):
    """What a listed day is. A day that is not listed is what its weekday says."""

    STATUTORY = "statutory"  # 法定节假日
    REST = "rest"  # make-up rest day (调休, 补假)
    WORKING = "working"  # weekend day made a working day


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """One listed day of a calendar; `name` is what a reader is told, in Chinese."""

    day: date
    kind: DayKind
    name: str


@dataclass(frozen=True, slots=True)
class Span:
    """Excluded days: every d with after < d <= through, a pause begun on `after` and ended on `through`."""

    after: date
    through: date
    why: str  # a short code such as "needs_information"


@dataclass(frozen=True, slots=True)
class Skipped:
    """Consecutive days passed over for one reason.

    `why` is "weekend", "statutory:<name>", "rest:<name>" or "excluded:<the span's why>".
    """

    first: date
    last: date
    why: str


@dataclass(frozen=True, slots=True)
class Count:
    """Where a count ends and what it passed over, in the order of days.

    `provisional`: the days that decided it touch a year whose calendar is not published yet.
    """

    end: date
    skipped: tuple[Skipped, ...]
    provisional: bool


def _grouped(passed: _Passed) -> tuple[Skipped, ...]:
    groups: list[tuple[int, int, str]] = []
    for day, why in passed:
        if groups and groups[-1][1] == day - 1 and groups[-1][2] == why:
            groups[-1] = (groups[-1][0], day, why)
        else:
            groups.append((day, day, why))
    return tuple(Skipped(date.fromordinal(first), date.fromordinal(last), why) for first, last, why in groups)


def _exclusion(spans: Sequence[Span]) -> _Why:
    """Why a day is excluded; where spans overlap, the one given first says."""
    bounds = [(span.after.toordinal(), span.through.toordinal(), f"excluded:{span.why}") for span in spans]

    def why(day: int) -> str:
        return next((reason for after, through, reason in bounds if after < day <= through), "")

    return why


def _either(first: _Why, second: _Why) -> _Why:
    return lambda day: first(day) or second(day)


def _advance(day: int, n: int, why: _Why) -> tuple[int, _Passed]:
    """The n-th day after `day` that counts, and the days passed over on the way."""
    passed: _Passed = []
    while n:
        day += 1
        if reason := why(day):
            passed.append((day, reason))
        else:
            n -= 1
    return day, passed


def _roll(day: int, why: _Why) -> tuple[int, _Passed]:
    """`day`, or the first day after it that counts, and the days passed over."""
    passed: _Passed = []
    while reason := why(day):
        passed.append((day, reason))
        day += 1
    return day, passed


def _at_least_zero(n: int) -> None:
    if n < 0:
        raise ValueError(f"a count of days cannot be negative: {n}")


class Calendar:
    """The listed days of all years in one object. Years not in `published` are counted on what is known of them.

    Immutable, so one object serves every thread. Where a day is listed twice, the later entry stands.
    """

    version: str

    def __init__(self, days: Iterable[SpecialDay], published: Iterable[int], version: str) -> None:
        self._kinds: dict[int, DayKind] = {}
        self._off: dict[int, str] = {}  # why a listed day does not count; "" for one made a working day
        for special in days:
            ordinal = special.day.toordinal()
            self._kinds[ordinal] = special.kind
            self._off[ordinal] = "" if special.kind is DayKind.WORKING else f"{special.kind.value}:{special.name}"
        self._published = frozenset(published)
        self.version = version

    def is_working(self, day: date) -> bool:
        """Whether work is done on `day`: a weekday that is no holiday, or a weekend day made a working day."""
        return not self._not_working(day.toordinal())

    def is_statutory(self, day: date) -> bool:
        """Whether `day` is itself a statutory holiday (法定节假日), not a make-up rest day or a weekend beside it."""
        return self._kinds.get(day.toordinal()) is DayKind.STATUTORY

    def is_published(self, year: int) -> bool:
        """Whether the State Council's arrangement of `year` is in this calendar."""
        return year in self._published

    def working_days(self, start: date, n: int, excluded: Sequence[Span] = ()) -> Count:
        """The n-th working day after `start`, which is day 0 and does not count (Order 121 art 45).

        An excluded day does not count. n = 0 ends at `start` itself. Raises ValueError when n is negative.
        """
        _at_least_zero(n)
        why = _either(_exclusion(excluded), self._not_working) if excluded else self._not_working
        day, passed = _advance(start.toordinal(), n, why)
        return self._count(start.toordinal() + 1, day, passed)

    def calendar_days(self, start: date, n: int, reading: Reading = "broad", excluded: Sequence[Span] = ()) -> Count:
        """The n-th calendar day after `start`, rolled off a holiday to the first day after it (Order 121 art 45).

        `broad` rolls off every non-working day, `narrow` off statutory holidays only. Excluded days neither count
        nor end a period. n = 0 is `start`, rolled. Raises ValueError when n is negative.
        """
        _at_least_zero(n)
        first = start.toordinal()
        exclusion = _exclusion(excluded)
        holiday = self._not_working if reading == "broad" else self._statutory
        reached, passed = _advance(first, n, exclusion) if excluded else (first + n, [])
        day, rolled = _roll(reached, _either(exclusion, holiday))
        return self._count(min(first + 1, day), day, passed + rolled)

    def next_working_day(self, day: date) -> date:
        """The first working day strictly after `day`."""
        return date.fromordinal(_advance(day.toordinal(), 1, self._not_working)[0])

    def working_day_on_or_before(self, day: date) -> date:
        """`day` if it is a working day, else the last one before it."""
        return self.working_days_before(date.fromordinal(day.toordinal() + 1), 1)

    def working_days_before(self, day: date, n: int) -> date:
        """The n-th working day strictly before `day`; n = 0 is `day` itself. Raises ValueError when n is negative."""
        _at_least_zero(n)
        ordinals = count(day.toordinal() - 1, -1)
        found = day.toordinal()
        for _ in range(n):
            found = next(ordinal for ordinal in ordinals if not self._not_working(ordinal))
        return date.fromordinal(found)

    def _not_working(self, day: int) -> str:
        listed = self._off.get(day)
        if listed is not None:
            return listed
        return "weekend" if day % 7 in (_SATURDAY, _SUNDAY) else ""

    def _statutory(self, day: int) -> str:
        return self._off[day] if self._kinds.get(day) is DayKind.STATUTORY else ""

    def _count(self, first: int, end: int, passed: _Passed) -> Count:
        """The result of a count decided by the days `first` through `end`; none when n was 0 and nothing rolled."""
        last = date.fromordinal(end)
        years = range(date.fromordinal(first).year, last.year + 1) if first <= end else range(0)
        provisional = not self._published.issuperset(years)
        return Count(last, _grouped(passed), provisional)
