"""The codes on goods: 26 letters that nobody can guess, and that are stored nowhere.

A code is (number of the batch, 32 bits | serial number, 32 bits | 64 zero bits), enciphered as one block of AES-256
with a key of this installation's own, and written in Crockford's base 32. A string that somebody makes up deciphers
into 128 bits that are as good as random: that its last 64 are zero has a chance of 2^-64, and that it then names a
batch and a serial that exist is rarer still (n codes of 2^128). Why so, and what a thief of the database could do:
docs/adr/0011-codes-of-marks.md.
"""

import base64
import secrets
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from complaints.models import MarkKey

LETTERS = 26
GROUPS = (5, 5, 5, 5, 6)
MOST = 2**32 - 1  # of a batch's number, and of a serial
AT_ONCE = 1024  # codes that are made in one go, and so in memory
KEY_BYTES = 32
_BLOCK, _CHECK = 16, bytes(8)
_PADDED = 20  # bytes: base 32 takes five at a time
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U to misread
_STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_WRITE = bytes.maketrans(_STANDARD.encode(), _CROCKFORD.encode())
_READ = str.maketrans(_CROCKFORD, _STANDARD)
_MISREAD = str.maketrans("OIL", "011")  # the letters that a code has not, as people read them


@dataclass(frozen=True, slots=True)
class Code:
    """What a code means: which one of which batch."""

    batch_id: int
    serial: int


def key(session: Session) -> bytes | None:
    """The key of all codes; None where no batch was ever made."""
    return session.scalar(select(MarkKey.key).where(MarkKey.id == 1))


def ensure_key(session: Session, at: datetime) -> bytes:
    """The key, made on first use; of two who make it at once one is kept."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    fresh = {"id": 1, "key": secrets.token_bytes(KEY_BYTES), "made_at": at}
    session.execute(insert(MarkKey).values(fresh).on_conflict_do_nothing())
    found = key(session)
    assert found is not None, "it was just put there"
    return found


def code(secret: bytes, batch_id: int, serial: int) -> str:
    """One code, in groups. Raises ValueError for numbers that do not fit."""
    return next(codes(secret, batch_id, serial, serial))


def codes(secret: bytes, batch_id: int, first: int, last: int) -> Iterator[str]:
    """The codes of serials `first` to `last`, in groups, made as they are asked for: so many at once, never more."""
    if not (0 < batch_id <= MOST and 0 < first <= last <= MOST):
        raise ValueError(f"no such codes: batch {batch_id}, {first} to {last}")
    for begin in range(first, last + 1, AT_ONCE):
        yield from _some(secret, batch_id, range(begin, min(begin + AT_ONCE, last + 1)))


def _some(secret: bytes, batch_id: int, serials: range) -> Iterator[str]:
    head = batch_id.to_bytes(4)
    plain = b"".join(head + serial.to_bytes(4) + _CHECK for serial in serials)
    blocks = _cipher(secret).encryptor().update(plain)
    padding = bytes(_PADDED - _BLOCK)
    padded = b"".join(blocks[at : at + _BLOCK] + padding for at in range(0, len(blocks), _BLOCK))
    written = base64.b32encode(padded).translate(_WRITE).decode()
    step = _PADDED * 8 // 5
    for at in range(0, len(written), step):
        yield grouped(written[at : at + LETTERS])


def grouped(letters: str) -> str:
    """The letters with dashes between the groups, as a code is printed."""
    parts, at = [], 0
    for size in GROUPS:
        parts.append(letters[at : at + size])
        at += size
    return "-".join(parts)


def tidy(typed: str) -> str | None:
    """The code that somebody typed, in groups: any case, spaces, dashes, O for 0, I or L for 1. None: it is none."""
    plain = unicodedata.normalize("NFKC", typed[:200]).upper()
    letters = "".join(char for char in plain if char.isalnum()).translate(_MISREAD)
    if len(letters) != LETTERS or set(letters) - set(_CROCKFORD):
        return None
    return grouped(letters)


def read(secret: bytes, typed: str) -> Code | None:
    """What a code means; None for whatever was not made with this key."""
    tidied = tidy(typed)
    if tidied is None:
        return None
    letters = tidied.replace("-", "").translate(_READ)
    raw = base64.b32decode(letters + "A" * (32 - LETTERS))
    if any(raw[_BLOCK:]):  # the last letter says more than 128 bits: another way to write the same code
        return None
    plain = _cipher(secret).decryptor().update(raw[:_BLOCK])
    if plain[8:] != _CHECK:
        return None
    return Code(int.from_bytes(plain[:4]), int.from_bytes(plain[4:8]))


def _cipher(secret: bytes) -> Cipher[modes.ECB]:
    """One block is one message, and no two messages are alike: the plain mode is what is wanted here."""
    return Cipher(algorithms.AES256(secret), modes.ECB())
