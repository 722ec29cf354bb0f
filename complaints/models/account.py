"""People who log in: enterprise agents, officers of the centre, administrators."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from complaints.db import Base, BigKey


class Account(Base):
    """One log-in. `roles` holds values of `workflow.case.Role`, and "administrator"."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    login: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str | None] = mapped_column(String(254))
    password_hash: Mapped[str] = mapped_column(String(200))  # argon2
    session_key: Mapped[str] = mapped_column(String(32))  # changed with the password: ends every open session
    roles: Mapped[list[str]]
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("enterprise.id"))
    locale: Mapped[str] = mapped_column(String(8), default="zh")
    zone: Mapped[str] = mapped_column(String(40), default="Asia/Shanghai")
    active: Mapped[bool] = mapped_column(default=True)
    made_at: Mapped[datetime]


class ApiToken(Base):
    """A program's way in for an account. Only the token's hash is kept; it says of itself what it is (`cpl_...`)."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))  # which program: "CRM", "hotline"
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]  # real time, as made_at
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]  # last; to the hour, so that a busy program costs one write an hour


class Conflict(Base):
    """An interest for which a mediator must step aside: one enterprise, or one case (art 21)."""

    __tablename__ = "conflict"
    __table_args__ = (UniqueConstraint("account_id", "enterprise_id", "complaint_id"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("enterprise.id"))
    complaint_id: Mapped[int | None] = mapped_column(ForeignKey("complaint.id"))
    declared_at: Mapped[datetime]
