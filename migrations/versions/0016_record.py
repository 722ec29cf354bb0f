"""The honest record: monthly snapshots, objections, narratives that consumers let be published.

Revision 0016, after 0015.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from complaints.db import BigKey, Instant

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "record_month",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("taken_at", Instant(), nullable=True),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("object_until", Instant(), nullable=True),
        sa.Column("explanation", sa.JSON(), nullable=False),
        sa.Column("published_at", Instant(), nullable=True),
        sa.Column("overall", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_record_month")),
    )
    op.create_table(
        "objection",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("figure", sa.String(length=24), nullable=False),
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
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_objection_enterprise_id")),
        sa.ForeignKeyConstraint(["month"], ["record_month.month"], name=op.f("fk_objection_month")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection")),
    )
    op.create_index("ix_objection_due_at", "objection", ["due_at"], unique=False)
    op.create_index(op.f("ix_objection_enterprise_id"), "objection", ["enterprise_id"], unique=False)
    op.create_table(
        "record_line",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("enterprise_id", sa.BigInteger(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("why", sa.String(length=24), nullable=False),
        sa.Column("participant", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["month"], ["record_month.month"], name=op.f("fk_record_line_month")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_line")),
        sa.UniqueConstraint(
            "month", "enterprise_id", "edition", name=op.f("uq_record_line_month_enterprise_id_edition")
        ),
    )
    op.create_index("ix_record_line_enterprise_id", "record_line", ["enterprise_id", "month"], unique=False)
    op.create_table(
        "record_exclusion",
        sa.Column("complaint_id", BigKey, autoincrement=False, nullable=False),
        sa.Column("objection_id", BigKey, nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name=op.f("fk_record_exclusion_complaint_id")),
        sa.ForeignKeyConstraint(["objection_id"], ["objection.id"], name=op.f("fk_record_exclusion_objection_id")),
        sa.PrimaryKeyConstraint("complaint_id", name=op.f("pk_record_exclusion")),
    )
    op.create_table(
        "published_narrative",
        sa.Column("complaint_id", BigKey, autoincrement=False, nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("consented_at", Instant(), nullable=False),
        sa.Column("scrubbed", sa.String(), nullable=True),
        sa.Column("removed", sa.JSON(), nullable=False),
        sa.Column("looked_at", Instant(), nullable=True),
        sa.Column("looked_by", BigKey, nullable=True),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name=op.f("fk_published_narrative_complaint_id")),
        sa.ForeignKeyConstraint(["looked_by"], ["account.id"], name=op.f("fk_published_narrative_looked_by")),
        sa.PrimaryKeyConstraint("complaint_id", name=op.f("pk_published_narrative")),
        sa.UniqueConstraint("public_id", name=op.f("uq_published_narrative_public_id")),
    )


def downgrade() -> None:
    op.drop_table("published_narrative")
    op.drop_table("record_exclusion")
    op.drop_index("ix_record_line_enterprise_id", table_name="record_line")
    op.drop_table("record_line")
    op.drop_index(op.f("ix_objection_enterprise_id"), table_name="objection")
    op.drop_index("ix_objection_due_at", table_name="objection")
    op.drop_table("objection")
    op.drop_table("record_month")
