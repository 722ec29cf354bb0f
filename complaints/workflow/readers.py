"""Who has read the consumer's personal data: the access log, as the consumer may see it.

An enterprise is named, and the centre by the role in which somebody looked; people's own names are not told.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.models import AccessLog, Account, Enterprise
from complaints.registry import cursors
from complaints.workflow.case import Case

ORDER = "reads"
PAGE = 20


@dataclass(frozen=True, slots=True)
class Read:
    """Somebody read personal data of the case, on one page, file or export."""

    id: int
    role: str
    enterprise: str  # whose agent it was; empty for the centre
    what: str
    at: datetime


def reads(
    session: Session, case: Case, *, cursor: str | None = None, limit: int = PAGE
) -> tuple[list[Read], str | None]:
    """The newest reads first, and the cursor of the next page. Raises BadInput for a cursor of another list."""
    query = (
        select(AccessLog.id, AccessLog.role, Enterprise.name, AccessLog.what, AccessLog.read_at)
        .outerjoin(Account, Account.id == AccessLog.account_id)
        .outerjoin(Enterprise, Enterprise.id == Account.enterprise_id)
        .where(AccessLog.complaint_id == case.id)
    )
    if cursor:
        query = query.where(AccessLog.id < cursors.read(cursor, ORDER, int)[0])
    rows = session.execute(query.order_by(AccessLog.id.desc()).limit(limit + 1)).all()
    found = [Read(row.id, row.role, row.name or "", row.what, row.read_at) for row in rows[:limit]]
    return found, cursors.write(ORDER, found[-1].id) if len(rows) > limit else None
