"""A month's tracking report of a benchmark enterprise as PDF: what its page says."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from complaints.clock import SHANGHAI
from complaints.documents.paper import Paper
from complaints.insight.tracking import FIGURES
from complaints.words import listed, say
from complaints.words.days import moment_text

SHARES = ("on_time", "settled_share", "kept_share")


def lines(figures: Mapping[str, Any], language: str) -> list[tuple[str, str, str]]:
    """Each figure in words: its name, the month's value, that of the month before."""
    before = figures["before"]
    return [(say(language, f"tracking.{name}"), value(name, figures), value(name, before)) for name in FIGURES]


def value(name: str, figures: Mapping[str, Any]) -> str:
    """A figure as it is written; a dash where there was nothing to count."""
    found = figures[name]
    if found is None:
        return "–"
    return f"{100 * found:.0f}%" if name in SHARES else f"{found:g}"


def pdf(enterprise: str, month: str, figures: Mapping[str, Any], made_at: datetime, language: str) -> bytes:
    """The report on paper."""
    title = say(language, "tracking.title", month=month)
    paper = Paper(title, made_at, foot=say(language, "tracking.foot", zone=SHANGHAI.key), language=language)
    paper.title_line(title)
    paper.facts(
        [
            (say(language, "tracking.enterprise"), enterprise),
            (say(language, "tracking.made"), moment_text(language, made_at)),
        ]
    )
    head = [say(language, f"tracking.{each}") for each in ("figure", "month", "before")]
    paper.rows(head, lines(figures, language), widths=(90, 40, 40))
    paper.heading(say(language, "tracking.repeated"))
    repeated = [(listed(language, fault), str(n)) for fault, n in figures["repeated"]]
    if repeated:
        paper.rows([say(language, "tracking.fault"), say(language, "tracking.complaints")], repeated, widths=(120, 50))
    else:
        paper.paragraph(say(language, "tracking.none"))
    paper.heading(say(language, "tracking.defined"))
    paper.small(say(language, "tracking.definitions"))
    return paper.content()
