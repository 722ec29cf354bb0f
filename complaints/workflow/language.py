"""In which language letters to a consumer are written."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from complaints.models import Complaint, Notice
from complaints.workflow.case import Case, Role
from complaints.workflow.notices import recipient


def choose(session: Session, case: Case, locale: str) -> None:
    """From now on in this language, also what waits to leave. No part of the case's log: it decides nothing."""
    session.execute(update(Complaint).where(Complaint.id == case.id).values(locale=locale))
    mine = select(Notice.id).where(Notice.complaint_id == case.id, Notice.recipient == recipient(case, Role.CONSUMER))
    waiting = mine.where(Notice.status == "waiting").order_by(Notice.id).with_for_update()
    session.execute(update(Notice).where(Notice.id.in_(waiting.scalar_subquery())).values(locale=locale))
