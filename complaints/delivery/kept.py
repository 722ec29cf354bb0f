"""Without SMTP: letters are not sent but kept in the outbox, where the desk reads them.

They count as delivered to the reader's address, so that a demo lives as the real thing does, only faster: a whole
batch is recorded in the caller's one transaction, because nothing leaves that could leave twice.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from complaints.delivery import addresses, looked_up
from complaints.delivery.looked_up import Found
from complaints.delivery.reminders import changed
from complaints.models import Notice


def keep(session: Session, ids: Sequence[int], token: str, at: datetime) -> int:
    """Settle the claimed notices, digests with what is inside them; returns how many letters that was."""
    mine = (Notice.id.in_(ids), Notice.lease_token == token, Notice.status == "waiting")
    by_reader: dict[str, list[int]] = {}
    rows = session.execute(select(Notice.id, Notice.recipient, Notice.letter).where(*mine)).all()
    for row in rows:
        if row.letter in looked_up.LETTERS:
            _record_found(session, row.id, looked_up.find(session, row.letter, row.recipient, at), at)
        else:
            by_reader.setdefault(row.recipient, []).append(row.id)
    for recipient, own in by_reader.items():
        language = addresses.language(session, recipient)
        if language is not None:
            changed(session, update(Notice).where(Notice.id.in_(own)).values(locale=language))
        _record(session, own, addresses.resolve(session, recipient), at)
    return len(rows)


def _record_found(session: Session, notice_id: int, found: Found | None, at: datetime) -> None:
    """A letter whose reader is found only now is void where there is nobody."""
    if found is None:
        void = {"status": "void", "settled_at": at, "lease_until": None}
        changed(session, update(Notice).where(Notice.id == notice_id).values(void))
        return
    changed(session, update(Notice).where(Notice.id == notice_id).values(locale=found.locale))
    _record(session, [notice_id], found.address, at)


def _record(session: Session, ids: Sequence[int], address: str | None, at: datetime) -> None:
    inside = and_(Notice.digest_id.in_(ids), Notice.status == "bundled")
    whole = update(Notice).where(or_(Notice.id.in_(ids), inside))
    if address is None:
        changed(session, whole.values(status="dead", settled_at=at, lease_until=None, last_error=addresses.NONE_KNOWN))
    else:
        values = {"status": "sent", "sent_at": at, "settled_at": at, "address": address, "last_error": None}
        changed(session, whole.values(**values, attempts=Notice.attempts + 1, lease_until=None))
