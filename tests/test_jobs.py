"""What the worker runs: no part of it holds up another."""

import pytest
from sqlalchemy import Engine

from complaints import jobs
from complaints.documents import certifying
from complaints.insight import record_taking, watching


def test_a_part_that_fails_holds_up_no_other(sqlite: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> int:
        raise OSError("no room for a certificate")

    monkeypatch.setattr(certifying, "issue_due", broken)
    monkeypatch.setattr(record_taking, "work", lambda: 20)
    monkeypatch.setattr(watching, "run", lambda: 3)
    assert jobs.beside_due() == 23
