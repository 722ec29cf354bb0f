"""Hearings are found without reading the logs of all of a mediator's cases.

Revision 0018, after 0017.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

HEARINGS = "\"trigger\" = 'hearing'"


def upgrade() -> None:
    op.create_index(
        "ix_event_hearing", "event", ["complaint_id"],
        postgresql_where=sa.text(HEARINGS), sqlite_where=sa.text(HEARINGS),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_event_hearing", table_name="event")
