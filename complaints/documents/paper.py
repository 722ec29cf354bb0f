"""A4 paper with Chinese letters: headings, paragraphs, facts, tables, a QR code. Every document is made of these.

The same document comes out byte for byte the same for the same `made_at`, so that its hash can be published.
"""

import gc
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

import segno
from fpdf import FPDF
from fpdf.enums import WrapMode, XPos, YPos
from fpdf.fonts import FontFace
from pylopdf_fonts_zh_cn import sans_path, serif_path

MARGIN = 20.0  # millimetres
SANS, SERIF = "sans", "serif"
BODY, SMALL, HEADING, TITLE = 10.5, 8.5, 13.0, 18.0  # points
LINE = 1.55  # of the letters' height
MILLIMETRES = 25.4 / 72  # of one point
INK, SOFT, LINE_INK = (20, 32, 43), (74, 88, 102), (160, 170, 180)
PADDING = (0.6, 1.5, 0.6, 0.0)  # of a table's cells: millimetres above, right, below, left
LINE_WIDTH = 0.2  # millimetres
OPENS, CLOSES = "“‘（《〈「『【〔", "”’）》〉」』】〕，。、；：？！…％"
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
_ATOM = rf"星期[一二三四五六日]|[^\s{OPENS}{CLOSES}{_WIDE}]+|[^\s{OPENS}{CLOSES}]"  # a weekday, a word, a letter
_UNIT = re.compile(rf"[{OPENS}(]*(?:{_ATOM})?[{CLOSES}%,.;:?!)]*[^\S\n]*")  # with what opens it and what closes it


def broken(text: str, width: float, wide: Callable[[str], float]) -> Iterator[str]:
    """Text in lines of at most `width`, in the unit of `wide`, which measures: no line begins with what closes or ends
    with what opens, as Chinese is set; a word is broken only where no line could hold it."""
    for written in text.split("\n"):
        line, used = "", 0.0
        for unit in _UNIT.findall(written):
            for part in [unit] if wide(unit.rstrip()) <= width else unit:
                if line.strip() and used + wide(part.rstrip()) > width:
                    yield line.rstrip()
                    line, used = "", 0.0
                line, used = line + part, used + wide(part)
        yield line.rstrip()


class Paper(FPDF):
    """One document. `foot` stands at the end of every page, beside its number; `made_at` is aware."""

    own = SANS  # the letters of text that names no others; reading a second font costs as much again

    def __init__(self, title: str, made_at: datetime, *, foot: str = "", language: str = "zh") -> None:
        super().__init__(format="A4")
        self.foot = foot
        self.set_title(title)
        self.set_lang("zh-CN" if language == "zh" else "en")
        self.set_creation_date(made_at)
        self.set_margin(MARGIN)
        self.set_auto_page_break(True, MARGIN + 5)
        self._read(self.own)
        self.set_text_color(*INK)
        self.set_draw_color(*LINE_INK)
        self.alias_nb_pages()
        self.add_page()

    def footer(self) -> None:
        """The foot's text at the left, the page and the number of pages at the right."""
        self.set_y(-MARGIN + 3)
        self.set_font(self.own, size=SMALL)
        self.set_text_color(*SOFT)
        wide = self.epw - 25
        self.cell(wide, 5, self.foot)
        self.cell(25, 5, f"{self.page_no()} / {{nb}}", align="R")
        self.set_text_color(*INK)

    def title_line(self, text: str, *, serif: bool = False) -> None:
        """The document's own name, in the middle."""
        self._write(text, TITLE, SERIF if serif else SANS, align="C")
        self.ln(4)

    def heading(self, text: str) -> None:
        """The head of a part; never alone at the end of a page."""
        if self.will_page_break(HEADING * 3 * MILLIMETRES):
            self.add_page()
        self.ln(3)
        self._write(text, HEADING)
        self.ln(1)

    def paragraph(self, text: str, *, serif: bool = False) -> None:
        """Text as it was written, line breaks included."""
        self._write(text, BODY, SERIF if serif else SANS)
        self.ln(2)

    def small(self, text: str) -> None:
        """A remark."""
        self.set_text_color(*SOFT)
        self._write(text, SMALL)
        self.set_text_color(*INK)
        self.ln(1)

    def facts(self, pairs: Iterable[tuple[str, str]], *, label_width: float = 42.0) -> None:
        """Labels and what they stand for, side by side."""
        rows = [(label, value) for label, value in pairs if value]
        if rows:
            self.rows([], rows, widths=(label_width, self.epw - label_width), lines=False)

    def rows(
        self,
        head: Sequence[str],
        rows: Iterable[Sequence[str]],
        *,
        widths: Sequence[float] | None = None,
        lines: bool = True,
    ) -> None:
        """A table; its head is repeated on every page."""
        self.set_font(SANS, size=BODY)
        style = "HORIZONTAL_LINES" if lines else "NONE"
        every = [head, *rows] if head else list(rows)
        shares = widths or [1] * max(map(len, every), default=1)
        inner = [self.epw * each / sum(shares) - PADDING[1] - self.c_margin - LINE_WIDTH for each in shares]
        with self.table(
            col_widths=tuple(widths) if widths else None,
            text_align="LEFT",
            borders_layout=style,
            first_row_as_headings=bool(head),
            headings_style=FontFace(emphasis=None, color=SOFT),
            line_height=BODY * 1.45 * MILLIMETRES,
            padding=PADDING,
        ) as table:
            for row in every:
                table.row(["\n".join(self.lines(str(cell), wide)) for cell, wide in zip(row, inner, strict=True)])
        self.ln(2)

    def qr(self, text: str, *, size: float = 30.0) -> None:
        """A QR code of so many millimetres, at the left, drawn as squares: sharp at any size."""
        matrix = segno.make(text, error="m", micro=False).matrix
        one = size / len(matrix)
        if self.will_page_break(size):
            self.add_page()
        left, top = self.get_x(), self.get_y()
        self.set_fill_color(0, 0, 0)
        for y, line in enumerate(matrix):
            for x, dark in enumerate(line):
                if dark:
                    self.rect(left + x * one, top + y * one, one, one, style="F")
        self.set_y(top + size + 2)

    def key(self, text: str, beside: Sequence[str], *, size: float) -> None:
        """A QR code of so many millimetres, and what there is to read at its right."""
        if self.will_page_break(size):
            self.add_page()
        top = self.get_y()
        self.qr(text, size=size)
        below, gap = self.get_y(), 6.0
        self.set_y(top)
        for each in beside:
            self.set_left_margin(MARGIN + size + gap)
            self.set_x(MARGIN + size + gap)
            self._write(each, BODY)
            self.ln(2)
        self.set_left_margin(MARGIN)
        self.set_y(max(self.get_y(), below))

    def content(self) -> bytes:
        """The finished file.

        The library's fonts refer to themselves, some twenty megabytes a document, and wait for the collector, who
        looks too seldom. Where the process has set aside what it began with (`complaints web`), to look costs little.
        """
        made = bytes(self.output())
        if gc.get_freeze_count():
            gc.collect()
        return made

    def _write(self, text: str, points: float, font: str = SANS, align: str = "L") -> None:
        self._read(font)
        self.set_font(font, size=points)
        self.multi_cell(
            0,
            points * LINE * MILLIMETRES,
            "\n".join(self.lines(text, self.w - self.r_margin - self.x - 2 * self.c_margin)),
            align=align,
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
            wrapmode=WrapMode.CHAR,
        )

    def lines(self, text: str, width: float) -> list[str]:
        """The lines of a text, for so many millimetres, in the present letters."""
        return list(broken(text, width, self.get_string_width))

    def _read(self, font: str) -> None:
        """Have a font read, once and only where it is used: that takes its time."""
        if font not in self.fonts:
            self.add_font(font, fname=str(serif_path() if font == SERIF else sans_path()))
