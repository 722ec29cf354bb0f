"""Webhooks: where the programs of an enterprise hear of events, and what was sent there."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from complaints.db import Base, BigKey


class Webhook(Base):
    """One address that an enterprise has subscribed. All instants are real time.

    The secret is not kept: it is derived from `nonce` and the installation's secret key (see registry/webhooks.py).
    """

    __tablename__ = "webhook"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"), index=True)
    url: Mapped[str] = mapped_column(String(500))
    triggers: Mapped[list[str]]  # of which events it hears; empty: of all
    nonce: Mapped[str] = mapped_column(String(32))
    old_nonce: Mapped[str | None] = mapped_column(String(32))  # of the secret before, which signs beside the new one
    old_until: Mapped[datetime | None]
    from_event_id: Mapped[int] = mapped_column(BigInteger)  # it hears of what stands in the log behind this entry
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    failing_since: Mapped[datetime | None]  # nothing has got through since
    paused_at: Mapped[datetime | None]  # what happens is kept for it until it is resumed
    ended_at: Mapped[datetime | None]  # deleted; its deliveries stay readable for their time


class WebhookDelivery(Base):
    """One message to one webhook: decided once, tried until it got through. The body holds no personal data.

    status: waiting → sent | dead | void (no longer this enterprise's to know). A replay lets it wait again.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("webhook_id", "event_id"),
        Index(
            "ix_webhook_delivery_due",
            "webhook_id",
            "next_at",
            postgresql_where=text("status = 'waiting'"),
            sqlite_where=text("status = 'waiting'"),
        ),
        Index("ix_webhook_delivery_made", "webhook_id", "made_at", "id"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhook.id"))
    event_id: Mapped[int | None] = mapped_column(BigInteger)  # None: a test
    complaint_id: Mapped[int | None] = mapped_column(BigInteger)
    message_id: Mapped[str] = mapped_column(String(40), unique=True)  # the same at every try, so that repeats are seen
    trigger: Mapped[str] = mapped_column(String(32))  # or "ping"
    number: Mapped[str] = mapped_column(String(20), default="")  # of the case
    body: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(8), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)  # of this round; a replay begins another
    tries: Mapped[list[Any]]  # what became of each try: at, code, ms, why
    made_at: Mapped[datetime]
    next_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    lease_token: Mapped[str | None] = mapped_column(String(32))


class LogReader(Base):
    """Somebody who reads the whole log in order, and how far they have come."""

    __tablename__ = "log_reader"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    event_id: Mapped[int] = mapped_column(BigInteger)  # everything up to this entry has been dealt with
