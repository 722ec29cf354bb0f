"""The honest record: monthly snapshots, objections before they are published, and what consumers let be published."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from complaints.db import Base, BigKey
from complaints.models.course import OnCourse


class RecordMonth(Base):
    """One month's snapshot of all enterprises: taken, open to objection, published."""

    __tablename__ = "record_month"

    month: Mapped[str] = mapped_column(String(7), primary_key=True)  # 2027-03: what had ended by its last day
    taken_at: Mapped[datetime | None]  # None: a worker is counting, or has died doing so
    lease_until: Mapped[datetime | None]  # it is counting until then (real time)
    object_until: Mapped[datetime | None]
    explanation: Mapped[dict[str, Any]] = mapped_column(default=dict)  # how that date was computed
    published_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]  # when its rows were written down as open data
    overall: Mapped[dict[str, Any]] = mapped_column(default=dict)


class RecordLine(Base):
    """One enterprise's figures in one snapshot. A correction adds an edition; none is ever changed."""

    __tablename__ = "record_line"
    __table_args__ = (
        UniqueConstraint("month", "enterprise_id", "edition"),
        Index("ix_record_line_enterprise_id", "enterprise_id", "month"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    month: Mapped[str] = mapped_column(ForeignKey("record_month.month"))
    enterprise_id: Mapped[int] = mapped_column(BigInteger)  # as it was then: no key, a merge leaves it
    edition: Mapped[int]
    figures: Mapped[dict[str, Any]]  # as they may be shown: small numbers are suppressed already
    rank: Mapped[int | None]  # None: not ranked
    why: Mapped[str] = mapped_column(String(24), default="")  # why not ranked
    participant: Mapped[bool] = mapped_column(default=False)  # as it was when the month was taken
    reason: Mapped[str] = mapped_column(String(300), default="")  # why there is another edition
    made_at: Mapped[datetime]


class OpenDataRow(Base):
    """What open data shows of one case that ended in a published month, as it was published; stories stand elsewhere.

    What is left out, so that nobody is recognised, is not here either.
    """

    __tablename__ = "open_data_row"
    __table_args__ = (Index("ix_open_data_row_enterprise_id", "month", "enterprise_id"),)

    month: Mapped[str] = mapped_column(ForeignKey("record_month.month"), primary_key=True)
    id: Mapped[str] = mapped_column(String(16), primary_key=True)  # random, so the order of rows says nothing
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"), index=True)  # whose story it is; never shown
    enterprise_id: Mapped[int] = mapped_column(BigInteger)  # as it was then: no key, a merge leaves it; never shown
    month_filed: Mapped[str] = mapped_column(String(7))
    enterprise: Mapped[str] = mapped_column(String(200))  # its name at that time
    product: Mapped[str] = mapped_column(String(200))
    category: Mapped[str] = mapped_column(String(80))
    fault: Mapped[str] = mapped_column(String(200))
    outcome: Mapped[str] = mapped_column(String(24))
    in_time: Mapped[bool | None]
    answer_days: Mapped[str] = mapped_column(String(8))
    mediated: Mapped[bool]


class OpenDataEdition(Base):
    """The rows of one enterprise in one month were written anew, for a reason; the first edition has no row here."""

    __tablename__ = "open_data_edition"

    month: Mapped[str] = mapped_column(ForeignKey("record_month.month"), primary_key=True)
    edition: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    enterprise_id: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(300))
    made_at: Mapped[datetime]


class RecordExclusion(Base):
    """A case that does not count in the record, for a reason that a supervisor gave; in no later month either."""

    __tablename__ = "record_exclusion"

    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"), primary_key=True, autoincrement=False)
    objection_id: Mapped[int | None] = mapped_column(ForeignKey("objection.id"))
    reason: Mapped[str] = mapped_column(String(300))
    made_at: Mapped[datetime]


class Objection(OnCourse, Base):
    """An enterprise says that figures about it are wrong, before they are published."""

    __tablename__ = "objection"
    __table_args__ = (Index("ix_objection_due_at", "due_at"),)
    course = "objection"
    pages = "objections"

    month: Mapped[str] = mapped_column(ForeignKey("record_month.month"))
    figure: Mapped[str] = mapped_column(String(24))  # which one
    made_at: Mapped[datetime]


class PublishedNarrative(Base):
    """A consumer's story that may be published, with their consent: scrubbed, looked at by a person, withdrawable.

    The scrubbed text stands here only while the consent stands.
    """

    __tablename__ = "published_narrative"

    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"), primary_key=True, autoincrement=False)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)  # names the row in open data; says nothing else
    consented_at: Mapped[datetime]
    scrubbed: Mapped[str | None]
    removed: Mapped[dict[str, Any]]  # kind -> how many
    looked_at: Mapped[datetime | None]
    looked_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    published: Mapped[bool] = mapped_column(default=False)
    withdrawn_at: Mapped[datetime | None]
