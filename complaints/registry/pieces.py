"""Large files that come in pieces, so that a lost connection costs a piece and not the file.

A folder for each owner (a draft, or somebody at a case), no memory and no rows: what has come of a file is the length
of its `.part`, whichever process looks. Once all of it is there it is checked, scrubbed and called `.whole`; whoever
keeps it gives it one more name, so that a last step that is sent again finds it still. What rests for a day is swept.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from complaints.errors import BadInput
from complaints.registry import uploads
from complaints.registry.uploads import MEGABYTE, Upload

WHOLE = ".whole"
PIECE = 2 * MEGABYTE  # bytes, of one piece at most
MOST = uploads.MOST_AT_ONCE  # files of one owner that wait here
MOST_TOGETHER = 3  # times the largest video that they may have together; the one that rested longest makes room
KEPT_FOR = timedelta(days=1)  # after the last piece, in real time
FOLDERS = "pieces"
_KEY = re.compile(r"([1-9]\d{0,11})\.(\d{1,16})\.([^\0]{1,300})", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Coming:
    """A file on its way: as its sender tells it from others, by size in bytes, time of change, and name."""

    folder: Path
    code: str
    size: int
    name: str

    @property
    def part(self) -> Path:
        """What has come of it."""
        return self.folder / f"{self.code}.part"

    @property
    def whole(self) -> Path:
        """All of it, scrubbed."""
        return self.folder / f"{self.code}{WHOLE}"

    def arrived(self) -> int:
        """How many bytes of it are here."""
        if self.whole.exists():
            return self.size
        with suppress(FileNotFoundError):
            return self.part.stat().st_size
        return 0


def coming(owner: str, key: str) -> Coming:
    """The file that an owner calls `SIZE.CHANGED.NAME`. Raises BadInput, naming the field, for another form."""
    found = _KEY.fullmatch(key)
    if found is None:
        raise uploads.refused("not_whole")
    code = sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return Coming(_folder(owner), code, int(found[1]), found[3])


def add(file: Coming, offset: int, piece: bytes) -> int:
    """Add a piece that begins at a byte of the file; returns how many bytes are here then.

    A piece that is here already changes nothing, nor does one that would leave a gap: the answer says where to go on.
    Raises BadInput, naming the field, where by its beginning the file cannot be kept.
    """
    with _alone(file.folder):
        have = file.arrived()
        fresh = piece[have - offset : file.size - offset] if offset <= have else b""
        if fresh:
            uploads.look(_head(file) or fresh[: uploads.HEAD], file.size)
            _make_room(file, len(fresh))
            _append(file.part, have, fresh)
        return have + len(fresh)


def whole(file: Coming) -> Upload:
    """The file that has come whole. Raises BadInput, naming the field: some of it is missing, or it cannot be kept."""
    with _alone(file.folder):
        if not file.whole.exists():
            if file.arrived() != file.size:
                raise uploads.refused("not_whole")
            return _finished(file)
        return uploads.again(file.whole, file.name)


def drop(owner: str, *endings: str) -> None:
    """Take away what waits for an owner: all of it, or only what ends so."""
    for path in _files(_folder(owner)):
        if not endings or path.suffix in endings:
            path.unlink(missing_ok=True)


def forget(wall: datetime) -> None:
    """Sweep what has rested for a day, also what a process that was killed has left beside it."""
    until = (wall - KEPT_FOR).timestamp()
    for folder in (uploads.folder(), *_files(uploads.folder() / FOLDERS)):
        for path in _files(folder):
            with suppress(OSError):  # another process sweeps, too
                if path.is_file() and path.stat().st_mtime < until:
                    path.unlink()
        if folder != uploads.folder():
            with suppress(OSError):  # not empty
                folder.rmdir()


def _folder(owner: str) -> Path:
    return uploads.folder() / FOLDERS / sha256(owner.encode()).hexdigest()[:32]


def _files(folder: Path) -> list[Path]:
    with suppress(FileNotFoundError):
        return list(folder.iterdir())
    return []


def _head(file: Coming) -> bytes:
    with suppress(FileNotFoundError), file.part.open("rb") as content:
        return content.read(uploads.HEAD)
    return b""


def _finished(file: Coming) -> Upload:
    """Check it and call it whole. What cannot be kept is gone at once."""
    try:
        with file.part.open("rb") as content:
            checked = uploads.check(content, file.name)
    except BadInput:
        file.part.unlink()
        raise
    checked.path.rename(file.whole)
    file.part.unlink()
    return replace(checked, path=file.whole)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One at a time for each owner, whichever tab, process or machine they come through."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / ".lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.utime(lock.fileno())
        yield


def _append(path: Path, at: int, piece: bytes) -> None:
    """Whole or not at all, but for a process that is killed: then its length says how far it came."""
    with path.open("ab") as part:
        try:
            part.write(piece)
            part.flush()
            os.fsync(part.fileno())
        except OSError:
            part.truncate(at)
            raise


def _make_room(file: Coming, more: int) -> None:
    """Take away what has rested longest, where there would be too many or together they would be too big."""
    others = [path for path in _files(file.folder) if path.suffix in (".part", WHOLE) and path.stem != file.code]
    others.sort(key=lambda path: path.stat().st_mtime)
    left = MOST_TOGETHER * uploads.most_bytes() - file.arrived() - more
    while others and (len(others) >= MOST or sum(path.stat().st_size for path in others) > left):
        others.pop(0).unlink(missing_ok=True)
