"""From the log to the webhooks: what an enterprise's programs are told of each event in its cases.

`fire()` knows nothing of this, so it costs acting nothing. A reader of the log goes through it in order, once, up to
where it is settled (`horizon.py`), and plants a delivery for each event and each webhook that wants it. How far it
has come is written in the same transaction as what it planted: nothing is left out and nothing planted twice.
"""

import json
import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from complaints import clock, db
from complaints.clock import SHANGHAI
from complaints.models import Complaint, Event, LogReader, Webhook, WebhookDelivery
from complaints.workflow import attempts, horizon, rows, sight
from complaints.workflow.case import Actor, Case, Role
from complaints.workflow.lifecycle import TRIGGERS

READER = "webhooks"
SPAN = 2000  # entries of the log looked through in one transaction
HEARD = tuple(trigger for trigger in TRIGGERS if trigger not in sight.REPORTED)  # what an enterprise may hear of
COLUMNS = ("seq", "trigger", "from_state", "to_state", "role", "occurred_at", "recorded_at", "hash")  # as in the API


def due(session: Session) -> bool:
    """Whether there is a webhook, and an entry of the log that its reader has not seen."""
    starts = _starts(session)
    return starts is not None and horizon.newest(session) > max(_come(session), starts)


def publish() -> int:
    """Go through the log as far as it is settled, and plant what webhooks are to hear; returns how many deliveries.

    Bears other copies of itself: one at a time goes on, the others leave it to that one.
    """
    with db.reading() as session:
        if not due(session):
            return 0
    safe = horizon.settled()
    planted, more = 0, safe is not None
    while more and safe is not None:
        with db.transaction() as session:
            count, more = _step(session, safe)
            planted += count
    return planted


def _starts(session: Session) -> int | None:
    """The entry behind which the first webhook begins to hear; None where there is none."""
    return session.scalar(select(func.min(Webhook.from_event_id)).where(Webhook.ended_at.is_(None)))


def _come(session: Session) -> int:
    return session.scalar(select(LogReader.event_id).where(LogReader.name == READER)) or 0


def _step(session: Session, safe: int) -> tuple[int, bool]:
    """One span of the log: how many deliveries were planted, and whether there is more to go through."""
    place = _take_place(session)
    starts = _starts(session)
    if place is None or starts is None:
        return 0, False
    first = max(place.event_id, starts)
    if first >= safe:
        return 0, False
    last = min(first + SPAN, safe)
    hooks = session.scalars(select(Webhook).where(Webhook.ended_at.is_(None))).all()
    made = list(_deliveries(session, hooks, first, last))
    session.add_all(made)
    place.event_id = last
    return len(made), last < safe


def _take_place(session: Session) -> LogReader | None:
    """The reader's place, which the migrations made, locked; None where somebody else is reading on."""
    mine = select(LogReader).where(LogReader.name == READER)
    return session.scalars(mine.with_for_update(skip_locked=True)).one_or_none()


def _deliveries(session: Session, hooks: Sequence[Webhook], first: int, last: int) -> Iterator[WebhookDelivery]:
    """For each entry behind `first` up to `last` that an enterprise with a webhook may hear of."""
    firms: dict[int, list[Webhook]] = {}
    for hook in hooks:
        firms.setdefault(hook.enterprise_id, []).append(hook)
    theirs = or_(Event.seq == 1, Event.seq >= Complaint.enterprise_from_seq)  # as `sight.concerns` says it
    query = (
        select(Event, Complaint.enterprise_id)
        .join(Complaint, Complaint.id == Event.complaint_id)
        .where(Event.id > first, Event.id <= last, Event.trigger.in_(HEARD), theirs)
        .where(Complaint.enterprise_told, Complaint.enterprise_id.in_(firms))
        .order_by(Event.id)
    )
    for event, firm in session.execute(query).all():
        wanting = [each for each in firms[firm or 0] if _wants(each, event)]
        case = rows.load(session, complaint_id=event.complaint_id, lock=False) if wanting else None
        if case is not None:
            yield from (_delivery(hook, event, case) for hook in wanting)


def _wants(hook: Webhook, event: Event) -> bool:
    return event.id > hook.from_event_id and (not hook.triggers or event.trigger in hook.triggers)


def _delivery(hook: Webhook, event: Event, case: Case) -> WebhookDelivery:
    at = clock.wall()
    body = told(event, case, hook.enterprise_id)
    return WebhookDelivery(
        webhook_id=hook.id, event_id=event.id, complaint_id=case.id, message_id=new_id(), trigger=event.trigger,
        number=case.number, body=body, tries=[], made_at=at, next_at=at,
    )  # fmt: skip


def new_id() -> str:
    """An id for one message, by which its receiver knows repeats."""
    return f"msg_{secrets.token_hex(16)}"


def told(event: Event, case: Case, enterprise_id: int) -> str:
    """The message about one event: the entry as the API shows it to this enterprise, and where the case stands now."""
    me = Actor(Role.ENTERPRISE, enterprise_id=enterprise_id)
    entry = {name: _plain(getattr(event, name)) for name in COLUMNS}
    entry["facts"] = sight.told(event.payload["facts"], me)
    data = {"event": entry, "case": attempts.standing(case, [me], clock.now())}
    return message(event.trigger, event.recorded_at, data)


def ping(at: datetime) -> str:
    """A message that says only that messages arrive."""
    return message("ping", at, {})


def plant_ping(session: Session, hook: Webhook, at: datetime) -> WebhookDelivery:
    """A test message for one webhook. Real time."""
    delivery = WebhookDelivery(
        webhook_id=hook.id, message_id=new_id(), trigger="ping", body=ping(at), tries=[], made_at=at, next_at=at
    )
    session.add(delivery)
    session.flush()
    return delivery


def message(kind: str, at: datetime, data: dict[str, Any]) -> str:
    """The body, in the shape that Standard Webhooks recommends."""
    return json.dumps({"type": kind, "timestamp": _plain(at), "data": data}, ensure_ascii=False)


def _plain(value: Any) -> Any:
    return value.astimezone(SHANGHAI).isoformat() if isinstance(value, datetime) else value
