"""A simulated year: the same seed gives the same table, and every case comes to an end or says why not."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select

from complaints import db, schema
from complaints.config import settings
from complaints.demo import samples, simulate, source
from complaints.demo.apart import apart
from complaints.demo.report import Report
from complaints.models import Event
from complaints.workflow.case import Role
from complaints.workflow.lifecycle import TABLE

START = date(2026, 11, 23)
REAL_FILE = Path(__file__).parents[2] / "../shared/data/car_complaints_2021-01.csv"
MOST_STATEMENTS = 1000  # to the database for one complaint of a simulated year; 684 were counted when this was set


def _run(read: source.Source, seed: int, days: int = 365) -> tuple[Report, list[tuple[str, str, str]]]:
    """The report, and every entry of every log: who did what from where."""
    with tempfile.TemporaryDirectory() as folder, apart(Path(folder)):
        schema.prepare()
        report = simulate.simulate(read.entries, seed, days, START, read.known)
        with db.transaction() as session:
            events = session.execute(select(Event.role, Event.trigger, Event.from_state).order_by(Event.id)).all()
    return report, [(row.role, row.trigger, row.from_state) for row in events]


def _few(seed: int, complaints: int) -> source.Source:
    return source.generated(seed, START, 120, complaints)


def test_forty_complaints_come_to_an_end() -> None:
    statements = count()
    hear = lambda *_: next(statements)  # noqa: E731 (a listener)
    event.listen(Engine, "before_cursor_execute", hear)
    report, events = _run(source.generated(1, START, 365, 40), 1)
    event.remove(Engine, "before_cursor_execute", hear)
    assert next(statements) < 40 * MOST_STATEMENTS
    assert (report.given, report.filed, report.closed) == (40, 40, 40)
    assert report.still_open == ()
    assert report.broken_chains == ()
    assert report.refused == {}  # nobody tried what the table forbids
    assert report.entries == len(events)
    assert len([count for count in report.outcomes.values() if count]) >= 5
    _everybody_takes_part(report, events)


def _everybody_takes_part(report: Report, events: list[tuple[str, str, str]]) -> None:
    partner = {Role.PARTNER.value}  # only files, which nobody but consumers does here
    assert {role for role, _, _ in events} == {role.value for role in Role} - partner
    known = {(role.value, row.trigger, state.value) for row in TABLE for role in row.by for state in row.source}
    assert set(events) <= known
    owners = report.deadlines
    assert all(owners[owner].met for owner in ("intake", "consumer", "enterprise", "supervisor", "mediator"))
    assert owners["enterprise"].missed
    assert owners["consumer"].missed
    assert all(entry.running == 0 for entry in owners.values())
    assert report.mails == sum(counts.get("sent", 0) for counts in report.letters.values())
    assert report.letters["reminder last_day"]["sent"] > 0
    assert not any(counts.get("waiting") for counts in report.letters.values())


def test_the_same_seed_gives_the_same_year_and_another_another() -> None:
    first, log = _run(_few(9, 10), 9)
    again, same_log = _run(_few(9, 10), 9)
    other, other_log = _run(_few(9, 10), 10)
    assert (first, log) == (again, same_log)
    assert (first, log) != (other, other_log)


def test_a_year_that_is_too_short_says_what_is_still_open() -> None:
    report, _ = _run(source.generated(3, START, 60, 8), 3, days=12)
    assert report.still_open
    assert report.closed + len(report.still_open) == report.filed <= report.given
    assert all(entry.due_at is not None for entry in report.still_open)


def test_days_in_the_file_set_the_days_of_filing() -> None:
    filing = _few(1, 1).entries[0].filing
    days = (date(2021, 1, 30), date(2021, 1, 26), None)
    year = simulate.Year([simulate.Entry(filing, day) for day in days], 1, 365, START, None, None)
    last, first, anyhow = (instant.date() for instant in year._filing_instants())
    assert (first, last) == (START, START + timedelta(days=4))
    assert START <= anyhow <= START + timedelta(days=92)


@pytest.mark.skipif(not REAL_FILE.exists(), reason="the real file is not beside the project (../shared/data)")
def test_real_complaints_live_through_a_year() -> None:
    report, _ = _run(source.read(REAL_FILE, None, most=60), 1)
    assert (report.given, report.filed) == (60, 60)
    assert report.closed + len(report.still_open) == 60
    assert report.still_open == ()
    assert (report.broken_chains, report.refused) == ((), {})


def test_the_command_is_the_same_in_every_process_and_leaves_the_users_data_alone(
    tmp_path: Path, settings_env: Callable[..., None]
) -> None:
    file = tmp_path / "complaints.csv"
    samples.write_csv(file, samples.filings(5, 4, samples.enterprises(5, 3), START, 3))
    mine = settings().data_dir
    before = sorted(path.name for path in mine.iterdir())
    (table, folder), (same, _) = (_command(file, PYTHONHASHSEED=seed) for seed in ("1", "2"))
    assert table == same
    assert "4 filed" in table
    assert "all 4 chains are whole" in table
    assert sorted(path.name for path in mine.iterdir()) == before
    assert not folder.exists()


def _command(file: Path, **environment: str) -> tuple[str, Path]:
    """What `complaints demo FILE` prints, apart from what differs from run to run: the folder and the time."""
    line = [sys.executable, "-m", "complaints.cli", "demo", str(file), "--seed", "4", "--start", str(START)]
    done = subprocess.run(line, env=os.environ | environment, capture_output=True, text=True, check=True, timeout=300)
    lines = done.stdout.splitlines()
    [where] = [text for text in lines if text.startswith("Simulating")]
    table = [text for text in lines if text != where and not text.startswith("4 complaints in")]
    return "\n".join(table), Path(where.rpartition(" in ")[2])
