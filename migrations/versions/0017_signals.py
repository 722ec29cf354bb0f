"""Quality signals, and how far complaints were looked through.

Revision 0017, after 0016.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from complaints.db import BigKey, Instant

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "signals_looked",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("through", Instant(), nullable=False),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signals_looked")),
    )
    op.create_table(
        "quality_signal",
        sa.Column("product", sa.String(length=200), nullable=False),
        sa.Column("batch", sa.String(length=80), nullable=True),
        sa.Column("fault", sa.String(length=80), nullable=True),
        sa.Column("safety", sa.Boolean(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("found_at", Instant(), nullable=False),
        sa.Column("last_case_at", Instant(), nullable=False),
        sa.Column("id", BigKey, nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("deadline", sa.JSON(), nullable=False),
        sa.Column("counters", sa.JSON(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(length=40), nullable=False),
        sa.Column("enterprise_id", BigKey, nullable=False),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_quality_signal_enterprise_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_signal")),
    )
    op.create_index("ix_quality_signal_due_at", "quality_signal", ["due_at"], unique=False)
    op.create_index(op.f("ix_quality_signal_enterprise_id"), "quality_signal", ["enterprise_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_quality_signal_enterprise_id"), table_name="quality_signal")
    op.drop_index("ix_quality_signal_due_at", table_name="quality_signal")
    op.drop_table("quality_signal")
    op.drop_table("signals_looked")
