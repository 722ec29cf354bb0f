"""A letter on paper for whom no mail reaches: the address where the window of an envelope shows it, then what the mail
would have said.

The window is that of DL and C6/5 envelopes (110 × 220 mm, A4 folded twice): 20 mm from the left, 45 mm from the top,
85 × 45 mm (DIN 5008 form B; the same place serves the window envelopes of China Post).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from fpdf.enums import WrapMode, XPos, YPos

from complaints.clock import local_date
from complaints.delivery.content import Content
from complaints.documents.paper import BODY, MARGIN, MILLIMETRES, SMALL, SOFT, Paper
from complaints.documents.written import centre
from complaints.words import say
from complaints.words.days import day_text

WINDOW_LEFT, WINDOW_TOP, WINDOW_WIDE, WINDOW_HIGH = 20.0, 45.0, 85.0, 45.0  # millimetres
BELOW_WINDOW = 100.0
MOST_LINES = 6  # of an address; more are written on
LEAST_POINTS = 5.0  # still read by machines that sort letters
FOLDS = (105.0, 210.0)  # where an A4 sheet is folded for such an envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """One letter. `link` may be empty: then the reader is asked to phone."""

    number: str
    name: str
    address: str
    language: str
    written: Content
    link: str
    made_at: datetime
    why: str = "posted.why"  # which words say why it comes on paper; none: the letter says so itself


def render(letter: Posted) -> bytes:
    """The letter as PDF, the same for the same letter."""
    language = letter.language
    paper = Paper(letter.written.subject, letter.made_at, foot=letter.number, language=language)
    _window(paper, letter)
    _folds(paper)
    paper.set_y(BELOW_WINDOW)
    paper.cell(0, 6, day_text(language, local_date(letter.made_at)), align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.heading(letter.written.subject)
    paper.paragraph(say(language, "letter.greeting"))
    if letter.why:
        paper.paragraph(say(language, letter.why))
    _body(paper, language, letter.written)
    _way_in(paper, letter)
    if letter.written.case:
        paper.heading(say(language, "letter.case"))
        paper.facts(letter.written.case)
    paper.paragraph(centre(language))
    paper.small(say(language, "letter.never_ask"))
    if letter.written.check:
        paper.small(letter.written.check)
    return paper.content()


def new_link(language: str, number: str, product: str) -> Content:
    """What the letter with a new private link says."""
    case = [(say(language, "label.number"), number), (say(language, "label.product"), product)]
    return Content(
        subject=say(language, "renew.subject"), happened=[say(language, "renew.happened", number=number)], case=case,
        turn=say(language, "renew.turn"), actions=[], by_when=[], provisional=None, if_nothing=[], routes=[],
        check=None,
    )  # fmt: skip


def _window(paper: Paper, letter: Posted) -> None:
    """Who sends it, small, and to whom, within the window."""
    paper.set_xy(WINDOW_LEFT, WINDOW_TOP)
    paper.set_font(paper.own, size=SMALL - 1)
    paper.set_text_color(*SOFT)
    paper.multi_cell(WINDOW_WIDE, 4, centre(letter.language), align="L", new_x=XPos.LEFT, new_y=YPos.NEXT)
    paper.set_text_color(0, 0, 0)
    address = [line for line in letter.address.splitlines() if line.strip()]
    address = address if len(address) <= MOST_LINES else [" ".join(address)]
    shown = [*address, letter.name] if letter.language == "zh" else [letter.name, *address]
    points = BODY
    while points > LEAST_POINTS and _high(paper, shown, points) > WINDOW_HIGH - 9:
        points -= 0.5
    paper.set_y(WINDOW_TOP + 9)
    for line in shown:
        paper.set_x(WINDOW_LEFT)
        paper.set_font(paper.own, size=points)
        paper.multi_cell(WINDOW_WIDE, points * 1.4 * MILLIMETRES, line, align="L", new_x=XPos.LEFT, new_y=YPos.NEXT,
                         wrapmode=WrapMode.CHAR)  # fmt: skip


def _high(paper: Paper, lines: Sequence[str], points: float) -> float:
    """How high these lines come out, in millimetres."""
    paper.set_font(paper.own, size=points)
    count = sum(ceil((paper.get_string_width(line) + 0.1) / (WINDOW_WIDE - 2 * paper.c_margin)) for line in lines)
    return count * points * 1.4 * MILLIMETRES


def _folds(paper: Paper) -> None:
    for y in FOLDS:
        paper.line(4, y, 9, y)


def _body(paper: Paper, language: str, written: Content) -> None:
    parts = (
        ("what_happened", written.happened),
        ("what_you_can_do", [each for each in (written.turn, *(f"– {each}" for each in written.actions)) if each]),
        ("by_when", [*written.by_when, *([written.provisional] if written.provisional else [])]),
        ("if_nothing", written.if_nothing),
        ("other_routes", [f"– {each}" for each in written.routes]),
    )
    for name, lines in parts:
        if lines:
            paper.heading(say(language, f"letter.{name}"))
            paper.paragraph("\n".join(lines))


def _way_in(paper: Paper, letter: Posted) -> None:
    """The address of the case as text and as a square to be scanned; or that one can phone."""
    if not letter.link:
        paper.paragraph(say(letter.language, "posted.no_link"))
        return
    paper.paragraph(say(letter.language, "letter.details_at_link"))
    if paper.will_page_break(34):
        paper.add_page()
    top = paper.get_y()
    paper.qr(letter.link, size=26)
    below = paper.get_y()
    paper.set_xy(MARGIN + 31, top + 4)
    paper.set_font(paper.own, size=BODY)
    paper.multi_cell(0, 6, letter.link, align="L", new_x=XPos.LEFT, new_y=YPos.NEXT, wrapmode=WrapMode.CHAR)
    paper.set_y(below)
    paper.small(say(letter.language, "letter.link_warning"))
