"""What the installation knows of itself: live or demo, when it lived, what it imported."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from complaints.db import Base, BigKey


class World(Base):
    """One row (id 1). A live world can never become a demo, so its clock can never be moved."""

    __tablename__ = "world"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))  # live | demo
    clock_offset_seconds: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime]


class Uptime(Base):
    """A span in which the service lived (case time). The gaps between spans are the outages."""

    __tablename__ = "uptime"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    started_at: Mapped[datetime]
    last_seen_at: Mapped[datetime] = mapped_column(index=True)


class ImportFile(Base):
    """One file that was imported."""

    __tablename__ = "import_file"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    mapping: Mapped[str] = mapped_column(String(80))
    imported_at: Mapped[datetime]


class ImportRow(Base):
    """One row that became a case; `key` (source and outside id, or a hash) makes a second import add nothing."""

    __tablename__ = "import_row"
    __table_args__ = (UniqueConstraint("key"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    import_file_id: Mapped[int] = mapped_column(ForeignKey("import_file.id"))
    key: Mapped[str] = mapped_column(String(120))
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"))
