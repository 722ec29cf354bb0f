"""Campaigns, pledges, certificates, and the append-only log of everything that runs on a course.

Revision 0013, after 0012.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from complaints.db import BigKey, Instant

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MESSAGE = "the log is append-only"

SQLITE = {
    "course_event_no_update": "BEFORE UPDATE ON course_event",
    "course_event_no_delete": "BEFORE DELETE ON course_event",
    "course_event_no_replace": "BEFORE INSERT ON course_event WHEN EXISTS (SELECT 1 FROM course_event"
    " WHERE id = NEW.id OR (course = NEW.course AND subject_id = NEW.subject_id AND seq = NEW.seq))",
}


def upgrade() -> None:
    op.create_table(
        "campaign",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("publish_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("template", sa.JSON(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("year", name=op.f("uq_campaign_year")),
    )
    op.create_table(
        "pledge",
        sa.Column("campaign_id", BigKey, nullable=False),
        sa.Column("number", sa.String(length=24), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changing", sa.Boolean(), nullable=False),
        sa.Column("imported_key", sa.String(length=80), nullable=True),
        sa.Column("certificate_due", Instant(), nullable=True),
        sa.Column("valid_from", Instant(), nullable=True),
        sa.Column("valid_until", Instant(), nullable=True),
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
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_pledge_campaign_id")),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_pledge_enterprise_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pledge")),
        sa.UniqueConstraint("number", name=op.f("uq_pledge_number")),
        sa.UniqueConstraint("imported_key", name=op.f("uq_pledge_imported_key")),
    )
    op.create_index("ix_pledge_certificate_due", "pledge", ["certificate_due"], unique=False)
    op.create_index("ix_pledge_campaign_id", "pledge", ["campaign_id", "enterprise_id"], unique=False)
    op.create_index("ix_pledge_due_at", "pledge", ["due_at"], unique=False)
    op.create_index(op.f("ix_pledge_enterprise_id"), "pledge", ["enterprise_id"], unique=False)
    op.create_index("ix_pledge_state", "pledge", ["state", "id"], unique=False)
    op.create_table(
        "certificate",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("pledge_id", BigKey, nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("issued_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["pledge_id"], ["pledge.id"], name=op.f("fk_certificate_pledge_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("code", name=op.f("uq_certificate_code")),
        sa.UniqueConstraint("pledge_id", "edition", "language", name=op.f("uq_certificate_pledge_id_edition_language")),
    )
    op.create_table(
        "course_event",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("course", sa.String(length=12), nullable=False),
        sa.Column("subject_id", BigKey, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("trigger", sa.String(length=24), nullable=False),
        sa.Column("from_state", sa.String(length=24), nullable=False),
        sa.Column("to_state", sa.String(length=24), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("account_id", BigKey, nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("occurred_at", Instant(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_course_event_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_event")),
        sa.UniqueConstraint("course", "subject_id", "seq", name=op.f("uq_course_event_course_subject_id_seq")),
    )
    op.create_table(
        "pledge_proof",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("pledge_id", BigKey, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("added_by", BigKey, nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["added_by"], ["account.id"], name=op.f("fk_pledge_proof_added_by")),
        sa.ForeignKeyConstraint(["pledge_id"], ["pledge.id"], name=op.f("fk_pledge_proof_pledge_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pledge_proof")),
    )
    op.create_index(op.f("ix_pledge_proof_pledge_id"), "pledge_proof", ["pledge_id"], unique=False)
    op.create_table(
        "pledge_version",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("pledge_id", BigKey, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("promises", sa.JSON(), nullable=False),
        sa.Column("answer_days", sa.Integer(), nullable=True),
        sa.Column("mediation_consent", sa.Boolean(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("made_by", BigKey, nullable=True),
        sa.Column("in_force_from", Instant(), nullable=True),
        sa.Column("in_force_until", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_pledge_version_made_by")),
        sa.ForeignKeyConstraint(["pledge_id"], ["pledge.id"], name=op.f("fk_pledge_version_pledge_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pledge_version")),
        sa.UniqueConstraint("pledge_id", "version", name=op.f("uq_pledge_version_pledge_id_version")),
    )
    if op.get_bind().dialect.name == "sqlite":
        for each, when in SQLITE.items():
            op.execute(f"CREATE TRIGGER {each} {when} BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END")
        return
    op.execute(
        "CREATE TRIGGER course_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON course_event"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("pledge_version")
    op.drop_index(op.f("ix_pledge_proof_pledge_id"), table_name="pledge_proof")
    op.drop_table("pledge_proof")
    op.drop_table("course_event")
    op.drop_table("certificate")
    op.drop_index("ix_pledge_state", table_name="pledge")
    op.drop_index(op.f("ix_pledge_enterprise_id"), table_name="pledge")
    op.drop_index("ix_pledge_due_at", table_name="pledge")
    op.drop_index("ix_pledge_campaign_id", table_name="pledge")
    op.drop_index("ix_pledge_certificate_due", table_name="pledge")
    op.drop_table("pledge")
    op.drop_table("campaign")
