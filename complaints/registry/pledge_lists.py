"""Pledges as they are listed: for everybody, for their enterprise, and for the association's work. Days of Shanghai."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from complaints.models import Campaign, Enterprise, Pledge, PledgeChange
from complaints.registry import cursors, enterprises

PAGE = 50
MOST_FIRMS = 100  # found by name and then looked up
# what is listed on the desk -> its states; `changes` are pledges in force whose change waits
SHOWN = {
    "review": ("submitted", "review_overdue"),
    "changes": ("published", "suspended"),
    "asked": ("draft", "asked_back"),
    "approved": ("approved",),
    "running": ("published", "suspended"),
    "ended": ("lapsed", "unreviewed", "refused", "withdrawn", "struck_off", "expired"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One pledge with its enterprise, the year of its campaign, and the change that waits for a decision."""

    pledge: Pledge
    enterprise: str
    year: int
    change: PledgeChange | None

    @property
    def due_at(self) -> datetime | None:
        """The clock of the association's next decision, where it has one, else the pledge's own."""
        return self.change.due_at if self.change is not None else self.pledge.due_at


@dataclass(frozen=True, slots=True)
class Found:
    """A page of a list, and the cursor of the next one."""

    lines: Sequence[Line]
    next: str | None


def announced(
    session: Session, year: int, query: str = "", *, cursor: str | None = None, limit: int = PAGE
) -> Found:  # fmt: skip
    """The pledges announced in a year's campaign, by number; with `query` those of enterprises that it finds.

    Raises BadInput, naming the cursor or the query (`q`).
    """
    wanted = _lines().where(Campaign.year == year, Pledge.number.is_not(None))
    if query.strip():
        firms = enterprises.search(session, query, limit=MOST_FIRMS).firms
        wanted = wanted.where(Pledge.enterprise_id.in_([each.id for each in firms]))
    if cursor is not None:
        wanted = wanted.where(Pledge.number > cursors.read(cursor, "announced", str)[0])
    lines = _read(session, wanted.order_by(Pledge.number).limit(limit + 1))
    more = cursors.write("announced", str(lines[limit - 1].pledge.number)) if len(lines) > limit else None
    return Found(lines[:limit], more)


def years(session: Session) -> Sequence[int]:
    """The years of campaigns of which something is announced, the newest first."""
    some = select(Pledge.id).where(Pledge.campaign_id == Campaign.id, Pledge.number.is_not(None)).exists()
    return session.scalars(select(Campaign.year).where(some).order_by(Campaign.year.desc())).all()


def history(session: Session, enterprise_id: int) -> Sequence[Line]:
    """What an enterprise has announced over the years, the newest first."""
    mine = (Pledge.enterprise_id == enterprise_id, Pledge.number.is_not(None))
    return _read(session, _lines().where(*mine).order_by(Pledge.valid_from.desc(), Pledge.id.desc()))


def of_enterprise(session: Session, enterprise_id: int) -> Sequence[Line]:
    """Everything of an enterprise, whatever became of it, the newest first."""
    return _read(session, _lines().where(Pledge.enterprise_id == enterprise_id).order_by(Pledge.id.desc()))


def queue(session: Session, shown: str, *, cursor: str | None = None, limit: int = PAGE) -> Found:
    """The association's lists: what waits has its nearest deadline first, what has ended its newest.

    Raises BadInput for a cursor of another list.
    """
    wanted = _lines().where(Pledge.state.in_(SHOWN[shown]))
    if shown == "ended":
        return _newest(session, wanted, cursor, limit)
    clock: Any = PledgeChange.due_at if shown == "changes" else Pledge.due_at
    wanted = wanted.where(clock.is_not(None))
    if cursor is not None:
        due, after = cursors.read(cursor, f"pledges-{shown}", datetime, int)
        wanted = wanted.where((clock > due) | ((clock == due) & (Pledge.id > after)))
    lines = _read(session, wanted.order_by(clock, Pledge.id).limit(limit + 1))
    last = lines[limit - 1] if len(lines) > limit else None
    due_at = (last.due_at if shown == "changes" else last.pledge.due_at) if last is not None else None
    more = cursors.write(f"pledges-{shown}", due_at, last.pledge.id) if last is not None and due_at else None
    return Found(lines[:limit], more)


def _newest(session: Session, wanted: Select[Any], cursor: str | None, limit: int) -> Found:
    if cursor is not None:
        wanted = wanted.where(Pledge.id < cursors.read(cursor, "pledges-ended", int)[0])
    lines = _read(session, wanted.order_by(Pledge.id.desc()).limit(limit + 1))
    more = cursors.write("pledges-ended", lines[limit - 1].pledge.id) if len(lines) > limit else None
    return Found(lines[:limit], more)


def counted(session: Session) -> dict[str, int]:
    """How many wait for a review, and how many changes."""
    reviews = len(session.scalars(select(Pledge.id).where(Pledge.state.in_(SHOWN["review"])).limit(1000)).all())
    changes = select(PledgeChange.id).where(PledgeChange.due_at.is_not(None)).limit(1000)
    return {"review": reviews, "changes": len(session.scalars(changes).all())}


def _lines() -> Select[Any]:
    firm, campaign = Enterprise.id == Pledge.enterprise_id, Campaign.id == Pledge.campaign_id
    waits = and_(PledgeChange.pledge_id == Pledge.id, PledgeChange.due_at.is_not(None))
    lines: Any = select(Pledge, Enterprise.name, Campaign.year, PledgeChange)
    return lines.join(Enterprise, firm).join(Campaign, campaign).outerjoin(PledgeChange, waits)  # type: ignore[no-any-return]


def _read(session: Session, wanted: Select[Any]) -> list[Line]:
    return [Line(*row) for row in session.execute(wanted)]
