"""The words by which a text is found. Pure: no database.

Chinese is written without spaces, so each two neighbouring characters are a word: a search for 水壶 finds 电水壶.
What SQLite (trigrams) and PostgreSQL bring themselves finds no word of two characters, or reads every row.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

LONGEST = 40  # characters of one word; of a longer one the beginning counts
MOST_WORDS = 6_000  # of one case; the longest story in Chinese has some 20,000 characters, few of them new
MOST_ASKED = 12  # words of one question
LEAST_BEGINNING = 3  # letters from which the beginning of a word finds it

_RUN = re.compile(r"[㐀-䶿一-鿿豈-﫿぀-ヿ가-힯\U00020000-\U0003ffff]+|[^\W_]+")
_CHINESE = re.compile(r"[㐀-䶿一-鿿豈-﫿぀-ヿ가-힯\U00020000-\U0003ffff]")


def words(texts: Iterable[str]) -> list[str]:
    """Every word of these texts once, in order, letters and digits only."""
    found = dict.fromkeys(word for text in texts for word in _words(text))
    return sorted(found)[:MOST_WORDS]


def asked(question: str) -> list[tuple[str, bool]]:
    """The words that a question asks for, all of which must be there; True where the beginning of one is enough."""
    found: dict[tuple[str, bool], None] = {}
    for run in _runs(question):
        if not _CHINESE.match(run):
            found[run[:LONGEST], len(run) >= LEAST_BEGINNING] = None
        elif len(run) == 1:
            found[run, True] = None  # the pairs that begin with it, and itself where it ends a run
        else:
            found |= {(pair, False): None for pair in _pairs(run)}
    return list(found)[:MOST_ASKED]


def _words(text: str) -> Iterator[str]:
    for run in _runs(text):
        if _CHINESE.match(run):
            yield from _pairs(run)
            yield run[-1]
        else:
            yield run[:LONGEST]


def _pairs(run: str) -> list[str]:
    return [run[n : n + 2] for n in range(len(run) - 1)]


def _runs(text: str) -> Iterator[str]:
    """Stretches of Chinese, and of other letters and digits: 3C电池 is 3c, then 电池."""
    for run in _RUN.findall(unicodedata.normalize("NFKC", text).casefold()):
        yield from _apart(run)


def _apart(run: str) -> Iterator[str]:
    """A stretch of letters may hold Chinese in its middle."""
    start = 0
    for end in range(1, len(run) + 1):
        if end == len(run) or bool(_CHINESE.match(run[end])) is not bool(_CHINESE.match(run[start])):
            yield run[start:end]
            start = end


__all__ = ["asked", "words"]
