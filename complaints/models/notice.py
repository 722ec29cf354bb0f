"""The outbox: one row a letter, a reader and a channel; audit and queue at once."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from complaints.db import Base, BigKey


class Notice(Base):
    """One letter to one reader on one channel, decided when its event happened.

    status: waiting → sent | void | dead, or waiting → bundled (it travels inside a digest) → sent | void | dead.
    """

    __tablename__ = "notice"
    __table_args__ = (
        Index(
            "ix_notice_due",
            "next_at",
            "id",
            postgresql_where=text("status = 'waiting'"),
            sqlite_where=text("status = 'waiting'"),
        ),
        Index("ix_notice_clock", "clock_id"),
        Index("ix_notice_complaint_id", "complaint_id"),
        Index(
            "ix_notice_digest",
            "digest_id",
            postgresql_where=text("digest_id IS NOT NULL"),
            sqlite_where=text("digest_id IS NOT NULL"),
        ),
        Index(
            "ix_notice_reader",
            "recipient",
            "channel",
            postgresql_where=text("status = 'waiting' AND NOT at_once"),
            sqlite_where=text("status = 'waiting' AND NOT at_once"),
        ),
        Index("ix_notice_dead", "id", postgresql_where=text("status = 'dead'"), sqlite_where=text("status = 'dead'")),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)  # case:clock:step:recipient:channel
    complaint_id: Mapped[int | None] = mapped_column(ForeignKey("complaint.id"))  # None: a digest over many cases
    clock_id: Mapped[int | None] = mapped_column(BigInteger)
    step: Mapped[str] = mapped_column(
        String(40)
    )  # opening | news | half_time | before_3 | before_1 | last_day | digest | ...
    letter: Mapped[str] = mapped_column(String(40))  # which text: [letter.<name>] of complaints/words/<locale>.toml
    recipient: Mapped[str] = mapped_column(
        String(40)
    )  # consumer:<complaint id> | enterprise:<id> | account:<id> | desk:<role> | lost_link:<mark>
    channel: Mapped[str] = mapped_column(String(8))  # email; none: there is no way to reach this reader
    locale: Mapped[str] = mapped_column(String(8))
    zone: Mapped[str] = mapped_column(String(40), default="Asia/Shanghai")  # the reader's, for quiet hours
    at_once: Mapped[bool]  # receipts and decisions go at any hour; reminders wait for 9:00-20:00 of a working day
    facts: Mapped[dict[str, Any]]  # frozen when the event happened; see workflow/notices.py
    made_at: Mapped[datetime]
    send_at: Mapped[datetime]  # the planned instant
    stale_at: Mapped[datetime | None]  # a reminder not sent by then is void: the next one says it better
    next_at: Mapped[datetime]  # send_at at first; later after a failure (case time)
    status: Mapped[str] = mapped_column(String(8), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    first_failed_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(300))
    lease_until: Mapped[datetime | None]  # a worker is at it until then (real time)
    lease_token: Mapped[str | None] = mapped_column(String(32))
    message_id: Mapped[str] = mapped_column(String(120))  # fixed when planted: a second copy is recognisable
    address: Mapped[str | None] = mapped_column(String(254))  # where it went
    sent_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]  # when it became sent, void or dead
    digest_id: Mapped[int | None] = mapped_column(ForeignKey("notice.id"))
