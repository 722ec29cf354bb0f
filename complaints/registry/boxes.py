"""Files of boxes (ISO base media: HEIC, MP4, MOV): each box has a size, a kind, and more boxes or data in it."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MOST_PARTS, MOST_EXIFS = 20_000, 4  # more than any camera writes

Read = Callable[[int, int], bytes]  # from which byte, up to which


@dataclass(slots=True)
class Bounds:
    """How many more parts are looked at in one file. Raises ValueError beyond."""

    parts: int = MOST_PARTS
    exifs: int = MOST_EXIFS

    def part(self) -> None:
        """One more part."""
        self.parts -= 1
        if self.parts < 0:
            raise ValueError("too many parts")

    def exif(self) -> None:
        """One more part of Exif, which costs more to read."""
        self.exifs -= 1
        if self.exifs < 0:
            raise ValueError("too many Exif parts")


@dataclass(frozen=True, slots=True)
class Box:
    """A box: its kind, where it begins, where its body begins and ends, in bytes of the file."""

    kind: bytes
    start: int
    body: int
    end: int


def each_box(read: Read, start: int, end: int, bounds: Bounds) -> Iterator[Box]:
    """The boxes side by side between two bytes of the file. Raises ValueError where one is longer than its place."""
    while start + 8 <= end:
        bounds.part()
        size, kind = struct.unpack(">I4s", read(start, start + 8))
        head = 16 if size == 1 else 8
        if size == 1:
            size = int.from_bytes(read(start + 8, start + 16), "big")
        stop = end if size == 0 else start + size
        if (size and size < head) or stop > end:
            raise ValueError("a box longer than what holds it")
        yield Box(kind, start, start + head, stop)
        start = stop
