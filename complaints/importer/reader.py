"""A complaint file, whatever program wrote it, as named columns and numbered rows. Streams: size does not matter."""

import difflib
import io
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import chain
from pathlib import Path
from typing import IO, Any, cast
from zipfile import BadZipFile, is_zipfile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from complaints.errors import BadInput
from complaints.importer import records
from complaints.importer.encoding import recognise

_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True, slots=True)
class Row:
    """One row with its number in the file (the header is 1 unless empty rows precede it).

    `problem` says why it cannot be used; `cells` then holds what could be read and `values` is empty.
    """

    number: int
    cells: list[str]
    values: dict[str, str]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """An open file: its columns, its rows (to be read once), and how far reading has come, from 0 to 1."""

    columns: list[str]
    rows: Iterator[Row]
    done: Callable[[], float]
    about: str  # how it was read, for the operator


@contextmanager
def opened(
    path: Path, *, sheet: str | None = None, encoding: str | None = None, delimiter: str | None = None
) -> Iterator[Table]:
    """Open a CSV or XLSX file, known by its content, not by its name. Raises BadInput in words for the operator."""
    with _bytes(path) as file:
        start = file.read(8)
        if start.startswith(b"PK\x03\x04"):
            with _xlsx(path, file, sheet) as table:
                yield table
            return
    _refuse_what_is_no_text(path, start)
    if sheet is not None:
        raise BadInput(f"{path.name} is a text file and has no sheet {sheet!r}")
    name = recognise(path, encoding)
    with path.open(encoding=name, newline="") as text:
        yield _csv(path, text, name, delimiter)


@contextmanager
def _bytes(path: Path) -> Iterator[IO[bytes]]:
    if path.is_dir():
        raise BadInput(f"{path} is a folder, not a file")
    try:
        if path.exists() and not path.is_file():
            raise BadInput(f"{path} is not an ordinary file; save it to one first")
        if path.stat().st_size == 0:
            raise BadInput(f"{path.name} is empty")
        file = path.open("rb")
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from None
    with file:
        yield file


def _refuse_what_is_no_text(path: Path, start: bytes) -> None:
    if start == _OLD_EXCEL:
        raise BadInput(f"{path.name} is an old Excel file or has a password; save it as .xlsx or CSV without one")
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        raise BadInput(f"{path.name} is not an XLSX file, in spite of its name")
    if start.startswith(b"%PDF"):
        raise BadInput(f"{path.name} is a PDF; CSV and XLSX can be imported")


def _csv(path: Path, text: IO[str], encoding: str, delimiter: str | None) -> Table:
    sample = text.read(records.SAMPLE_CHARACTERS)
    text.seek(0)
    found = records.one_delimiter(delimiter) if delimiter else records.recognise_delimiter(sample)
    lines = iter(text)
    first = next(lines, "")
    skipped = first.lower().startswith("sep=")
    rows = records.read(lines if skipped else chain([first], lines), found)
    size, position = max(path.stat().st_size, 1), cast(IO[bytes], cast(io.TextIOWrapper, text).buffer)
    numbered = ((record.cells, record.problem) for record in rows)
    sign = {"\t": "tab"}.get(found, found)
    about = f"CSV, {encoding}, delimiter {sign}"
    return _table(path, numbered, 2 if skipped else 1, lambda: min(position.tell() / size, 1.0), about, short=False)


@contextmanager
def _xlsx(path: Path, file: IO[bytes], sheet: str | None) -> Iterator[Table]:
    try:
        if not is_zipfile(file):
            raise BadZipFile
        with warnings.catch_warnings():  # it warns of styles and extensions that do not concern us
            warnings.simplefilter("ignore")
            book = load_workbook(file, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError, SyntaxError, EOFError):
        raise BadInput(f"{path.name} is damaged, or is no XLSX file") from None
    try:
        worksheet = book[_sheet(book.sheetnames, sheet)] if book.sheetnames else None
        if worksheet is None or not hasattr(worksheet, "iter_rows"):
            raise BadInput(f"{path.name}: there is no sheet with cells")
        total = max(worksheet.max_row or 1, 1)
        worksheet.reset_dimensions()  # what a file says of its size is often wrong
        seen = [0]
        rows = _sheet_rows(path, worksheet.iter_rows(values_only=True), seen)
        yield _table(path, rows, 1, lambda: min(seen[0] / total, 1.0), f"XLSX, sheet {worksheet.title}", short=True)
    finally:
        book.close()


def _sheet(names: list[str], wanted: str | None) -> str:
    if wanted is None:
        return names[0]
    if wanted not in names:
        raise BadInput(f"there is no sheet {wanted!r}; the file has: {', '.join(names)}{closest(wanted, names)}")
    return wanted


def _sheet_rows(path: Path, rows: Iterator[tuple[Any, ...]], seen: list[int]) -> Iterator[tuple[list[str], str]]:
    while True:
        try:
            row = next(rows, None)
        except (BadZipFile, KeyError, ValueError, OSError, SyntaxError, EOFError):
            raise BadInput(f"{path.name} is damaged after row {seen[0]}") from None
        if row is None:
            return
        seen[0] += 1
        yield [as_text(value) for value in row], ""


def as_text(value: object) -> str:
    """A cell's value as a person would write it: whole numbers without a point, dates in ISO form."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)
        case datetime():
            moment = value.replace(microsecond=0)
            return (moment.date() if moment.time() == time() else moment).isoformat()
        case date() | time():
            return value.isoformat()
        case _:
            return str(value)


def _table(
    path: Path, rows: Iterable[tuple[list[str], str]], first: int, done: Callable[[], float], about: str, *, short: bool
) -> Table:
    """Header and rows. `short`: a row may end early, as rows of a sheet do whose last cells are empty."""
    numbered = enumerate(rows, start=first)
    for _, (cells, problem) in numbered:
        if any(cell.strip() for cell in cells):
            if problem:
                raise BadInput(f"{path.name}: the header cannot be read: {problem}")
            columns = _columns(cells)
            return Table(columns, _rows(columns, numbered, short), done, about)
    raise BadInput(f"{path.name} has no header: every row is empty")


def _columns(cells: list[str]) -> list[str]:
    """The names of the columns. One without a name is called after its place; at the end it is no column."""
    names = [" ".join(cell.replace("\ufeff", "").split()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    names = [name or f"column {place}" for place, name in enumerate(names, start=1)]
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise BadInput(f"these columns stand in the header more than once: {', '.join(twice)}")
    return names


def _rows(columns: list[str], numbered: Iterable[tuple[int, tuple[list[str], str]]], short: bool) -> Iterator[Row]:
    width = len(columns)
    for number, (read, unreadable) in numbered:
        cells = [cell.strip() for cell in read]
        if not any(cells):
            continue
        while len(cells) > width and not cells[-1]:
            cells.pop()
        if short:
            cells += [""] * (width - len(cells))
        ragged = f"has {len(cells)} cells where the header has {width}" if len(cells) != width else ""
        problem = unreadable or ragged
        values = {} if problem else dict(zip(columns, cells, strict=True))
        yield Row(number, cells, values, problem)


def closest(word: str, words: Iterable[str]) -> str:
    """A question to add to an error: what was probably meant, or nothing."""
    folded = {each.casefold(): each for each in words}
    match = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return f" (did you mean {folded[match[0]]!r}?)" if match else ""
