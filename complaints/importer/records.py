"""Records of a CSV file, one by one, such that a broken one costs no other.

A quotation mark that is never closed makes a CSV reader swallow line after line. Here a record over several lines is
only believed when it stands a strict reading; otherwise its first line alone is bad, and reading goes on behind it.
"""

import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from complaints.errors import BadInput

DELIMITERS = ",;\t|"
SAMPLE_CHARACTERS = 1 << 16
SAMPLE_RECORDS = 100

OPEN_QUOTE = "a quotation mark is not closed"
TOO_LONG = "a cell is too long"


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it stands in the file; `problem` says why it cannot be read, and `cells` is then a guess."""

    cells: list[str]
    problem: str = ""


class _Lines:
    """The lines of a file, remembering what one record took, so that it can be given back."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._returned: deque[str] = deque()
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._returned.popleft() if self._returned else next(self._lines)
        self.taken.append(line)
        return line

    def give_back(self, lines: list[str]) -> None:
        self._returned.extendleft(reversed(lines))


def read(lines: Iterable[str], delimiter: str) -> Iterator[Record]:
    """Every record, empty ones too, so that counting them gives the row that a spreadsheet shows."""
    source = _Lines(lines)
    reader = csv.reader(source, delimiter=delimiter)
    while True:
        source.taken.clear()
        try:
            cells, problem = next(reader), ""
        except StopIteration:
            return
        except csv.Error:
            cells, problem = [], TOO_LONG
        if len(source.taken) > 1 and (problem or not _stands(source.taken, delimiter)):
            source.give_back(source.taken[1:])
            problem = OPEN_QUOTE
        yield Record(_split(source.taken[0], delimiter) if problem else cells, problem)


def recognise_delimiter(text: str) -> str:
    """The delimiter with which the most records are as wide as the header. `text` is the beginning of a file."""
    lines = list(io.StringIO(text, newline=""))
    if lines and lines[0].lower().startswith("sep=") and lines[0].strip()[4:] in tuple(DELIMITERS):
        return lines[0].strip()[4:]  # Excel's own way to say it
    lines = lines[:-1] if len(text) >= SAMPLE_CHARACTERS and len(lines) > 1 else lines  # the last may be cut
    return max(DELIMITERS, key=lambda delimiter: _agreement(lines, delimiter))


def one_delimiter(given: str) -> str:
    """A delimiter as a person writes it: the sign itself, "tab" or a backslash and t. Raises BadInput."""
    sign = {"tab": "\t", "\\t": "\t"}.get(given, given)
    if len(sign) != 1 or sign in '\r\n"':
        raise BadInput(f"the delimiter must be one sign, not {given!r}")
    return sign


def _agreement(lines: list[str], delimiter: str) -> tuple[bool, float, int]:
    """How well a delimiter explains the lines: it parts the header at all, share of equal widths, width."""
    records = (
        record for record in read(lines, delimiter) if any(cell.strip(DELIMITERS + " ") for cell in record.cells)
    )
    widths = [len(record.cells) for record in islice(records, SAMPLE_RECORDS)]
    if not widths:
        return False, 0, 0
    same = sum(width == widths[0] for width in widths) / len(widths)
    return widths[0] > 1, same, widths[0]


def _stands(lines: list[str], delimiter: str) -> bool:
    try:
        next(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error:
        return False
    return True


def _split(line: str, delimiter: str) -> list[str]:
    """The cells of a line whose quotation marks cannot be trusted."""
    return line.rstrip("\r\n").split(delimiter)
