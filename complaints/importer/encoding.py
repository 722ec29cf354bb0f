"""Which encoding a text file is in, found by reading it all: strict UTF-8 first, then GB18030."""

import codecs
import re
from pathlib import Path

from charset_normalizer import from_bytes

from complaints.errors import BadInput

CHUNK = 1 << 20
SAMPLE = 1 << 18
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f]")  # a file with these is no text, whatever it decodes to
_MARKS = (  # UTF-32 before UTF-16: its mark begins with the other's
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def recognise(path: Path, given: str | None = None) -> str:
    """The encoding in which the whole file can be read. Raises BadInput when there is none, or `given` is wrong."""
    if given is not None:
        return _held_to(path, given)
    with path.open("rb") as file:
        start = file.read(SAMPLE)
    marked = next((name for mark, name in _MARKS if start.startswith(mark)), None)
    if marked is not None:
        return _held_to(path, marked)
    if not _half_empty(start):
        if _decodes(path, "utf-8"):
            return "utf-8"
        if _decodes(path, "gb18030") and _reads_as_chinese(start):
            return "gb18030"
    return _guess(path, start)


def _held_to(path: Path, name: str) -> str:
    try:
        codecs.lookup(name)
    except LookupError:
        raise BadInput(f"there is no encoding called {name}") from None
    if not _decodes(path, name):
        raise BadInput(f"{path.name} is not text in {name}")
    return name


def _decodes(path: Path, name: str) -> bool:
    decoder = codecs.getincrementaldecoder(name)("strict")
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _reads_as_chinese(sample: bytes) -> bool:
    """Whether what GB18030 makes of the sample is mostly everyday Chinese (GB 2312, first level and signs).

    Without this, "México" in a Western encoding would pass: an accented letter and the next make a rare character.
    """
    text = codecs.getincrementaldecoder("gb18030")("strict").decode(sample)
    foreign = [char for char in text if ord(char) > 127]
    everyday = sum(_everyday(char) for char in foreign)
    return everyday * 2 >= len(foreign)


def _everyday(char: str) -> bool:
    code = char.encode("gb2312", "ignore")
    return len(code) == 2 and code[0] <= 0xD7


def _half_empty(sample: bytes) -> bool:
    """UTF-16 without a mark shows in any text with Western signs: about every second byte of those is zero."""
    return sample.count(0) * 10 > len(sample)


def _guess(path: Path, start: bytes) -> str:
    """For files that are neither: what charset-normalizer makes of the beginning, if all the rest agrees."""
    if _half_empty(start):
        high_first = start[0::2].count(0) > start[1::2].count(0)
        names = ["utf-16-be"] if high_first else ["utf-16-le"]
    else:
        whole_lines = start[: start.rfind(b"\n") + 1] or start
        best = from_bytes(whole_lines).best()
        names = [best.encoding] if best is not None else []
    for name in names:
        if _decodes(path, name) and not _CONTROLS.search(codecs.getincrementaldecoder(name)("strict").decode(start)):
            return name
    raise BadInput(
        f"{path.name} is not a text file in an encoding that can be recognised;"
        " save it as UTF-8, or name the encoding with --encoding"
    )
