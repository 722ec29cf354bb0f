"""Where a photo or video was taken is nobody's business: location is taken out of a file before it is kept.

Nothing is encoded again. Photos keep their orientation, the moment and the device; whatever else their Exif, XMP, IPTC
and text parts say goes, since all of these can hold a place. In files of boxes (HEIC; `films.py`: MP4, MOV) the parts
are blanked where they stand, so that no offset changes. What is not built as its kind should be is kept as it came; so
is a file of more parts than any camera writes, which would cost more time than it is worth.
"""

import contextlib
import struct
import zlib
from collections.abc import Iterator
from typing import IO

from PIL import Image

from complaints.registry import films
from complaints.registry.boxes import Bounds, Box, Read, each_box

ORIENTATION, MAKE, MODEL, MOMENT, EXIF_PART, TAKEN = 0x0112, 0x010F, 0x0110, 0x0132, 0x8769, 0x9003
_EXIF_HEAD = b"Exif\0\0"
_PNG_HEAD = 8
_PNG_GONE = {b"tEXt", b"zTXt", b"iTXt", b"eXIf"}
VIDEOS = ("video/mp4", "video/quicktime")
_TIFF_EMPTY = b"MM\0*\0\0\0\x08\0\0\0\0\0\0"


def scrubbed(file: IO[bytes], media_type: str) -> Iterator[bytes]:
    """The file in pieces, without the place where it was made; a film is never in memory as a whole."""
    if media_type in VIDEOS:
        return films.scrubbed(file)
    file.seek(0)
    return iter([scrub(file.read(), media_type)])


def scrub(content: bytes, media_type: str) -> bytes:
    """A photo without the place where it was made; unchanged where there is nothing to take out."""
    ways = {"image/jpeg": _jpeg, "image/png": _png, "image/webp": _webp, "image/heic": _heic}
    with contextlib.suppress(ValueError, IndexError, struct.error):  # broken in itself: no camera wrote this
        return ways[media_type](content) if media_type in ways else content
    return content


def _exif(old: bytes, bounds: Bounds) -> bytes:
    """A new Exif part with what may stay; empty where nothing may, or the old one cannot be read."""
    bounds.exif()
    before, after = Image.Exif(), Image.Exif()
    try:
        before.load(old)
        kept = {tag: before[tag] for tag in (ORIENTATION, MAKE, MODEL, MOMENT) if tag in before}
        taken = before.get_ifd(EXIF_PART).get(TAKEN)
    except Exception:
        return b""
    for tag, value in kept.items():
        after[tag] = value
    if taken:
        after.get_ifd(EXIF_PART)[TAKEN] = taken
    return after.tobytes() if kept or taken else b""


def _jpeg(content: bytes) -> bytes:
    """Segment by segment up to the picture's end. What follows it (a second picture, a film) has parts of its own."""
    out, at, bounds = [content[:2]], 2, Bounds()
    while content[at] == 0xFF and content[at + 1] != 0xD9:
        bounds.part()
        if content[at + 1] == 0xFF:  # padding
            at += 1
            continue
        end = at + 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        if content[at + 1] == 0xDA:
            end = _scan_end(content, end)
        out.append(_segment(content[at:end], bounds))
        at = end
    if content[at : at + 2] != b"\xff\xd9":
        raise ValueError("no end of the picture")
    rest = content[at + 2 :]
    return b"".join([*out, b"\xff\xd9", b"" if rest.strip(b"\0") else rest])


def _scan_end(content: bytes, at: int) -> int:
    """Where the coded picture ends: at the next marker that is none of its own."""
    while True:
        at = content.index(b"\xff", at)
        if content[at + 1] != 0 and not 0xD0 <= content[at + 1] <= 0xD7:
            return at
        at += 2


def _segment(segment: bytes, bounds: Bounds) -> bytes:
    marker, body = segment[1], segment[4:]
    if marker == 0xE1 and body.startswith(_EXIF_HEAD):
        exif = _exif(body, bounds)
        exif = exif if not exif or exif.startswith(_EXIF_HEAD) else _EXIF_HEAD + exif
        return b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif if exif else b""
    if marker in (0xE1, 0xED, 0xFE) or (marker == 0xE2 and body.startswith(b"MPF\0")):  # XMP, IPTC, comment, others
        return b""
    return segment


def _png(content: bytes) -> bytes:
    out, at, bounds = [content[:_PNG_HEAD]], _PNG_HEAD, Bounds()
    while at + 12 <= len(content):
        bounds.part()
        size, kind = struct.unpack(">I4s", content[at : at + 8])
        end = at + 12 + size
        if end > len(content):
            raise ValueError("a part longer than the file")
        if kind == b"eXIf":
            exif = _exif(content[at + 8 : end - 4], bounds).removeprefix(_EXIF_HEAD)
            out += (
                [struct.pack(">I", len(exif)), kind, exif, struct.pack(">I", zlib.crc32(kind + exif))] if exif else []
            )
        elif kind not in _PNG_GONE:
            out.append(content[at:end])
        at = end
        if kind == b"IEND":
            return b"".join(out)
    raise ValueError("no end of the picture")


def _webp(content: bytes) -> bytes:
    out, at, bounds = [], 12, Bounds()
    while at + 8 <= len(content):
        bounds.part()
        kind, size = struct.unpack("<4sI", content[at : at + 8])
        body = content[at + 8 : at + 8 + size]
        if len(body) < size:
            raise ValueError("a part longer than the file")
        if kind == b"EXIF":
            body = _exif(body, bounds).removeprefix(_EXIF_HEAD)
        if kind == b"VP8X":
            body = bytes([body[0] & ~0x04]) + body[1:]  # no XMP any more
        if kind != b"XMP " and (body or kind != b"EXIF"):
            out.append((kind, body))
        at += 8 + size + size % 2
    if not any(kind == b"EXIF" for kind, _ in out):
        out = [(kind, bytes([body[0] & ~0x08]) + body[1:] if kind == b"VP8X" else body) for kind, body in out]
    parts = b"".join(kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2) for kind, body in out)
    return b"RIFF" + struct.pack("<I", 4 + len(parts)) + b"WEBP" + parts


def _heic(content: bytes) -> bytes:
    """A photo of boxes: its Exif and XMP items are blanked where they stand; how it is turned is a property."""
    found, bounds = bytearray(content), Bounds()
    for meta in each_box(_reader(found), 0, len(found), bounds):
        if meta.kind != b"meta":
            continue
        inside = {box.kind: box for box in each_box(_reader(found), meta.body + 4, meta.end, bounds)}
        if b"iinf" in inside and b"iloc" in inside:
            wanted = _items(found, inside[b"iinf"], bounds)
            base = inside[b"idat"].body if b"idat" in inside else 0
            for item, start, size in _places(found, inside[b"iloc"], base, bounds):
                if item in wanted:
                    _blank_item(found, start, size, wanted[item])
    return bytes(found)


def _reader(found: bytearray) -> Read:
    return lambda start, end: bytes(found[start:end])


def _items(found: bytearray, iinf: Box, bounds: Bounds) -> dict[int, bytes]:
    """The items with what is to go: their numbers and kinds."""
    skip = 6 if found[iinf.body] == 0 else 8
    wanted = {}
    for entry in each_box(_reader(found), iinf.body + skip, iinf.end, bounds):
        wide = found[entry.body] >= 3
        number = int.from_bytes(found[entry.body + 4 : entry.body + (8 if wide else 6)], "big")
        at = entry.body + (10 if wide else 8)
        kind = bytes(found[at : at + 4])
        if kind == b"Exif" or (kind == b"mime" and b"rdf+xml" in found[at : entry.end]):
            wanted[number] = kind
    return wanted


def _places(found: bytearray, iloc: Box, idat: int, bounds: Bounds) -> Iterator[tuple[int, int, int]]:
    """Where each item stands: its number, first byte and size, piece by piece."""
    version, sizes = found[iloc.body], found[iloc.body + 4 : iloc.body + 6]
    offset, length, base, index = sizes[0] >> 4, sizes[0] & 15, sizes[1] >> 4, sizes[1] & 15 if version else 0
    at = iloc.body + 6

    def read(count: int) -> int:
        nonlocal at
        at += count
        if at > iloc.end:
            raise ValueError("a place outside its list")
        return int.from_bytes(found[at - count : at], "big")

    wide = 4 if version == 2 else 2
    for _item in range(read(wide)):
        bounds.part()
        item = read(wide)
        inside = version and read(2) & 15 == 1
        read(2)
        begins = read(base) + (idat if inside else 0)
        for _piece in range(read(2)):
            bounds.part()
            read(index)
            start = begins + read(offset)
            yield item, start, read(length)


def _blank_item(found: bytearray, start: int, size: int, kind: bytes) -> None:
    if not 0 < start <= start + size <= len(found):
        raise ValueError("an item outside the file")
    empty = (b"\0\0\0\0" + _TIFF_EMPTY)[:size] if kind == b"Exif" else b""
    filler = b"\0" if kind == b"Exif" else b" "
    found[start : start + size] = empty + filler * (size - len(empty))
