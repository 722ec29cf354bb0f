"""What the worker runs. Every job bears a second run: the database says what is due, and rows are claimed there."""

from complaints import clock, db
from complaints.delivery import outbox
from complaints.workflow import idempotency, sweeps


def tick() -> dict[str, int]:
    """The ticker's question: leave a sign of life, forget old answers, and say how many cases and letters are due."""
    with db.transaction() as session:
        now = clock.now()
        sweeps.heartbeat(session, now)
        idempotency.forget(session, clock.wall())
        return {"expire": sweeps.due_count(session, now), "deliver": outbox.due_count(session, now, sweeps.MANY)}


def expire_due() -> int:
    """Do what is due in the lives of cases; returns how many were handled."""
    return sweeps.run_due()


def deliver_due() -> int:
    """Send what is due in the outbox; returns how many letters were settled."""
    return outbox.deliver_due()
