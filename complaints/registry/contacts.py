"""Where a consumer is reached by mail now."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.models import PrivateItem


def email(session: Session, complaint_id: int) -> str | None:
    """The newest address given; once it is erased (NULL), none, for an older one was replaced for a reason."""
    given = (PrivateItem.complaint_id == complaint_id, PrivateItem.kind == "email")
    return session.scalar(select(PrivateItem.value).where(*given).order_by(PrivateItem.id.desc()).limit(1))
