"""How a Chinese name is typed on a keyboard without Chinese letters: pinyin without tones, and its initials.

晨曦电器 is "chenxidianqi" and "cxdq". Latin words stand as they are, with their first letters among the initials.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from pypinyin import lazy_pinyin

LONGEST_PINYIN = 400
LONGEST_INITIALS = 200
_WORD = re.compile(r"[a-z0-9]+")
_LATIN = re.compile(r"[a-z0-9]+\Z")


@dataclass(frozen=True, slots=True)
class Spelling:
    """Both ways of typing a name; `pinyin` is empty where nothing of the name is Chinese."""

    pinyin: str
    initials: str


def spell(name: str) -> Spelling:
    """A name's spelling. Of a letter with several readings the one that its word has is taken."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    words = list(_words(plain))
    chinese = any(not char.isascii() and char.isalpha() for char in plain)
    pinyin = "".join(words) if chinese else ""
    return Spelling(pinyin[:LONGEST_PINYIN], "".join(word[0] for word in words)[:LONGEST_INITIALS])


def typed(query: str) -> str:
    """A query as pinyin is compared: Latin letters and figures only, ü as v; empty where it holds anything else."""
    plain = unicodedata.normalize("NFKC", query).casefold().replace("ü", "v")
    bare = re.sub(r"[\s'·\-]", "", plain)
    return bare if _LATIN.match(bare) else ""


def _words(plain: str) -> Iterator[str]:
    for part in lazy_pinyin(plain):
        yield from _WORD.findall(part)
