"""The laws of one action, one transaction (2) and of the database as the truth (3), on both databases."""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

import complaints
from complaints import clock, db
from complaints.errors import StaleVersion
from complaints.models import Complaint
from complaints.workflow import actions, parties, sweeps
from complaints.workflow.case import Role, State
from tests.people import MONDAY, World, everything, moment, world
from tests.playing import Playing, file_complaint
from tests.workflow.expected import walk

ROOT = Path(complaints.__file__).parent.parent


# -- law 2: one action, one transaction ---------------------------------------------------------------------------


class PlugPulled(Exception):
    """What a test breaks a transaction with."""


@contextlib.contextmanager
def pulled_at(engine: Engine, statement: int) -> Iterator[list[str]]:
    """Let the n-th statement fail before it runs (0: none). Gives the statements seen."""
    seen: list[str] = []

    def before(_c: Any, _cursor: Any, text: str, *_more: Any) -> None:
        seen.append(text)
        if len(seen) == statement:
            raise PlugPulled

    event.listen(engine, "before_cursor_execute", before)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", before)


def accept(playing: Playing) -> None:
    """Accepting an offer: case, log, clocks, reminders, letters and a release of contact data in one."""
    who = playing.actor(Role.CONSUMER)
    with db.transaction() as session:
        case = actions.take(session, playing.number, who, MONDAY)
        parties.accept_offer(session, case, who, MONDAY, release=["phone"])


def test_an_exception_anywhere_leaves_nothing_half_written(database: Engine) -> None:
    playing = walk(file_complaint(world()), "offer")
    with db.transaction() as session:
        before = everything(session)
    for statement in range(1, 100):
        with pulled_at(database, statement) as seen, contextlib.suppress(PlugPulled):
            accept(playing)
        if len(seen) < statement:
            break
        with db.transaction() as session:
            assert everything(session) == before, f"half written when this failed: {seen[-1]}"
    assert statement > 10
    assert sum(text.lstrip().upper().startswith(("INSERT", "UPDATE")) for text in seen) >= 6
    assert playing.state is State.PERFORMING


def test_an_exception_before_the_commit_leaves_nothing(database: Engine) -> None:
    playing = walk(file_complaint(world()), "offer")
    with db.transaction() as session:
        before = everything(session)
    who = playing.actor(Role.CONSUMER)
    with contextlib.suppress(PlugPulled), db.transaction() as session:
        parties.accept_offer(session, actions.take(session, playing.number, who, MONDAY), who, MONDAY)
        raise PlugPulled
    with db.transaction() as session:
        assert everything(session) == before


def test_of_two_who_saw_the_same_version_one_is_told_to_look_again(database: Engine) -> None:
    playing = file_complaint(world())
    who = playing.actor(Role.ENTERPRISE)
    playing.enterprise("statement", text="We are looking into it.")
    with pytest.raises(StaleVersion), db.transaction() as session:
        actions.take(session, playing.number, who, MONDAY, version=1)


# -- law 3: the database is the truth -----------------------------------------------------------------------------


def many(there: World, how_many: int = 8) -> list[Playing]:
    return [file_complaint(there, phone=f"1381234{n:04}") for n in range(how_many)]


def test_a_second_sweep_does_nothing(database: Engine) -> None:
    cases = many(world(), 3)
    over = moment("2026-07-21 09:30")
    assert cases[0].sweep(over) >= 3
    with db.transaction() as session:
        before = everything(session)
    assert sweeps.run_due(lambda: over) == 0
    with db.transaction() as session:
        assert everything(session) == before


def test_two_threads_sweep_at_once(database: Engine) -> None:
    cases = many(world())
    over = moment("2026-07-21 09:30")
    start = threading.Barrier(2)

    def run() -> None:
        start.wait()
        sweeps.run_due(lambda: over)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [case.triggers() for case in cases] == [["file", "escalate"]] * len(cases)


SWEEP = "import sys; from datetime import datetime; from complaints.workflow import sweeps; "
SWEEP += "at = datetime.fromisoformat(sys.argv[1]); sweeps.run_due(lambda: at)"


def test_two_processes_sweep_at_once(database: Engine) -> None:
    cases = many(world())
    over = moment("2026-07-21 09:30")
    processes = [subprocess.Popen([sys.executable, "-c", SWEEP, over.isoformat()], cwd=ROOT) for _ in range(2)]
    assert [process.wait(60) for process in processes] == [0, 0]
    assert [case.triggers() for case in cases] == [["file", "escalate"]] * len(cases)


def test_a_sweep_that_died_while_trying_one_alone_loses_nothing(
    sqlite: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker had put a lease on the case and was killed: another does it when the lease is over."""
    playing = file_complaint(world())
    over = moment("2026-07-21 09:30")
    with db.transaction() as session:
        session.get_one(Complaint, playing.id).lease_until = clock.wall() + sweeps.LEASE
    playing.sweep(over)
    assert playing.triggers() == ["file"]
    later = datetime.now(UTC) + 2 * sweeps.LEASE
    monkeypatch.setattr(clock, "wall", lambda: later)
    playing.sweep(over)
    assert playing.triggers() == ["file", "escalate"]


def test_one_case_that_fails_holds_up_no_other(sqlite: Engine, caplog: pytest.LogCaptureFixture) -> None:
    broken, sound = many(world(), 2)
    with db.transaction() as session:
        session.get_one(Complaint, broken.id).policy = "lost"
    sound.sweep(moment("2026-07-21 09:30"))
    assert sound.triggers() == ["file", "escalate"]
    assert "will be tried again" in caplog.text


def test_a_case_that_cannot_be_read_holds_up_no_other(database: Engine, caplog: pytest.LogCaptureFixture) -> None:
    """A newer version of the product, running beside this one, has written a word that this one does not know."""
    broken, sound = many(world(), 2)
    with db.transaction() as session:
        session.get_one(Complaint, broken.id).outcome = "newer"
    sweeps.run_due(lambda: moment("2026-07-21 09:30"), budget_seconds=5)
    assert sound.triggers() == ["file", "escalate"]
    assert "will be tried again" in caplog.text


def test_a_batch_of_held_cases_holds_up_no_other(sqlite: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeps, "BATCH", 2)
    there = world()
    held = [file_complaint(there, mail=False) for _ in range(3)]
    told = file_complaint(there)
    told.sweep(moment("2026-07-21 09:30"))
    assert [case.triggers() for case in held] == [["file"]] * 3
    assert told.triggers() == ["file", "escalate"]
