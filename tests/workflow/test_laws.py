"""The laws (design, section 3) of the one door (1), of late clocks (4), of silence (6) and of time (12).

Laws 2 and 3 are held by test_laws_transactions.py, 5 by test_verify.py and test_random_lives.py, 7, 8 and 9 by
test_laws_log.py, 10 by test_laws_sight.py, 11 by test_laws_telling.py.
"""

import ast
from datetime import UTC
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import StatementError

import complaints
from complaints import db
from complaints.models import Complaint
from complaints.workflow.case import Outcome
from tests.people import MONDAY, lived, moment, on, world
from tests.playing import file_complaint
from tests.workflow.expected import walk

PACKAGE = Path(complaints.__file__).parent
IMPORTS = (ast.Import, ast.ImportFrom)
ROWS = ("Complaint", "COMPLAINT", "models.Complaint")
DECIDING = {"state", "outcome", "counters", "due_at", "clock_id", "version", "chain_seq", "chain_head"}
SOURCES = [*PACKAGE.rglob("*.py"), PACKAGE.parent / "worker.py", *(PACKAGE.parent / "web").rglob("*.py")]


@cache
def parsed() -> list[tuple[str, ast.AST]]:
    """Every node of the product's code, with the file it stands in."""
    trees = [(str(path.relative_to(PACKAGE.parent)), ast.parse(path.read_text())) for path in SOURCES]
    return [(file, node) for file, tree in trees for node in ast.walk(tree)]


@cache
def calls() -> list[tuple[str, str, ast.Call]]:
    """Every call: the file, what is called ("module.name"), and the node."""
    return [(file, ast.unparse(node.func), node) for file, node in parsed() if isinstance(node, ast.Call)]


def callers(name: str) -> set[str]:
    """The files in which something of that name is called."""
    return {file for file, called, _ in calls() if called == name or called.endswith(f".{name}")}


# -- law 1: one door ----------------------------------------------------------------------------------------------


def assigned(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return node.targets
    return [node.target] if isinstance(node, ast.AugAssign | ast.AnnAssign) else []


def test_nothing_assigns_a_state() -> None:
    """The machine of `lifecycle` sets it, inside `fire()`; nobody else does, but for the search over imagined cases."""
    found = {
        file
        for file, node in parsed()
        for target in assigned(node)
        if isinstance(target, ast.Attribute) and target.attr == "state"
    }
    assert found <= {"complaints/workflow/configuration.py"}


def test_the_search_cannot_reach_a_stored_case() -> None:
    imports = [ast.unparse(n) for file, n in parsed() if file.endswith("/configuration.py") and isinstance(n, IMPORTS)]
    assert imports
    assert not [line for line in imports if any(word in line for word in ("sqlalchemy", "models", "rows", " db"))]


def test_only_the_door_saves_a_case_and_runs_the_machine() -> None:
    door = {"complaints/workflow/engine.py"}
    assert callers("rows.write") == door
    assert callers("rows.start_clocks") == door
    assert callers("lifecycle.MACHINE.events[trigger].trigger") == door
    assert callers("rows.add") == {"complaints/workflow/filings.py"}


def test_what_else_writes_complaint_rows_does_not_touch_the_state() -> None:
    """A lease, a look later, what a consumer corrects, which agent works at it, the language of letters; never state,
    clock or counters."""
    writers = {file for file, called, node in calls() if called == "update" and ast.unparse(node.args[0]) in ROWS}
    assert {Path(file).stem for file in writers} <= {"rows", "sweeps", "filings", "colleagues", "language"}
    values = [node for _, called, node in calls() if called.endswith(".values") and "update(C" in called]
    assert DECIDING.isdisjoint(keyword.arg for node in values for keyword in node.keywords)
    texts = [node.value for _, node in parsed() if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    assert not [text for text in texts if "update complaint " in text.lower()]


def test_every_move_stands_in_the_log(sqlite: Engine) -> None:
    playing = walk(file_complaint(world()), "decline reject assign")
    log = [(entry.from_state, entry.to_state) for entry in playing.events()]
    assert log == [
        ("new", "with_enterprise"),
        ("with_enterprise", "with_consumer"),
        ("with_consumer", "awaiting_mediator"),
        ("awaiting_mediator", "in_mediation"),
    ]
    assert playing.state == log[-1][1]


# -- law 2: one place commits (the rest of it is in test_laws_transactions.py) --------------------------------------


def test_one_place_commits() -> None:
    assert callers("commit") == {"complaints/db.py"}


# -- law 4: a late clock tells the truth --------------------------------------------------------------------------


def test_an_expiry_found_late_is_dated_when_it_fell_due(database: Engine) -> None:
    playing = file_complaint(world(), against="outside")
    found = moment("2026-07-24 15:20")
    playing.sweep(found)
    entry = playing.events()[-1]
    assert (entry.trigger, entry.occurred_at, entry.recorded_at) == ("admit", moment("2026-07-16 00:00"), found)
    assert playing.clocks()[-1].entered_at == found
    assert playing.last_day == on("2026-08-07")  # ten working days from the recording
    assert playing.triggers() == ["file", "admit"]  # and not through several states at once


def test_a_verb_that_finds_it_late_says_the_same(sqlite: Engine) -> None:
    playing = file_complaint(world(), against="outside")
    playing.intake("statement", moment("2026-07-24 15:20"), text="We are sorry.")
    assert playing.events()[1].occurred_at == moment("2026-07-16 00:00")


# -- law 6: silence never counts as success -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "outcome"),
    [
        ("", Outcome.TERMINATED),
        ("offer", Outcome.UNCONFIRMED),
        ("decline", Outcome.DECLINED_NOT_PURSUED),
        ("offer accept report", Outcome.SETTLED_UNCONFIRMED),
        ("offer accept", Outcome.TERMINATED),
    ],
)
def test_whoever_falls_silent_is_not_settled(sqlite: Engine, steps: str, outcome: Outcome) -> None:
    playing = walk(file_complaint(world()), steps)
    assert playing.fall_silent().outcome is outcome
    assert outcome is not Outcome.SETTLED


# -- law 12: time comes in as an argument -------------------------------------------------------------------------

ASKS = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "datetime.datetime.now")


def test_only_the_clock_asks_what_time_it_is() -> None:
    assert {file for file, called, _ in calls() if called in ASKS} == {"complaints/clock.py"}


def test_a_naive_time_is_refused(database: Engine) -> None:
    playing = file_complaint(world())
    naive = MONDAY.replace(tzinfo=None)
    with pytest.raises((TypeError, ValueError)):
        playing.enterprise("offer", naive, remedy="A new one.")
    with pytest.raises(StatementError, match="naive"):
        lived((naive, MONDAY))
    assert playing.triggers() == ["file"]


def test_instants_come_back_aware_in_utc(database: Engine) -> None:
    playing = file_complaint(world())
    with db.transaction() as session:
        stored = session.scalars(select(Complaint.filed_at)).one()
    assert (stored, stored.tzinfo) == (MONDAY, UTC)
    assert playing.case.due_at is not None
