"""What administrators did: who, what, to which account, enterprise or calendar, before and after.

No personal data: of addresses and names of people only that they were changed. Rows are added, never changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.models import Account, AdminAction, Enterprise, EnterpriseMerge
from complaints.registry import cursors

PAGE = 50
ACCOUNT, ENTERPRISE, CALENDAR, CAMPAIGN = "account", "enterprise", "calendar", "campaign"
ORDER = "trail"
UNTOLD = "(changed)"  # where what stood there is nobody's to read, or too long for a line


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the trail; `subject_name` as it is called today, `by` empty for the command line."""

    id: int
    what: str
    subject: str
    subject_id: int | None
    subject_name: str
    by: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    done_at: datetime


@dataclass(frozen=True, slots=True)
class Trail:
    """Some entries, the newest first, and the cursor of the next ones."""

    entries: Sequence[Entry]
    next: str | None


def record(
    session: Session, by: int | None, what: str, subject: str, subject_id: int | None, at: datetime,
    before: Mapping[str, Any] | None = None, after: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Write down one action, in the transaction of the action itself."""
    told = {"before": dict(before or {}), "after": dict(after or {})}
    session.add(AdminAction(account_id=by, what=what, subject=subject, subject_id=subject_id, done_at=at, **told))
    session.flush()


def listed(
    session: Session, *, subject: str | None = None, subject_id: int | None = None, cursor: str | None = None,
    limit: int = PAGE,
) -> Trail:  # fmt: skip
    """The trail, of all or of one subject. Raises BadInput where the cursor is none of this list."""
    query = select(AdminAction).order_by(AdminAction.id.desc()).limit(limit + 1)
    if subject is not None:
        query = query.where(AdminAction.subject == subject, AdminAction.subject_id == subject_id)
    if cursor is not None:
        query = query.where(AdminAction.id < cursors.read(cursor, ORDER, int)[0])
    rows = session.scalars(query).all()
    names = _names(session, rows[:limit])
    entries = [
        Entry(row.id, row.what, row.subject, row.subject_id, names.get((row.subject, row.subject_id), ""),
              names.get((ACCOUNT, row.account_id), ""), row.before, row.after, row.done_at)
        for row in rows[:limit]
    ]  # fmt: skip
    return Trail(entries, cursors.write(ORDER, rows[limit - 1].id) if len(rows) > limit else None)


def _names(session: Session, rows: Sequence[AdminAction]) -> dict[tuple[str, int | None], str]:
    """What accounts and enterprises are called now; a merged one by the name that it had."""
    people = {row.account_id for row in rows} | {row.subject_id for row in rows if row.subject == ACCOUNT}
    firms = {row.subject_id for row in rows if row.subject == ENTERPRISE}
    found: dict[tuple[str, int | None], str] = {}
    for key, name in session.execute(select(Account.id, Account.login).where(Account.id.in_(people))):
        found[ACCOUNT, key] = name
    merged = select(EnterpriseMerge.old_id, EnterpriseMerge.old_name).where(EnterpriseMerge.old_id.in_(firms))
    for key, name in [*session.execute(select(Enterprise.id, Enterprise.name).where(Enterprise.id.in_(firms))),
                      *session.execute(merged)]:  # fmt: skip
        found[ENTERPRISE, key] = name
    for row in rows:
        if row.subject in (CALENDAR, CAMPAIGN):
            found[row.subject, row.subject_id] = str(row.subject_id)
    return found
