"""Issued documents with their codes, joint complaints and representatives, indexes by which like cases are found.

Revision 0010, after 0009.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
INTAKE = sa.text("state IN ('received', 'needs_information')")


def upgrade() -> None:
    """Three tables and two indexes."""
    _documents()
    _joint()
    op.create_index("ix_evidence_sha256", "evidence", ["sha256"])
    op.create_index(
        "ix_complaint_enterprise_intake",
        "complaint",
        ["enterprise_id", "id"],
        postgresql_where=INTAKE,
        sqlite_where=INTAKE,
    )


def _documents() -> None:
    op.create_table(
        "document",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("complaint_id", KEY, sa.ForeignKey("complaint.id", name="fk_document_complaint_id"), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("edition", sa.String(48), nullable=False),
        sa.Column("code", sa.String(24), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
        sa.Column("dated_at", INSTANT, nullable=False),
        sa.Column("issued_at", INSTANT, nullable=False),
        sa.Column("erased_at", INSTANT),
        sa.UniqueConstraint(
            "complaint_id",
            "seq",
            "kind",
            "language",
            "edition",
            name="uq_document_complaint_id_seq_kind_language_edition",
        ),
        sa.UniqueConstraint("code", name="uq_document_code"),
    )


def _joint() -> None:
    op.create_table(
        "joint_group",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("enterprise_id", KEY, sa.ForeignKey("enterprise.id", name="fk_joint_group_enterprise_id")),
        sa.Column("proposed_by", KEY, sa.ForeignKey("account.id", name="fk_joint_group_proposed_by")),
        sa.Column("made_at", INSTANT, nullable=False),
    )
    op.create_table(
        "joint_member",
        sa.Column("id", KEY, primary_key=True),
        sa.Column(
            "joint_group_id",
            KEY,
            sa.ForeignKey("joint_group.id", name="fk_joint_member_joint_group_id"),
            nullable=False,
        ),
        sa.Column(
            "complaint_id", KEY, sa.ForeignKey("complaint.id", name="fk_joint_member_complaint_id"), nullable=False
        ),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("consent_at", INSTANT),
        sa.Column("declined_at", INSTANT),
        sa.Column("stands", sa.Boolean(), nullable=False),
        sa.Column("votes", sa.JSON(), nullable=False),
        sa.Column("representative", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("complaint_id", name="uq_joint_member_complaint_id"),
    )
    op.create_index("ix_joint_member_joint_group_id", "joint_member", ["joint_group_id"])


def downgrade() -> None:
    """Take them away again."""
    op.drop_index("ix_complaint_enterprise_intake", "complaint")
    op.drop_index("ix_evidence_sha256", "evidence")
    op.drop_table("joint_member")
    op.drop_table("joint_group")
    op.drop_table("document")
