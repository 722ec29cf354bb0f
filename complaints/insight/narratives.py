"""Stories that consumers let be published: by their own choice, scrubbed, looked at by a person, withdrawable.

The choice is no trigger of the case: it moves nothing, nobody else hears of it, and nothing of it stays in the
append-only log. It is made when the complaint is filed, or later on the case's private page by whoever holds its
link. Withdrawn, or refused by whoever looked, the scrubbed text is erased in the same transaction and is missing from
the next download.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.errors import NotFound, NotNow
from complaints.insight.scrubbing import scrub
from complaints.models import Account, Complaint, PrivateItem, PublishedNarrative
from complaints.registry import derived
from complaints.workflow import rows, sight
from complaints.workflow.case import Actor, Case, Role
from complaints.workflow.filing import Filing

LOOK = "story to be published"  # in the access log
PAGE = 50
LOOKERS = (Role.INTAKE, Role.SUPERVISOR)
STANDINGS = ("none", "waiting", "published", "refused", "withdrawn")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A story to look at: as it was written, as it would be published."""

    number: str
    story: str
    row: PublishedNarrative


def public_id(complaint_id: int) -> str:
    """The id of a case in open data: random to everybody but this installation, the same in every file."""
    return derived.mark("open data", complaint_id)[:16]


def of(session: Session, complaint_id: int) -> PublishedNarrative | None:
    """What was chosen in a case; None where nothing ever was."""
    return session.get(PublishedNarrative, complaint_id)


def standing(row: PublishedNarrative | None) -> str:
    """Where a choice stands: one of STANDINGS."""
    if row is None:
        return "none"
    if row.withdrawn_at is not None:
        return "withdrawn"
    if row.published:
        return "published"
    return "waiting" if row.scrubbed is not None else "refused"


def consent(session: Session, case: Case, at: datetime) -> PublishedNarrative:
    """The consumer lets their story be published. Raises NotNow where there is none any more."""
    story = _story(session, case.id)
    if story is None:
        raise NotNow("there is no story")
    found = scrub(story, _names(session, case))
    row = session.get(PublishedNarrative, case.id, with_for_update=True)
    if row is None:
        row = PublishedNarrative(complaint_id=case.id, public_id=public_id(case.id))
        session.add(row)
    elif row.withdrawn_at is None and row.scrubbed is not None:
        return row
    row.consented_at, row.scrubbed, row.removed = at, found.text, found.removed
    row.looked_at, row.looked_by, row.published, row.withdrawn_at = None, None, False, None
    session.flush()
    return row


def chosen(session: Session, filing: Filing, case: Case, at: datetime) -> None:
    """What the consumer chose when they filed; where no story was given, there is nothing to publish."""
    if filing.publish_story and filing.narrative:
        consent(session, case, at)


def withdraw(session: Session, case: Case, at: datetime) -> None:
    """The consumer takes it back: the text is erased now."""
    row = session.get(PublishedNarrative, case.id, with_for_update=True)
    if row is not None and row.withdrawn_at is None:
        row.scrubbed, row.published, row.withdrawn_at = None, False, at


def waiting(session: Session) -> Sequence[tuple[str, datetime]]:
    """The cases whose story waits for somebody to look, the oldest consent first; no text stands in the list."""
    query = (
        select(Complaint.number, PublishedNarrative.consented_at)
        .join(Complaint, Complaint.id == PublishedNarrative.complaint_id)
        .where(PublishedNarrative.looked_at.is_(None), PublishedNarrative.scrubbed.is_not(None))
    )
    return [
        (row.number, row.consented_at)
        for row in session.execute(query.order_by(PublishedNarrative.consented_at).limit(PAGE))
    ]


def look(session: Session, number: str, actor: Actor, at: datetime) -> Waiting:
    """One story beside what would be published; the look is recorded. Raises NotFound where none waits."""
    case, row = _one(session, number)
    story = _story(session, case.id)
    sight.record(session, case, actor, at, LOOK)
    return Waiting(case.number, story or "", row)


def decide(session: Session, number: str, *, publish: bool, actor: Actor, at: datetime) -> None:
    """Whoever looked lets it be published, or not; then the text is erased. Raises NotFound where none waits."""
    _case, row = _one(session, number)
    row.looked_at, row.looked_by, row.published = at, actor.account_id, publish
    if not publish:
        row.scrubbed = None


def published(session: Session, complaint_ids: Sequence[int]) -> dict[int, str]:
    """The published texts of some cases; none of a case whose story was erased."""
    mine = (PublishedNarrative.complaint_id.in_(complaint_ids), PublishedNarrative.published)
    query = select(PublishedNarrative.complaint_id, PublishedNarrative.scrubbed).where(*mine)
    return {row.complaint_id: row.scrubbed for row in session.execute(query) if row.scrubbed is not None}


def _one(session: Session, number: str) -> tuple[Case, PublishedNarrative]:
    case = rows.load(session, number=number, lock=False)
    row = session.get(PublishedNarrative, case.id, with_for_update=True) if case is not None else None
    if case is None or row is None or row.scrubbed is None or row.looked_at is not None:
        raise NotFound(f"no story of {number} waits")
    return case, row


def _story(session: Session, complaint_id: int) -> str | None:
    mine = (PrivateItem.complaint_id == complaint_id, PrivateItem.kind == "narrative", PrivateItem.value.is_not(None))
    return session.scalar(select(PrivateItem.value).where(*mine).order_by(PrivateItem.id).limit(1))


def _names(session: Session, case: Case) -> list[str]:
    """Everybody whom the case knows by name: the consumer, the enterprise's people, the mediator."""
    kinds = ("name", "phone", "email", "address")
    mine = (PrivateItem.complaint_id == case.id, PrivateItem.kind.in_(kinds), PrivateItem.value.is_not(None))
    found = [value for value in session.scalars(select(PrivateItem.value).where(*mine)) if value]
    people = select(Account.name).where(Account.enterprise_id == case.enterprise_id)
    if case.enterprise_id is not None:
        found += session.scalars(people)
    return found
