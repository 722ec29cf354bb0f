"""Errands: an enterprise that no letter reaches is told by phone or post. Which letter opened the clock of a course.

Revision 0021, after 0019.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from complaints.db import BigKey, Instant

revision: str = "0021"
down_revision: str | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = {"pledge": "pledge", "measure": "measure", "signal": "quality_signal", "objection": "objection"}


def upgrade() -> None:
    for table in TABLES.values():
        op.add_column(table, sa.Column("opening", sa.BigInteger(), nullable=True))
    _openings()
    op.create_table(
        "errand",
        sa.Column("about", sa.String(length=12), nullable=False),
        sa.Column("about_id", sa.BigInteger(), nullable=False),
        sa.Column("notice_id", BigKey, nullable=False),
        *_course(),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_errand_enterprise_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_errand_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_errand")),
        sa.UniqueConstraint("notice_id", name=op.f("uq_errand_notice_id")),
    )
    op.create_index(op.f("ix_errand_enterprise_id"), "errand", ["enterprise_id"], unique=False)
    op.create_index("ix_errand_due_at", "errand", ["due_at"], unique=False)
    op.create_index("ix_errand_about", "errand", ["about", "about_id"], unique=False)


def downgrade() -> None:
    op.drop_table("errand")
    for table in TABLES.values():
        op.drop_column(table, "opening")


def _openings() -> None:
    """The letter that opened each clock, but for drafts that an enterprise began itself."""
    connection = op.get_bind()
    own = {
        (str(row.course), int(row.subject_id), int(row.seq))
        for row in connection.execute(
            sa.text("SELECT course, subject_id, seq FROM course_event WHERE role = 'enterprise' AND from_state = 'new'")
        )
    }
    letters = sa.text(
        "SELECT id, key FROM notice WHERE letter = 'course' AND step = 'opening' AND recipient LIKE 'enterprise:%'"
        " ORDER BY id"
    )
    for letter in connection.execute(letters).all():
        _, course, subject, seq, *_ = letter.key.split(":")
        if (course, int(subject), int(seq)) not in own:
            connection.execute(
                sa.text(f"UPDATE {TABLES[course]} SET opening = :letter WHERE id = :subject"),
                {"letter": letter.id, "subject": int(subject)},
            )


def _course() -> list[sa.Column[Any]]:
    """The columns that every course has (models/course.py)."""
    return [
        sa.Column("id", BigKey, nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("deadline", sa.JSON(), nullable=False),
        sa.Column("counters", sa.JSON(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(length=40), nullable=False),
        sa.Column("opening", sa.BigInteger(), nullable=True),
        sa.Column("enterprise_id", BigKey, nullable=False),
    ]
