"""Signals that only the centre knows of: since when the enterprise has known of the others.

Revision 0019, after 0018.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("quality_signal", sa.Column("passed_on_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE quality_signal SET passed_on_at = found_at")


def downgrade() -> None:
    op.drop_column("quality_signal", "passed_on_at")
