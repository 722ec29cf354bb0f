"""Traders, and every name they are found by."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeEngine

from complaints.db import Base, BigKey


class Enterprise(Base):
    """A trader. A participant has joined the scheme and consents to mediation in advance through its pledge."""

    __tablename__ = "enterprise"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    credit_code: Mapped[str | None] = mapped_column(String(18), unique=True)  # unified social credit code
    address: Mapped[str] = mapped_column(String(300), default="")
    email: Mapped[str | None] = mapped_column(String(254))  # its complaints mailbox
    phone: Mapped[str] = mapped_column(String(40), default="")
    locale: Mapped[str] = mapped_column(String(8), default="zh")
    zone: Mapped[str] = mapped_column(String(40), default="Asia/Shanghai")
    participant: Mapped[bool] = mapped_column(default=False)
    benchmark: Mapped[bool] = mapped_column(default=False)
    pledge_from: Mapped[datetime | None]  # its pledge, the consent in advance, is in force from
    pledge_until: Mapped[datetime | None]
    promised_answer_days: Mapped[int | None]  # working days
    joined_at: Mapped[datetime]
    digest_hour: Mapped[int | None]  # one digest of reminders a working day, from this hour on; None: as they fall due
    bundle_news: Mapped[bool] = mapped_column(default=False)  # what is only to be known travels in the digest, too


def _by_code_point(most: int) -> TypeEngine[str]:
    """Text whose index finds what begins with some letters, whatever the language of the database."""
    return String(most).with_variant(String(most, collation="C"), "postgresql")


class EnterpriseName(Base):
    """A name an enterprise is found by: its own, a brand, a former name; folded, and as it is typed in pinyin."""

    __tablename__ = "enterprise_name"
    __table_args__ = tuple(Index(f"ix_enterprise_name_{each}", each) for each in ("folded", "pinyin", "initials"))

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))  # name | brand | former | alias
    name: Mapped[str] = mapped_column(String(200))
    folded: Mapped[str] = mapped_column(_by_code_point(200))
    pinyin: Mapped[str] = mapped_column(_by_code_point(400), default="", server_default="")
    initials: Mapped[str] = mapped_column(_by_code_point(200), default="", server_default="")
