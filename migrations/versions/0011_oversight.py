"""What supervisors and administrators change: figures kept, the trail of administrators, merges, recalculations.

Revision 0011, after 0010.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from complaints.db import BigKey, Instant

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

LAPSES = "role = 'clock' AND trigger IN ('admit', 'assign', 'terminate', 'decide_recusal')"


def upgrade() -> None:
    """Four tables, and the centre's own lapses found without reading the log."""
    op.create_table(
        "figure",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("next_at", Instant(), nullable=False),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_figure")),
    )
    op.create_table(
        "admin_action",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("account_id", BigKey, nullable=True),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(16), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=True),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("done_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_admin_action_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admin_action")),
    )
    op.create_index("ix_admin_action_subject", "admin_action", ["subject", "subject_id", "id"])
    op.create_table(
        "enterprise_merge",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("old_id", sa.BigInteger(), nullable=False),
        sa.Column("old_name", sa.String(200), nullable=False),
        sa.Column("into_id", BigKey, nullable=False),
        sa.Column("merged_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["into_id"], ["enterprise.id"], name=op.f("fk_enterprise_merge_into_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enterprise_merge")),
        sa.UniqueConstraint("old_id", name=op.f("uq_enterprise_merge_old_id")),
    )
    op.create_index(op.f("ix_enterprise_merge_into_id"), "enterprise_merge", ["into_id"])
    op.create_table(
        "recalculation",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=False),
        sa.Column("looked_at", sa.Integer(), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("begun_at", Instant(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recalculation")),
    )
    op.create_index(
        "ix_event_lapse",
        "event",
        ["occurred_at", "from_state"],
        postgresql_where=sa.text(LAPSES),
        sqlite_where=sa.text(LAPSES),
    )


def downgrade() -> None:
    """Take the index and the tables away."""
    op.drop_index("ix_event_lapse", "event")
    for table in ("recalculation", "enterprise_merge", "admin_action", "figure"):
        op.drop_table(table)
