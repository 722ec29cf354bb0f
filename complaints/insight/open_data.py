"""Open data: one row for each case of an enterprise that ended, by the month in which it ended.

A month's rows are open once the record of that month is published. COLUMNS is the table that writes the files and the
dictionary alike. So that nobody is recognised, a value is left out where fewer than `least_shown` rows of the month
share it: the enterprise where fewer rows share enterprise and outcome; product, category, fault and month of filing
where fewer share them together with the enterprise that is shown. How long an answer took is told in steps only. Rows
stand in no order that says which case came first. Withdrawn stories are missing at once: files are written anew for
each reader, a page of cases at a time, and no transaction stays open while somebody reads slowly.
"""

import codecs
import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from complaints import db, words
from complaints.clock import local_date
from complaints.insight import narratives
from complaints.insight import record_counting as counting
from complaints.insight.export import DANGEROUS
from complaints.insight.record_counting import Ended
from complaints.insight.record_figures import COUNTED
from complaints.models import Complaint, Enterprise, RecordExclusion, RecordMonth
from complaints.workflow.case import State

LICENCE = "CC BY 4.0"
STEPS = (2, 5, 10)  # working days to answer
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
            found = _page(session, month, last)
            if not found:
                return
            told = sorted(_told(session, month, found, shares, least), key=lambda each: str(each["id"]))
        last = found[-1].id
        yield from told


def page(session: Session, month: str, least: int, number: int) -> tuple[list[Row], bool]:
    """A page of rows, and whether there is another. By number: what it begins behind is nobody's to know."""
    before = select(Complaint.id).where(*_mine(month)).order_by(Complaint.id).offset((number - 1) * PIECE - 1).limit(1)
    after = (session.scalar(before) or 2**62) if number > 1 else 0
    found = _page(session, month, after)
    told = _told(session, month, found, _shares(session, month, least), least)
    return sorted(told, key=lambda each: str(each["id"])), len(found) == PIECE


def _mine(month: str) -> tuple[Any, ...]:
    return (
        Complaint.enterprise_told, Complaint.state == State.CLOSED.value, Complaint.outcome.in_(COUNTED),
        Complaint.enterprise_id.is_not(None), Complaint.closed_at > counting.until(counting.moved(month, -1)),
        Complaint.closed_at <= counting.until(month),
        Complaint.id.not_in(select(RecordExclusion.complaint_id)),
    )  # fmt: skip


def _page(session: Session, month: str, after: int) -> list[Complaint]:
    query = select(Complaint).where(*_mine(month), Complaint.id > after).order_by(Complaint.id).limit(PIECE)
    return list(session.scalars(query))


@dataclass(frozen=True, slots=True)
class _Shares:
    """How many rows of a month share what."""

    outcomes: Mapping[tuple[Any, ...], int]
    fields: Mapping[tuple[Any, ...], int]


def _shares(session: Session, month: str, least: int) -> _Shares:
    columns = (Complaint.enterprise_id, Complaint.outcome, Complaint.product, Complaint.category, Complaint.fault)
    outcomes: Counter[tuple[Any, ...]] = Counter()
    groups = session.execute(select(*columns, func.count()).where(*_mine(month)).group_by(*columns)).all()
    for firm, outcome, *_rest, count in groups:
        outcomes[firm, outcome] += count
    fields: Counter[tuple[Any, ...]] = Counter()
    for firm, outcome, product, category, fault, count in groups:
        shown = firm if outcomes[firm, outcome] >= least else None
        for key in _keys(shown, outcome or "", product, category, fault):
            fields[key] += count
    return _Shares(outcomes, fields)


def _keys(firm: int | None, outcome: str, product: str, category: str, fault: str) -> list[tuple[Any, ...]]:
    """What must be shared: with the outcome, for that stands in every row."""
    return [("product", firm, outcome, product), ("category", firm, outcome, category),
            ("fault", firm, outcome, product, fault)]  # fmt: skip


def _told(session: Session, month: str, found: list[Complaint], shares: _Shares, least: int) -> Iterator[Row]:
    firms = select(Enterprise.id, Enterprise.name).where(Enterprise.id.in_({each.enterprise_id for each in found}))
    names = {row.id: row.name for row in session.execute(firms)}
    stories = narratives.published(session, [each.id for each in found])
    answered = counting.of_cases(session, [each.id for each in found])
    filed = Counter(f"{local_date(each.filed_at):%Y-%m}" for each in found)
    for each in found:
        firm = each.enterprise_id if shares.outcomes[each.enterprise_id, each.outcome] >= least else None
        product, category, fault = (
            value if shares.fields[key] >= least else ""
            for value, key in zip(
                (each.product, each.category, each.fault),
                _keys(firm, each.outcome or "", each.product, each.category, each.fault),
                strict=True,
            )
        )
        when = f"{local_date(each.filed_at):%Y-%m}"
        yield {
            "id": narratives.public_id(each.id), "month_filed": when if filed[when] >= least else "",
            "month_ended": month, "enterprise": names.get(firm, "") if firm else "", "product": product,
            "category": category, "fault": fault if product else "", "outcome": each.outcome,
            **_answer(answered[each.id]), "narrative": stories.get(each.id, ""),
        }  # fmt: skip


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
