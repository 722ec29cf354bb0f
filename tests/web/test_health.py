"""What machines that watch are told."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from web import create_app


def test_alive_and_ready(database: Engine) -> None:
    client = create_app().test_client()
    for address in ("/healthz", "/readyz"):
        assert client.get(address).status_code == 200


def test_alive_but_not_ready_without_tables(settings_env: Callable[..., None], tmp_path: Path) -> None:
    settings_env(DATABASE_URL=f"sqlite:///{tmp_path / 'empty.db'}")
    client = create_app().test_client()
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503


def test_a_database_that_is_away_gives_a_page_not_a_crash(
    settings_env: Callable[..., None], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings_env(DATABASE_URL=f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.db'}")
    client = create_app().test_client()
    assert client.get("/readyz").status_code == 503
    answer = client.get("/file/all?lang=en")
    assert answer.status_code == 503
    assert "The service is busy" in answer.text
    assert "folder.db" not in answer.text
