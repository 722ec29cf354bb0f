"""Who lost the private link and gave a telephone number only: an officer calls the number on file, as a task.

Whoever asks has typed a number, of which the mark is kept until a worker comes by (`registry/links.py`). Here the
cases of that number are found; where they have no mail address, each gets one task, while none is open. It outlives
the end of its case, whose link is needed after it, too.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from complaints import clock, db
from complaints.models import Complaint, LinkAsk
from complaints.registry import contacts
from complaints.registry.marks import contact_mark
from complaints.workflow import reaching, rows
from complaints.workflow.case import Role

CONSUMER, RENEW = Role.CONSUMER.value, reaching.RENEW
MOST_CASES = 10  # of one number, newest first
SHOWN_AFTER_CLOSING = timedelta(days=60)  # as for links by mail: delivery/lost.py


def due_count(session: Session) -> int:
    """How many numbers wait to be looked for."""
    return session.execute(select(func.count()).select_from(LinkAsk)).scalar_one()


def run_due(now: Callable[[], datetime] = clock.now, budget_seconds: float = 5.0) -> int:
    """Make the tasks for all numbers that were asked for; returns how many tasks. Bears copies of itself."""
    until, made = time.monotonic() + budget_seconds, 0
    with db.reading() as session:
        asks = session.execute(select(LinkAsk.id, LinkAsk.mark).order_by(LinkAsk.id)).all()
    for ask in asks:
        if time.monotonic() < until:
            with db.transaction() as session:
                taken = session.execute(delete(LinkAsk).where(LinkAsk.id == ask.id).returning(LinkAsk.id)).first()
                made += _open_tasks(session, ask.mark, now()) if taken is not None else 0
    return made


def _open_tasks(session: Session, mark: str, at: datetime) -> int:
    found = [rows.load(session, complaint_id=case_id) for case_id in sorted(_cases(session, mark, at))]
    cases = [case for case in found if case is not None]
    wanting = [case for case in cases if reaching.open_task(session, case.id, CONSUMER, RENEW) is None]
    for case in wanting:
        reaching.beside(session, case, RENEW, Role.INTAKE, CONSUMER, f"{RENEW}:{case.id}:{case.chain_seq}", at)
    return len(wanting)


def _cases(session: Session, mark: str, at: datetime) -> Sequence[int]:
    """Open cases, and those closed not long ago, whose present number has this mark and that have no mail address."""
    lately = or_(Complaint.state != "closed", Complaint.closed_at > at - SHOWN_AFTER_CLOSING)
    newest = select(Complaint.id).where(Complaint.contact_mark == mark, lately).order_by(Complaint.id.desc())
    reached = session.scalars(newest.limit(MOST_CASES))
    return [
        each
        for each in reached
        if not contacts.email(session, each) and contact_mark(contacts.phone(session, each) or "") == mark
    ]
