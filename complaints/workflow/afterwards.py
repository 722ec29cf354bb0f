"""What stays open to the sides when a case has ended, and until when. Pure: no database, no question what time it is.

A day is named only where a rule names one; everything else is said without a day.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from complaints.clock import end_of_day, local_date
from complaints.workflow import notices
from complaints.workflow.case import Case, Outcome, State
from complaints.workflow.policy import load

WITHIN_YEARS = ("agency",)  # routes that turn away what is older than Order 121 art 16(4) allows


@dataclass(frozen=True, slots=True)
class Way:
    """Another route (Consumer Protection Law art 39).

    The years of art 16(4) run from the day on which the consumer knew, or should have known. That day is not recorded:
    `safe` counts from the purchase, the earliest it can be, `latest` from the filing, the latest. None: no rule names
    a day for this route, or it is over.
    """

    route: str
    safe: date | None = None
    latest: date | None = None


def ways(case: Case, bought_on: date | None, at: datetime) -> list[Way]:
    """The other routes of a case that ended unsolved; none while it is open or where it is settled and confirmed."""
    if case.state is not State.CLOSED or case.outcome in (None, Outcome.SETTLED):
        return []
    return [_way(route, case, bought_on, local_date(at)) for route in notices.ROUTES]


def _way(route: str, case: Case, bought_on: date | None, today: date) -> Way:
    if route not in WITHIN_YEARS:
        return Way(route)
    years = load(case.policy).limits["claim_years"]
    filed_on = local_date(case.filed_at) if case.filed_at else None
    days = [_years_later(day, years) if day else None for day in (bought_on, filed_on)]
    safe, latest = (day if day is not None and day >= today else None for day in days)
    return Way(route, safe, latest)


def _years_later(day: date, years: int) -> date:
    """The same day so many years later; the 29th of February becomes the 28th, which is never too late."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def confirmation_days(case: Case) -> int:
    """For so many days both sides may ask a court to confirm their agreement (Civil Procedure Law art 205-206)."""
    return load(case.policy).windows["judicial_confirmation_days"]


def confirmable_until(case: Case, at: datetime) -> datetime | None:
    """Until when both sides may together ask a court to confirm their agreement (Civil Procedure Law art 205-206)."""
    if case.agreement_at is None:
        return None
    until = end_of_day(local_date(case.agreement_at) + timedelta(days=confirmation_days(case)))
    return until if at < until else None


def days_left(until: datetime, at: datetime) -> int:
    """Whole days until the last day of a time, in Shanghai; 0 on the last day itself, negative when it is over."""
    return (local_date(until - timedelta(microseconds=1)) - local_date(at)).days
