"""What officers share beside the cases: who is looking at which one, and the days when more come in than usual."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from complaints.db import Base, BigKey


class Presence(Base):
    """When an officer's page last showed a case (real time, as of a heartbeat). Forgotten after a minute."""

    __tablename__ = "presence"
    __table_args__ = (UniqueConstraint("complaint_id", "account_id"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    seen_at: Mapped[datetime] = mapped_column(index=True)


class Surge(Base):
    """A span in which complaints are screened in batches: who switched it on and why, and who switched it off."""

    __tablename__ = "surge"
    __table_args__ = (
        Index(
            "ix_surge_open",
            "started_at",
            postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    started_at: Mapped[datetime]
    started_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    reason: Mapped[str] = mapped_column(String(300))
    until: Mapped[datetime]  # over by itself then, if nobody ends it before
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
