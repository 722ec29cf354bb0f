"""What follows when a pledge is not kept: warnings, proposals (to suspend, to strike off ...); and designations."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from complaints.db import Base, BigKey
from complaints.models.course import OnCourse


class Measure(OnCourse, Base):
    """A warning, or a proposal on which a person decides after hearing the enterprise."""

    __tablename__ = "measure"
    __table_args__ = (Index("ix_measure_due_at", "due_at"), UniqueConstraint("cause_key"))
    course = "measure"
    pages = "measures"

    kind: Mapped[str] = mapped_column(String(20))  # warning | suspension | striking_off | benchmark_removal
    pledge_id: Mapped[int | None] = mapped_column(ForeignKey("pledge.id"), index=True)
    rule: Mapped[str] = mapped_column(
        String(24)
    )  # missed_answers | broken_settlements | unanswered_signal | person ...
    cause: Mapped[dict[str, Any]]  # what the rule counted, with the cases' or the signal's ids
    cause_key: Mapped[str] = mapped_column(String(80))  # one cause leads to one measure: a rule run twice adds nothing
    imposed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # another one decides an objection
    made_at: Mapped[datetime]


class Designation(Base):
    """A benchmark enterprise of one year."""

    __tablename__ = "designation"
    __table_args__ = (UniqueConstraint("year", "enterprise_id"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    year: Mapped[int]
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"), index=True)
    designated_at: Mapped[datetime]
    designated_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    ended_at: Mapped[datetime | None]


class TrackingReport(Base):
    """What the centre saw of a benchmark enterprise in one month. Counted once and kept."""

    __tablename__ = "tracking_report"
    __table_args__ = (UniqueConstraint("enterprise_id", "month"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(BigInteger)  # as it was then: no key, a merge leaves it
    month: Mapped[str] = mapped_column(String(7))  # 2027-03
    figures: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]
