"""What this installation is: live, or a demo whose clock may be moved. Said once, when the database is made."""

from datetime import datetime
from typing import Literal

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from complaints.errors import Misconfigured
from complaints.models import World

Kind = Literal["live", "demo"]
LIVE: Kind = "live"
DEMO: Kind = "demo"


def create(session: Session, kind: Kind, at: datetime) -> World:
    """Say what kind of world this database holds. Harmless when it is that already.

    Raises Misconfigured when it holds the other kind: a live world never becomes a demo, nor a demo a live one.
    """
    row = session.get(World, 1) or _insert(session, kind, at)
    if row.kind != kind:
        raise Misconfigured(
            f"this database holds a {row.kind} world and cannot become a {kind} one; take another folder"
        )
    return row


def kind(session: Session) -> str | None:
    """Live or demo; None while nobody has said."""
    row = session.get(World, 1)
    return row.kind if row is not None else None


def _insert(session: Session, kind: Kind, at: datetime) -> World:
    """The row, unless another process has written it a moment ago."""
    try:
        with session.begin_nested():
            row = World(id=1, kind=kind, made_at=at)
            session.add(row)
            session.flush()
    except IntegrityError:
        row = session.get_one(World, 1)
    return row
