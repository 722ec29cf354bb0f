"""Open data: one row for each case of an enterprise that ended, by the month in which it ended.

A month's rows are open once the record of that month is published, as they were written down then
(`open_data_rows`): however cases go on, a published month stays what it was. Only stories are read where they stand, so
that what is withdrawn is missing at once. COLUMNS is the table that writes the files and the dictionary alike.
Files are written anew for each reader, a page of rows at a time, and no transaction stays open while somebody reads
slowly.
"""

import codecs
import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from complaints import db, words
from complaints.insight import record
from complaints.insight.export import DANGEROUS
from complaints.models import OpenDataEdition, OpenDataRow, PublishedNarrative, RecordMonth

LICENCE = "CC BY 4.0"
PIECE = 500
CORRECTION = ("month", "edition", "enterprise_id", "reason", "made_at")
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


def dictionary(session: Session, at: datetime) -> dict[str, Any]:
    """The data dictionary: licence, staleness, columns, months, and where a month was corrected since."""
    open_now = months(session)
    newest = open_now[0] if open_now else None
    behind = record.behind(at, newest)
    return {
        "licence": LICENCE,
        "as_of": newest,
        "months_behind": behind,
        "stale": behind is None or behind > 2,
        "least_rows_sharing_a_value": record.numbers(at)["least_shown"],
        "columns": [
            {"name": name, "type": kind} | {each: words.say(each, f"open_data.{name}") for each in words.LOCALES}
            for name, kind in COLUMNS.items()
        ],
        "months": open_now,
        "corrections": [{name: getattr(each, name) for name in CORRECTION} for each in corrections(session)],
    }


def months(session: Session) -> list[str]:
    """The months whose rows are open, the newest first."""
    open_now = RecordMonth.opened_at.is_not(None)
    return list(session.scalars(select(RecordMonth.month).where(open_now).order_by(RecordMonth.month.desc())))


def corrections(session: Session) -> Sequence[OpenDataEdition]:
    """Where rows of a month were written anew, the newest month and edition first."""
    newest = (OpenDataEdition.month.desc(), OpenDataEdition.edition.desc())
    return session.scalars(select(OpenDataEdition).order_by(*newest)).all()


def rows(month: str) -> Iterator[Row]:
    """All rows of an open month, a page at a time."""
    last = ""
    while True:
        with db.reading() as session:
            found = _read(session, _of(month).where(OpenDataRow.id > last).limit(PIECE))
        yield from found
        if len(found) < PIECE:
            return
        last = str(found[-1]["id"])


def page(session: Session, month: str, number: int) -> tuple[list[Row], bool]:
    """A page of rows, and whether there is another."""
    found = _read(session, _of(month).offset((number - 1) * PIECE).limit(PIECE + 1))
    return found[:PIECE], len(found) > PIECE


def _of(month: str) -> Select[Any]:
    """A month's rows, by their random names, each with its story where that is published at this moment."""
    mine = (PublishedNarrative.complaint_id == OpenDataRow.complaint_id, PublishedNarrative.published)
    story = func.coalesce(PublishedNarrative.scrubbed, "").label("narrative")
    shown = [getattr(OpenDataRow, name) for name in COLUMNS if name not in ("month_ended", "narrative")]
    query = select(OpenDataRow.month.label("month_ended"), *shown, story)
    return query.outerjoin(PublishedNarrative, and_(*mine)).where(OpenDataRow.month == month).order_by(OpenDataRow.id)


def _read(session: Session, query: Select[Any]) -> list[Row]:
    return [{name: getattr(row, name) for name in COLUMNS} for row in session.execute(query)]


def as_csv(month: str) -> Iterator[bytes]:
    """The rows as CSV, in UTF-8 with its mark, so that spreadsheets read Chinese; nothing begins like a formula."""
    names = list(COLUMNS)
    yield codecs.BOM_UTF8 + _line(names)
    for row in rows(month):
        yield _line([_cell(row[name]) for name in names])


def as_lines(month: str) -> Iterator[bytes]:
    """The rows as JSON Lines."""
    for row in rows(month):
        yield json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


KINDS: dict[str, tuple[str, Callable[[str], Iterator[bytes]]]] = {
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
