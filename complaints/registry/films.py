"""Films (MP4, MOV) without the place where they were made, read and handed on piece by piece: they may be large.

User data, tags and positions become empty boxes where they stand, so that no offset changes; how a film is turned
stands in a track's head, and stays.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from complaints.registry.boxes import Bounds, Box, Read, each_box
from complaints.registry.files import PIECE

_BLANKED = {b"udta", b"meta", b"uuid", b"gps ", b"GPS ", b"free", b"skip", b"loci", b"\xa9xyz"}
_INSIDE = {b"moov", b"trak"}
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class _Change:
    """Bytes that are written over: with what, else with nothing but zeros."""

    start: int
    end: int
    new: bytes = b""


def scrubbed(film: IO[bytes]) -> Iterator[bytes]:
    """The film in pieces, without the place; as it came where it is not built as a film is, or of too many boxes."""
    try:
        changes = _changes(film)
    except (ValueError, struct.error):  # broken in itself: no camera wrote this
        changes = []
    film.seek(0)
    at, first = 0, 0
    while piece := bytearray(film.read(PIECE)):
        end = at + len(piece)
        while first < len(changes) and changes[first].end <= at:
            first += 1
        for change in changes[first:]:
            if change.start >= end:
                break
            _apply(change, piece, at)
        yield bytes(piece)
        at = end


def _apply(change: _Change, piece: bytearray, at: int) -> None:
    """Write over what of it lies in a piece that begins at a byte of the film."""
    start, end = max(change.start, at), min(change.end, at + len(piece))
    piece[start - at : end - at] = change.new[start - change.start : end - change.start] or bytes(end - start)


def _changes(film: IO[bytes]) -> list[_Change]:
    """What is written over, from the front to the end. Raises ValueError or struct.error for a broken film."""

    def read(start: int, end: int) -> bytes:
        film.seek(start)
        return film.read(end - start)

    return [change for box in _gone(read, 0, film.seek(0, 2), Bounds(), _DEEPEST) for change in _emptied(box)]


def _emptied(box: Box) -> Iterator[_Change]:
    yield _Change(box.start + 4, box.start + 8, b"free")
    if box.end > box.body:
        yield _Change(box.body, box.end)


def _gone(read: Read, start: int, end: int, bounds: Bounds, deeper: int) -> Iterator[Box]:
    if not deeper:
        raise ValueError("boxes in boxes without end")
    for box in each_box(read, start, end, bounds):
        if box.kind in _INSIDE:
            yield from _gone(read, box.body, box.end, bounds, deeper - 1)
        elif box.kind in _BLANKED:
            yield box
