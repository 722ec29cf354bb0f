"""`complaints demo --keep` and `complaints simulate`."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, func, select

from complaints import clock, db
from complaints.commands import demo as demo_command
from complaints.commands import simulate as simulate_command
from complaints.config import settings
from complaints.demo import samples
from complaints.demo.apart import apart
from complaints.errors import NotAllowed
from complaints.models import Complaint
from complaints.registry import world
from complaints.workflow.case import Case
from tests.demo.conftest import open_doors


def test_keep_leaves_a_demo_world_at_the_end_of_the_year(settings_env: object, tmp_path: Path) -> None:
    folder, mine = tmp_path / "kept", settings().data_dir
    file, start = tmp_path / "complaints.csv", date(2026, 11, 23)
    samples.write_csv(file, samples.filings(5, 4, samples.enterprises(5, 3), start, 3))
    given = [str(file), "--days", "20", "--start", f"{start}", "--keep", str(folder)]
    done = CliRunner().invoke(demo_command.command, given, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert f"in {folder}" in done.output
    assert settings().data_dir == mine
    with apart(folder), db.transaction() as session:
        assert world.kind(session) == world.DEMO
        assert session.scalar(select(func.count()).select_from(Complaint)) == 4
        assert clock.local_date(clock.now()).isoformat() == "2026-12-13"
    again = CliRunner().invoke(demo_command.command, given)
    assert again.exit_code == 2
    assert "not empty" in again.output


def test_simulate_moves_the_clock_of_a_demo(demo: Case) -> None:
    with db.transaction():
        before = clock.now()
    done = CliRunner().invoke(simulate_command.command, ["--days", "2"], catch_exceptions=False)
    assert done.exit_code == 0
    with db.transaction():
        assert clock.now() - before > timedelta(days=1)
    assert "09:01" in done.output


def test_simulate_is_refused_in_a_live_world(sqlite: Engine) -> None:
    open_doors(world.LIVE)
    with pytest.raises(NotAllowed):
        CliRunner().invoke(simulate_command.command, ["--days", "2"], catch_exceptions=False)
