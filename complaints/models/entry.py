"""How people come in: open sessions, second factors, invitations, forgotten passwords, tries that failed.

Instants are real time, as those of tokens: a demo that moves its clock logs nobody out. Networks are coarse
(registry/networks.py), so that no table says where somebody lives.
"""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from complaints.db import Base, BigKey


class AccountSession(Base):
    """One window in which somebody has logged in. The cookie holds the token, this row only its hash."""

    __tablename__ = "account_session"
    __table_args__ = (Index("ix_account_session_made_at", "made_at"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_key: Mapped[str] = mapped_column(String(32))  # the account's session_key then: another one ends this
    device: Mapped[str] = mapped_column(String(80))  # what the browser says it is, shortened
    network: Mapped[str] = mapped_column(String(45))
    made_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]  # written every few minutes at most
    revoked_at: Mapped[datetime | None]


class AccountFactor(Base):
    """A second factor (RFC 6238). Its secret comes from `salt` and the secret key, which is not in the database."""

    __tablename__ = "account_factor"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True, autoincrement=False)
    salt: Mapped[str] = mapped_column(String(32))
    made_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]  # by a first code; until then it asks nobody for anything
    last_step: Mapped[int | None] = mapped_column(BigInteger)  # of the newest code that was used; none works twice


class RecoveryCode(Base):
    """A code for who has lost the telephone. Only its keyed hash is kept; it works once."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None]


class FactorPolicy(Base):
    """From when on the people of an enterprise, or those who hold a role, need a second factor."""

    __tablename__ = "factor_policy"
    __table_args__ = (
        UniqueConstraint("enterprise_id"),
        UniqueConstraint("role"),
        CheckConstraint("(enterprise_id IS NULL) <> (role IS NULL)", name="one_kind"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("enterprise.id"))
    role: Mapped[str | None] = mapped_column(String(20))
    needed_from: Mapped[datetime]


class Invitation(Base):
    """Somebody who was asked to come in. The link's token is derived; the row keeps its hash."""

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(254))
    roles: Mapped[list[str]]
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("enterprise.id"), index=True)
    locale: Mapped[str] = mapped_column(String(8))
    invited_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # who it has become


class PasswordReset(Base):
    """A link by which a forgotten password is made anew, once, within the hour. One a letter and account."""

    __tablename__ = "password_reset"
    __table_args__ = (UniqueConstraint("notice_id", "account_id"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class KnownNetwork(Base):
    """A network from which somebody has logged in: from there strangers' tries never keep them out."""

    __tablename__ = "known_network"
    __table_args__ = (UniqueConstraint("account_id", "network"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    network: Mapped[str] = mapped_column(String(45))
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]


class FailedTry(Base):
    """How often one log-in was tried in vain: from one network, or from all that are unknown. Named by a keyed hash."""

    __tablename__ = "failed_try"
    __table_args__ = (Index("ix_failed_try_last_at", "last_at"),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    tries: Mapped[int]
    last_at: Mapped[datetime]
    wait_until: Mapped[datetime | None]


class FormerAddress(Base):
    """A mail address that an account or an enterprise had, kept until it is told that letters go elsewhere now."""

    __tablename__ = "former_address"
    __table_args__ = (Index("ix_former_address_replaced_at", "replaced_at"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("enterprise.id"))
    email: Mapped[str] = mapped_column(String(254))
    replaced_at: Mapped[datetime]  # case time, as that of letters


class AccountEvent(Base):
    """What was done to an account, and by whom; kept for ever, holds no words of anybody."""

    __tablename__ = "account_event"
    __table_args__ = (Index("ix_account_event_account_id", "account_id", "id"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    what: Mapped[str] = mapped_column(String(40))  # a key of [account_event] in the words
    by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # None: by a command, or by nobody known
    at: Mapped[datetime]
