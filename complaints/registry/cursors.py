"""Where the next page of a list begins, as text that goes out and comes back.

A cursor holds the key of the last line shown, after the name of the order. It is no secret and opens nothing; whoever
makes one up gets a page that they may see, or is told that it is none.
"""

import json
from base64 import b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Any

from complaints.clock import SHANGHAI
from complaints.db import MOST_ID
from complaints.errors import BadInput

LONGEST = 1200


def write(order: str, *key: datetime | bool | int | str) -> str:
    """The cursor after a line with this key."""
    plain = [each.isoformat() if isinstance(each, datetime) else each for each in key]
    text = json.dumps([order, *plain], ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def read(cursor: str, order: str, *kinds: type) -> list[Any]:
    """The key that a cursor of this order holds, of these kinds. Raises BadInput, naming the cursor."""
    try:
        if len(cursor) > LONGEST:
            raise ValueError("longer than any that we write")
        padded = cursor + "=" * (-len(cursor) % 4)
        found = json.loads(b64decode(padded, altchars=b"-_", validate=True).decode())
        if not isinstance(found, list) or found[:1] != [order] or len(found) != 1 + len(kinds):
            raise ValueError("of another list")
        return [_value(each, kind) for each, kind in zip(found[1:], kinds, strict=True)]
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise BadInput(f"not a cursor of this list: {error}", {"cursor": ["not_a_cursor"]}) from None


def _value(given: Any, kind: type) -> Any:
    """One part of a key, as the database can take it."""
    if kind is datetime:
        at = datetime.fromisoformat(given)
        if at.tzinfo is None:
            raise ValueError("an instant without a zone")
        at.astimezone(SHANGHAI)  # at the ends of the calendar there is no such instant
        return at
    if not isinstance(given, kind) or isinstance(given, bool) is not (kind is bool):
        raise TypeError(f"not {kind.__name__}")
    if kind is int and not 0 < int(str(given)) <= MOST_ID:
        raise ValueError("not an id")
    if kind is str and b"\0" in str(given).encode():  # which a lone surrogate does not survive either
        raise ValueError("not a name")
    return given
