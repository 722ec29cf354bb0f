"""Quality signals: more complaints than expected about one product, batch or fault."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from complaints.db import Base
from complaints.models.course import OnCourse

NOTHING: dict[str, Any] = {"findings": [], "cases": [], "series": [], "expected_a_week": 0.0, "words": {}}


class QualitySignal(OnCourse, Base):
    """One signal: what was seen, what was expected, and what the enterprise says to it."""

    __tablename__ = "quality_signal"
    __table_args__ = (Index("ix_quality_signal_due_at", "due_at"),)
    course = "signal"
    pages = "signals"

    product: Mapped[str] = mapped_column(String(200))
    batch: Mapped[str | None] = mapped_column(String(80))
    fault: Mapped[str | None] = mapped_column(String(80))
    safety: Mapped[bool]  # safety is named in complaints that have reached the enterprise
    evidence: Mapped[dict[str, Any]]  # windows, observed, expected, p, q, case ids; `told`: as the enterprise is shown
    found_at: Mapped[datetime]
    last_case_at: Mapped[datetime]
    passed_on_at: Mapped[datetime | None]  # since when the enterprise has known; None: only the centre does

    @property
    def hidden(self) -> bool:
        """Whether only the centre knows of it: too few of its complaints have been passed on to the enterprise."""
        return self.passed_on_at is None

    @classmethod
    def shown(cls) -> tuple[ColumnElement[bool], ...]:
        """Which of an enterprise's are shown to it."""
        return (cls.passed_on_at.is_not(None),)

    @property
    def told(self) -> dict[str, Any]:
        """The evidence as far as it has reached the enterprise."""
        return self.evidence.get("told") or NOTHING


class SignalsLooked(Base):
    """Up to which day complaints were looked through for signals. One row (id 1)."""

    __tablename__ = "signals_looked"

    id: Mapped[int] = mapped_column(primary_key=True)
    through: Mapped[datetime]
    lease_until: Mapped[datetime | None]  # a worker is looking until then (real time)
