"""A line of the record in words: each figure with its share, its interval and its definition."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from babel.numbers import format_percent

from complaints.clock import local_date
from complaints.insight.record import started
from complaints.insight.record_figures import KINDS, OBJECTABLE
from complaints.words.days import month_text
from web.labels import N_
from web.language import gettext as _
from web.language import locale
from web.wording import number, say

Figures = Mapping[str, Any]
NAMES = {  # figure -> what it is called, and what exactly it counts
    "ended": (
        N_("Cases ended"),
        N_(
            "Complaints that reached the enterprise and ended within the twelve months. What intake refused, "
            "merged or returned is not counted."
        ),
    ),
    "settled": (
        N_("Proven settlements"),
        N_(
            "Ended settled, and the consumer has confirmed that it was done. Silence is never counted as settled. "
            "The ranking goes by the lower end of this share's interval."
        ),
    ),
    "answers": (
        N_("Answered in time"),
        N_(
            "An offer or a reasoned refusal before the time ran out. No answer counts against the enterprise only "
            "where it is proven that it was told: our letter left, or an officer reached it."
        ),
    ),
    "median_days": (
        N_("Median time to answer"),
        N_(
            "Working days after the day on which the case reached the enterprise; half of the answers came "
            "sooner."
        ),
    ),
    "untold": (
        N_("Not proven to have been told"),
        N_("Answers that did not come where nothing proves that the enterprise was told. They count against nobody."),
    ),
    "mediation": (
        N_("Mediated"),
        N_(
            "Ended cases that came before a mediator of the centre."
        ),
    ),
    "ratings": (
        N_("Rating"),
        N_(
            "Mean of the marks that consumers gave after the end, from 1 (bad) to 5 (good), and how many gave "
            "one."
        ),
    ),
    "kinds": (
        N_("Other ends"),
        N_(
            "How the cases ended that are no proven settlement, each counted apart. Where one count is too "
            "small, none is shown."
        ),
    ),
}  # fmt: skip
WHY = {
    "not_participant": N_("Takes no part: listed, not ranked"),
    "suppressed": N_("Too few cases to show anything"),
    "too_few": N_("Too few cases for a rank"),
    "held_back": N_("Under objection, held back"),
}
REASONS = {
    "objection_rejected": N_("An objection was rejected; the figure is shown as it was taken."),
    "objection_withdrawn": N_("An objection was withdrawn; the figure is shown as it was taken."),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One figure in words. `share` is from 0 to 1 where there is one, `state` is "" | suppressed | held."""

    name: str
    label: str
    value: str
    more: str
    about: str
    share: float | None = None
    low: float = 0.0
    high: float = 1.0
    state: str = ""


def told(figures: Figures) -> list[Told]:
    """The figures of a line, or of all lines together, in the order of the page."""
    rows = [
        _ended(figures),
        _share("settled", figures, figures.get("settled"), figures["ended"], figures.get("interval")),
    ]
    answers = figures.get("answers") or {}
    rows.append(_share("answers", figures, answers.get("in_time"), answers.get("asked"), answers.get("interval")))
    days = answers.get("median_days")
    rows.append(
        _row("median_days", figures, None if days is None else _("%(n)s working days", n=number(days)), of="answers")
    )
    untold = figures.get("untold")
    rows.append(_row("untold", figures, untold and number(untold["not_proven_told"])))
    mediated = figures.get("mediation")
    rows.append(_row("mediation", figures, mediated and number(mediated["mediated"])))
    rating = figures.get("ratings")
    text = rating and _("%(mean)s of 5, from %(n)s answers", mean=number(rating["mean"]), n=number(rating["count"]))
    return [*rows, _row("ratings", figures, text)]


def kinds(figures: Figures) -> list[dict[str, Any]]:
    """The other ends as rows of a chart; none where they are not shown."""
    found = figures.get("kinds")
    if not found:
        return []
    return [{"label": say(f"outcome.{name}"), "value": found[name], "text": number(found[name])} for name in KINDS]


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure in two editions."""

    label: str
    before: str
    after: str

    @property
    def changed(self) -> bool:
        """Whether they differ."""
        return self.before != self.after


def compared(before: Figures, after: Figures) -> list[Compared]:
    """The figures of a line in two editions, side by side."""
    pairs = zip(told(before), told(after), strict=True)
    rows = [Compared(old.label, _whole(old), _whole(new)) for old, new in pairs]
    return [*rows, Compared(figure("kinds"), _kinds(before), _kinds(after))]


def _whole(figure: Told) -> str:
    return " · ".join(filter(None, (figure.value, figure.more)))


def _kinds(figures: Figures) -> str:
    found = [_("%(kind)s: %(n)s", kind=each["label"], n=each["text"]) for each in kinds(figures) if each["value"]]
    return " · ".join(found) or _row("kinds", figures, None).value


def _ended(figures: Figures) -> Told:
    return _row("ended", figures, None if figures["ended"] is None else number(figures["ended"]))


def _row(name: str, figures: Figures, value: str | None, of: str = "") -> Told:
    label, about = NAMES[name]
    held = (of or name) in figures.get("held", ())
    text = value or (_("Under objection, held back") if held else _("Too few to be shown"))
    return Told(name, _(label), text, "", _(about), state="" if value else "held" if held else "suppressed")


def _share(name: str, figures: Figures, hits: int | None, of: int | None, interval: list[float] | None) -> Told:
    if hits is None or not of or interval is None:
        return _row(name, figures, None)
    label, about = NAMES[name]
    low, high = interval
    ends = {"low": percent(low), "high": percent(high)}
    more = _("%(hits)s of %(of)s; 95 %% interval %(low)s to %(high)s", hits=number(hits), of=number(of), **ends)
    return Told(name, _(label), percent(hits / of), more, _(about), hits / of, low, high)


def figure(name: str) -> str:
    """What a figure is called."""
    return _(NAMES[name][0])


def objectable() -> list[tuple[str, str]]:
    """The figures to which an enterprise may object, with their names."""
    return [(name, figure(name)) for name in OBJECTABLE]


def why(word: str) -> str:
    """Why an enterprise has no rank."""
    return _(WHY[word]) if word in WHY else ""


def reason(text: str) -> str:
    """Why there is another edition: one of our own words, or what a supervisor wrote."""
    return _(REASONS[text]) if text in REASONS else text


def month(name: str) -> str:
    """A month in words."""
    return month_text(locale(), local_date(started(name)))


def percent(share: float) -> str:
    """A share without decimals."""
    return format_percent(share, "#,##0%", locale=locale())
