"""Marks that programs leave in copied text and that nobody sees: byte order mark, directions, zero-width space."""

import re

_MARKS = re.compile("[\ufeff\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def drop(text: str) -> str:
    """The text without them."""
    return _MARKS.sub("", text)
