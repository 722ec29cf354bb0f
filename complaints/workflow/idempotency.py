"""The same request arriving twice is done once, and answered alike.

Whoever writes chooses a random key and sends it with the request; who retries sends the same key. The answer is kept
with what it answers, in the transaction of the write itself, for a day of real time.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from complaints import clock
from complaints.db import to_json
from complaints.errors import KeyReused
from complaints.models import IdempotencyKey

KEPT_FOR = timedelta(hours=24)
Answer = dict[str, Any]


def answer(session: Session, caller: str, key: str, request: object, do: Callable[[], Answer]) -> tuple[Answer, bool]:
    """What `do` answers, or what it answered before; and whether it did so before.

    `caller` keeps the keys of different senders apart. `request` is all that was asked for; a key that comes back with
    another request raises KeyReused. A request that fails leaves no trace, so it may be mended and sent again. Waits
    for a request with the same key that is under way.
    """
    key_hash, body_hash = _hash([caller, key]), _hash(request)
    hold(session, key_hash)
    known = session.scalars(select(IdempotencyKey).where(IdempotencyKey.key_hash == key_hash)).one_or_none()
    if known is not None and known.made_at > clock.wall() - KEPT_FOR:
        if known.body_hash != body_hash:
            raise KeyReused("this key was sent before, with another request", {"Idempotency-Key": ["key_reused"]})
        return known.answer, True
    if known is not None:
        session.delete(known)
        session.flush()
    fresh = do()
    session.add(IdempotencyKey(key_hash=key_hash, body_hash=body_hash, answer=fresh, made_at=clock.wall()))
    return fresh, False


def hold(session: Session, digest: str) -> None:
    """Let nobody else pass here with the same hash before this transaction ends."""
    if session.get_bind().dialect.name == "postgresql":  # on SQLite a writing transaction stands alone already
        session.execute(select(func.pg_advisory_xact_lock(int(digest[:15], 16))))


def forget(session: Session, at: datetime) -> None:
    """Delete what was kept long enough at `at` (real time)."""
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.made_at <= at - KEPT_FOR))


def _hash(said: object) -> str:
    return sha256(to_json(said).encode()).hexdigest()
