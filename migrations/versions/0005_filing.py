"""Drafts of filings, the spellings by which enterprises are found.

Revision 0005, after 0004.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from complaints.registry.enterprises import spellings

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
AT_ONCE = 1000  # names spelled in one go


def upgrade() -> None:
    op.add_column("enterprise_name", sa.Column("pinyin", _text(400), nullable=False, server_default=""))
    op.add_column("enterprise_name", sa.Column("initials", _text(200), nullable=False, server_default=""))
    _collate_folded('"C"')
    _spell()
    for column in ("pinyin", "initials"):
        op.create_index(f"ix_enterprise_name_{column}", "enterprise_name", [column])
    op.create_table(
        "draft",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("erase_at", INSTANT, nullable=False),
        sa.Column("filed", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("secret_hash", name="uq_draft_secret_hash"),
    )
    op.create_index("ix_draft_erase_at", "draft", ["erase_at"])
    op.create_table(
        "draft_file",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("draft_id", KEY, sa.ForeignKey("draft.id", name="fk_draft_file_draft_id"), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("media_type", sa.String(80), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.UniqueConstraint("draft_id", "sha256", name="uq_draft_file_draft_id_sha256"),
    )


def _text(most: int) -> sa.types.TypeEngine[str]:
    return sa.String(most).with_variant(sa.String(most, collation="C"), "postgresql")


def _collate_folded(collation: str) -> None:
    """SQLite compares by code point anyway."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE enterprise_name ALTER COLUMN folded TYPE varchar(200) COLLATE {collation}")


def _spell() -> None:
    """Let the names that are there already be found by pinyin and initials."""
    connection = op.get_bind()
    names = connection.execute(sa.text("SELECT id, name FROM enterprise_name ORDER BY id")).all()
    write = sa.text(
        "UPDATE enterprise_name SET pinyin = :pinyin, initials = :initials, folded = :folded WHERE id = :id"
    )
    spelled = [{"id": each.id, **spellings(each.name)} for each in names]
    for begin in range(0, len(spelled), AT_ONCE):
        connection.execute(write, spelled[begin : begin + AT_ONCE])


def downgrade() -> None:
    op.drop_table("draft_file")
    op.drop_table("draft")
    for column in ("initials", "pinyin"):
        op.drop_index(f"ix_enterprise_name_{column}", "enterprise_name")
        op.drop_column("enterprise_name", column)
    _collate_folded('"default"')
