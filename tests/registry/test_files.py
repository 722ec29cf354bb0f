"""Files kept by content hash."""

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from complaints.config import settings
from complaints.registry import files


def _kept() -> list[Path]:
    return [path for path in (settings().data_dir / "evidence").rglob("*") if path.is_file()]


def test_the_same_content_is_kept_once(settings_env: Callable[..., None]) -> None:
    assert files.keep(b"a photo") == files.keep(b"a photo") == sha256(b"a photo").hexdigest()
    assert files.read(files.keep(b"a photo")) == b"a photo"
    assert len(_kept()) == 1


def test_a_full_disk_leaves_nothing(settings_env: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        files.keep(b"a photo")
    assert _kept() == []


def test_what_is_not_there_is_not_found(settings_env: Callable[..., None]) -> None:
    with pytest.raises(FileNotFoundError):
        files.read(sha256(b"never kept").hexdigest())
