"""Webhooks and their deliveries, figures of enterprises, digest settings, when a token was last used.

Revision 0008, after 0007.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", KEY, primary_key=True),
        sa.Column(
            "enterprise_id", KEY, sa.ForeignKey("enterprise.id", name="fk_webhook_enterprise_id"), nullable=False
        ),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("triggers", sa.JSON(), nullable=False),
        sa.Column("nonce", sa.String(32), nullable=False),
        sa.Column("old_nonce", sa.String(32)),
        sa.Column("old_until", INSTANT),
        sa.Column("from_event_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("made_by", KEY, sa.ForeignKey("account.id", name="fk_webhook_made_by")),
        sa.Column("failing_since", INSTANT),
        sa.Column("paused_at", INSTANT),
        sa.Column("ended_at", INSTANT),
    )
    op.create_index("ix_webhook_enterprise_id", "webhook", ["enterprise_id"])
    _create_deliveries()
    places = op.create_table(
        "log_reader",
        sa.Column("name", sa.String(20), primary_key=True),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
    )
    op.bulk_insert(places, [{"name": "webhooks", "event_id": 0}])
    _create_figures()
    op.add_column("enterprise", sa.Column("digest_hour", sa.Integer()))
    op.add_column("enterprise", sa.Column("bundle_news", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("api_token", sa.Column("used_at", INSTANT))


def _create_deliveries() -> None:
    op.create_table(
        "webhook_delivery",
        sa.Column("id", KEY, primary_key=True),
        sa.Column(
            "webhook_id", KEY, sa.ForeignKey("webhook.id", name="fk_webhook_delivery_webhook_id"), nullable=False
        ),
        sa.Column("event_id", sa.BigInteger()),
        sa.Column("complaint_id", sa.BigInteger()),
        sa.Column("message_id", sa.String(40), nullable=False),
        sa.Column("trigger", sa.String(32), nullable=False),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tries", sa.JSON(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("next_at", INSTANT, nullable=False),
        sa.Column("settled_at", INSTANT),
        sa.Column("lease_until", INSTANT),
        sa.Column("lease_token", sa.String(32)),
        sa.UniqueConstraint("webhook_id", "event_id", name="uq_webhook_delivery_webhook_id_event_id"),
        sa.UniqueConstraint("message_id", name="uq_webhook_delivery_message_id"),
    )
    waiting = sa.text("status = 'waiting'")
    op.create_index(
        "ix_webhook_delivery_due", "webhook_delivery", ["webhook_id", "next_at"], postgresql_where=waiting,
        sqlite_where=waiting,
    )  # fmt: skip
    op.create_index("ix_webhook_delivery_made", "webhook_delivery", ["webhook_id", "made_at", "id"])


def _create_figures() -> None:
    firm = sa.ForeignKey("enterprise.id", name="fk_enterprise_figures_enterprise_id")
    op.create_table(
        "enterprise_figures",
        sa.Column("enterprise_id", KEY, firm, primary_key=True),
        sa.Column("days", sa.Integer(), primary_key=True),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("counted_at", INSTANT, nullable=False),
    )
    counted = op.create_table(
        "figures_counted",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("counted_at", INSTANT, nullable=False),
        sa.Column("lease_until", INSTANT),
    )
    op.bulk_insert(counted, [{"id": 1, "counted_at": datetime(1970, 1, 1, tzinfo=UTC), "lease_until": None}])


def downgrade() -> None:
    op.drop_column("api_token", "used_at")
    op.drop_column("enterprise", "bundle_news")
    op.drop_column("enterprise", "digest_hour")
    for table in ("figures_counted", "enterprise_figures", "log_reader", "webhook_delivery", "webhook"):
        op.drop_table(table)
