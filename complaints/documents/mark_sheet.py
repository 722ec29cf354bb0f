"""Sheets of labels to be printed: A4, three by eight, each with its QR code, its code, and that it is a pledge."""

from collections.abc import Sequence

import segno
from fpdf.enums import Align

from complaints.documents.paper import SANS, Paper
from complaints.models import MarkBatch
from complaints.registry import mark_batches
from complaints.words import say

COLUMNS, ROWS, PAGES = 3, 8, 3  # of one file: drawing a QR code takes its time
LABELS = COLUMNS * ROWS * PAGES  # of one file
EDGE = 8.0  # millimetres
WIDE, HIGH, QR = 64.0, 35.0, 25.0
SMALL, TINY = 8.0, 6.5  # points


class _Sheet(Paper):
    """Labels to the edge of the paper; no foot."""

    def footer(self) -> None:
        """None: it would be printed on labels."""


def count(size: int) -> int:
    """How many files the labels of a batch of `size` codes fill."""
    return -(-size // LABELS)


def serials(size: int, number: int) -> tuple[int, int]:
    """The first and the last serial of the file with this number, from 1."""
    return (number - 1) * LABELS + 1, min(number * LABELS, size)


def pdf(batch: MarkBatch, numbered: Sequence[tuple[int, str]], language: str) -> bytes:
    """The labels of these serials and codes; the same byte for byte whenever it is made."""
    paper = _Sheet(f"{batch.product} {batch.batch}", batch.made_at, language=language)
    paper.set_auto_page_break(False)
    for at, (serial, code) in enumerate(numbered):
        place = at % (COLUMNS * ROWS)
        if at and not place:
            paper.add_page()
        left, top = EDGE + place % COLUMNS * WIDE, EDGE + place // COLUMNS * HIGH
        _label(paper, left, top, batch, serial, code, language)
    return paper.content()


def _label(paper: Paper, left: float, top: float, batch: MarkBatch, serial: int, code: str, language: str) -> None:
    _squares(paper, mark_batches.address(code), left + 1, top + 2)
    beside = left + QR + 3
    lines = [(SMALL, say(language, "mark.label_head")), (TINY, say(language, "mark.label_means")),
             (TINY, _short(batch.product)), (TINY, f"{_short(batch.batch)} · {serial}")]  # fmt: skip
    paper.set_xy(beside, top + 3)
    for points, text in lines:
        paper.set_font(SANS, size=points)
        paper.set_x(beside)
        paper.multi_cell(WIDE - QR - 5, points * 0.46, text, align=Align.L, new_x="LEFT", new_y="NEXT")
    paper.set_font(SANS, size=TINY)
    paper.set_xy(left + 1, top + QR + 3)
    paper.cell(WIDE - 2, 3, code)


def _squares(paper: Paper, address: str, left: float, top: float) -> None:
    """The QR code, drawn in runs: a row of it is a few rectangles instead of many squares."""
    matrix = segno.make(address, error="m", micro=False).matrix
    one = QR / len(matrix)
    paper.set_fill_color(0, 0, 0)
    for y, line in enumerate(matrix):
        start = None
        for x, dark in enumerate([*line, 0]):
            if dark and start is None:
                start = x
            elif not dark and start is not None:
                paper.rect(left + start * one, top + y * one, (x - start) * one, one, style="F")
                start = None


def _short(text: str) -> str:
    """What of a name fits on two lines of a label."""
    return text if len(text) <= 30 else f"{text[:29]}…"
