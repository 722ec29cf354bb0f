"""Runs that are killed, and runs that meet: every row once."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from sqlalchemy import Engine, func, select

from complaints import db
from complaints.config import settings
from complaints.importer.load import BATCH
from complaints.models import Complaint, Enterprise, ImportFile, ImportRow
from tests.importer.files import HEADER, count, done, written

ROOT = Path(__file__).parents[2]


SCRIPT = "from complaints.commands.import_file import command; command()"
# kill -9 from within, in the middle of a batch: after the n-th case has been filed and before its batch is committed
DYING = """
import os, signal, sys
from complaints.workflow import actions
left, file = int(sys.argv.pop()), actions.file

def file_and_die(*words, **more):
    global left
    case, left = file(*words, **more), left - 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    return case

actions.file = file_and_die
"""


def started(tmp_path: Path, *words: str | Path) -> subprocess.Popen[str]:
    """A process of its own on the test's database."""
    environment = {**os.environ, "COMPLAINTS_DATABASE_URL": settings().database_url, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", *map(str, words)]
    return subprocess.Popen(
        command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def many(tmp_path: Path, total: int) -> Path:
    """A file of as many rows, about seven enterprises."""
    rows = (f"{n},晨曦{n % 7},启程,,第{n}件,,2021-01-30,\n" for n in range(total))
    return written(tmp_path, HEADER + "".join(rows))


def test_a_killed_run_loses_nothing_and_doubles_nothing(ready: Engine, tmp_path: Path) -> None:
    path = many(tmp_path, 300)
    for dies_after, committed in ((2 * BATCH + 30, 2 * BATCH), (BATCH + 1, 3 * BATCH), (1, 3 * BATCH)):
        process = started(tmp_path, DYING + SCRIPT, path, "--create-enterprises", str(dies_after))
        output, _ = process.communicate(timeout=120)
        assert process.returncode == -signal.SIGKILL, output
        assert [count(Complaint), count(ImportRow)] == [committed, committed]
    assert done(path, "--create-enterprises").startswith("300 read, 150 filed, 150 already there, 0 rejected")
    with db.transaction() as session:
        assert session.scalar(select(func.count(ImportRow.key.distinct()))) == 300
        assert session.scalar(select(func.count(ImportRow.complaint_id.distinct()))) == 300
    assert [count(Complaint), count(Enterprise), count(ImportFile)] == [300, 7, 1]


def test_two_runs_at_once_file_each_row_once(ready: Engine, tmp_path: Path) -> None:
    path = many(tmp_path, 300)
    processes = [started(tmp_path, SCRIPT, path, "--create-enterprises") for _ in range(2)]
    outputs = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    assert all(" 0 rejected" in output for output in outputs), outputs
    assert [count(Complaint), count(ImportRow), count(Enterprise)] == [300, 300, 7]
