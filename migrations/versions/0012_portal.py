"""Addresses that were replaced, until they are told; sessions found by their age, to be forgotten.

Revision 0012, after 0011.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from complaints.db import BigKey, Instant

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """One table and two indexes."""
    op.create_table(
        "former_address",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("account_id", BigKey, nullable=True),
        sa.Column("enterprise_id", BigKey, nullable=True),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("replaced_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_former_address_account_id")),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_former_address_enterprise_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_address")),
    )
    op.create_index("ix_former_address_replaced_at", "former_address", ["replaced_at"])
    op.create_index("ix_account_session_made_at", "account_session", ["made_at"])


def downgrade() -> None:
    """Take them away again."""
    op.drop_index("ix_account_session_made_at", "account_session")
    op.drop_index("ix_former_address_replaced_at", "former_address")
    op.drop_table("former_address")
