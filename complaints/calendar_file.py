"""A calendar file: the days of a new year as the State Council published them, in CSV or TOML. It stores nothing.

What is wrong is said in keys of `messages.py`, by place: "file", "row 3", "row 3, column day", "year 2027".
"""

import csv
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

from complaints.errors import BadInput
from complaints.messages import message
from complaints.workflow.workdays import DayKind, SpecialDay

COLUMNS = ["day", "kind", "name"]
NAME_LENGTH = 80
WEEKEND = (5, 6)  # date.weekday()
DEFAULT_NAMES = {DayKind.STATUTORY: "法定节假日", DayKind.REST: "调休放假", DayKind.WORKING: "调休上班"}

_AT_LINE = re.compile(r"\(at line (\d+)")  # in the words of tomllib
_Problems = dict[str, list[str]]  # "row 3, column day" -> keys of what is wrong


@dataclass(frozen=True, slots=True)
class _Entry:
    """One day as written: `row` is the line of a CSV file (the header is 1) or the number of a TOML table."""

    row: int
    cells: dict[str, Any]

    def place(self, column: str) -> str:
        return f"row {self.row}, column {column}"


def parse(path: Path) -> dict[int, list[SpecialDay]]:
    """The days of a calendar file by year: CSV with the header `day,kind,name`, or TOML with `[[day]]` tables.

    UTF-8 with or without BOM; days as YYYY-MM-DD; kinds `statutory`, `rest`, `working`; an empty name takes the kind's.
    A year in the file must be whole, since it replaces the one in force. Raises BadInput whose `fields` name each row
    and column at fault.
    """
    return parse_text(path.name, _read(path))


def parse_text(name: str, text: str) -> dict[int, list[SpecialDay]]:
    """The same of a file's text; its name says which of the two forms it has."""
    problems: _Problems = {}
    toml = name.lower().endswith(".toml")
    entries = list(_toml_entries(text) if toml else _csv_entries(text, problems))
    days = _checked(entries, problems)
    if not problems:
        _check_whole_years(days, problems)
    if problems:
        place, keys = next(iter(problems.items()))
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise BadInput(f"{name}: {place}: {message('en', keys[0])}{more}", problems)
    return {year: [special for special in days if special.day.year == year] for year in _years(days)}


def _years(days: Iterable[SpecialDay]) -> list[int]:
    return sorted({special.day.year for special in days})


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}", {"file": [str(error.strerror)]}) from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path.name} is not UTF-8", {"file": ["not_utf_8"]}) from error


def _csv_entries(text: str, problems: _Problems) -> Iterator[_Entry]:
    reader = csv.reader(StringIO(text), strict=True)
    try:
        for cells in reader:
            row = [cell.strip() for cell in cells]
            if reader.line_num == 1 and row != COLUMNS:
                problems["row 1"] = [f"wrong_header:{','.join(COLUMNS)}"]
                return
            if reader.line_num == 1 or not any(row):
                continue
            if len(row) != len(COLUMNS):
                problems[f"row {reader.line_num}"] = [f"not_so_many_columns:{len(COLUMNS)}"]
                continue
            yield _Entry(reader.line_num, dict(zip(COLUMNS, row, strict=True)))
    except csv.Error:
        problems[f"row {reader.line_num}"] = ["not_csv"]


def _toml_entries(text: str) -> Iterator[_Entry]:
    try:
        tables = tomllib.loads(text).get("day", [])
    except tomllib.TOMLDecodeError as error:
        at = _AT_LINE.search(str(error))
        place = f"row {at[1]}" if at else "file"
        raise BadInput(f"this is not a TOML file: {error}", {place: ["not_toml"]}) from error
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise BadInput("the days must stand in [[day]] tables", {"day": ["not_day_tables"]})
    for number, table in enumerate(tables, 1):
        yield _Entry(number, table)


def _checked(entries: Iterable[_Entry], problems: _Problems) -> list[SpecialDay]:
    """The entries as days, in order; what is wrong with the others goes to `problems`."""
    seen: dict[date, SpecialDay] = {}
    for entry in entries:
        wrong = {entry.place(column): ["not_a_column"] for column in entry.cells if column not in COLUMNS}
        day, kind, name = _day(entry, wrong), _kind(entry, wrong), _name(entry, wrong)
        if day in seen:
            wrong[entry.place("day")] = [f"listed_twice:{day}"]
        if day and kind is DayKind.WORKING and day.weekday() not in WEEKEND:
            wrong[entry.place("kind")] = [f"not_a_weekend_day:{day}"]
        problems.update(wrong)
        if day and kind:
            seen.setdefault(day, SpecialDay(day, kind, name or DEFAULT_NAMES[kind]))
    return [seen[day] for day in sorted(seen)]


def _day(entry: _Entry, wrong: _Problems) -> date | None:
    value = entry.cells.get("day", "")
    if type(value) is date:  # TOML's own; a date and time is not a day
        return value
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", str(value)):
            raise ValueError(value)
        return date.fromisoformat(value)
    except ValueError:
        wrong[entry.place("day")] = ["not_a_date"]
        return None


def _kind(entry: _Entry, wrong: _Problems) -> DayKind | None:
    value = entry.cells.get("kind", "")
    try:
        return DayKind(value)
    except ValueError:
        wrong[entry.place("kind")] = [f"not_one_of:{', '.join(DayKind)}"]
        return None


def _name(entry: _Entry, wrong: _Problems) -> str:
    value = str(entry.cells.get("name", ""))
    if len(value) > NAME_LENGTH:
        wrong[entry.place("name")] = [f"too_long:{NAME_LENGTH}"]
    return value.strip()


def _check_whole_years(days: Sequence[SpecialDay], problems: _Problems) -> None:
    if not days:
        problems["file"] = ["no_days"]
    statutory = _years(special for special in days if special.kind is DayKind.STATUTORY)
    for year in set(_years(days)).difference(statutory):
        problems[f"year {year}"] = ["no_statutory_day"]
