"""Notices for the tests of the outbox, as the workflow would plant them."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from complaints import calendars, db
from complaints.models import ClockInstance, Complaint, Enterprise, Notice

MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai, a working day

FACTS: dict[str, Any] = {
    "number": "K7Q29FXM",
    "trigger": "offer",
    "state": "with_consumer",
    "outcome": None,
    "ground": None,
    "reader": "consumer",
    "actor": "enterprise",
    "occurred_at": "2026-11-20T06:31:00+00:00",
    "product": "电热水壶 <K1>",
    "enterprise": "清波电器 & Söhne",
    "actions": ["accept_offer", "counter", "reject"],
    "due_at": "2026-12-04T16:00:00+00:00",
    "provisional": False,
    "owner": "consumer",
    "silence": "with_consumer",
    "routes": [],
    "reopen_until": None,
    "rating_until": None,
    "amount": "1299.5",
    "perform_by": "2026-12-10",
    "seq": 3,
    "chain_head": "9f" * 32,
}


def notice(**changes: Any) -> Notice:
    """A letter to the intake desk that is due on MONDAY; a reminder with `at_once=False`."""
    facts = FACTS | changes.pop("facts", {})
    due = changes.pop("due", MONDAY)
    values: dict[str, Any] = {
        "key": secrets.token_hex(12),
        "step": "news",
        "letter": "offer" if changes.get("at_once", True) else "reminder",
        "recipient": "desk:intake",
        "channel": "email",
        "locale": "zh",
        "at_once": True,
        "facts": facts,
        "made_at": due,
        "send_at": due,
        "next_at": due,
        "message_id": f"<K7Q29FXM.{secrets.token_hex(10)}@complaints>",
    }
    return Notice(**(values | changes))


def reminder(**changes: Any) -> Notice:
    """A reminder one working day before the deadline."""
    return notice(**({"at_once": False, "step": "before_1"} | changes))


def plant(*notices: Notice) -> list[int]:
    """Commit them; their ids."""
    with db.transaction() as session:
        session.add_all(notices)
        session.flush()
        return [each.id for each in notices]


def stored(ids: Sequence[int] | None = None) -> list[Notice]:
    """What the database says now, by id."""
    with db.transaction() as session:
        query = select(Notice).order_by(Notice.id)
        return list(session.scalars(query if ids is None else query.where(Notice.id.in_(ids))))


def statuses(ids: Sequence[int] | None = None) -> list[str]:
    """The status of each, by id."""
    return [each.status for each in stored(ids)]


def enterprise(email: str | None, name: str = "") -> str:
    """An enterprise with this mailbox; its name as a recipient."""
    with db.transaction() as session:
        row = Enterprise(name=name or secrets.token_hex(6), email=email, joined_at=MONDAY)
        session.add(row)
        session.flush()
        return f"enterprise:{row.id}"


def case(**changes: Any) -> int:
    """A stored complaint; its id."""
    values: dict[str, Any] = {"number": "K7Q29FXM", "state": "received", "mandate": "association", "policy": "p"}
    with db.transaction() as session:
        row = Complaint(**(values | {"filed_at": MONDAY, "filed_by": "consumer", "complete": True} | changes))
        session.add(row)
        session.flush()
        return row.id


def ended_clock() -> int:
    """The id of a clock that has ended."""
    values: dict[str, Any] = {"state": "received", "owner": "intake", "provisional": False, "explanation": {}}
    times = {"entered_at": MONDAY, "due_at": MONDAY, "ended_at": MONDAY}
    complaint_id = case()
    with db.transaction() as session:
        row = ClockInstance(complaint_id=complaint_id, **values, **times)
        session.add(row)
        session.flush()
        return row.id


def seed_calendar() -> None:
    """The calendars that quiet hours need."""
    with db.transaction() as session:
        calendars.seed(session, 2026)


def later(**time: float) -> datetime:
    """MONDAY and so much more."""
    return MONDAY + timedelta(**time)
