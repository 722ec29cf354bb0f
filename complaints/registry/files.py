"""Files that a side added, kept once by content hash in the data folder, outside anything that is served."""

import os
import secrets
from hashlib import sha256
from pathlib import Path

from complaints.config import settings


def keep(content: bytes) -> str:
    """Store the content if it is not there yet; returns its SHA-256. A crash leaves a whole file or none."""
    digest = sha256(content).hexdigest()
    path = _path(digest)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{digest}.{secrets.token_hex(4)}")
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    return digest


def read(digest: str) -> bytes:
    """The content of a kept file. Raises FileNotFoundError when it is not there."""
    return _path(digest).read_bytes()


def _path(digest: str) -> Path:
    return settings().data_dir / "evidence" / digest[:2] / digest
