"""Drafts: what one side has typed into the form of an action and not sent yet.

A draft belongs to a side, so that a colleague goes on where somebody stopped; the other side and the centre never see
it. It is private text: deleted when the action is done, and after its term.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from complaints.models import Account, ActionDraft, Complaint
from complaints.workflow.case import OFFICERS, Actor, Role

KEPT_FOR = timedelta(days=90)  # since it was last touched; the longest clock of a party is 60 days
MOST_TYPED = 40_000  # characters of one draft: the longest statement twice
CENTRE = "centre"
TABLE = cast(Table, ActionDraft.__table__)


@dataclass(frozen=True, slots=True)
class Kept:
    """A draft: what was typed, box by box, by whom and when."""

    typed: Mapping[str, Sequence[str]]
    by: str
    account_id: int
    saved_at: datetime


def side(actors: Sequence[Actor]) -> str | None:
    """Whose drafts somebody writes and reads; None for who has no account, and so no drafts here."""
    for actor in actors:
        if actor.account_id is None:
            continue
        if actor.role is Role.ENTERPRISE and actor.enterprise_id is not None:
            return f"{Role.ENTERPRISE.value}:{actor.enterprise_id}"
        if actor.role in OFFICERS:
            return CENTRE
    return None


def keep(
    session: Session, complaint_id: int, trigger: str, actors: Sequence[Actor], typed: Mapping[str, Sequence[str]],
    at: datetime,
) -> bool:  # fmt: skip
    """Keep what was typed, in place of what was kept before; nothing typed drops the draft. False: too long, or
    nobody's. The caller has made sure that the case is theirs to see."""
    mine, filled = side(actors), {name: list(texts) for name, texts in typed.items() if any(map(str.strip, texts))}
    if mine is None or sum(len(text) for texts in filled.values() for text in texts) > MOST_TYPED:
        return False
    if not filled:
        drop(session, complaint_id, trigger, actors)
        return True
    values: dict[str, Any] = {"account_id": actors[0].account_id, "typed": filled, "saved_at": at}
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    fresh = insert(TABLE).values(complaint_id=complaint_id, trigger=trigger, side=mine, **values)
    session.execute(fresh.on_conflict_do_update(index_elements=["complaint_id", "side", "trigger"], set_=values))
    return True


def find(session: Session, complaint_id: int, trigger: str, actors: Sequence[Actor]) -> Kept | None:
    """The draft of this side for this action; None where there is none."""
    query = select(ActionDraft, Account.name).join(Account, Account.id == ActionDraft.account_id)
    row = session.execute(query.where(*_mine(complaint_id, actors), ActionDraft.trigger == trigger)).first()
    return Kept(row.ActionDraft.typed, row.name, row.ActionDraft.account_id, row.ActionDraft.saved_at) if row else None


def kept(session: Session, complaint_id: int, actors: Sequence[Actor]) -> dict[str, Kept]:
    """All drafts of this side in one case, by trigger."""
    query = select(ActionDraft, Account.name).join(Account, Account.id == ActionDraft.account_id)
    found = session.execute(query.where(*_mine(complaint_id, actors)).order_by(ActionDraft.trigger))
    return {
        row.ActionDraft.trigger: Kept(
            row.ActionDraft.typed, row.name, row.ActionDraft.account_id, row.ActionDraft.saved_at
        )
        for row in found
    }


def drop(session: Session, complaint_id: int, trigger: str, actors: Sequence[Actor]) -> None:
    """Delete this side's draft for an action: it was sent, or is not wanted any more."""
    session.execute(delete(ActionDraft).where(*_mine(complaint_id, actors), ActionDraft.trigger == trigger))


def sent(session: Session, number: str, trigger: str, actors: Sequence[Actor]) -> None:
    """Delete this side's draft for an action of a case that has just been done."""
    if side(actors) is not None:
        complaint_id = session.scalar(select(Complaint.id).where(Complaint.number == number))
        drop(session, complaint_id or 0, trigger, actors)


def erase(session: Session, complaint_id: int) -> None:
    """Delete every draft of a case, with the rest of its private texts."""
    session.execute(delete(ActionDraft).where(ActionDraft.complaint_id == complaint_id))


def forget(session: Session, at: datetime) -> None:
    """Delete the drafts whose term is over."""
    session.execute(delete(ActionDraft).where(ActionDraft.saved_at <= at - KEPT_FOR))


def _mine(complaint_id: int, actors: Sequence[Actor]) -> tuple[Any, ...]:
    return ActionDraft.complaint_id == complaint_id, ActionDraft.side == (side(actors) or "")
