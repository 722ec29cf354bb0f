"""Open data as it was published: rows of a month that stay, and the editions in which some were written anew.

Months published before have no rows yet: the worker writes them when it first looks, and they are open from then on.

Revision 0020, after 0019.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from complaints.db import BigKey, Instant

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("record_month", sa.Column("opened_at", Instant(), nullable=True))
    op.create_table(
        "open_data_row",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("complaint_id", BigKey, nullable=False),
        sa.Column("enterprise_id", sa.BigInteger(), nullable=False),
        sa.Column("month_filed", sa.String(length=7), nullable=False),
        sa.Column("enterprise", sa.String(length=200), nullable=False),
        sa.Column("product", sa.String(length=200), nullable=False),
        sa.Column("category", sa.String(length=80), nullable=False),
        sa.Column("fault", sa.String(length=200), nullable=False),
        sa.Column("outcome", sa.String(length=24), nullable=False),
        sa.Column("in_time", sa.Boolean(), nullable=True),
        sa.Column("answer_days", sa.String(length=8), nullable=False),
        sa.Column("mediated", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name=op.f("fk_open_data_row_complaint_id")),
        sa.ForeignKeyConstraint(["month"], ["record_month.month"], name=op.f("fk_open_data_row_month")),
        sa.PrimaryKeyConstraint("month", "id", name=op.f("pk_open_data_row")),
    )
    op.create_index("ix_open_data_row_enterprise_id", "open_data_row", ["month", "enterprise_id"], unique=False)
    op.create_index(op.f("ix_open_data_row_complaint_id"), "open_data_row", ["complaint_id"], unique=False)
    op.create_table(
        "open_data_edition",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("edition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("enterprise_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["month"], ["record_month.month"], name=op.f("fk_open_data_edition_month")),
        sa.PrimaryKeyConstraint("month", "edition", name=op.f("pk_open_data_edition")),
    )


def downgrade() -> None:
    op.drop_table("open_data_edition")
    op.drop_index(op.f("ix_open_data_row_complaint_id"), table_name="open_data_row")
    op.drop_index("ix_open_data_row_enterprise_id", table_name="open_data_row")
    op.drop_table("open_data_row")
    op.drop_column("record_month", "opened_at")
