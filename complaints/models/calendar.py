"""Working-day calendars: versioned data, never code."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from complaints.db import Base, BigKey


class CalendarYear(Base):
    """One version of one year. Unpublished: plain weekdays and statutory dates, so its deadlines are provisional."""

    __tablename__ = "calendar_year"
    __table_args__ = (UniqueConstraint("year", "version"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    year: Mapped[int]
    version: Mapped[int]
    published: Mapped[bool]
    source: Mapped[str] = mapped_column(String(200))
    imported_at: Mapped[datetime]


class CalendarDay(Base):
    """A day that differs from the plain week: statutory holiday, make-up rest day, weekend day made a working day."""

    __tablename__ = "calendar_day"
    __table_args__ = (UniqueConstraint("calendar_year_id", "day"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    calendar_year_id: Mapped[int] = mapped_column(ForeignKey("calendar_year.id"))
    day: Mapped[date]
    kind: Mapped[str] = mapped_column(String(12))  # statutory | rest | working
    name: Mapped[str] = mapped_column(String(80))
