"""Webhooks: addresses at which an enterprise's programs hear of events in its cases.

Whoever receives a message must be able to tell that it is ours, and a reader of the database must not be able to make
one. So the secret is derived from the row's nonce and the installation's secret key; it is shown once and kept
nowhere. All instants here are real time, handed in.
"""

import base64
import hmac
import ipaddress
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import SplitResult, urlsplit

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from complaints.config import settings
from complaints.errors import BadInput, NotFound
from complaints.models import Event, Webhook, WebhookDelivery
from complaints.registry import cursors

LONGEST_URL = 500
MOST = 10  # webhooks of one enterprise
KEPT = timedelta(days=30)  # deliveries; of them all can be sent again
OLD_SECRET = timedelta(hours=24)  # the secret before signs beside the new one, so that a receiver can change over
PREFIX = "whsec_"  # Standard Webhooks
MOST_REPLAYED = 10_000  # deliveries of one request
PAGE = 50

_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\]")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_THROUGH = ipaddress.ip_network("64:ff9b::/96")  # NAT64: leads on to any IPv4 address (RFC 6052)


def subscribe(
    session: Session, enterprise_id: int, url: str, triggers: Sequence[str], at: datetime, account_id: int | None = None
) -> tuple[Webhook, str]:
    """Subscribe an address to events (to all where none is named); returns it with its secret. Raises BadInput."""
    url = checked(url)
    standing = of(session, enterprise_id)
    if any(each.url == url for each in standing):
        raise BadInput("this address is subscribed already", {"url": ["taken"]})
    if len(standing) >= MOST:
        raise BadInput(f"an enterprise has {MOST} webhooks at most", {"url": [f"too_many:{MOST}"]})
    newest = session.scalar(select(func.max(Event.id))) or 0
    hook = Webhook(
        enterprise_id=enterprise_id, url=url, triggers=list(triggers), nonce=secrets.token_hex(16),
        from_event_id=newest, made_at=at, made_by=account_id,
    )  # fmt: skip
    session.add(hook)
    session.flush()
    return hook, secret(hook.nonce)


def of(session: Session, enterprise_id: int) -> Sequence[Webhook]:
    """The webhooks of an enterprise that were not deleted, oldest first."""
    mine = (Webhook.enterprise_id == enterprise_id, Webhook.ended_at.is_(None))
    return session.scalars(select(Webhook).where(*mine).order_by(Webhook.id)).all()


def one(session: Session, enterprise_id: int, webhook_id: int) -> Webhook:
    """A webhook of this enterprise. Raises NotFound."""
    hook = session.get(Webhook, webhook_id)
    if hook is None or hook.enterprise_id != enterprise_id or hook.ended_at is not None:
        raise NotFound(f"there is no webhook {webhook_id}")
    return hook


def end(session: Session, enterprise_id: int, webhook_id: int, at: datetime) -> None:
    """Delete a webhook: what waits for it is dropped. Raises NotFound."""
    hook = one(session, enterprise_id, webhook_id)
    hook.ended_at = at
    waiting = (WebhookDelivery.webhook_id == hook.id, WebhookDelivery.status == "waiting")
    session.execute(update(WebhookDelivery).where(*waiting).values(status="void", settled_at=at))


def resume(session: Session, enterprise_id: int, webhook_id: int, at: datetime) -> None:
    """Let a paused webhook go on; what was kept for it leaves now. Raises NotFound."""
    hook = one(session, enterprise_id, webhook_id)
    hook.paused_at = hook.failing_since = None
    waiting = (WebhookDelivery.webhook_id == hook.id, WebhookDelivery.status == "waiting")
    session.execute(update(WebhookDelivery).where(*waiting).values(next_at=at))


def change_secret(session: Session, enterprise_id: int, webhook_id: int, at: datetime) -> str:
    """Give a webhook a new secret, which is returned; for a day the old one signs beside it. Raises NotFound."""
    hook = one(session, enterprise_id, webhook_id)
    hook.old_nonce, hook.old_until = hook.nonce, at + OLD_SECRET
    hook.nonce = secrets.token_hex(16)
    return secret(hook.nonce)


def secret(nonce: str) -> str:
    """The secret of a nonce, as Standard Webhooks writes one."""
    return PREFIX + base64.b64encode(_key(nonce)).decode()


def signature(hook: Webhook, message_id: str, timestamp: int, body: bytes, at: datetime) -> str:
    """The header `Webhook-Signature`: by the secret, and for a day by the one before it."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    nonces = [hook.nonce]
    if hook.old_nonce is not None and hook.old_until is not None and at < hook.old_until:
        nonces.append(hook.old_nonce)
    made = (base64.b64encode(hmac.digest(_key(nonce), signed, "sha256")).decode() for nonce in nonces)
    return " ".join(f"v1,{each}" for each in made)


def _key(nonce: str) -> bytes:
    return hmac.digest(settings().secret_key.encode(), f"webhook:{nonce}".encode(), "sha256")


def checked(url: str) -> str:
    """The address in the form that is kept. Raises BadInput, naming the field, for one to which nothing is sent."""
    url = url.strip()
    if len(url) > LONGEST_URL:
        raise BadInput("too long an address", {"url": [f"too_long:{LONGEST_URL}"]})
    parts = _parts(url)
    if parts is None:
        raise BadInput("not an address for a webhook", {"url": ["not_an_address" if url else "required"]})
    numeric = _numeric(parts.hostname or "")
    if numeric is not None and not reachable(numeric, encrypted=parts.scheme == "https"):
        raise BadInput("not an address on the internet", {"url": ["private_address"]})
    return url


def _parts(url: str) -> SplitResult | None:
    """The address taken apart; None where it is not a plain one. http is only for trying out on one's own machine."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    schemes = ("https", "http") if settings().webhook_local else ("https",)
    plain = url.isascii() and url.isprintable() and not set(url) & set(' "<>\\^`{|}')
    host = parts.netloc.rpartition(":")[0] if port is not None else parts.netloc
    good = plain and parts.scheme in schemes and _HOST.fullmatch(host) and not parts.fragment and port != 0
    return parts if good else None


def _numeric(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def reachable(address: Address, *, encrypted: bool) -> bool:
    """Whether something may be sent to this address: one on the internet; others only where the operator allows it."""
    plain = _plain(address)
    if settings().webhook_local:
        return encrypted or plain.is_loopback
    return encrypted and plain.is_global and not (plain.is_multicast or plain.is_reserved or plain.is_unspecified)


def _plain(address: Address) -> Address:
    """The address that is really meant, where an IPv6 address stands for one of IPv4."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    meant = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
    if meant is None and address in _THROUGH:
        meant = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return meant or address


class Deliveries:
    """A page of the log of deliveries, newest first, and the cursor of the next one."""

    def __init__(self, lines: Sequence[WebhookDelivery], following: str | None) -> None:
        self.lines, self.next = lines, following


def deliveries(session: Session, hook: Webhook, *, cursor: str | None = None, limit: int = PAGE) -> Deliveries:
    """What was sent to a webhook, newest first. Raises BadInput for a cursor of another list."""
    query = select(WebhookDelivery).where(WebhookDelivery.webhook_id == hook.id)
    if cursor is not None:
        (after,) = cursors.read(cursor, "delivery", int)
        query = query.where(WebhookDelivery.id < after)
    rows = session.scalars(query.order_by(WebhookDelivery.id.desc()).limit(limit + 1)).all()
    more = cursors.write("delivery", rows[limit - 1].id) if len(rows) > limit else None
    return Deliveries(rows[:limit], more)


def replay(session: Session, hook: Webhook, delivery_id: int, at: datetime) -> None:
    """Send one delivery again, under the same id. Raises NotFound."""
    if not _again(session, at, WebhookDelivery.id == delivery_id, WebhookDelivery.webhook_id == hook.id):
        raise NotFound(f"there is no delivery {delivery_id}")


def replay_span(session: Session, hook: Webhook, since: datetime, until: datetime, at: datetime) -> int:
    """Send again what was made for a webhook from `since` to before `until`; returns how many. Raises BadInput."""
    if until <= since:
        raise BadInput("the span ends before it begins", {"until": ["contradicts:since"]})
    made = (WebhookDelivery.webhook_id == hook.id, WebhookDelivery.made_at >= since, WebhookDelivery.made_at < until)
    oldest = select(WebhookDelivery.id).where(*made).order_by(WebhookDelivery.id).limit(MOST_REPLAYED)
    return _again(session, at, WebhookDelivery.id.in_(oldest))


def _again(session: Session, at: datetime, *which: object) -> int:
    """Let deliveries wait anew; one that a worker has in hand keeps its lease, and is not sent twice for it."""
    fresh = {"status": "waiting", "attempts": 0, "next_at": at, "settled_at": None}
    chosen = update(WebhookDelivery).where(*which).values(**fresh).returning(WebhookDelivery.id)  # type: ignore[arg-type]
    return len(session.scalars(chosen.execution_options(synchronize_session=False)).all())
