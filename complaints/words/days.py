"""How days and instants are written in either language: the same on pages, in letters and on papers.

All are those of Asia/Shanghai. An instant that ends a day is told as 24:00 of that day, where deadlines lie.
"""

from datetime import date, datetime, time, timedelta

from babel.dates import format_date, format_time

from complaints import clock
from complaints.words import say

_LONG = {"zh": "y年M月d日 EEEE", "en": "EEEE d MMMM y"}
_PLAIN = {"zh": "y年M月d日", "en": "d MMMM y"}
_SHORT = {"zh": "y年M月d日 EEE", "en": "EEE d MMM y"}
_MONTH = {"zh": "y年M月", "en": "MMMM y"}
_SHORT_MONTH = {"zh": "y年M月", "en": "MMM y"}
_NEAR = {"zh": "M月d日 EEE", "en": "EEE d MMM"}


def day_text(locale: str, day: date) -> str:
    """A day with its weekday, as people write it."""
    return format_date(day, _LONG[locale], locale=locale)


def plain_day(locale: str, day: date) -> str:
    """A day without its weekday, as papers that are signed have it."""
    return format_date(day, _PLAIN[locale], locale=locale)


def short_day(locale: str, day: date) -> str:
    """A day for lists."""
    return format_date(day, _SHORT[locale], locale=locale)


def near_day(locale: str, day: date) -> str:
    """A day of about this year, for the axis of a chart."""
    return format_date(day, _NEAR[locale], locale=locale)


def month_text(locale: str, day: date) -> str:
    """The month of a day."""
    return format_date(day, _MONTH[locale], locale=locale)


def short_month(locale: str, day: date) -> str:
    """The month of a day, for the axis of a chart."""
    return format_date(day, _SHORT_MONTH[locale], locale=locale)


def last_day(end: datetime) -> date:
    """The last day of a time that ends at an instant D 24:00."""
    return clock.local_date(end - timedelta(microseconds=1))


def until_text(locale: str, end: datetime) -> str:
    """A deadline: its last day, with the hour and the zone."""
    return say(locale, "letter.until", day=day_text(locale, last_day(end)))


def moment_text(locale: str, instant: datetime) -> str:
    """An instant, with its zone."""
    at = instant.astimezone(clock.SHANGHAI)
    if at.time() == time.min:
        return say(locale, "letter.clock_moment", day=day_text(locale, last_day(at)))
    return say(locale, "letter.moment", day=day_text(locale, at.date()), time=hour_text(locale, at))


def hour_text(locale: str, at: datetime) -> str:
    """Hour and minute of an instant that stands in its zone already."""
    return format_time(at, "HH:mm", locale=locale)
