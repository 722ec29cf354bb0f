"""The honest record, for everybody: a month over all enterprises, and one enterprise through its months.

Read from what was published, and from nothing else: however many cases there are, the pages cost the same.
"""

from collections.abc import Sequence

from flask import Blueprint, abort, redirect, render_template, request, url_for

from complaints import clock, db
from complaints.db import MOST_ID
from complaints.insight import record, record_lists
from complaints.models import Enterprise, RecordMonth
from complaints.registry import firms
from web import record_words as words
from web.casework import Answer
from web.language import gettext as _

pages = Blueprint("record", __name__, url_prefix="/record")
LONGEST = 60  # of a name that is looked for
LISTED = 60  # editions of one enterprise; older ones are found by their month


@pages.get("")
def show() -> str:
    """A published month: all enterprises together, then those with a rank, or those without."""
    wanted, name = request.args.get("list", "ranked"), request.args.get("q", "").strip()[:LONGEST]
    page = request.args.get("page", 1, type=int)
    if wanted not in record_lists.LISTS or not 0 < page <= record_lists.MOST_PAGES:
        abort(404)
    with db.reading() as session:
        months = record.months(session)
        chosen = request.args.get("month") or (months[0].month if months else None)
        row = next((each for each in months if each.month == chosen), None)
        if row is None and (chosen is not None):
            abort(404)
        found = record_lists.page(session, row.month, wanted, name, page) if row is not None else None
        counts = record_lists.counts(session, row.month) if row is not None else {}
    at = clock.now()
    return render_template(
        "record.html", months=months, row=row, found=found, counts=counts, wanted=wanted, name=name, words=words,
        numbers=record.numbers(at), behind=record.behind(at, months[0].month if months else None), trend=_trend(months),
    )  # fmt: skip


def _trend(months: Sequence[RecordMonth]) -> dict[str, object] | None:
    """The share of proven settlements over the published months, the oldest first."""
    known = [each for each in reversed(months[:24]) if each.overall.get("ended")]
    return _line([(each.month, each.overall) for each in known])


def _line(known: Sequence[tuple[str, words.Figures]]) -> dict[str, object] | None:
    if len(known) < 2:
        return None
    shares = [100 * figures["settled"] / figures["ended"] for _month, figures in known]
    series = {
        "label": _("Proven settlements, per cent"),
        "points": [round(each, 1) for each in shares],
        "texts": [words.percent(each / 100) for each in shares],
    }
    return {"labels": [words.month(name) for name, _figures in known], "series": [series]}


@pages.get(f"/<int(max={MOST_ID}):enterprise_id>")
def enterprise(enterprise_id: int) -> Answer:
    """One enterprise: its newest published figures or those of one month and edition, and its history."""
    month, edition = request.args.get("month"), request.args.get("edition", type=int)
    with db.reading() as session:
        firm = session.get(Enterprise, enterprise_id)
        into = firms.survivor(session, enterprise_id) if firm is None else None
        lines = record.history(session, enterprise_id, limit=LISTED)
        named = record.history(session, enterprise_id, month=month) if month else lines
    if into is not None:
        return redirect(url_for("record.enterprise", enterprise_id=into), 301)
    chosen = [each for each in named if edition in (None, each.edition)]
    if firm is None or ((month or edition) and not chosen):
        abort(404)
    line = chosen[0] if chosen else None
    corrected = line is not None and any(each.month == line.month and each.edition > line.edition for each in named)
    newest = {each.month: each for each in reversed(lines)}
    known = [(name, each.figures) for name, each in sorted(newest.items()) if each.figures["ended"]]
    return render_template(
        "record_enterprise.html", firm=firm, lines=lines, line=line, corrected=corrected, words=words,
        trend=_line(known[-24:]), numbers=record.numbers(clock.now()),
    )  # fmt: skip
