"""Filters of the inbox that somebody keeps under a name. One of them may be what the inbox shows at first."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from complaints.errors import BadInput
from complaints.models import SavedView

MOST = 20
LONGEST_NAME = 40


def of(session: Session, account_id: int) -> Sequence[SavedView]:
    """Somebody's views, by name."""
    return session.scalars(select(SavedView).where(SavedView.account_id == account_id).order_by(SavedView.name)).all()


def keep(session: Session, account_id: int, name: str, query: str) -> None:
    """Keep a filter under a name, in place of one of the same name. Raises BadInput, naming `name`."""
    name = " ".join(name.split())
    if not name or "\0" in name:
        raise BadInput("a view needs a name", {"name": ["required"]})
    if len(name) > LONGEST_NAME:
        raise BadInput("that name is too long", {"name": [f"too_long:{LONGEST_NAME}"]})
    mine = SavedView.account_id == account_id
    known = session.scalar(select(SavedView).where(mine, SavedView.name == name))
    if known is not None:
        known.query = query
        return
    if (session.scalar(select(func.count()).select_from(SavedView).where(mine)) or 0) >= MOST:
        raise BadInput("that is as many views as anybody may keep", {"name": [f"too_many_views:{MOST}"]})
    session.add(SavedView(account_id=account_id, name=name, query=query, first=False))


def show_first(session: Session, account_id: int, view_id: int) -> None:
    """Let the inbox show this view at first; once more takes that back."""
    mine = (SavedView.account_id == account_id,)
    chosen = session.scalar(select(SavedView).where(*mine, SavedView.id == view_id))
    first = chosen is not None and not chosen.first
    session.execute(update(SavedView).where(*mine).values(first=False))
    session.execute(update(SavedView).where(*mine, SavedView.id == view_id).values(first=first))


def drop(session: Session, account_id: int, view_id: int) -> None:
    """Forget a view."""
    session.execute(delete(SavedView).where(SavedView.account_id == account_id, SavedView.id == view_id))
