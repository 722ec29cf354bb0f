"""Presence at cases, and the days of many complaints.

Revision 0009, after 0008.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "presence",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("complaint_id", KEY, sa.ForeignKey("complaint.id", name="fk_presence_complaint_id"), nullable=False),
        sa.Column("account_id", KEY, sa.ForeignKey("account.id", name="fk_presence_account_id"), nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.UniqueConstraint("complaint_id", "account_id", name="uq_presence_complaint_id_account_id"),
    )
    op.create_index("ix_presence_seen_at", "presence", ["seen_at"])
    op.create_table(
        "surge",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("started_by", KEY, sa.ForeignKey("account.id", name="fk_surge_started_by"), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("ended_by", KEY, sa.ForeignKey("account.id", name="fk_surge_ended_by")),
    )
    running = sa.text("ended_at IS NULL")
    op.create_index("ix_surge_open", "surge", ["started_at"], postgresql_where=running, sqlite_where=running)
    worked = sa.text("state = 'received' AND ended_at IS NOT NULL")
    op.create_index("ix_clock_intake", "clock", ["ended_at"], postgresql_where=worked, sqlite_where=worked)


def downgrade() -> None:
    op.drop_index("ix_clock_intake", "clock")
    op.drop_table("surge")
    op.drop_table("presence")
