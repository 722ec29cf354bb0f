"""What supervisors look at and administrators did: figures kept for a while, an audit trail, enterprises merged."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from complaints.db import Base, BigKey


class Figure(Base):
    """Figures over many cases, as they were at `made_at`. Disposable: the cases say the same, only slower."""

    __tablename__ = "figure"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)  # see insight/kept.py
    made_at: Mapped[datetime]  # case time
    next_at: Mapped[datetime]  # counted again from then on (case time)
    lease_until: Mapped[datetime | None]  # a worker is counting until then (real time)
    content: Mapped[dict[str, Any]]


class AdminAction(Base):
    """One thing that an administrator did. No personal data: accounts and enterprises stand here by their ids."""

    __tablename__ = "admin_action"
    __table_args__ = (Index("ix_admin_action_subject", "subject", "subject_id", "id"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # None: typed at the command line
    what: Mapped[str] = mapped_column(String(40))  # see registry/trail.py
    subject: Mapped[str] = mapped_column(String(16))  # account | enterprise | calendar | campaign
    subject_id: Mapped[int | None] = mapped_column(BigInteger)  # of a calendar or campaign: the year
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    done_at: Mapped[datetime]


class EnterpriseMerge(Base):
    """An enterprise that became a name of another one; old logs and addresses still find their way by its id."""

    __tablename__ = "enterprise_merge"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    old_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    old_name: Mapped[str] = mapped_column(String(200))
    into_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"), index=True)
    merged_at: Mapped[datetime]


class Recalculation(Base):
    """A calendar was imported: the open deadlines from `first_day` on are computed again, in the order of their ids."""

    __tablename__ = "recalculation"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    first_day: Mapped[date]
    last_id: Mapped[int] = mapped_column(BigInteger, default=0)  # of the case computed last
    looked_at: Mapped[int] = mapped_column(default=0)  # deadlines
    moved: Mapped[int] = mapped_column(default=0)
    begun_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
