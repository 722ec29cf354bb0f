"""What the tests of the importer share."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from complaints import schema


@pytest.fixture
def ready(database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A database with calendars, and a folder in which reject files may appear."""
    schema.prepare()
    monkeypatch.chdir(tmp_path)
    return database
