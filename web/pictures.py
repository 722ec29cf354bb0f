"""The supervisor's figures in the shape that the charts of `_charts.html` draw, with their words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from complaints.insight.centre import URGENCIES
from complaints.models import Account
from complaints.words.days import near_day, short_month
from complaints.workflow.case import State
from web.language import gettext as _
from web.language import locale
from web.wording import say

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Load:
    """One mediator's bar."""

    id: int
    label: str
    parts: tuple[int, ...]
    active: bool

    @property
    def total(self) -> int:
        """All open cases."""
        return sum(self.parts)


def load_rows(content: Mapping[str, Any], people: Sequence[Account]) -> list[Load]:
    """Each mediator's open cases by urgency, the most loaded first."""
    counts = content["mediators"]
    rows = [
        Load(
            each.id,
            each.name if each.active else _("%(name)s (account closed)", name=each.name),
            tuple(counts.get(str(each.id), {}).get(word, 0) for word in URGENCIES),
            each.active,
        )
        for each in people
    ]
    return sorted(rows, key=lambda row: (-row.total, row.id))


def risk_rows(content: Mapping[str, Any]) -> list[Row]:
    """One bar for what is past and one for each of the next seven days; parts: the centre's, the parties'."""
    today = date.fromisoformat(content["today"])
    labels = [_("past"), *(_day(today + timedelta(days=n)) for n in range(7))]
    pairs = zip(content["centre"], content["parties"], strict=True)
    return [{"label": label, "parts": list(parts)} for label, parts in zip(labels, pairs, strict=True)]


def lapse_lines(content: Mapping[str, Any]) -> dict[str, Any]:
    """Lines of the last twelve months: the centre's clocks that ran out, by role; and the sums that say the trend."""
    months = [date.fromisoformat(each) for each in content["months"]]
    roles = content["roles"]
    totals = [sum(points[n] for points in roles.values()) for n in range(len(months))]
    return {
        "labels": [_month(each) for each in months],
        "series": [{"label": say(f"role.{role}"), "points": points} for role, points in roles.items()],
        "this": totals[-1],
        "last": totals[-2],
        "year": sum(totals),
    }


def stay_rows(content: Mapping[str, Any], states: Sequence[State]) -> list[Row]:
    """One bar for each state in the order of the lifecycle: the median in days, and within which nine in ten end."""
    found = content["states"]
    return [_stay(state.value, found[state.value]) for state in states if state.value in found]


def _stay(state: str, spread: Mapping[str, float]) -> Row:
    most = spread["nine_tenths"]
    told = {"text": _in_days(spread["median"]), "peer_text": _in_days(most)}
    return {"label": say(f"state.{state}"), "value": spread["median"], "peer": most} | told


def _in_days(value: float) -> str:
    return _("%(days)s days", days=_days(value))


def _days(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _day(day: date) -> str:
    return near_day(locale(), day)


def _month(month: date) -> str:
    return short_month(locale(), month)
