"""How likely something is by chance, in words: one in so many. The API has the exact numbers."""

from collections.abc import Callable

from web.language import gettext as _
from web.language import locale
from web.wording import number

SMALLEST = 0.01  # expected complaints that are told
HALF, LEAST = 0.5, 1e-6  # shares that are said in words: from here on often, and none below


def by_chance(p: float | None) -> str:
    """How often so many would come by chance."""
    return _in_words(p, _("often"), lambda n: _("less than once in %(n)s", n=n))


def false_alarms(q: float | None) -> str:
    """How much of what stands out as much is a false alarm."""
    return _in_words(q, _("many"), lambda n: _("fewer than 1 in %(n)s", n=n))


def _in_words(share: float | None, much: str, few: Callable[[str], str]) -> str:
    """A share as one in so many, rounded so that it is true; nothing below one in a million."""
    if share is None:
        return "–"
    if share >= HALF:
        return much
    one_in = min(1 / max(share, LEAST), 1 / LEAST)
    step = 10 ** (len(str(int(one_in))) - 1)
    return few(_count(int(one_in) // step * step))


def _count(n: int) -> str:
    """A count with one digit that is not nought, as it is read in either language."""
    if locale() != "zh":
        return number(n)
    return f"{n // 10_000} 万" if n >= 10_000 else f"{number(n)} "


def expected(count: float) -> str:
    """How many were to be expected; what is nearly nothing is not called nothing."""
    if count < SMALLEST:
        return _("less than %(n)s", n=SMALLEST)
    return f"{count:.1f}" if count >= 1 else f"{count:.2f}"
