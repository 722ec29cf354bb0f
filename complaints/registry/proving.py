"""What must be proven before silence counts against an enterprise: that it was told while its clock still ran."""

from sqlalchemy import ColumnElement, exists, func, or_

from complaints.models import ClockInstance, Notice, Task
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
