"""Why this date: a deadline's own explanation (law 8), in words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from complaints.words.days import short_day
from complaints.workflow.deadlines import Deadline, read
from web.labels import N_
from web.language import gettext as _
from web.language import locale, speaking
from web.wording import day, say

ARTICLES = {
    "charter": N_("the centre's charter"),
    "pledge": N_("the enterprise's pledge"),
    "benchmark": N_("the shorter period of benchmark enterprises"),
    "campaign": N_("the days of the campaign"),
    "Order 121 art ": N_("SAMR Order 121, article %(n)s"),
    "rules on infringing consumer rights art ": N_("rules on penalties for infringing consumer rights, article %(n)s"),
}
HOLIDAYS = {
    "元旦": N_("New Year's Day"),
    "春节": N_("Spring Festival"),
    "农历除夕": N_("Spring Festival eve"),
    "清明节": N_("Tomb-Sweeping Day"),
    "劳动节": N_("Labour Day"),
    "端午节": N_("Dragon Boat Festival"),
    "中秋节": N_("Mid-Autumn Festival"),
    "国庆节": N_("National Day"),
    "休息日": N_("rest day moved by the State Council"),
    "法定节假日": N_("statutory holiday"),
    "调休放假": N_("make-up rest day"),
    "调休上班": N_("made a working day"),
}
MOVES = {
    "outage": N_("our service was down on the last working day"),
    "told_late": N_("the notice arrived later than the day it was written"),
    "calendar": N_("the public holidays of a year were published"),
    "campaign": N_("the days of the campaign were changed"),
    "extend": N_("the enterprise took more time, and told the reason"),
}


@dataclass(frozen=True, slots=True)
class Skip:
    """Days that were passed over, and why."""

    days: str
    why: str


@dataclass(frozen=True, slots=True)
class Reasons:
    """A deadline explained: sentences in order, days passed over, every move, and a warning if it may still move."""

    steps: list[str]
    skipped: list[Skip]
    moves: list[str]
    provisional: str | None


def explain(explanation: dict[str, Any]) -> Reasons:
    """The words for an explanation kept with a clock."""
    deadline = read(explanation)
    skipped = [
        Skip(span(date.fromisoformat(each["first"]), date.fromisoformat(each["last"])), why(each["why"]))
        for each in explanation["skipped"]
    ]
    warning = _(
        "This date is provisional: the public holidays of a year it reaches into are not published yet. When they "
        "are, it is counted again and you are told if it changes."
    )
    return Reasons(list(_steps(deadline)), skipped, list(_moves(deadline)), warning if deadline.provisional else None)


def sentences(explanation: dict[str, Any], language: str) -> list[str]:
    """The same for a program, as plain sentences in a language of its choice."""
    with speaking(language):
        reasons = explain(explanation)
        skipped = [f"{skip.days}: {skip.why}" for skip in reasons.skipped]
        return [*reasons.steps, *skipped, *reasons.moves, *([reasons.provisional] if reasons.provisional else [])]


def _steps(deadline: Deadline) -> Iterator[str]:
    basis = deadline.basis
    yield _("Rule: %(rule)s (%(article)s).", rule=_rule(deadline), article=article(basis.article))
    if basis.rule != "fact":
        yield _("Start: %(day)s. This day does not count; counting starts the day after.", day=day(basis.start))
    if basis.extra:
        yield _("Extension: %(n)d working days more.", n=basis.extra)
    for each in basis.excluded:
        yield _(
            "Not counted: the days after %(first)s up to %(last)s (%(why)s).",
            first=day(each.after),
            last=day(each.through),
            why=say(f"state.{each.why}"),
        )
    if basis.floor is not None:
        yield _("Never before %(day)s, because of the move named below.", day=day(basis.floor))
    if basis.rule == "days":
        yield _reading(basis.reading)
    yield _("Last day: %(day)s, until 24:00 (Asia/Shanghai).", day=day(deadline.day))


def _rule(deadline: Deadline) -> str:
    basis = deadline.basis
    if basis.rule == "working_days":
        return _("%(n)d working days", n=basis.n)
    if basis.rule == "days":
        return _("%(n)d days", n=basis.n)
    return _("the date that was agreed: %(day)s", day=day(basis.fact or basis.start))


def _reading(reading: str) -> str:
    if reading == "broad":
        return _("A period that would end on a rest day ends on the first working day after it (article 45).")
    return _("A period that would end on a statutory holiday ends on the first day after it (article 45).")


def _moves(deadline: Deadline) -> Iterator[str]:
    for each in deadline.basis.moves:
        moved = {name: day(date.fromisoformat(each[name])) for name in ("on", "from", "to")}
        known = MOVES.get(each["why"])
        reason = _(known) if known else str(each["why"])
        yield _(
            "On %(on)s moved from %(old)s to %(new)s: %(why)s.",
            on=moved["on"],
            old=moved["from"],
            new=moved["to"],
            why=reason,
        )


def why(code: str) -> str:
    """Why days were passed over."""
    kind, _colon, name = code.partition(":")
    if kind == "weekend":
        return _("weekend")
    if kind == "excluded":
        return _("does not count: %(state)s", state=say(f"state.{name}"))
    if kind == "statutory":
        return _("public holiday: %(name)s", name=holiday(name))
    return _("rest day: %(name)s", name=holiday(name))


def holiday(name: str) -> str:
    """A holiday's name: as the calendar writes it in Chinese, and what it is called in English."""
    if locale() == "zh":
        return name
    known = [_(english) for chinese, english in HOLIDAYS.items() if chinese in name]
    return ", ".join(known) or name


def article(text: str) -> str:
    """Where a rule stands, in this page's language."""
    return say("letter.separator").join(_article(part) for part in text.split("; "))


def _article(part: str) -> str:
    for prefix, said in ARTICLES.items():
        numbered = re.fullmatch(re.escape(prefix) + r"([\d()]*)", part)
        if numbered:
            return _(said, n=numbered[1]) if numbered[1] else _(said)
    return part


def span(first: date, last: date) -> str:
    """A day, or the first and last of several, with their weekdays."""
    return " – ".join(short_day(locale(), each) for each in dict.fromkeys((first, last)))
