"""What the portal's figures are read from; counted anew about every hour."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from complaints.db import Base


class EnterpriseFigures(Base):
    """One enterprise's figures over one period that ended when they were counted."""

    __tablename__ = "enterprise_figures"

    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"), primary_key=True)
    days: Mapped[int] = mapped_column(primary_key=True)  # how long the period was
    figures: Mapped[dict[str, Any]]  # see insight/figures.py
    counted_at: Mapped[datetime]  # case time


class FiguresCounted(Base):
    """When the figures of all enterprises were counted last; also where two workers meet. One row (id 1)."""

    __tablename__ = "figures_counted"

    id: Mapped[int] = mapped_column(primary_key=True)
    counted_at: Mapped[datetime]  # case time
    lease_until: Mapped[datetime | None]  # a worker is counting until then (real time)
