"""A sheet of the centre as such papers look in China: red head, serif letters, number, seal, lines to sign on."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from fpdf.enums import WrapMode, XPos, YPos

from complaints.documents.paper import INK, LINE_INK, MARGIN, MILLIMETRES, SERIF, SOFT, Paper

RED = (196, 18, 24)
HEAD, NAME, TEXT = 21.0, 20.0, 12.0  # points
LEADING = 1.75  # of the letters' height
INDENT = "\u3000\u3000"  # two letters, as paragraphs begin in Chinese
SEAL_MILLIMETRES = 38.0


class Official(Paper):
    """One such document."""

    own = SERIF

    def __init__(self, title: str, made_at: datetime, *, foot: str, language: str) -> None:
        super().__init__(title, made_at, foot=foot, language=language)
        self.chinese = language == "zh"
        self.points = TEXT if self.chinese else TEXT - 1
        self.set_left_margin(MARGIN + 4)
        self.set_right_margin(MARGIN + 4)
        self.set_x(self.l_margin)

    def masthead(self, centre: str) -> None:
        """The centre's name in red, over a double red line."""
        self.set_text_color(*RED)
        self._text(centre, HEAD if self.chinese else 16.0, align="C", leading=1.3)
        self.set_draw_color(*RED)
        self.ln(2.5)
        for width, gap in ((0.9, 1.0), (0.25, 0.0)):
            self.set_line_width(width)
            self.line(self.l_margin, self.get_y(), self.w - self.r_margin, self.get_y())
            self.set_y(self.get_y() + gap)
        self.set_line_width(0.2)
        self.set_draw_color(*LINE_INK)
        self.set_text_color(*INK)
        self.ln(9)

    def name(self, kind: str, number: str) -> None:
        """What kind of document it is, and its number."""
        shown = self._spread(kind)
        self._text(shown, NAME if self.chinese else 18.0, align="C", leading=1.4)
        self.ln(1)
        self._text(number, TEXT - 1, align="C")
        self.ln(5)

    def addressee(self, text: str) -> None:
        """To whom it speaks, not indented."""
        self._text(text, self.points)
        self.ln(1)

    def clause(self, text: str) -> None:
        """A paragraph; each line of it begins as paragraphs do."""
        for line in text.split("\n"):
            self._text(f"{INDENT}{line}" if self.chinese else line, self.points)
            self.ln(0.5 if self.chinese else 1.6)

    def part(self, text: str) -> None:
        """The head of a part; never alone at the end of a page."""
        if self.will_page_break(TEXT * 5 * MILLIMETRES):
            self.add_page()
        self.ln(1.5)
        self._text(f"{INDENT}{text}" if self.chinese else text, self.points + 0.5)
        self.ln(0.5)

    def people(self, rows: Iterable[Sequence[str]]) -> None:
        """Labels and what they stand for, one a line."""
        separator = "：" if self.chinese else ": "
        for label, value in rows:
            if value:
                self._text(f"{INDENT if self.chinese else ''}{label}{separator}{value}", self.points)

    def signatures(self, lines: Sequence[tuple[str, str]]) -> None:
        """A line for each who signs, with room for the date; all of them on one page."""
        height = 13.0
        if self.will_page_break(height * (len(lines) + 1)):
            self.add_page()
        self.ln(6)
        self.set_font(SERIF, size=TEXT)
        for who, when in lines:
            self.cell(58, height, who)
            left, bottom = self.get_x(), self.get_y() + height - 3
            self.line(left, bottom, left + 52, bottom)
            self.set_x(left + 56)
            self.cell(0, height, when, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def sealed(self, centre: str, date: str, seal: str) -> None:
        """Name and date at the right, where the seal goes over them."""
        if self.will_page_break(SEAL_MILLIMETRES + 8):
            self.add_page()
        self.ln(8)
        top, wide = self.get_y(), 84.0
        left = self.w - self.r_margin - wide
        self._ring(left + wide / 2, top + SEAL_MILLIMETRES / 2 - 2, seal)
        self.set_y(top + 9)
        for text in (centre, date):
            self.set_x(left)
            self.set_font(SERIF, size=TEXT)
            self.multi_cell(
                wide, TEXT * LEADING * MILLIMETRES, text, align="C", new_x=XPos.LMARGIN, new_y=YPos.NEXT,
                wrapmode=self._wrap,
            )  # fmt: skip
        self.set_y(max(self.get_y(), top + SEAL_MILLIMETRES))

    def _ring(self, x: float, y: float, seal: str) -> None:
        """Where the seal goes: a faint ring that a red stamp covers."""
        radius = SEAL_MILLIMETRES / 2 - 1
        self.set_draw_color(232, 190, 192)
        self.set_dash_pattern(dash=1.2, gap=1.2)
        self.circle(x, y, radius)
        self.set_dash_pattern()
        self.set_draw_color(*LINE_INK)
        self.set_text_color(205, 130, 134)
        self.set_font(SERIF, size=9)
        self.set_xy(x - radius, y + radius - 9)
        self.cell(radius * 2, 5, seal, align="C")
        self.set_text_color(*INK)

    def checked(self, address: str, title: str, lines: Sequence[str]) -> None:
        """How to check it: a QR code with the address, beside the words. At the end of the document."""
        size = 27.0
        if self.will_page_break(size + 8):
            self.add_page()
        self.set_y(max(self.get_y() + 6, self.h - self.b_margin - size - 6))
        top = self.get_y()
        self.line(self.l_margin, top, self.w - self.r_margin, top)
        self.set_xy(self.l_margin, top + 3)
        self.qr(address, size=size)
        self.set_xy(self.l_margin + size + 5, top + 3)
        self._beside(title, 10.0)
        self.set_text_color(*SOFT)
        for line in lines:
            self.set_x(self.l_margin + size + 5)
            self._beside(line, 8.5)
        self.set_text_color(*INK)

    def _beside(self, text: str, points: float) -> None:
        self.set_font(SERIF, size=points)
        self.multi_cell(
            0, points * 1.55 * MILLIMETRES, text, align="L", new_x=XPos.LEFT, new_y=YPos.NEXT, wrapmode=WrapMode.CHAR
        )

    def _spread(self, kind: str) -> str:
        """A short name stands wide, as it does on such papers."""
        return "\u3000".join(kind) if self.chinese and len(kind) <= 4 else kind

    @property
    def _wrap(self) -> WrapMode:
        return WrapMode.CHAR if self.chinese else WrapMode.WORD

    def _text(self, text: str, points: float, align: str = "L", leading: float = LEADING) -> None:
        self.set_font(SERIF, size=points)
        height = points * (leading if self.chinese else min(leading, 1.5)) * MILLIMETRES
        if self.chinese and align == "L":
            self._set(text, height)
            return
        self.multi_cell(0, height, text, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT, wrapmode=self._wrap)

    def _set(self, text: str, height: float) -> None:
        """Chinese lines, each as wide as the column but the last."""
        lines = self.lines(text, self.epw - 2 * self.c_margin)
        for line in lines:
            if line is not lines[-1]:
                self._stretch(line)
            self.cell(0, height, line, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            self.set_char_spacing(0)

    def _stretch(self, line: str) -> None:
        spare = self.epw - 2 * self.c_margin - self.get_string_width(line)
        self.set_char_spacing(max(0.0, spare) / max(1, len(line) - 1) / MILLIMETRES)
