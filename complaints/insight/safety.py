"""Whether a complaint names a danger to people or property: by a list of words, in both languages.

The list is data (`safety_words.toml`). What is kept is the word and in how many complaints it stood, never the text.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("safety_words.toml")


@cache
def words() -> tuple[str, ...]:
    """All words of the list."""
    found = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return (*found["zh"], *found["en"])


@cache
def _pattern() -> re.Pattern[str]:
    """The longest first, so that a phrase is not cut to one of its words; English ones stand alone."""
    longest = sorted(words(), key=len, reverse=True)
    each = (rf"(?<![a-z]){re.escape(word)}(?![a-z])" if word.isascii() else re.escape(word) for word in longest)
    return re.compile("|".join(each))


def named(text: str) -> set[str]:
    """The words of the list that stand in a text."""
    return set(_pattern().findall(text.casefold()))


def count(texts: Iterable[str]) -> dict[str, int]:
    """In how many of the texts each word stands, the most frequent first."""
    return dict(Counter(word for text in texts for word in sorted(named(text))).most_common())
