"""Marks: batches of codes on goods, and how often each was looked at. A code itself is never stored.

A code is the batch and its serial number, enciphered (registry/mark_codes.py): a million of them take no room, and who
reads the tables of scans learns no code without the key. Nothing about who scanned is kept.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from complaints.db import Base, BigKey


class MarkKey(Base):
    """The key of all codes. It stands in the database, not in the settings: printed marks outlive any of these."""

    __tablename__ = "mark_key"

    id: Mapped[int] = mapped_column(primary_key=True)  # one row (id 1)
    key: Mapped[bytes] = mapped_column(LargeBinary(32))
    made_at: Mapped[datetime]


class MarkBatch(Base):
    """Codes for one product, batch and place of distribution, with the trace that the enterprise gave."""

    __tablename__ = "mark_batch"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"), index=True)
    product: Mapped[str] = mapped_column(String(200))
    batch: Mapped[str] = mapped_column(String(80))  # the enterprise's own name for it
    place: Mapped[str] = mapped_column(String(200))  # where it is distributed
    plant: Mapped[str] = mapped_column(String(200), default="")
    made_on: Mapped[date | None]
    best_before: Mapped[date | None]
    route: Mapped[list[str]] = mapped_column(default=list)  # stations, in order
    size: Mapped[int]  # codes: serials 1 to size
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    voided_at: Mapped[datetime | None]  # lost labels: every code of it says so
    flagged_at: Mapped[datetime | None]  # when the enterprise and the association were told of copies


class MarkScan(Base):
    """How often one code was looked at. `networks` holds short keyed hashes of coarse networks, which name nobody."""

    __tablename__ = "mark_scan"
    __table_args__ = (
        Index(  # what may have been copied, among a million that nobody minds
            "ix_mark_scan_flagged",
            "mark_batch_id",
            "serial",
            postgresql_where=text("flagged_at IS NOT NULL"),
            sqlite_where=text("flagged_at IS NOT NULL"),
        ),
    )

    mark_batch_id: Mapped[int] = mapped_column(ForeignKey("mark_batch.id"), primary_key=True, autoincrement=False)
    serial: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    scans: Mapped[int]
    networks: Mapped[list[Any]]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    flagged_at: Mapped[datetime | None]
