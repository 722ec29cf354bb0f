"""Programs come in: their tokens, the answers they were given, intake partners; lists by key; lost links.

Revision 0003, after 0002.
"""

import hmac
from collections.abc import Sequence
from hashlib import sha256

import sqlalchemy as sa
from alembic import op

from complaints.config import settings

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
TOLD = "enterprise_told"
PARTIAL = {  # index -> table, columns, condition
    "ix_complaint_closed": ("complaint", ["closed_at", "id"], "state = 'closed'"),
    "ix_complaint_enterprise_closed": (
        "complaint",
        ["enterprise_id", "closed_at", "id"],
        f"state = 'closed' AND {TOLD}",
    ),
    "ix_complaint_enterprise_inbox": ("complaint", ["enterprise_id", "state", "due_at", "id"], TOLD),
    "ix_complaint_partner": ("complaint", ["partner_id", "id"], "partner_id IS NOT NULL"),
    "ix_complaint_email_mark": ("complaint", ["email_mark"], "email_mark IS NOT NULL"),
    "ix_task_complaint_id": ("task", ["complaint_id"], "done_at IS NULL"),
}


def upgrade() -> None:
    op.create_table(
        "api_token",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("account_id", KEY, sa.ForeignKey("account.id", name="fk_api_token_account_id"), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT),
        sa.Column("revoked_at", INSTANT),
        sa.UniqueConstraint("token_hash", name="uq_api_token_token_hash"),
    )
    op.create_index("ix_api_token_account_id", "api_token", ["account_id"])
    op.create_table(
        "idempotency_key",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("body_hash", sa.String(64), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.UniqueConstraint("key_hash", name="uq_idempotency_key_key_hash"),
    )
    op.create_index("ix_idempotency_key_made_at", "idempotency_key", ["made_at"])
    op.drop_table("form_key")
    # Written out, because SQLite can only add a reference together with its column, and PostgreSQL reads this too.
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(
        f"ALTER TABLE complaint ADD COLUMN partner_id {kind} CONSTRAINT fk_complaint_partner_id REFERENCES account (id)"
    )
    op.add_column("complaint", sa.Column("email_mark", sa.String(64)))
    _mark_addresses()
    op.drop_index("ix_complaint_mediator", "complaint")
    op.drop_index("ix_complaint_enterprise_inbox", "complaint")
    op.create_index("ix_complaint_mediator", "complaint", ["mediator_id", "state", "due_at", "id"])
    for name, (table, columns, condition) in PARTIAL.items():
        plain = sa.text(condition.replace(TOLD, f"{TOLD} = 1"))  # as SQLite writes a truth
        op.create_index(name, table, columns, postgresql_where=sa.text(condition), sqlite_where=plain)


def _mark_addresses() -> None:
    """Every case's newest mail address, as `filings.contact_mark` would have marked it."""
    connection = op.get_bind()
    given = sa.text("SELECT complaint_id, value FROM private_item WHERE kind = 'email' AND value > '' ORDER BY id")
    newest: dict[int, str] = dict(connection.execute(given).all())
    key = settings().secret_key.encode() if newest else b""
    marks = [
        {"id": case, "mark": hmac.new(key, address.casefold().encode(), sha256).hexdigest()}
        for case, address in newest.items()
    ]
    if marks:
        connection.execute(sa.text("UPDATE complaint SET email_mark = :mark WHERE id = :id"), marks)


def downgrade() -> None:
    for name, (table, _columns, _condition) in PARTIAL.items():
        op.drop_index(name, table)
    op.drop_index("ix_complaint_mediator", "complaint")
    op.create_index("ix_complaint_mediator", "complaint", ["mediator_id", "state"])
    op.create_index("ix_complaint_enterprise_inbox", "complaint", ["enterprise_id", "state", "due_at", "id"])
    for column in ("email_mark", "partner_id"):
        op.drop_column("complaint", column)
    op.create_table(
        "form_key",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("complaint_id", KEY, sa.ForeignKey("complaint.id", name="fk_form_key_complaint_id"), nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("used_at", INSTANT, nullable=False),
        sa.UniqueConstraint("key_hash", name="uq_form_key_key_hash"),
    )
    op.drop_table("api_token")
    op.drop_table("idempotency_key")
