"""What was done to accounts, and by whom: one row each, never changed. Case time, as the logs of cases."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.models import AccountEvent

WHAT = ("invited", "accepted", "password_changed", "password_reset", "factor_on", "factor_off", "factor_reset",
        "codes_renewed", "recovery_code_used", "made_manager", "made_agent", "closed", "details_changed",
        "token_made")  # fmt: skip


def note(session: Session, account_id: int, what: str, at: datetime, by_id: int | None) -> None:
    """Write down what was done to an account; `by_id` is who did it, None a command or nobody known."""
    if what not in WHAT:
        raise ValueError(f"nothing of this kind is written down: {what}")
    session.add(AccountEvent(account_id=account_id, what=what, at=at, by_id=by_id))
    session.flush()


def of(session: Session, account_id: int, most: int = 20) -> Sequence[AccountEvent]:
    """What was done to an account, newest first."""
    mine = select(AccountEvent).where(AccountEvent.account_id == account_id)
    return session.scalars(mine.order_by(AccountEvent.id.desc()).limit(most)).all()
