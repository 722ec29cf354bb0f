"""The same request arriving twice is done once, and answered alike.

Whoever writes chooses a random key and sends it with the request; who retries sends the same key. The answer is kept
with what it answers, in the transaction of the write itself, for a day of real time.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from complaints import clock
from complaints.db import to_json
from complaints.errors import KeyReused
from complaints.models import IdempotencyKey

KEPT_FOR = timedelta(hours=24)
KEPT = cast(Table, IdempotencyKey.__table__)
Answer = dict[str, Any]
NEW = "new_key"  # under which a session's `info` keeps the hash of a key that is known to be new

_KEEP = insert(KEPT).inline()
_KNOWN = select(KEPT).where(KEPT.c.key_hash == bindparam("the_key"))


def answer(session: Session, caller: str, key: str, request: object, do: Callable[[], Answer]) -> tuple[Answer, bool]:
    """What `do` answers, or what it answered before; and whether it did so before.

    `caller` keeps the keys of different senders apart. `request` is all that was asked for; a key that comes back with
    another request raises KeyReused. A request that fails leaves no trace, so it may be mended and sent again. The
    caller has locked the case, or holds the key itself: so nobody else is at the same request now.
    """
    key_hash, body_hash = digest([caller, key]), digest(request)
    new = session.info.pop(NEW, None) == key_hash
    known = None if new else session.execute(_KNOWN, {"the_key": key_hash}).first()
    if known is not None and known.made_at > clock.wall() - KEPT_FOR:
        if known.body_hash != body_hash:
            raise KeyReused("this key was sent before, with another request", {"Idempotency-Key": ["key_reused"]})
        return known.answer, True
    if known is not None:
        session.execute(delete(KEPT).where(KEPT.c.id == known.id))
    fresh = do()
    _keep(session, {"key_hash": key_hash, "body_hash": body_hash, "answer": fresh, "made_at": clock.wall()})
    return fresh, False


def heard_nothing(session: Session, key_hash: str) -> None:
    """The statement that locked the case has brought along that nothing is known of this key: it is not asked for."""
    session.info[NEW] = key_hash


def once(session: Session, caller: str, key: str, request: object, do: Callable[[], Answer]) -> tuple[Answer, bool]:
    """The same where nothing that the caller has locked stands for the request: the key itself is held."""
    hold(session, digest([caller, key]))
    return answer(session, caller, key, request, do)


def used(session: Session, caller: str, key: str) -> bool:
    """Whether a write with this key was done already."""
    return session.execute(_KNOWN, {"the_key": digest([caller, key])}).first() is not None


def _keep(session: Session, values: dict[str, Any]) -> None:
    """Only the same key sent for two cases at once can be there by now: one of the two requests is another one."""
    try:
        session.execute(_KEEP, values)
    except IntegrityError:
        raise KeyReused("this key is being used for another request", {"Idempotency-Key": ["key_reused"]}) from None


def hold(session: Session, hashed: str) -> None:
    """Let nobody else pass here with the same hash before this transaction ends."""
    if session.get_bind().dialect.name == "postgresql":  # on SQLite a writing transaction stands alone already
        session.execute(select(func.pg_advisory_xact_lock(int(hashed[:15], 16))))


def forget(session: Session, at: datetime) -> None:
    """Delete what was kept long enough at `at` (real time)."""
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.made_at <= at - KEPT_FOR))


def digest(said: object) -> str:
    """What is kept of a key or of a request."""
    return sha256(to_json(said).encode()).hexdigest()
