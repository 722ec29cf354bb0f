"""What people keep beside the cases: who handles which, drafts, templates, views; and the index of words.

Drafts, templates and the index may hold private text: they are rows that can be deleted, and nothing refers to them.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Dialect, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

from complaints.db import Base, BigKey


class Words(TypeDecorator[list[str]]):
    """Words to be found by: a tsvector on PostgreSQL; on SQLite a text that an FTS5 index follows.

    They are letters and digits only (`workflow/bigrams.py`), so that neither has anything to take apart.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column's own type."""
        return dialect.type_descriptor(TSVECTOR() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: list[str] | None, dialect: Dialect) -> str | None:
        """The words as the column takes them."""
        if value is None:
            return None
        return " ".join(f"'{word}'" for word in value) if dialect.name == "postgresql" else " ".join(value)


class Assignment(Base):
    """Who gave which case to which colleague, and when; nobody where it was given back. Who has it now is
    `complaint.agent_id`. No event of the case: it is no business of the other side."""

    __tablename__ = "assignment"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"), index=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    assigned_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    assigned_at: Mapped[datetime]


class ActionDraft(Base):
    """What one side has typed into the form of an action and not sent yet. Deleted when sent, or after its term."""

    __tablename__ = "action_draft"
    __table_args__ = (UniqueConstraint("complaint_id", "side", "trigger"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"))
    side: Mapped[str] = mapped_column(String(32))  # enterprise:<id> | centre
    trigger: Mapped[str] = mapped_column(String(32))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))  # who typed last
    typed: Mapped[dict[str, Any]]  # box -> texts
    saved_at: Mapped[datetime] = mapped_column(index=True)


class ReplyTemplate(Base):
    """A text of an enterprise to begin a reply with. It is to be adapted before it is sent."""

    __tablename__ = "reply_template"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    text: Mapped[str]
    changed_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    changed_at: Mapped[datetime]


class AlikeReply(Base):
    """A reply that was sent as it was, although its writer had been shown that an earlier one says nearly the same."""

    __tablename__ = "alike_reply"
    __table_args__ = (Index("ix_alike_reply_enterprise_id", "enterprise_id", "sent_at"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"))
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    trigger: Mapped[str] = mapped_column(String(32))
    likeness: Mapped[int]  # percent
    sent_at: Mapped[datetime]


class SavedView(Base):
    """A filter of the inbox under a name, for one person."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("account_id", "name"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    name: Mapped[str] = mapped_column(String(40))
    query: Mapped[str] = mapped_column(String(600))  # as in the address
    first: Mapped[bool] = mapped_column(default=False)  # what the inbox shows at first


class SearchText(Base):
    """The words by which a case is found, each after who may find by it. Made anew whenever the case has changed.

    The index over them (GIN, or FTS5) each database keeps in its own way: migration 0007.
    """

    __tablename__ = "search_text"
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"), primary_key=True, autoincrement=False)
    words: Mapped[list[str]] = mapped_column(Words)


class SearchDue(Base):
    """A case whose words are to be made anew. The database adds a row by itself with each entry of the log, and when
    a private text is erased."""

    __tablename__ = "search_due"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    complaint_id: Mapped[int] = mapped_column(BigKey)


__all__ = ["ActionDraft", "AlikeReply", "Assignment", "ReplyTemplate", "SavedView", "SearchDue", "SearchText"]
