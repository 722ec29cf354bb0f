"""Files that a side added, kept once by content hash in the data folder, outside anything that is served."""

import os
import secrets
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from complaints.config import settings


def keep(content: bytes) -> str:
    """Store the content if it is not there yet; returns its SHA-256. A crash leaves a whole file or none."""
    digest = sha256(content).hexdigest()
    path = _path(digest)
    if not path.exists():
        write(path, content)
    return digest


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, so that it outlives a power cut once this returns."""
    fresh = not path.parent.is_dir()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _write(draft, content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)  # of a full disk no piece is left
    for folder in (path.parent, path.parent.parent) if fresh else (path.parent,):
        _make_last(folder)


def read(digest: str) -> bytes:
    """The content of a kept file. Raises FileNotFoundError when it is not there."""
    return _path(digest).read_bytes()


def remove(digest: str) -> None:
    """Take a file away for good; nothing happens where it is not there."""
    _path(digest).unlink(missing_ok=True)


def pieces(digest: str, size: int) -> Iterator[bytes]:
    """The content of a kept file in pieces of `size` bytes. Raises FileNotFoundError when it is not there."""
    with _path(digest).open("rb") as file:
        while piece := file.read(size):
            yield piece


def there(digest: str) -> bool:
    """Whether the content is there at all."""
    return _path(digest).is_file()


def _write(draft: Path, content: bytes) -> None:
    with draft.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _make_last(folder: Path) -> None:
    """The folder's own list outlives a power cut, too: the database is about to say that the file is there."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _path(digest: str) -> Path:
    return settings().data_dir / "evidence" / digest[:2] / digest
