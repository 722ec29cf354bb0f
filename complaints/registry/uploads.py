"""Files as they come from outside: told by their content what they are, named so that no system trips over the name.

What was let through lies whole on the disk, in the folder `incoming`, before any transaction begins: whoever keeps it
only gives it another name.
"""

import os
import re
import secrets
import shutil
import unicodedata
import weakref
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO

from complaints.config import settings
from complaints.errors import BadInput
from complaints.registry import files
from complaints.registry.scrubbing import VIDEOS, scrubbed

MEGABYTE = 1024 * 1024
MOST_MEGABYTES = 20
MOST_BYTES = MOST_MEGABYTES * MEGABYTE  # of a file that is no video
LEAST_FREE = 500 * MEGABYTE  # of the disk, below which no file is taken
MOST_FILES = 30  # of one side in one case
MOST_AT_ONCE = 10  # files of one form or request; more can be added beside it
FIELD = "file"  # what a form or a request calls it
HEAD = 512  # bytes by which a kind other than text is told
LONGEST_STEM = 80  # three bytes each in Chinese, and file systems end at 255

# The endings that a name may have; the first is given where it has none of them.
KINDS = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "image/heic": (".heic", ".heif"),
    "application/pdf": (".pdf",),
    "video/mp4": (".mp4", ".m4v", ".3gp"),
    "video/quicktime": (".mov", ".qt"),
    "text/plain": (".txt",),
}
UNKNOWN = (".bin",)  # of what came in by another way than this one

_STARTS = (
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"RIFF....WEBPVP8[ LX]", re.DOTALL), "image/webp"),
    (re.compile(rb"%PDF-\d"), "application/pdf"),
)
_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"}
_MP4 = {b"isom", b"avc1", b"mp41", b"mp42", b"mp71", b"M4V ", b"M4VH", b"M4VP", b"MSNV", b"dash", b"XAVC"}
_MP4_FAMILIES = (b"iso", b"3gp", b"3g2")
_MARKUP = re.compile(
    r"<\s*(?:!doctype|!entity|\?xml|html|head|body|svg|script|iframe|object|embed|style|meta)\b"
    r"|<[a-z][a-z0-9-]*[\s/][^<>]*=",  # any element with something that it does, such as an image's onerror
    re.IGNORECASE,
)
_NOT_IN_NAMES = re.compile(r'[<>:"|?*%]')
_DEVICES = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)")


@dataclass(frozen=True, eq=False)
class Upload:
    """A file that can be kept: where it lies whole on the disk, its hash, its size in bytes, its name and kind."""

    path: Path
    sha256: str
    size: int
    name: str
    media_type: str


def check(file: IO[bytes], filename: str) -> Upload:
    """The file, if it can be kept; what lies on the disk of it goes with the last who holds it.

    Raises BadInput, naming the field: none, empty, too big, of no kind we take.
    """
    if not filename:
        raise refused("no_file")
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(HEAD)
    if not head:
        raise refused("empty_file")
    look(head, size)
    media_type = _by_start(head) or _text(file)
    if media_type is None:
        raise refused("wrong_kind_of_file")
    return _staged(scrubbed(file, media_type), clean_name(filename, media_type), media_type)


def again(path: Path, filename: str) -> Upload:
    """The same of a file that was let through before and lies on the disk."""
    digest, head = sha256(), b""
    for piece in files.read_in_pieces(path):
        head = head or piece[:HEAD]
        digest.update(piece)
    media_type = _by_start(head) or "text/plain"
    return Upload(path, digest.hexdigest(), path.stat().st_size, clean_name(filename, media_type), media_type)


def look(head: bytes, size: int) -> None:
    """What can be said of a file of `size` bytes by its beginning. Raises BadInput: no room, or too big."""
    if shutil.disk_usage(settings().data_dir).free < LEAST_FREE + size:
        raise refused("no_room")  # filing and acting need the last of the disk
    most = settings().video_megabytes if _by_start(head) in VIDEOS else MOST_MEGABYTES
    if size > most * MEGABYTE:
        raise refused(f"file_too_big:{most}")


def most_bytes() -> int:
    """How many bytes a video may have, and several files of one form together."""
    return settings().video_megabytes * MEGABYTE


def together(given: list[Upload]) -> list[Upload]:
    """The files of one form. Raises BadInput where together they are too big."""
    if sum(each.size for each in given) > most_bytes():
        raise refused(f"together_too_big:{settings().video_megabytes}")
    return given


def folder() -> Path:
    """Where files lie that nobody keeps yet."""
    return settings().data_dir / "incoming"


def _staged(pieces: Iterable[bytes], name: str, media_type: str) -> Upload:
    digest, path = sha256(), folder() / secrets.token_hex(16)

    def counted() -> Iterator[bytes]:
        for piece in pieces:
            digest.update(piece)
            yield piece

    files.write(path, counted())
    upload = Upload(path, digest.hexdigest(), path.stat().st_size, name, media_type)
    weakref.finalize(upload, path.unlink, missing_ok=True)
    return upload


def refused(key: str) -> BadInput:
    """What is wrong with a file, to be raised."""
    return BadInput(f"the file cannot be kept: {key}", {FIELD: [key]})


def sniff(content: bytes) -> str | None:
    """What the content is, whatever its name and sender say; None where it is nothing that we take."""
    return _by_start(content[:HEAD]) or ("text/plain" if _is_text(content) else None)


def _by_start(head: bytes) -> str | None:
    for start, media_type in _STARTS:
        if start.match(head):
            return media_type
    return _box_file(head) if head[4:8] == b"ftyp" else None


def _text(file: IO[bytes]) -> str | None:
    """The kind of text, which is told by all of it."""
    file.seek(0)
    return sniff(file.read())


def _box_file(content: bytes) -> str | None:
    """The kinds that begin with a box of brands: the first is the file's own, the others it can be read as."""
    size = int.from_bytes(content[:4], "big")
    brand, others = content[8:12], {content[at : at + 4] for at in range(16, min(size, 256), 4)}
    if brand in _HEIC or (brand in (b"mif1", b"msf1") and others & _HEIC):
        return "image/heic"
    if brand == b"qt  ":
        return "video/quicktime"
    return "video/mp4" if brand in _MP4 or brand[:3] in _MP4_FAMILIES else None


def _is_text(content: bytes) -> bool:
    """Letters and line breaks in an encoding that people here use, and no markup that a browser might run."""
    text = _decoded(content)
    if text is None or any(unicodedata.category(char) == "Cc" and char not in "\t\n\r\f" for char in set(text)):
        return False
    return not text.lstrip("\ufeff \t\r\n\f").startswith("<") and not _MARKUP.search(text)


def _decoded(content: bytes) -> str | None:
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def clean_name(given: str, media_type: str) -> str:
    """The last part of a name, without what could mislead a reader or a system, with an ending that tells the truth."""
    bare = unicodedata.normalize("NFC", re.split(r"[/\\]", given)[-1])
    shown = "".join(char for char in bare if unicodedata.category(char)[0] not in "CZ" or char == " ")
    safe = _NOT_IN_NAMES.sub("_", shown)
    stem, dot, ending = safe.rpartition(".")
    endings = KINDS[media_type]
    if f".{ending.lower()}" not in endings:
        stem, dot, ending = safe, ".", endings[0][1:]
    stem = stem[:LONGEST_STEM].strip(" .") or "file"
    return f"{'_' if _DEVICES.fullmatch(stem.partition('.')[0]) else ''}{stem}{dot}{ending.lower()}"
