"""An enterprise's cases as a file: CSV, written while it is read, or a workbook. No personal data stand in either.

However many cases there are, one page of them is in memory at a time, and no transaction stays open while somebody
downloads slowly. A case that moves meanwhile stands where it was met first.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from complaints import db
from complaints.clock import local_date
from complaints.models import Complaint
from complaints.workflow import lists
from complaints.workflow.case import State

COLUMNS = (
    "number", "state", "outcome", "product", "category", "fault", "batch", "amount", "filed", "last_day", "closed",
    "rating",
)  # fmt: skip
WORDED = ("state", "outcome", "category", "fault")
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for a formula
Say = Callable[[str, str], str]  # column, word -> the word in the reader's language


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which cases: in one state or all, filed in these days (Shanghai's), both included."""

    enterprise_id: int
    state: str | None = None
    since: date | None = None
    until: date | None = None


def rows(chosen: Chosen, at: datetime) -> Iterator[list[Any]]:
    """The cases, page by page: open ones by deadline, then closed ones, the newest first.

    Which were met already is a bit for each case that was there at the beginning; what is filed meanwhile is left out.
    """
    seen = _Seen()
    for state in [chosen.state] if chosen.state else [None, State.CLOSED.value]:
        cursor: str | None = None
        while True:
            with db.reading() as session:
                page = lists.of_enterprise(
                    session, chosen.enterprise_id, at, state=state, cursor=cursor, limit=lists.MOST
                )
                found = _cases(session, [line.number for line in page.lines])
            for line in page.lines:
                case = found.get(line.number)
                if case is not None and _within(chosen, case.filed_at) and seen.first_time(case.id):
                    yield _row(case)
            cursor = page.next
            if cursor is None:
                break


class _Seen:
    """Cases that were met: 125 kB for a million of them, however many are one's own."""

    def __init__(self) -> None:
        with db.reading() as session:
            newest = session.scalar(select(func.max(Complaint.id))) or 0
        self.bits = bytearray(newest // 8 + 1)

    def first_time(self, case_id: int) -> bool:
        """Whether this one is met for the first time, and was there at the beginning; from now on it is met."""
        place, bit = case_id // 8, 1 << case_id % 8
        if place >= len(self.bits) or self.bits[place] & bit:
            return False
        self.bits[place] |= bit
        return True


def _cases(session: Session, numbers: Sequence[str]) -> dict[str, Any]:
    columns = (
        Complaint.id, Complaint.number, Complaint.state, Complaint.outcome, Complaint.product, Complaint.category,
        Complaint.fault, Complaint.batch, Complaint.amount, Complaint.filed_at, Complaint.due_at, Complaint.closed_at,
        Complaint.rating,
    )  # fmt: skip
    return {row.number: row for row in session.execute(select(*columns).where(Complaint.number.in_(numbers)))}


def _within(chosen: Chosen, filed_at: datetime) -> bool:
    day = local_date(filed_at)
    return (chosen.since is None or day >= chosen.since) and (chosen.until is None or day <= chosen.until)


def _row(case: Any) -> list[Any]:
    last = local_date(case.due_at - timedelta(microseconds=1)) if case.due_at is not None else None
    closed = local_date(case.closed_at) if case.state == State.CLOSED.value and case.closed_at else None
    return [
        case.number, case.state, case.outcome or "", case.product, case.category, case.fault, case.batch, case.amount,
        local_date(case.filed_at), last, closed, case.rating,
    ]  # fmt: skip


def as_csv(chosen: Chosen, at: datetime, heads: Sequence[str], say: Say) -> Iterator[bytes]:
    """RFC 4180 in UTF-8 with a byte order mark, by which spreadsheets know it; piece by piece."""
    text = io.StringIO()
    writer = csv.writer(text)
    yield b"\xef\xbb\xbf"
    writer.writerow(heads)
    for row in rows(chosen, at):
        writer.writerow([_harmless(_worded(name, value, say)) for name, value in zip(COLUMNS, row, strict=True)])
        if text.tell() > 32_768:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def as_workbook(chosen: Chosen, at: datetime, heads: Sequence[str], say: Say, path: Path) -> None:
    """An XLSX file at `path`, written row by row."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("complaints")
    sheet.append(list(heads))
    for row in rows(chosen, at):
        sheet.append([_cell(sheet, _worded(name, value, say)) for name, value in zip(COLUMNS, row, strict=True)])
    book.save(path)


def _worded(name: str, value: Any, say: Say) -> Any:
    return say(name, value) if name in WORDED and value else value


def _harmless(value: Any) -> str:
    """As text that no spreadsheet computes with."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(DANGEROUS) else text


def _cell(sheet: Any, value: Any) -> Any:
    """A cell; a text is a text, whatever it begins with, and holds nothing that a workbook cannot."""
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, "".join(char for char in value if char.isprintable()))
    cell.data_type = "s"
    return cell
