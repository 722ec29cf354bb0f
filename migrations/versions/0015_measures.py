"""Measures, benchmark enterprises and their monthly reports.

Revision 0015, after 0014.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from complaints.db import BigKey, Instant

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "tracking_report",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("enterprise_id", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tracking_report")),
        sa.UniqueConstraint("enterprise_id", "month", name=op.f("uq_tracking_report_enterprise_id_month")),
    )
    op.create_table(
        "designation",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("enterprise_id", BigKey, nullable=False),
        sa.Column("designated_at", Instant(), nullable=False),
        sa.Column("designated_by", BigKey, nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["designated_by"], ["account.id"], name=op.f("fk_designation_designated_by")),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_designation_enterprise_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_designation")),
        sa.UniqueConstraint("year", "enterprise_id", name=op.f("uq_designation_year_enterprise_id")),
    )
    op.create_index(op.f("ix_designation_enterprise_id"), "designation", ["enterprise_id"], unique=False)
    op.create_table(
        "measure",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("pledge_id", BigKey, nullable=True),
        sa.Column("rule", sa.String(length=24), nullable=False),
        sa.Column("cause", sa.JSON(), nullable=False),
        sa.Column("cause_key", sa.String(length=80), nullable=False),
        sa.Column("imposed_by", BigKey, nullable=True),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("id", BigKey, nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("deadline", sa.JSON(), nullable=False),
        sa.Column("counters", sa.JSON(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(length=40), nullable=False),
        sa.Column("enterprise_id", BigKey, nullable=False),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_measure_enterprise_id")),
        sa.ForeignKeyConstraint(["imposed_by"], ["account.id"], name=op.f("fk_measure_imposed_by")),
        sa.ForeignKeyConstraint(["pledge_id"], ["pledge.id"], name=op.f("fk_measure_pledge_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure")),
        sa.UniqueConstraint("cause_key", name=op.f("uq_measure_cause_key")),
    )
    op.create_index("ix_measure_due_at", "measure", ["due_at"], unique=False)
    op.create_index(op.f("ix_measure_enterprise_id"), "measure", ["enterprise_id"], unique=False)
    op.create_index(op.f("ix_measure_pledge_id"), "measure", ["pledge_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_measure_pledge_id"), table_name="measure")
    op.drop_index(op.f("ix_measure_enterprise_id"), table_name="measure")
    op.drop_index("ix_measure_due_at", table_name="measure")
    op.drop_table("measure")
    op.drop_index(op.f("ix_designation_enterprise_id"), table_name="designation")
    op.drop_table("designation")
    op.drop_table("tracking_report")
