"""Where a consumer is reached now."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.models import PrivateItem


def email(session: Session, complaint_id: int) -> str | None:
    """The newest address given; once it is erased (NULL), none, for an older one was replaced for a reason."""
    return _newest(session, complaint_id, "email")


def phone(session: Session, complaint_id: int) -> str | None:
    """The newest telephone number, likewise."""
    return _newest(session, complaint_id, "phone")


def _newest(session: Session, complaint_id: int, kind: str) -> str | None:
    given = (PrivateItem.complaint_id == complaint_id, PrivateItem.kind == kind)
    return session.scalar(select(PrivateItem.value).where(*given).order_by(PrivateItem.id.desc()).limit(1))
