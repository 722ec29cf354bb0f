"""What a manager looks at: how the enterprise answers, beside its peers; and its cases as a file."""

import tempfile
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from babel.numbers import format_percent
from flask import Blueprint, Response, abort, render_template, request

from complaints import clock, db, words
from complaints.api.limits import FILES, limiter
from complaints.errors import BadInput
from complaints.insight import export, firms
from complaints.workflow.case import Outcome, State
from web import spans
from web.forms import Problem, problems
from web.labels import N_
from web.language import gettext as _
from web.language import locale
from web.record_words import month
from web.sessions import me, only_managers
from web.wording import listed, number, say, whole

pages = Blueprint("figures", __name__, url_prefix="/portal/figures")
STATES = [state.value for state in State if state is not State.NEW]
PERIODS = {30: N_("The last 30 days"), 90: N_("The last 90 days"), 365: N_("The last 12 months")}
SPANS = {"overdue": N_("Passed"), "today": N_("Today"), "soon": N_("In the next three days"), "later": N_("Later")}
SPAN_COLOURS = {"overdue": "c4", "today": "c3", "soon": "c1", "later": "c5"}
HEADS = {
    "number": N_("Case"), "state": N_("State"), "outcome": N_("Outcome"), "product": N_("Product or service"),
    "category": N_("Kind of goods"), "fault": N_("Fault"), "batch": N_("Batch number"), "amount": N_("Amount in yuan"),
    "filed": N_("Filed"), "last_day": N_("Last day"), "closed": N_("Closed"), "rating": N_("Rating"),
}  # fmt: skip
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
PIECE = 65_536  # bytes
BOXES = {"from": N_("From"), "to": N_("Until"), "since": N_("Filed from"), "until": N_("Filed until")}
Answer = str | Response | tuple[str, int]


@pages.get("")
@only_managers
def show() -> Answer:
    """The figures of a ready period, or of days of one's own."""
    try:
        return _page(own=spans.whole(request.args, "from", "to"))
    except BadInput as error:
        return _page(error), 422


def _page(error: BadInput | None = None, own: tuple[date, date] | None = None) -> str:
    days = request.args.get("days", 90, type=int)
    if days not in PERIODS:
        abort(404)
    firm, wrong = me().enterprise_id or 0, _problems(error)
    with db.reading() as session:
        told, counted_at = firms.kept(session, firm, days)
        counted = firms.between(session, firm, *own) if own is not None else None
        waiting = firms.open_by_deadline(session, firm, clock.now())
    if own is not None and counted is None:
        wrong.append(Problem("from", _("Too many cases for days of your own. Take the file below instead.")))
    if counted is not None:
        told, counted_at = counted, clock.now()
    pictures = {
        "waiting": _waiting(waiting),
        "outcomes": _outcomes(told),
        "named": {name: _named(told[name]) for name in ("products", "faults")},
        "months": _months(told),
    }
    limits = {"least_peers": firms.LEAST_PEERS, "least_cases": firms.LEAST_CASES, "open_count": sum(waiting.values())}
    return render_template(
        "figures.html", told=told, counted_at=counted_at, days=days, percent=_percent, number=_number, states=STATES,
        periods={n: _(text) for n, text in PERIODS.items()}, own=own if counted is not None else None,
        problems=wrong, typed=request.args, **pictures, **limits,
    )  # fmt: skip


def _problems(error: BadInput | None) -> list[Problem]:
    return problems(error, {name: _(text) for name, text in BOXES.items()}) if error else []


def _waiting(counts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {
            "label": _(SPANS[name]),
            "value": n,
            "text": whole(n) + ("+" if n >= firms.MOST_COUNTED else ""),
            "colour": SPAN_COLOURS[name],
        }
        for name, n in counts.items()
    ]


def _outcomes(told: dict[str, Any]) -> list[dict[str, Any]]:
    """In the order of the table of outcomes, each apart; what was settled and confirmed stands out."""
    ends = sum(told["outcomes"].values())
    found = [(outcome.value, told["outcomes"].get(outcome.value, 0)) for outcome in Outcome]
    return [
        {
            "label": say(f"outcome.{name}"),
            "value": n,
            "text": f"{whole(n)} ({_percent(n / ends)})",
            "colour": "c2" if name == Outcome.SETTLED.value else "c1",
        }
        for name, n in found
        if n
    ]


def _named(counted: list[Any]) -> list[dict[str, Any]]:
    return [{"label": listed(name), "value": n, "text": whole(n)} for name, n in counted]


def _months(told: dict[str, Any]) -> dict[str, Any]:
    """The share answered in time, month by month; a month in which nothing was due has none."""
    names = _without_gaps(sorted(told["months"]))
    due = [told["months"].get(name, (0, 0)) for name in names]
    shares = [in_time / (in_time + silent) if in_time + silent else None for in_time, silent in due]
    series = {
        "label": _("Answered in time, per cent"),
        "points": [None if each is None else round(100 * each, 1) for each in shares],
        "texts": [_percent(each) for each in shares],
    }
    return {"labels": [month(name) for name in names], "series": [series]}


def _without_gaps(names: Sequence[str]) -> list[str]:
    """The months from the first to the last, those that are missing too."""
    if not names:
        return []
    first, last = (int(name[:4]) * 12 + int(name[5:]) - 1 for name in (names[0], names[-1]))
    return [f"{n // 12:04}-{n % 12 + 1:02}" for n in range(first, last + 1)]


def _percent(share: float | None) -> str:
    return "–" if share is None else format_percent(share, "#,##0%", locale=locale())


def _number(value: float | None) -> str:
    return "–" if value is None else number(value)


@pages.get("/export")
@only_managers
@limiter.limit(FILES)
def download() -> Answer:
    """The enterprise's cases as a file: CSV or XLSX, in one state or all, filed in a span of days or ever."""
    kind, state = request.args.get("kind", "csv"), request.args.get("state") or None
    if kind not in KINDS or (state is not None and state not in STATES):
        abort(404)
    try:
        span = spans.read(request.args, "since", "until")
    except BadInput as error:
        return _page(error), 422
    chosen = export.Chosen(me().enterprise_id or 0, state, span.first, span.last)
    said = _words()
    pieces = _csv(chosen, said) if kind == "csv" else _workbook(chosen, said)
    answer = Response(pieces, mimetype=KINDS[kind])
    answer.headers["Content-Disposition"] = f"attachment; filename=complaints-{clock.local_date(clock.now())}.{kind}"
    return answer


def _words() -> dict[str, dict[str, str]]:
    """Every word that the file can need, in this page's language: it is written after the page is forgotten."""
    states = {state: say(f"state.{state}") for state in STATES}
    chosen = dict(words.lists(locale()))
    return {
        "category": chosen,
        "fault": chosen,
        "state": states,
        "outcome": {outcome.value: say(f"outcome.{outcome.value}") for outcome in Outcome},
        "heads": {name: _(text) for name, text in HEADS.items()},
    }


def _csv(chosen: export.Chosen, said: dict[str, dict[str, str]]) -> Iterator[bytes]:
    heads = [said["heads"][name] for name in export.COLUMNS]
    return export.as_csv(chosen, clock.now(), heads, lambda name, word: said[name].get(word, word))


def _workbook(chosen: export.Chosen, said: dict[str, dict[str, str]]) -> Iterator[bytes]:
    """A workbook has to be whole before its first byte can leave: it waits in a file that nobody else sees."""
    heads = [said["heads"][name] for name in export.COLUMNS]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases.xlsx"
        export.as_workbook(chosen, clock.now(), heads, lambda name, word: said[name].get(word, word), path)
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece
