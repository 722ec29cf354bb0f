"""Complaints that are still being written. Everything in them is personal data and is erased with the draft."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from complaints.db import Base, BigKey


class Draft(Base):
    """What somebody has typed so far, found by the hash of a secret that only their browser and their link know."""

    __tablename__ = "draft"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    answers: Mapped[dict[str, str]]  # box -> what was typed; empty once it is filed
    made_at: Mapped[datetime]
    erase_at: Mapped[datetime] = mapped_column(index=True)  # moved on by each change; at filing, that instant
    filed: Mapped[bool] = mapped_column(default=False)


class DraftFile(Base):
    """A file of a draft; its content waits in a folder of the draft's own."""

    __tablename__ = "draft_file"
    __table_args__ = (UniqueConstraint("draft_id", "sha256"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int]  # bytes
    added_at: Mapped[datetime]
