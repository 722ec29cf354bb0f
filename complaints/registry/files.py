"""Files that a side added, kept once by content hash in the data folder, outside anything that is served."""

import os
import secrets
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from complaints.config import settings

PIECE = 256 * 1024  # bytes of a file that are in memory at once


def keep(content: bytes) -> str:
    """Store the content if it is not there yet; returns its SHA-256. A crash leaves a whole file or none."""
    digest = sha256(content).hexdigest()
    path = place(digest)
    if not path.exists():
        write(path, [content])
    return digest


def adopt(source: Path, path: Path) -> None:
    """Give a file that lies whole on the disk one more name, with no second copy, so that it outlives a power cut.

    Where the file system has no second names, or the two folders are not on the same one, it is copied.
    """
    fresh = _folder_of(path)
    try:
        os.link(source, path)
    except FileExistsError:
        return
    except OSError:
        write(path, read_in_pieces(source))
        return
    _make_folders_last(path, fresh=fresh)


def write(path: Path, content: Iterable[bytes]) -> None:
    """Write a file whole or not at all, so that it outlives a power cut once this returns."""
    fresh = _folder_of(path)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _write(draft, content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)  # of a full disk no piece is left
    _make_folders_last(path, fresh=fresh)


def read(digest: str) -> bytes:
    """The content of a small kept file. Raises FileNotFoundError when it is not there."""
    return place(digest).read_bytes()


def remove(digest: str) -> None:
    """Take a file away for good; nothing happens where it is not there."""
    place(digest).unlink(missing_ok=True)


def read_in_pieces(path: Path) -> Iterator[bytes]:
    """A file piece by piece. Raises FileNotFoundError when it is not there."""
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def there(digest: str) -> bool:
    """Whether the content is there at all."""
    return place(digest).is_file()


def place(digest: str) -> Path:
    """Where the content of this hash is kept, or would be."""
    return settings().data_dir / "evidence" / digest[:2] / digest


def _folder_of(path: Path) -> bool:
    """Make the folder of a file; whether it was not there."""
    fresh = not path.parent.is_dir()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return fresh


def _write(draft: Path, content: Iterable[bytes]) -> None:
    with draft.open("xb") as file:
        file.writelines(content)
        file.flush()
        os.fsync(file.fileno())


def _make_folders_last(path: Path, *, fresh: bool) -> None:
    for folder in (path.parent, path.parent.parent) if fresh else (path.parent,):
        _make_last(folder)


def _make_last(folder: Path) -> None:
    """The folder's own list outlives a power cut, too: the database is about to say that the file is there."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
