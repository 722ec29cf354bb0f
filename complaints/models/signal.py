"""Quality signals: more complaints than expected about one product, batch or fault."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from complaints.db import Base
from complaints.models.course import OnCourse


class QualitySignal(OnCourse, Base):
    """One signal: what was seen, what was expected, and what the enterprise says to it."""

    __tablename__ = "quality_signal"
    __table_args__ = (Index("ix_quality_signal_due_at", "due_at"),)
    course = "signal"

    product: Mapped[str] = mapped_column(String(200))
    batch: Mapped[str | None] = mapped_column(String(80))
    fault: Mapped[str | None] = mapped_column(String(80))
    safety: Mapped[bool]  # safety is named in its complaints: the centre hears at once
    evidence: Mapped[dict[str, Any]]  # windows, observed, expected, p, q, case ids; see insight/signals.py
    found_at: Mapped[datetime]
    last_case_at: Mapped[datetime]


class SignalsLooked(Base):
    """Up to which day complaints were looked through for signals. One row (id 1)."""

    __tablename__ = "signals_looked"

    id: Mapped[int] = mapped_column(primary_key=True)
    through: Mapped[datetime]
    lease_until: Mapped[datetime | None]  # a worker is looking until then (real time)
