"""Many cases at once say what each would have said alone, and cost fewer questions."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event

from complaints import db
from complaints.workflow import expiry, lifecycle, rows, sweeps
from complaints.workflow.case import Actor, Case, Move, Role
from complaints.workflow.policy import load
from tests.people import moment, world
from tests.playing import Playing, file_complaint
from tests.workflow.expected import gallery

OVER = moment("2026-07-21 09:30")


def asked(engine: Engine, work: Callable[[], object]) -> int:
    """How many statements the work sends."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    work()
    event.remove(engine, "before_cursor_execute", note)
    return len(sent)


def told(playing: Playing) -> list[tuple[Any, ...]]:
    """What was written of a case, but for what belongs to it alone."""
    log = [(e.trigger, e.to_state, e.role, e.occurred_at, e.recorded_at, e.payload["facts"]) for e in playing.events()]
    clocks = [(c.state, c.due_at, c.ended_by, c.explanation) for c in playing.clocks()]
    letters = [(n.step, n.letter, n.recipient.split(":")[0], n.send_at, n.status) for n in playing.notices()]
    return [*log, *clocks, *sorted(letters, key=str)]


def answered(there: Any, how: str) -> Playing:
    playing = file_complaint(there)
    if how == "offer":
        playing.enterprise("offer", remedy="A refund.", amount=None)
    return playing


@pytest.mark.parametrize("how", ["silence", "offer"])
def test_a_batch_says_the_same_as_one_by_one(database: Engine, how: str) -> None:
    there = world()
    alone, *together = [answered(there, how) for _ in range(4)]
    assert alone.case.due_at is not None
    due = [alone.case.due_at + timedelta(minutes=30)]
    with db.transaction() as session:
        case = rows.load(session, number=alone.number)
        assert case is not None
        assert expiry.expire(session, case, due[0])
    sweeps.run_due(lambda: due[0])
    assert [told(each) for each in together] == [told(alone)] * 3
    assert [each.first_break() for each in together] == [None] * 3


def test_cases_in_different_states_run_out_together(database: Engine) -> None:
    there = world()
    silent, offered, asked_for_more = (
        file_complaint(there),
        answered(there, "offer"),
        file_complaint(there, against=None),
    )
    asked_for_more.intake("ask_information", missing=["address"])
    sweeps.run_due(lambda: OVER + timedelta(days=30))
    assert silent.triggers()[:2] == ["file", "escalate"]
    assert offered.triggers() == ["file", "offer", "leave_unanswered"]
    assert asked_for_more.triggers() == ["file", "ask_information", "lapse"]


def test_a_batch_asks_no_more_with_more_cases(postgres: Engine) -> None:
    there = world()
    cases = [file_complaint(there, phone=f"1381234{n:04}") for n in range(2)]
    sweeps.run_due(lambda: cases[0].at)
    few = asked(postgres, lambda: sweeps.run_due(lambda: OVER))
    cases = [file_complaint(there, phone=f"1391234{n:04}") for n in range(12)]
    sweeps.run_due(lambda: cases[0].at)
    assert asked(postgres, lambda: sweeps.run_due(lambda: OVER)) == few
    assert [case.triggers() for case in cases] == [["file", "escalate"]] * 12


def test_a_case_looked_at_too_early_is_looked_at_again_at_its_deadline(sqlite: Engine) -> None:
    playing = file_complaint(world())
    early = playing.at + timedelta(days=1)
    with db.transaction() as session:
        case = rows.load(session, number=playing.number)
        assert case is not None
        rows.hold(session, case, early)
    assert sweeps.run_due(lambda: early, budget_seconds=5) == 1
    assert playing.case.wake_at == playing.case.due_at


def test_what_may_be_done_is_what_the_table_says(sqlite: Engine) -> None:
    """The index by role against the table itself, row by row."""
    there = world()
    for playing in gallery(there).values():
        for role in Role:
            actor = playing.actor(role)
            assert lifecycle.actions(playing.case, actor, _move(playing.case, actor, playing)) == slowly(
                playing.case, actor, playing
            )


def slowly(case: Case, actor: Actor, playing: Playing) -> list[str]:
    move = Move(actor, playing.at, dict(lifecycle.GENEROUS), load(case.policy).counters)
    return [
        trigger
        for trigger in lifecycle.TRIGGERS
        if any(lifecycle.may_run(each, case, move) for each in lifecycle.rows_for(trigger, case.state))
    ]


def _move(case: Case, actor: Actor, playing: Playing) -> Move:
    return Move(actor, playing.at, {}, load(case.policy).counters)
