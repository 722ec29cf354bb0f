"""Lost links that are asked for by telephone number, until a worker has looked for the cases.

Revision 0022, after 0021.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "link_ask",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("mark", name="uq_link_ask_mark"),
    )


def downgrade() -> None:
    op.drop_table("link_ask")
