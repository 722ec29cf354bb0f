"""Every word that a person reads, in two languages.

The words stand in `zh.toml` and `en.toml`, by section: `say("en", "state.received")`; parts with many words of their
own have files beside them, as `zh-documents.toml`. A key that stands twice, a key or a fact that is missing is a fault
of the installation and is said aloud; a reader never sees a bare key.
"""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from complaints.errors import Misconfigured

LOCALES = ("zh", "en")


def say(locale: str, key: str, **facts: object) -> str:
    """The words for `key` in `locale`, with `facts` put in. Raises Misconfigured when a key or a fact is missing."""
    pattern = texts(locale).get(key)
    if pattern is None:
        raise Misconfigured(f"words: {locale}.toml has no {key!r}")
    try:
        return pattern.format(**facts)
    except KeyError as error:
        raise Misconfigured(f"words: {key!r} needs the fact {error.args[0]!r}") from None


def has(locale: str, key: str) -> bool:
    """Whether there are words for `key`."""
    return key in texts(locale)


def happened(locale: str, trigger: str, reader: str, **facts: object) -> str:
    """What took place, told as this reader should hear it: to a party as "you", to all others about them."""
    own = f"happened.{trigger}.{reader}"
    return say(locale, own if has(locale, own) else f"happened.{trigger}.everyone", **facts)


def listed(locale: str, text: str) -> str:
    """A kind of goods or of fault in `locale`, where it was chosen from the centre's lists; else as it was written."""
    return lists(locale).get(text, text)


@cache
def lists(locale: str) -> Mapping[str, str]:
    """What the centre's lists hold: stored as they name it in Chinese, and what that is called in `locale`."""
    chosen = [key for key in texts("zh") if key.startswith(("category.", "trouble."))]
    return {texts("zh")[key]: texts(locale)[key] for key in chosen}


@cache
def texts(locale: str) -> Mapping[str, str]:
    """All words of a locale by dotted key."""
    if locale not in LOCALES:
        raise Misconfigured(f"words: there is no language {locale!r}, only {', '.join(LOCALES)}")
    words: dict[str, str] = {}
    for path in sorted(Path(__file__).parent.glob(f"{locale}*.toml")):
        for key, pattern in _flat("", tomllib.loads(path.read_text(encoding="utf-8"))):
            if key in words:
                raise Misconfigured(f"words: {path.name} says {key!r} a second time")
            words[key] = pattern
    return words


def _flat(prefix: str, table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, str):
            yield prefix + key, value
        else:
            yield from _flat(f"{prefix}{key}.", value)
