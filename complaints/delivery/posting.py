"""Messages to webhooks leave: each is tried until it got through, for about a day, and everything is written down.

As in the outbox, workers claim with a lease in real time, send with no transaction open, and record each result in a
short transaction that only the holder of the lease can make. Webhooks are served in turn, a few messages each, and a
receiver that does not answer is left alone for the rest of the turn: it holds up no other. All instants are real time.
"""

import logging
import secrets
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from complaints import clock, db
from complaints.clock import SHANGHAI
from complaints.config import settings
from complaints.delivery import webhook
from complaints.delivery.reminders import changed
from complaints.delivery.webhook import Sent
from complaints.models import Complaint, Notice, Webhook, WebhookDelivery
from complaints.registry import webhooks

# How long to wait after the first failure, the second, ...: ten tries over a day, close together at first.
WAITS = tuple(timedelta(seconds=each) for each in (10, 60, 300, 900, 3600, 7200, 14400, 28800, 32400))
LEASE = timedelta(seconds=60)  # of one message, longer than it can take
TURN = 25  # messages that one webhook is served in a turn
HOOKS = 50  # webhooks that one claim looks for
TRIES_KEPT = 20  # of one message, the newest
FORGOTTEN_AT_ONCE = 500

log = logging.getLogger(__name__)


def due_count(session: Session) -> int:
    """How many webhooks something waits for that may leave now."""
    return len(_due_hooks(session))


def deliver_due(budget_seconds: float = 10.0) -> int:
    """Send what is due until nothing is or the time is used; returns how many messages were settled.

    Bears any number of copies of itself running at once.
    """
    end = time.monotonic() + budget_seconds
    settled = 0
    while time.monotonic() < end:
        with db.reading() as session:
            hooks = _due_hooks(session)
        if not hooks:
            break
        settled += sum(_serve(each, end) for each in hooks if time.monotonic() < end)
    return settled


def forget() -> int:
    """Delete deliveries whose time is over, settled or waiting for a webhook that nobody has resumed."""
    first = select(WebhookDelivery.id, WebhookDelivery.made_at).order_by(WebhookDelivery.id).limit(FORGOTTEN_AT_ONCE)
    oldest = first.subquery()
    old = select(oldest.c.id).where(oldest.c.made_at < clock.wall() - webhooks.KEPT)
    with db.transaction() as session:
        gone = delete(WebhookDelivery).where(WebhookDelivery.id.in_(old)).returning(WebhookDelivery.id)
        return len(session.execute(gone.execution_options(synchronize_session=False)).all())


def send_now(hook_id: int, delivery_id: int) -> None:
    """Send one message at once, outside of any transaction of the caller's, unless a worker has it already."""
    token = secrets.token_hex(16)
    if _claim(hook_id, token, 1, WebhookDelivery.id == delivery_id):
        _deliver(delivery_id, token)


def _free() -> tuple[ColumnElement[bool], ...]:
    """Waiting, due, and in nobody's hands."""
    at = clock.wall()
    free = or_(WebhookDelivery.lease_until.is_(None), WebhookDelivery.lease_until <= at)
    return WebhookDelivery.status == "waiting", WebhookDelivery.next_at <= at, free


def _due_hooks(session: Session) -> Sequence[int]:
    """Webhooks for which something is due, in any order: no one of them is always the last."""
    waits = exists().where(WebhookDelivery.webhook_id == Webhook.id, *_free())
    going = (Webhook.ended_at.is_(None), Webhook.paused_at.is_(None))
    return session.scalars(select(Webhook.id).where(*going, waits).order_by(func.random()).limit(HOOKS)).all()


def _serve(hook_id: int, end: float) -> int:
    """One turn of one webhook, the oldest messages first; ends with the first that fails."""
    token = secrets.token_hex(16)
    ids = _claim(hook_id, token, TURN)
    done = 0
    for position, delivery_id in enumerate(ids):
        through = time.monotonic() < end and _deliver(delivery_id, token)
        done += through
        if not through:
            _give_back(ids[position:], token)
            break
    return done


def _claim(hook_id: int, token: str, limit: int, *more: ColumnElement[bool]) -> list[int]:
    """Take up to `limit` due messages of a webhook, oldest first."""
    mine = (WebhookDelivery.webhook_id == hook_id, *_free(), *more)
    free = select(WebhookDelivery.id).where(*mine).order_by(WebhookDelivery.next_at, WebhookDelivery.id).limit(limit)
    taken = (
        update(WebhookDelivery)
        .where(WebhookDelivery.id.in_(free.with_for_update(skip_locked=True).scalar_subquery()))
        .values(lease_until=clock.wall() + LEASE, lease_token=token)
        .returning(WebhookDelivery.id)
        .execution_options(synchronize_session=False)
    )
    with db.transaction() as session:
        return sorted(session.scalars(taken).all())


def _give_back(ids: Sequence[int], token: str) -> None:
    """What was not tried waits a little, so that nobody spins on a receiver that does not answer."""
    mine = (WebhookDelivery.id.in_(ids), WebhookDelivery.lease_token == token, WebhookDelivery.status == "waiting")
    later = {"next_at": clock.wall() + WAITS[0], "lease_until": None, "lease_token": None}
    with db.transaction() as session:
        changed(session, update(WebhookDelivery).where(*mine).values(**later))


def _deliver(delivery_id: int, token: str) -> bool:
    """One message: look once more whether it is theirs, send it with no transaction open, record what became of it."""
    with db.transaction() as session:
        letter = _make(session, delivery_id, token)
    if letter is None:
        return True  # nothing to send: no fault of the receiver's
    sent = webhook.send(*letter)
    with db.transaction() as session:
        _record(session, delivery_id, token, sent)
    return sent.through


def _make(session: Session, delivery_id: int, token: str) -> tuple[str, bytes, dict[str, str]] | None:
    """Renew the lease; address, body and signed headers. None: not this worker's any more, or not to be sent."""
    at = clock.wall()
    mine = (
        WebhookDelivery.id == delivery_id, WebhookDelivery.lease_token == token, WebhookDelivery.status == "waiting"
    )  # fmt: skip
    if not changed(session, update(WebhookDelivery).where(*mine).values(lease_until=at + LEASE)):
        return None
    delivery = session.get_one(WebhookDelivery, delivery_id)
    hook = session.get_one(Webhook, delivery.webhook_id)
    if hook.ended_at is not None or not _theirs(session, hook, delivery):
        delivery.status, delivery.settled_at, delivery.lease_until = "void", at, None
        return None
    body, stamp = delivery.body.encode(), int(at.timestamp())
    signed = webhooks.signature(hook, delivery.message_id, stamp, body, at)
    names = {"Webhook-Id": delivery.message_id, "Webhook-Timestamp": str(stamp), "Webhook-Signature": signed}
    return hook.url, body, names


def _theirs(session: Session, hook: Webhook, delivery: WebhookDelivery) -> bool:
    """Whether the case is still this enterprise's: it may have gone to another since."""
    if delivery.complaint_id is None:
        return True
    owner = select(Complaint.enterprise_id).where(Complaint.id == delivery.complaint_id, Complaint.enterprise_told)
    return session.scalar(owner) == hook.enterprise_id


def _record(session: Session, delivery_id: int, token: str, sent: Sent) -> None:
    """Write down one try and what follows from it, unless somebody else has the message now."""
    query = select(WebhookDelivery).where(WebhookDelivery.id == delivery_id, WebhookDelivery.lease_token == token)
    delivery = session.scalars(query.with_for_update()).one_or_none()
    if delivery is None or delivery.status != "waiting":
        return
    at = clock.wall()
    hook = session.get_one(Webhook, delivery.webhook_id)
    one = {"at": at.isoformat(timespec="seconds"), "code": sent.code, "ms": sent.ms, "why": sent.why}
    delivery.tries = [*delivery.tries, one][-TRIES_KEPT:]
    delivery.attempts += 1
    delivery.lease_until = delivery.lease_token = None
    if sent.through:
        delivery.status, delivery.settled_at, hook.failing_since = "sent", at, None
        return
    _failed(session, hook, delivery, sent, at)


def _failed(session: Session, hook: Webhook, delivery: WebhookDelivery, sent: Sent, at: datetime) -> None:
    """Try again later, or give up; a receiver that has taken nothing for a day, or wants no more, is paused."""
    log.info("webhook %s: delivery %s failed: %s", hook.id, delivery.id, sent.code or sent.why)
    hook.failing_since = hook.failing_since or at
    over = delivery.attempts > len(WAITS)
    if over or delivery.trigger == "ping":  # a test is tried once: somebody is looking
        delivery.status, delivery.settled_at = "dead", at
    else:
        delivery.next_at = at + WAITS[delivery.attempts - 1]
    long = at - hook.failing_since >= sum(WAITS, timedelta(0))
    if hook.paused_at is None and (sent.gone or (over and long)):
        hook.paused_at = at
        _tell(session, hook)


def _tell(session: Session, hook: Webhook) -> None:
    """A letter to the enterprise's mailbox: this webhook is paused."""
    at = clock.now()
    facts: dict[str, Any] = {"reader": "enterprise", "number": None, "url": hook.url.partition("?")[0]}
    session.add(
        Notice(
            key=f"webhook:{hook.id}:paused:{secrets.token_hex(8)}", step="paused", letter="webhook_paused",
            recipient=f"enterprise:{hook.enterprise_id}", channel="email", locale="zh", zone=SHANGHAI.key, at_once=True,
            facts=facts, made_at=at, send_at=at, next_at=at,
            message_id=f"<webhook.{secrets.token_hex(12)}@{settings().sender.rpartition('@')[2]}>",
        )
    )  # fmt: skip
