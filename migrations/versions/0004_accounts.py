"""Second factors, recovery codes, sessions, invitations, password resets, lock-outs.

Revision 0004, after 0003.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
TABLES = (
    "failed_try",
    "factor_policy",
    "account_event",
    "account_factor",
    "account_session",
    "invitation",
    "known_network",
    "recovery_code",
    "password_reset",
)


def upgrade() -> None:
    op.create_table(
        "failed_try",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.Column("wait_until", INSTANT),
        sa.PrimaryKeyConstraint("key", name="pk_failed_try"),
    )
    op.create_index("ix_failed_try_last_at", "failed_try", ["last_at"])
    op.create_table(
        "factor_policy",
        sa.Column("id", KEY, nullable=False),
        sa.Column("enterprise_id", KEY),
        sa.Column("role", sa.String(20)),
        sa.Column("needed_from", INSTANT, nullable=False),
        sa.CheckConstraint("(enterprise_id IS NULL) <> (role IS NULL)", name="ck_factor_policy_one_kind"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name="fk_factor_policy_enterprise_id"),
        sa.PrimaryKeyConstraint("id", name="pk_factor_policy"),
        sa.UniqueConstraint("enterprise_id", name="uq_factor_policy_enterprise_id"),
        sa.UniqueConstraint("role", name="uq_factor_policy_role"),
    )
    op.create_table(
        "account_event",
        sa.Column("id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("by_id", KEY),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_account_event_account_id"),
        sa.ForeignKeyConstraint(["by_id"], ["account.id"], name="fk_account_event_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_account_event"),
    )
    op.create_index("ix_account_event_account_id", "account_event", ["account_id", "id"])
    op.create_table(
        "account_factor",
        sa.Column("account_id", KEY, autoincrement=False, nullable=False),
        sa.Column("salt", sa.String(32), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("confirmed_at", INSTANT),
        sa.Column("last_step", sa.BigInteger()),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_account_factor_account_id"),
        sa.PrimaryKeyConstraint("account_id", name="pk_account_factor"),
    )
    op.create_table(
        "account_session",
        sa.Column("id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("account_key", sa.String(32), nullable=False),
        sa.Column("device", sa.String(80), nullable=False),
        sa.Column("network", sa.String(45), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("last_seen_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_account_session_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_account_session"),
        sa.UniqueConstraint("token_hash", name="uq_account_session_token_hash"),
    )
    op.create_index("ix_account_session_account_id", "account_session", ["account_id"])
    op.create_table(
        "invitation",
        sa.Column("id", KEY, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("enterprise_id", KEY),
        sa.Column("locale", sa.String(8), nullable=False),
        sa.Column("invited_by", KEY, nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("accepted_at", INSTANT),
        sa.Column("revoked_at", INSTANT),
        sa.Column("account_id", KEY),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_invitation_account_id"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name="fk_invitation_enterprise_id"),
        sa.ForeignKeyConstraint(["invited_by"], ["account.id"], name="fk_invitation_invited_by"),
        sa.PrimaryKeyConstraint("id", name="pk_invitation"),
        sa.UniqueConstraint("token_hash", name="uq_invitation_token_hash"),
    )
    op.create_index("ix_invitation_enterprise_id", "invitation", ["enterprise_id"])
    op.create_table(
        "known_network",
        sa.Column("id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("network", sa.String(45), nullable=False),
        sa.Column("first_at", INSTANT, nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_known_network_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_known_network"),
        sa.UniqueConstraint("account_id", "network", name="uq_known_network_account_id_network"),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("used_at", INSTANT),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_recovery_code_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_code"),
    )
    op.create_index("ix_recovery_code_account_id", "recovery_code", ["account_id"])
    op.create_table(
        "password_reset",
        sa.Column("id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("notice_id", KEY, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_password_reset_account_id"),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name="fk_password_reset_notice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_password_reset"),
        sa.UniqueConstraint("notice_id", "account_id", name="uq_password_reset_notice_id_account_id"),
        sa.UniqueConstraint("token_hash", name="uq_password_reset_token_hash"),
    )
    op.create_index("ix_password_reset_account_id", "password_reset", ["account_id"])


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
