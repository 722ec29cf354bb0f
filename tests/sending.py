"""Files as a form or a program brings them, and films of any length that cost nothing to make."""

import struct
from io import BytesIO
from pathlib import Path

from complaints.registry import uploads
from complaints.registry.uploads import Upload

SECRET = b"+31.2304+121.4737/"


def upload(content: bytes, name: str) -> Upload:
    """A file that was let through."""
    return uploads.check(BytesIO(content), name)


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box of an ISO file."""
    body = b"".join(parts)
    return struct.pack(">I", len(body) + 8) + kind + body


def tags() -> bytes:
    """What stands behind the pictures of a film: how it is turned, and three times where it was made."""
    xyz = box(b"\xa9xyz", struct.pack(">HH", len(SECRET), 0x15C7), SECRET)
    keys = box(b"meta", bytes(4), box(b"keys", b"com.apple.quicktime.location.ISO6709"), box(b"ilst", SECRET))
    tkhd = box(b"tkhd", b"turned by ninety degrees")
    loci = box(b"udta", box(b"loci", bytes(4), SECRET))
    return box(b"moov", box(b"mvhd", bytes(100)), box(b"trak", tkhd, loci), box(b"udta", xyz), keys)


def film(brand: bytes) -> bytes:
    """As phones write them: the place as user data, as a tag, and as the 3GP families do."""
    return b"".join([box(b"ftyp", brand, bytes(4), brand), box(b"free", SECRET), tags(), box(b"mdat", b"the film")])


def long_film(path: Path, megabytes: int) -> Path:
    """A film of that length as a phone writes it, with its tags behind the pictures; the disk holds next to nothing."""
    head, end = box(b"ftyp", b"isom", bytes(4), b"isom"), tags()
    size = megabytes * 1024 * 1024
    with path.open("wb") as file:
        file.write(head + struct.pack(">I4sQ", 1, b"mdat", size - len(head) - len(end)))
        file.seek(size - len(end))
        file.write(end)
    return path
