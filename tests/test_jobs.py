"""What the worker runs: no part of it holds up another."""

import pytest
from sqlalchemy import Engine

from complaints import jobs
from complaints.documents import certifying
from complaints.insight import record_taking, watching
from complaints.registry import course_calendar
from tests.people import world


def test_a_part_that_fails_holds_up_no_other(sqlite: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> int:
        raise OSError("no room for a certificate")

    monkeypatch.setattr(certifying, "issue_due", broken)
    monkeypatch.setattr(record_taking, "work", lambda: 20)
    monkeypatch.setattr(watching, "run", lambda: 3)
    assert jobs.beside_due() == 23


def test_clocks_of_courses_are_counted_again_before_they_run_out(
    sqlite: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    world()
    monkeypatch.setattr(course_calendar, "due_count", lambda *_: 1000)
    monkeypatch.setattr(course_calendar, "work", lambda *_: 1000)
    assert jobs.tick()["expire"] >= 1000
    assert jobs.expire_due() >= 1000
