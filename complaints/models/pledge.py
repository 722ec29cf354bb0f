"""The yearly campaign for 15 March, the pledges of enterprises, and the certificates of their announcement."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from complaints.db import Base, BigKey
from complaints.models.course import OnCourse


class Campaign(Base):
    """One year's call for pledges. Days are those of Shanghai, both ends included."""

    __tablename__ = "campaign"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    year: Mapped[int] = mapped_column(unique=True)
    opens_on: Mapped[date]  # enterprises apply from
    closes_on: Mapped[date]  # to
    publish_on: Mapped[date]  # 15 March: what was approved by then is announced
    valid_until: Mapped[date]  # the last day of its pledges
    template: Mapped[list[Any]]  # [{"kind", "zh", "en", "required"}], see registry/promises.py
    made_at: Mapped[datetime]


class Pledge(OnCourse, Base):
    """One enterprise's pledge of one campaign (GB/T 19010, ISO 10001: a code of conduct)."""

    __tablename__ = "pledge"
    __table_args__ = (
        Index("ix_pledge_campaign_id", "campaign_id", "enterprise_id"),  # one that has ended may be followed by another
        Index("ix_pledge_due_at", "due_at"),
        Index("ix_pledge_state", "state", "id"),
        Index("ix_pledge_certificate_due", "certificate_due"),
    )
    course = "pledge"
    pages = "pledges"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    number: Mapped[str | None] = mapped_column(String(24), unique=True)  # given when it is published: 3·15's own
    version: Mapped[int] = mapped_column(default=1)  # the newest one, in force or not
    changing: Mapped[bool] = mapped_column(default=False)  # the newest one is asked for: a PledgeChange has the clock
    imported_key: Mapped[str | None] = mapped_column(String(80), unique=True)  # campaign and hash of the imported row
    certificate_due: Mapped[datetime | None]  # since when the next edition of its certificate waits to be written
    valid_from: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    made_at: Mapped[datetime]


class PledgeChange(OnCourse, Base):
    """A version that an enterprise asks for while another stands: the clock of the association's decision."""

    __tablename__ = "pledge_change"
    __table_args__ = (Index("ix_pledge_change_due_at", "due_at"),)
    course = "change"
    pages = "pledges"

    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledge.id"), index=True)

    @property
    def place(self) -> str:
        """It is decided on the page of its pledge."""
        return f"{self.pages}/{self.pledge_id}"


class PledgeVersion(Base):
    """What an enterprise promises, word for word, and from when to when that stood. Never changed once in force."""

    __tablename__ = "pledge_version"
    __table_args__ = (UniqueConstraint("pledge_id", "version"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledge.id"))
    version: Mapped[int]
    promises: Mapped[list[Any]]  # [{"kind", "text"}] in the enterprise's own words
    answer_days: Mapped[int | None]  # working days in which it answers complaints; None: as the policy says
    mediation_consent: Mapped[bool]  # to mediation of complaints, in advance
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # None: imported
    in_force_from: Mapped[datetime | None]
    in_force_until: Mapped[datetime | None]


class PledgeProof(Base):
    """A file that an enterprise gave as proof of what it promises."""

    __tablename__ = "pledge_proof"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledge.id"), index=True)
    sha256: Mapped[str] = mapped_column(String(64))
    filename: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int]  # bytes
    added_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    added_at: Mapped[datetime]


class Certificate(Base):
    """One issued certificate of a pledge's announcement. Whether it stands is what its pledge says, live."""

    __tablename__ = "certificate"
    __table_args__ = (UniqueConstraint("pledge_id", "edition", "language"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledge.id"))
    edition: Mapped[int]  # a new one whenever a version comes into force, or a suspended pledge is restored
    language: Mapped[str] = mapped_column(String(8))
    code: Mapped[str] = mapped_column(String(24), unique=True)  # 100 random bits in groups of four
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]  # bytes
    signature: Mapped[str] = mapped_column(String(128))  # Ed25519 over the file, base64
    key_id: Mapped[str] = mapped_column(String(16))  # which published key
    issued_at: Mapped[datetime]
