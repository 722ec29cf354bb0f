"""Open data: one row for each case of an enterprise that ended, by the month in which it ended.

A month's rows are open once the record of that month is published. COLUMNS is the table that writes the files and the
dictionary alike. So that nobody is recognised, what is shown of a row of enterprise, category, product, fault and month
of filing is shown, all together, by at least `least_shown` rows of the month that ended alike; a row that shares too
little tells only how it ended and was answered (`open_data_shares`). How long an answer took is told in steps only.
Rows stand in no order that says which case came first. Withdrawn stories are missing at once: files are written anew
for each reader, a page of cases at a time, and no transaction stays open while somebody reads slowly.
"""

import codecs
import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from complaints import db, words
from complaints.insight import narratives, open_data_shares
from complaints.insight import record_counting as counting
from complaints.insight.export import DANGEROUS
from complaints.insight.open_data_shares import Shared, Told
from complaints.insight.record_counting import Ended
from complaints.insight.record_figures import COUNTED
from complaints.models import Complaint, Enterprise, RecordExclusion, RecordMonth
from complaints.workflow.case import State

LICENCE = "CC BY 4.0"
STEPS = (2, 5, 10)  # working days to answer
OLDEST = 24  # months; what was filed earlier is told without its month
PIECE = 500
Row = dict[str, Any]


COLUMNS = {  # name -> type; what each means stands in the words, under open_data
    "id": "text",
    "month_filed": "month",
    "month_ended": "month",
    "enterprise": "text",
    "product": "text",
    "category": "text",
    "fault": "text",
    "outcome": "word",
    "in_time": "yes/no",
    "answer_days": "step",
    "mediated": "yes/no",
    "narrative": "text",
}


def dictionary(month: str | None, behind: int | None, least: int) -> dict[str, Any]:
    """The data dictionary, with licence and staleness."""
    return {
        "licence": LICENCE,
        "as_of": month,
        "months_behind": behind,
        "stale": behind is None or behind > 2,
        "least_rows_sharing_a_value": least,
        "columns": [
            {"name": name, "type": kind} | {each: words.say(each, f"open_data.{name}") for each in words.LOCALES}
            for name, kind in COLUMNS.items()
        ],
    }


def months(session: Session) -> list[str]:
    """The months whose rows are open, the newest first."""
    open_now = RecordMonth.published_at.is_not(None)
    return list(session.scalars(select(RecordMonth.month).where(open_now).order_by(RecordMonth.month.desc())))


def rows(month: str, least: int) -> Iterator[Row]:
    """All rows of an open month, a page of cases at a time."""
    with db.reading() as session:
        shares = _shares(session, month, least)
    last = 0
    while True:
        with db.reading() as session:
            found = _page(session, month, last, PIECE)
            if not found:
                return
            told = _rows(session, month, found, shares)
        last = found[-1][0].id
        yield from told


def page(session: Session, month: str, least: int, number: int) -> tuple[list[Row], bool]:
    """A page of rows, and whether there is another. By number: what it begins behind is nobody's to know."""
    before = select(Complaint.id).where(*_mine(month)).order_by(Complaint.id).offset((number - 1) * PIECE - 1).limit(1)
    after = (session.scalar(before) or 2**62) if number > 1 else 0
    found = _page(session, month, after, PIECE + 1)
    return _rows(session, month, found[:PIECE], _shares(session, month, least)), len(found) > PIECE


def _mine(month: str) -> tuple[Any, ...]:
    return (
        Complaint.enterprise_told, Complaint.state == State.CLOSED.value, Complaint.outcome.in_(COUNTED),
        Complaint.enterprise_id.is_not(None), Complaint.closed_at > counting.until(counting.moved(month, -1)),
        Complaint.closed_at <= counting.until(month),
        Complaint.id.not_in(select(RecordExclusion.complaint_id)),
    )  # fmt: skip


def _filed(month: str) -> ColumnElement[str]:
    """The month of filing, as the database tells it; of cases that took long, none."""
    months = [counting.moved(month, -back) for back in range(OLDEST, -1, -1)]
    before = (Complaint.filed_at < counting.until(counting.moved(month, -OLDEST - 1)), "")
    return case(before, *((Complaint.filed_at < counting.until(each), each) for each in months), else_="")


def _told(month: str) -> tuple[ColumnElement[Any], ...]:
    """The columns of `Told`."""
    names = (Complaint.outcome, Complaint.enterprise_id, Complaint.category, Complaint.product, Complaint.fault)
    return (*(each.expression for each in names), _filed(month).label("month_filed"))


def _shares(session: Session, month: str, least: int) -> Shared:
    alike = select(*_told(month)).where(*_mine(month)).subquery()
    query = select(*alike.c, func.count()).group_by(*alike.c).order_by(alike.c.enterprise_id)
    groups = session.execute(query.execution_options(yield_per=5000))
    return open_data_shares.shared(((Told(*told), count) for *told, count in groups), least)


def _page(session: Session, month: str, after: int, many: int) -> list[tuple[Complaint, Told]]:
    query = select(Complaint, *_told(month)).where(*_mine(month), Complaint.id > after)
    return [(each, Told(*told)) for each, *told in session.execute(query.order_by(Complaint.id).limit(many))]


def _rows(session: Session, month: str, found: list[tuple[Complaint, Told]], shares: Shared) -> list[Row]:
    """The rows of a page of cases, in an order that says nothing."""
    ids = [each.id for each, _told in found]
    stories, answered = narratives.published(session, ids), counting.of_cases(session, ids)
    shown = {each.id: open_data_shares.shown(told, shares) for each, told in found}
    firms = {each.enterprise for each in shown.values()}
    named = session.execute(select(Enterprise.id, Enterprise.name).where(Enterprise.id.in_(firms - {None})))
    names: dict[int | None, str] = {row.id: row.name for row in named}
    rows = [
        {
            "id": narratives.public_id(each), "month_filed": told.month_filed, "month_ended": month,
            "enterprise": names.get(told.enterprise, ""), "product": told.product, "category": told.category,
            "fault": told.fault, "outcome": told.outcome, **_answer(answered[each]), "narrative": stories.get(each, ""),
        }
        for each, told in shown.items()
    ]  # fmt: skip
    return sorted(rows, key=lambda each: str(each["id"]))


def _answer(one: Ended) -> Row:
    due = one.in_time + one.unanswered
    return {
        "in_time": one.unanswered == 0 if due else None,
        "answer_days": _step(one.days[0]) if one.days else "",
        "mediated": one.mediated,
    }


def _step(days: int) -> str:
    low = 0
    for high in STEPS:
        if days <= high:
            return f"{low}-{high}"
        low = high + 1
    return "more"


def as_csv(month: str, least: int) -> Iterator[bytes]:
    """The rows as CSV, in UTF-8 with its mark, so that spreadsheets read Chinese; nothing begins like a formula."""
    names = list(COLUMNS)
    yield codecs.BOM_UTF8 + _line(names)
    for row in rows(month, least):
        yield _line([_cell(row[name]) for name in names])


def as_lines(month: str, least: int) -> Iterator[bytes]:
    """The rows as JSON Lines."""
    for row in rows(month, least):
        yield json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


KINDS: dict[str, tuple[str, Callable[[str, int], Iterator[bytes]]]] = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "jsonl": ("application/jsonl; charset=utf-8", as_lines),
}


def _line(cells: list[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue().encode()


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(DANGEROUS) else text
