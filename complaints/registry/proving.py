"""What must be proven before silence counts against an enterprise: that the clock was its own, and that it was told
while that still ran.
"""

from sqlalchemy import ColumnElement, exists, func, or_, select

from complaints.models import ClockInstance, Complaint, Event, Notice, Task
from complaints.workflow.case import Role


def told() -> ColumnElement[bool]:
    """Clocks whose opening letter left, or whose enterprise an officer reached, before they ended."""
    stay = func.coalesce(ClockInstance.stay_id, ClockInstance.id)
    letter = exists().where(
        Notice.clock_id == stay, Notice.step.startswith("opening"), Notice.recipient.startswith("enterprise:"),
        Notice.status == "sent", Notice.sent_at <= ClockInstance.ended_at,
    )  # fmt: skip
    reached = exists().where(
        Task.clock_id == stay, Task.kind == "reach_party", Task.party == Role.ENTERPRISE.value,
        Task.result == "reached", Task.done_at <= ClockInstance.ended_at,
    )  # fmt: skip
    return or_(letter, reached)


def of_this_enterprise() -> ColumnElement[bool]:
    """Clocks that began when the case was with the enterprise that it is with now: not those of one named before."""
    mine = (Event.complaint_id == Complaint.id, Event.seq == Complaint.enterprise_from_seq)
    named = select(Event.occurred_at).where(*mine).correlate(Complaint).scalar_subquery()
    return or_(Complaint.enterprise_from_seq == 0, ClockInstance.entered_at >= named)
