"""Papers that the centre has issued, and the groups in which several people complain together (art 12)."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from complaints.db import Base, BigKey


class Document(Base):
    """One issued document: what it says is in its file, kept by content hash; its code lets everybody check a copy.

    No personal data stand here. Erasing takes the file; the row stays, so that the code still answers.
    """

    __tablename__ = "document"
    __table_args__ = (UniqueConstraint("complaint_id", "seq", "kind", "language", "edition"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"))
    seq: Mapped[int]  # of the event that it states
    kind: Mapped[str] = mapped_column(String(16))  # see documents/kinds.py
    language: Mapped[str] = mapped_column(String(8))
    edition: Mapped[str] = mapped_column(String(48))  # what of the consumer's contact stands in it
    code: Mapped[str] = mapped_column(String(24), unique=True)  # 100 random bits in groups of four
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]  # bytes
    head: Mapped[str] = mapped_column(String(64))  # the chain's head at the event
    dated_at: Mapped[datetime]  # when the event took effect
    issued_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]


class JointGroup(Base):
    """Complaints about one dispute with one trader, handled together with their consent (art 12)."""

    __tablename__ = "joint_group"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("enterprise.id"))
    proposed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    made_at: Mapped[datetime]


class JointMember(Base):
    """One complaint in a group: whether it joins, whether its consumer stands as a representative, and for whom."""

    __tablename__ = "joint_member"
    __table_args__ = (
        UniqueConstraint("complaint_id"),
        Index("ix_joint_member_joint_group_id", "joint_group_id"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    joint_group_id: Mapped[int] = mapped_column(ForeignKey("joint_group.id"))
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"))
    asked_at: Mapped[datetime]
    consent_at: Mapped[datetime | None]  # none: not answered, or declined
    declined_at: Mapped[datetime | None]
    stands: Mapped[bool] = mapped_column(default=False)  # ready to represent, so that members may see the name
    votes: Mapped[list[str]] = mapped_column(default=list)  # numbers of at most two complaints
    representative: Mapped[bool] = mapped_column(default=False)  # elected by more than half of those who joined
