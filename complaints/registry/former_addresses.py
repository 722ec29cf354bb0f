"""When letters are to go elsewhere, the old address hears of it once: whoever took an account over cannot hide it.

The old address is kept only for that letter, and erased after its term. Case time.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from complaints.models import Account, Enterprise, FormerAddress
from complaints.registry import account_letters

KEPT = timedelta(days=7)  # a mail server that is away for longer is not waited for
AT_ONCE = 500  # erased in one go


def tell(session: Session, of: Account | Enterprise, old: str | None, at: datetime) -> None:
    """Tell the old address that it is no longer the one; nothing where there was none, or only its case differs."""
    if not old or old.casefold() == (of.email or "").casefold():
        return
    whose = {"account_id" if isinstance(of, Account) else "enterprise_id": of.id}
    row = FormerAddress(email=old, replaced_at=at, **whose)
    session.add(row)
    session.flush()
    reader = f"{account_letters.FORMER}:{row.id}"
    step = "address_changed" if isinstance(of, Account) else "mailbox_changed"
    account_letters.plant(session, f"{reader}:{step}", reader, step, at)


def find(session: Session, row_id: int) -> tuple[str, Account | Enterprise] | None:
    """An old address that is still kept, and whose it was."""
    row = session.get(FormerAddress, row_id)
    if row is None:
        return None
    if row.account_id is not None:
        return row.email, session.get_one(Account, row.account_id)
    firm = session.get(Enterprise, row.enterprise_id) if row.enterprise_id else None
    return (row.email, firm) if firm is not None else None


def forget(session: Session, at: datetime) -> None:
    """Erase the addresses whose term is over, the oldest first, so many at a time."""
    old = select(FormerAddress.id).where(FormerAddress.replaced_at < at - KEPT).order_by(FormerAddress.replaced_at)
    some = old.limit(AT_ONCE).with_for_update(skip_locked=True)
    session.execute(delete(FormerAddress).where(FormerAddress.id.in_(some.scalar_subquery())))
