"""Why this date: the explanation of a deadline in words, for each way in which it can come about."""

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from complaints import calendars, db
from complaints.workflow.deadlines import Basis, compute, moved
from complaints.workflow.workdays import Span
from tests.people import moment, on, seed_calendar
from web import create_app
from web.explain import Reasons, explain


@pytest.fixture
def app(sqlite: Engine) -> Flask:
    """The application on a database that holds the calendar only."""
    with db.transaction() as session:
        seed_calendar(session)
    return create_app()


def _explained(app: Flask, language: str, basis: Basis, move: str | None = None, **changes: Any) -> Reasons:
    with db.transaction() as session:
        calendar = calendars.current(session)
    deadline = compute(basis, calendar, basis.start)
    if move:
        deadline = moved(deadline, basis.changed(**changes), calendar, move, moment("2026-09-21"))
    with app.test_request_context(f"/?lang={language}"):
        return explain(deadline.explanation)


def test_working_days_over_a_holiday(app: Flask) -> None:
    basis = Basis("working_days", "Order 121 art 15", on("2026-09-18"), n=10)
    reasons = _explained(app, "en", basis)
    assert reasons.steps[0] == "Rule: 10 working days (SAMR Order 121, article 15)."
    assert reasons.steps[-1] == "Last day: Friday 9 October 2026, until 24:00 (Asia/Shanghai)."
    whys = [skip.why for skip in reasons.skipped]
    assert "weekend" in whys
    assert "public holiday: National Day" in whys
    assert any("Mid-Autumn Festival" in why for why in whys)
    assert reasons.provisional is None
    chinese = _explained(app, "zh", basis)
    assert chinese.steps[-1] == "最后一天：2026年10月9日 星期五，至 24:00（北京时间）。"
    assert "法定节假日：国庆节" in [skip.why for skip in chinese.skipped]


def test_days_with_an_excluded_span(app: Flask) -> None:
    span = Span(on("2026-03-10"), on("2026-03-20"), "under_appraisal")
    reasons = _explained(app, "en", Basis("days", "Order 121 art 23(5)", on("2026-03-02"), n=60, excluded=(span,)))
    assert "SAMR Order 121, article 23(5)" in reasons.steps[0]
    assert any("up to Friday 20 March 2026 (under appraisal)" in step for step in reasons.steps)
    assert "does not count: under appraisal" in [skip.why for skip in reasons.skipped]


def test_a_promised_date_and_a_floor(app: Flask) -> None:
    fact = _explained(app, "en", Basis("fact", "charter", on("2026-09-18"), fact=on("2026-09-30")))
    assert fact.steps[0] == "Rule: the date that was agreed: Wednesday 30 September 2026 (the centre's charter)."
    floor = _explained(
        app, "zh", Basis("working_days", "charter; pledge", on("2026-09-18"), n=2, floor=date(2026, 9, 30))
    )
    assert any("不早于" in step for step in floor.steps)


def test_moves_are_told(app: Flask) -> None:
    basis = Basis("working_days", "charter; pledge", on("2026-09-18"), n=5)
    reasons = _explained(app, "en", basis, "extend", extra=5)
    assert "Extension: 5 working days more." in reasons.steps
    (said,) = reasons.moves
    assert said.startswith("On Monday 21 September 2026 moved from Thursday 24 September 2026 to Friday 9 October 2026")
    assert said.endswith("the enterprise took more time, and told the reason.")


def test_an_unpublished_year_is_provisional(app: Flask) -> None:
    reasons = _explained(app, "en", Basis("working_days", "charter", on("2026-12-25"), n=10))
    assert reasons.provisional is not None
    assert "not published yet" in reasons.provisional
