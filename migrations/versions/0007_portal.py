"""Assignment, saved views, drafts, templates, the index of words.

Revision 0007, after 0005.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision: str = "0007"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
ASSIGNED = sa.text("agent_id IS NOT NULL")
INDEXED = {"assignment": "complaint_id", "action_draft": "saved_at", "reply_template": "enterprise_id"}
TABLES = ("alike_reply", "assignment", "action_draft", "reply_template", "saved_view", "search_due", "search_text")

# What keeps the index up with the log, whoever writes to it; and what takes a case out of it with an erased text.
SQLITE = {
    "search_wanted": "AFTER INSERT ON event BEGIN INSERT INTO search_due (complaint_id) VALUES (NEW.complaint_id); END",
    "search_erased": "AFTER UPDATE OF value ON private_item WHEN NEW.value IS NULL AND OLD.value IS NOT NULL BEGIN"
    " DELETE FROM search_text WHERE complaint_id = NEW.complaint_id;"
    " INSERT INTO search_due (complaint_id) VALUES (NEW.complaint_id); END",
    "search_added": "AFTER INSERT ON search_text BEGIN"
    " INSERT INTO search_fts (rowid, words) VALUES (NEW.complaint_id, NEW.words); END",
    "search_changed": "AFTER UPDATE ON search_text BEGIN"
    " INSERT INTO search_fts (search_fts, rowid, words) VALUES ('delete', OLD.complaint_id, OLD.words);"
    " INSERT INTO search_fts (rowid, words) VALUES (NEW.complaint_id, NEW.words); END",
    "search_removed": "AFTER DELETE ON search_text BEGIN"
    " INSERT INTO search_fts (search_fts, rowid, words) VALUES ('delete', OLD.complaint_id, OLD.words); END",
}
WANTED = "INSERT INTO search_due (complaint_id) VALUES (NEW.complaint_id);"
POSTGRESQL = {
    "search_wanted": (WANTED, "AFTER INSERT ON event FOR EACH ROW"),
    "search_erased": (
        f"DELETE FROM search_text WHERE complaint_id = NEW.complaint_id; {WANTED}",
        "AFTER UPDATE OF value ON private_item FOR EACH ROW WHEN (NEW.value IS NULL AND OLD.value IS NOT NULL)",
    ),
}


def upgrade() -> None:
    _agent()
    for name, columns in _columns().items():
        op.create_table(name, *columns)
    for table, column in INDEXED.items():
        op.create_index(f"ix_{table}_{column}", table, [column])
    op.create_index("ix_alike_reply_enterprise_id", "alike_reply", ["enterprise_id", "sent_at"])
    _search()
    op.execute("INSERT INTO search_due (complaint_id) SELECT id FROM complaint ORDER BY id")


def _agent() -> None:
    """Written out, because SQLite can only add a reference together with its column."""
    kind = "INTEGER" if _sqlite() else "BIGINT"
    op.execute(
        f"ALTER TABLE complaint ADD COLUMN agent_id {kind} CONSTRAINT fk_complaint_agent_id REFERENCES account (id)"
    )
    columns = ["agent_id", "state", "due_at", "id"]
    op.create_index("ix_complaint_agent", "complaint", columns, postgresql_where=ASSIGNED, sqlite_where=ASSIGNED)


def _reference(table: str, column: str, to: str, *, nullable: bool = False) -> "sa.Column[int]":
    return sa.Column(column, KEY, sa.ForeignKey(f"{to}.id", name=f"fk_{table}_{column}"), nullable=nullable)


def _columns() -> dict[str, list[sa.schema.SchemaItem]]:
    def of(table: str, column: str, to: str, *, nullable: bool = False) -> "sa.Column[int]":
        return _reference(table, column, to, nullable=nullable)

    def key() -> "sa.Column[int]":
        return sa.Column("id", KEY, primary_key=True)

    return {
        "assignment": [
            key(), of("assignment", "complaint_id", "complaint"), of("assignment", "enterprise_id", "enterprise"),
            of("assignment", "account_id", "account", nullable=True), of("assignment", "assigned_by", "account"),
            sa.Column("assigned_at", INSTANT, nullable=False),
        ],
        "action_draft": [
            key(), of("action_draft", "complaint_id", "complaint"), sa.Column("side", sa.String(32), nullable=False),
            sa.Column("trigger", sa.String(32), nullable=False), of("action_draft", "account_id", "account"),
            sa.Column("typed", sa.JSON(), nullable=False), sa.Column("saved_at", INSTANT, nullable=False),
            sa.UniqueConstraint("complaint_id", "side", "trigger", name="uq_action_draft_complaint_id_side_trigger"),
        ],
        "reply_template": [
            key(), of("reply_template", "enterprise_id", "enterprise"),
            sa.Column("name", sa.String(80), nullable=False), sa.Column("text", sa.String(), nullable=False),
            of("reply_template", "changed_by", "account"), sa.Column("changed_at", INSTANT, nullable=False),
        ],
        "alike_reply": [
            key(), of("alike_reply", "complaint_id", "complaint"), of("alike_reply", "enterprise_id", "enterprise"),
            of("alike_reply", "account_id", "account"), sa.Column("trigger", sa.String(32), nullable=False),
            sa.Column("likeness", sa.Integer(), nullable=False), sa.Column("sent_at", INSTANT, nullable=False),
        ],
        "saved_view": [
            key(), of("saved_view", "account_id", "account"), sa.Column("name", sa.String(40), nullable=False),
            sa.Column("query", sa.String(600), nullable=False), sa.Column("first", sa.Boolean(), nullable=False),
            sa.UniqueConstraint("account_id", "name", name="uq_saved_view_account_id_name"),
        ],
        "search_text": [
            sa.Column(
                "complaint_id", KEY, sa.ForeignKey("complaint.id", name="fk_search_text_complaint_id"),
                primary_key=True, autoincrement=False,
            ),
            sa.Column("words", sa.Text() if _sqlite() else TSVECTOR(), nullable=False),
        ],
        "search_due": [key(), sa.Column("complaint_id", KEY, nullable=False)],
    }  # fmt: skip


def _search() -> None:
    """The index over the words, and the triggers."""
    if _sqlite():
        op.execute(
            "CREATE VIRTUAL TABLE search_fts USING fts5(words, content='search_text', content_rowid='complaint_id',"
            " detail=none, tokenize='unicode61 remove_diacritics 0')"
        )
        for name, when in SQLITE.items():
            op.execute(f"CREATE TRIGGER {name} {when}")
        return
    op.create_index("ix_search_text_words", "search_text", ["words"], postgresql_using="gin")
    for name, (body, when) in POSTGRESQL.items():
        op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$")
        op.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {name}()")


def downgrade() -> None:
    if _sqlite():
        for name in SQLITE:
            op.execute(f"DROP TRIGGER {name}")
        op.execute("DROP TABLE search_fts")
    else:
        for name, (_body, when) in POSTGRESQL.items():
            table = "event" if " event " in when else "private_item"
            op.execute(f"DROP TRIGGER {name} ON {table}")
            op.execute(f"DROP FUNCTION {name}()")
    for name in TABLES:
        op.drop_table(name)
    op.drop_index("ix_complaint_agent", "complaint")
    op.drop_column("complaint", "agent_id")


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
