"""How much time is left, in words: working days, for that is what people plan by. Days are those of Asia/Shanghai."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from complaints.clock import local_date
from complaints.words.days import last_day
from complaints.workflow.workdays import Calendar
from web.language import gettext as _

SOON = 2  # working days from which on a deadline is marked
FAR = 120  # days; what lies further off is not counted day by day


@dataclass(frozen=True, slots=True)
class Left:
    """The words, and how pressing it is: late | today | soon | calm."""

    text: str
    pressing: str


def left(calendar: Calendar, due_at: datetime, at: datetime) -> Left:
    """What is left until a deadline at an instant."""
    if at >= due_at:
        return Left(_("time is over"), "late")
    today, end = local_date(at), last_day(due_at)
    if end == today:
        return Left(_("today is the last day"), "today")
    if (end - today).days > FAR:
        return Left(_("%(n)d days left", n=(end - today).days), "calm")
    working = _working(calendar, today, end)
    if working == 0:
        return Left(_("no working day left"), "soon")
    return Left(_("%(n)d working days left", n=working), "soon" if working <= SOON else "calm")


def _working(calendar: Calendar, today: date, end: date) -> int:
    """The working days after today, up to the last day."""
    days = (today + timedelta(days=n) for n in range(1, (end - today).days + 1))
    return sum(calendar.is_working(day) for day in days)
