"""Marks: batches of codes, scans; a complaint's batch of goods.

Revision 0014, after 0013.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from complaints.db import BigKey, Instant

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "mark_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mark_key")),
    )
    op.create_table(
        "mark_batch",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("enterprise_id", BigKey, nullable=False),
        sa.Column("product", sa.String(length=200), nullable=False),
        sa.Column("batch", sa.String(length=80), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("plant", sa.String(length=200), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=True),
        sa.Column("best_before", sa.Date(), nullable=True),
        sa.Column("route", sa.JSON(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("made_by", BigKey, nullable=True),
        sa.Column("voided_at", Instant(), nullable=True),
        sa.Column("flagged_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_mark_batch_enterprise_id")),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_mark_batch_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mark_batch")),
    )
    op.create_index(op.f("ix_mark_batch_enterprise_id"), "mark_batch", ["enterprise_id"], unique=False)
    op.create_table(
        "mark_scan",
        sa.Column("mark_batch_id", BigKey, autoincrement=False, nullable=False),
        sa.Column("serial", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("scans", sa.Integer(), nullable=False),
        sa.Column("networks", sa.JSON(), nullable=False),
        sa.Column("first_at", Instant(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("flagged_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["mark_batch_id"], ["mark_batch.id"], name=op.f("fk_mark_scan_mark_batch_id")),
        sa.PrimaryKeyConstraint("mark_batch_id", "serial", name=op.f("pk_mark_scan")),
    )
    flagged = sa.text("flagged_at IS NOT NULL")
    op.create_index(
        "ix_mark_scan_flagged",
        "mark_scan",
        ["mark_batch_id", "serial"],
        unique=False,
        postgresql_where=flagged,
        sqlite_where=flagged,
    )
    op.add_column("complaint", sa.Column("batch", sa.String(length=80), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("complaint", "batch")
    op.drop_index("ix_mark_scan_flagged", table_name="mark_scan")
    op.drop_table("mark_scan")
    op.drop_index(op.f("ix_mark_batch_enterprise_id"), table_name="mark_batch")
    op.drop_table("mark_batch")
    op.drop_table("mark_key")
