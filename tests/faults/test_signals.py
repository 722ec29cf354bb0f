"""How the processes end when they are told to, in the middle of their work; and what they write meanwhile."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

import worker
from tests.faults import afterwards
from tests.faults.running import crew, leases
from tests.faults.staged import Stage, count_events, stand_at, wait_until_quiet
from tests.people import moment

HERE = Path(worker.__file__).parent
CASES = 20
FOR_EVER = 10  # seconds

TOLD_TWICE = """
import os, signal, threading, worker
notify = threading.Condition.notify_all

def again(self):  # the second signal comes while the first is being handled
    threading.Condition.notify_all = notify
    os.kill(os.getpid(), signal.SIGTERM)
    notify(self)

def tick_once():
    threading.Condition.notify_all = again
    os.kill(os.getpid(), signal.SIGTERM)

worker.tick_once = tick_once
worker.tick_for_ever()
"""

LOUD = """
import logging, worker
worker.logs.configure("pull")
raise SystemExit(logging.getLogger("transitions.core").isEnabledFor(logging.INFO))
"""


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_told_to_end_it_finishes_the_letter_in_hand(stage: Stage) -> None:
    """However long another child takes to end: no letter leaves twice, and nothing stays in a dead hand."""
    stage.file(CASES, "hongyun")
    stage.mailbox.pause = 0.1
    with crew() as first:
        ticker = first.family.find("tick")
        stage.wait_for_letters(3)
        ticker = ticker or first.family.find("tick")
        assert ticker is not None
        ticker.suspend()
        first.process.terminate()
        time.sleep(1.5)
        ticker.resume()
        first.end()
    held = leases()
    held.run_out()
    stage.mailbox.pause = 0
    stand_at(moment("2026-07-07 10:00"))
    with crew():
        wait_until_quiet()
    assert held.tokens == ()
    assert count_events("file") == CASES
    afterwards.check(stage.mailbox)


def test_the_ticker_told_twice_ends() -> None:
    """The supervisor tells it twice within a moment, and the second signal may come in the middle of the first."""
    with subprocess.Popen([sys.executable, "-c", TOLD_TWICE], cwd=HERE) as process:
        try:
            assert process.wait(FOR_EVER) == 0
        finally:
            process.kill()


def test_a_worker_does_not_write_a_line_for_each_callback() -> None:
    """The library of the state machine says three things about each move; only trouble is worth a line."""
    assert subprocess.run([sys.executable, "-c", LOUD], cwd=HERE, check=False).returncode == 0
