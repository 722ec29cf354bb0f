"""The hash chain of a case's log (law 7). Pure.

Each entry's hash covers the whole entry and the hash before it. Personal data and free text stand outside: the entry
holds only a salted hash of each, so that erasing the text leaves the chain whole. The entry itself is salted, too:
whoever is shown only a part of it, and its hash, cannot find the rest by trying.
"""

import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from complaints.db import to_json

GENESIS = "0" * 64


def salt() -> str:
    """A fresh one: 128 bits."""
    return secrets.token_hex(16)


def salted(value: str) -> tuple[str, str]:
    """A fresh salt, and the hash of `value` under it."""
    fresh = salt()
    return fresh, private_hash(fresh, value)


def private_hash(salt: str, value: str) -> str:
    """What the log keeps of a private text."""
    return sha256(f"{salt}:{value}".encode()).hexdigest()


def entry_hash(number: str, entry: Mapping[str, Any], previous: str) -> str:
    """The hash of one entry: its columns as canonical JSON, the case's number and the previous hash."""
    body = {
        "number": number,
        "seq": entry["seq"],
        "trigger": entry["trigger"],
        "from": entry["from_state"],
        "to": entry["to_state"],
        "role": entry["role"],
        "actor": entry["actor_id"],
        "occurred_at": _text(entry["occurred_at"]),
        "recorded_at": _text(entry["recorded_at"]),
        "payload": entry["payload"],
        "previous": previous,
    }
    return sha256(to_json(body).encode()).hexdigest()


def first_break(number: str, entries: Iterable[Mapping[str, Any]]) -> int | None:
    """The seq of the first entry that does not follow from the one before it; None when the chain is whole."""
    previous = GENESIS
    for expected, entry in enumerate(entries, start=1):
        whole = entry["seq"] == expected and entry["previous_hash"] == previous
        if not whole or entry["hash"] != entry_hash(number, entry, previous):
            return expected
        previous = entry["hash"]
    return None


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="microseconds")
