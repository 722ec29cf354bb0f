"""The calendar tables: seeded from the `holidays` library, read into one `Calendar`, renewed year by year.

A year is never changed, only given a newer version, and the newest version of each year is in force. Days are dates
of mainland China. Every function works inside the caller's transaction and commits nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import version as installed
from typing import cast
from weakref import WeakKeyDictionary

from holidays import HolidayBase, country_holidays
from sqlalchemy import Engine, Table, func, insert, select
from sqlalchemy.orm import Session

from complaints import clock
from complaints.errors import BadInput, Misconfigured
from complaints.models.calendar import CalendarDay, CalendarYear
from complaints.workflow.workdays import Calendar, DayKind, SpecialDay

FIRST_YEAR = 2010
LIBRARY = "holidays"
MADE_WORKING = "调休上班"

_SWAPPED = "调休"  # the library's mark of a rest day swapped for a weekend day: only published years have any
_REST_MARKS = (_SWAPPED, "补假", "延长假期")
_Stamp = tuple[int, int, datetime]  # how many year tables are stored, the newest id, the newest import
SEEN = "calendar"  # under which a session's `info` keeps the calendar of its transaction
_YEARS = cast(Table, CalendarYear.__table__)
_STORED = select(
    func.count().label("tables"),
    func.max(_YEARS.c.id).label("newest"),
    func.max(_YEARS.c.imported_at).label("imported"),
)
STORED = _STORED.subquery("stored")  # for a statement that brings it along
_current: WeakKeyDictionary[Engine, tuple[_Stamp, Calendar]] = WeakKeyDictionary()


def _library(year: int) -> HolidayBase:
    return country_holidays("CN", years=year, language="zh_CN")


def is_published_by_library(year: int) -> bool:
    """Whether the library knows the State Council's arrangement of `year`: it then has swapped rest days."""
    return any(_SWAPPED in name for name in _library(year).values())


def _library_day(day: date, name: str) -> SpecialDay:
    kind = DayKind.REST if any(mark in name for mark in _REST_MARKS) else DayKind.STATUTORY
    return SpecialDay(day, kind, name.replace("; ", "、"))


def seed_days(year: int) -> list[SpecialDay]:
    """The library's days of `year`, in order, named in Chinese.

    Statutory are the days that the law of that year names; days given in lieu (补假), swapped (调休) or added are rest
    days. For an unpublished year only the statutory dates are given: which days stand in lieu is not decided yet.
    """
    known = _library(year)
    days = [_library_day(day, name) for day, name in known.items() if day.year == year]
    if not is_published_by_library(year):
        days = [special for special in days if special.kind is DayKind.STATUTORY]
    made_working = (day for day in known.weekend_workdays if day.year == year)
    days += [SpecialDay(day, DayKind.WORKING, MADE_WORKING) for day in made_working]
    return sorted(days, key=lambda special: special.day)


def shipped(through: int) -> Calendar:
    """The years 2010 through `through` as the library gives them, without any database."""
    years = range(FIRST_YEAR, through + 1)
    published = [year for year in years if is_published_by_library(year)]
    return Calendar((day for year in years for day in seed_days(year)), published, f"library {installed(LIBRARY)}")


def seed(session: Session, through: int) -> list[int]:
    """Insert version 1 of the years from 2010 through `through` that are missing; return those added."""
    present = set(session.scalars(select(CalendarYear.year)))
    missing = [year for year in range(FIRST_YEAR, through + 1) if year not in present]
    at, source = clock.now(), f"{LIBRARY} {installed(LIBRARY)}"
    for year in missing:
        published = is_published_by_library(year)
        row = CalendarYear(year=year, version=1, published=published, source=source, imported_at=at)
        _insert(session, row, seed_days(year))
    return missing


@dataclass(frozen=True, slots=True)
class YearSummary:
    """One year in force, for a list."""

    year: int
    version: int
    published: bool
    special_days: int
    source: str


def _insert(session: Session, row: CalendarYear, days: Iterable[SpecialDay]) -> None:
    session.info.pop(SEEN, None)
    session.add(row)
    session.flush()
    rows = [
        {"calendar_year_id": row.id, "day": special.day, "kind": special.kind.value, "name": special.name}
        for special in days
    ]
    if rows:
        session.execute(insert(CalendarDay), rows)


def _in_force(session: Session) -> list[CalendarYear]:
    """The newest version of each year, by year."""
    oldest_first = session.scalars(select(CalendarYear).order_by(CalendarYear.year, CalendarYear.version))
    return list({row.year: row for row in oldest_first}.values())


def _days(session: Session, rows: Sequence[CalendarYear]) -> list[SpecialDay]:
    wanted = select(CalendarDay).where(CalendarDay.calendar_year_id.in_([row.id for row in rows]))
    ordered = session.scalars(wanted.order_by(CalendarDay.day))
    return [SpecialDay(row.day, DayKind(row.kind), row.name) for row in ordered]


def summaries(session: Session) -> list[YearSummary]:
    """The version in force of each year, by year."""
    per_year = select(CalendarDay.calendar_year_id, func.count()).group_by(CalendarDay.calendar_year_id)
    counts = {row[0]: row[1] for row in session.execute(per_year)}
    return [
        YearSummary(row.year, row.version, row.published, counts.get(row.id, 0), row.source)
        for row in _in_force(session)
    ]


def current(session: Session) -> Calendar:
    """The newest version of every year in one `Calendar`.

    Costs one aggregate over the few rows of `calendar_year`, once in a transaction; the object itself is kept per
    process and database until that answer changes. `version` reads "<newest published year>.<number of year tables
    stored>", so it grows with every seeded or imported year. Raises Misconfigured when no year has been seeded.
    """
    seen: Calendar | None = session.info.get(SEEN)
    if seen is None:
        seen = session.info[SEEN] = _newest(session)
    return seen


def heard(session: Session, tables: int, newest: int | None, imported: datetime | None) -> None:
    """Another statement has brought along what is stored: where the kept calendar is of it, it is not asked for."""
    kept = _current.get(session.get_bind().engine)
    if kept and kept[0] == (tables, newest, imported):
        session.info.setdefault(SEEN, kept[1])


def _newest(session: Session) -> Calendar:
    tables, newest, imported = session.execute(_STORED).one()
    stamp = (tables, newest, imported)
    engine = session.get_bind().engine
    kept = _current.get(engine)
    if kept and kept[0] == stamp:
        return kept[1]
    calendar = _load(session, tables)
    _current[engine] = (stamp, calendar)
    return calendar


def _load(session: Session, tables: int) -> Calendar:
    rows = _in_force(session)
    if not rows:
        raise Misconfigured("the database holds no calendar; run `complaints init`")
    published = [row.year for row in rows if row.published]
    return Calendar(_days(session, rows), published, f"{max(published, default=0)}.{tables}")


def special_days(session: Session, years: Sequence[int]) -> dict[int, list[SpecialDay]]:
    """The listed days in force of these years, by year; a year that is not stored is left out."""
    return {row.year: _days(session, [row]) for row in _in_force(session) if row.year in years}


def with_years(session: Session, years: Mapping[int, Sequence[SpecialDay]]) -> Calendar:
    """The calendar as it would be if these years were published so; nothing is stored."""
    others = [row for row in _in_force(session) if row.year not in years]
    published = [row.year for row in others if row.published] + list(years)
    days = [*_days(session, others), *(special for of in years.values() for special in of)]
    return Calendar(sorted(days, key=lambda special: special.day), published, "preview")


def import_year(session: Session, year: int, days: Iterable[SpecialDay], source: str, at: datetime) -> CalendarYear:
    """Publish `days` as the next version of `year`, imported at the aware instant `at`.

    When the published version in force already says the same, that one is returned and nothing is added. Raises
    BadInput when there are no days or a day lies outside `year`. Open deadlines are the caller's to recompute.
    """
    ordered = sorted(days, key=lambda special: special.day)
    if not ordered or any(special.day.year != year for special in ordered):
        raise BadInput(f"the days given are not those of {year}", {"year": [str(year)]})
    newest = next((row for row in _in_force(session) if row.year == year), None)
    if newest and newest.published and _days(session, [newest]) == ordered:
        return newest
    version = newest.version + 1 if newest else 1
    row = CalendarYear(year=year, version=version, published=True, source=source[:200], imported_at=at)
    _insert(session, row, ordered)
    return row
