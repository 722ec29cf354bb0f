"""What a document says, gathered in one transaction for one reader; making the file then needs no database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.clock import local_date
from complaints.documents import kinds
from complaints.documents.kinds import Kind
from complaints.errors import NotFound
from complaints.models import Account, Complaint, Enterprise, Event
from complaints.words import say
from complaints.workflow import sight
from complaints.workflow.case import OFFICERS, Actor, Case, Role
from complaints.workflow.policy import load
from complaints.workflow.sight import CONTACT, Text

FULL = "full"  # the edition for the consumer and the centre


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """Everything that stands in one document. Instants are aware UTC."""

    complaint_id: int
    number: str
    kind: Kind
    seq: int
    head: str  # the chain's head at the event
    language: str
    edition: str
    mandate: str
    filed_at: datetime
    dated_at: datetime
    facts: Mapping[str, Any]
    ground: str | None
    product: str
    amount: Decimal | None  # in dispute
    enterprise: str
    credit_code: str
    enterprise_address: str
    enterprise_phone: str
    contact: Mapping[str, str]  # of the consumer, as far as this reader may see it
    texts: Mapping[str, str]  # written with the event, by kind
    request: str
    mediator: str
    party: str  # who asked for the recusal
    confirm_days: int
    again: bool = field(default=False)  # an earlier document of this kind is replaced

    @property
    def consumer(self) -> str:
        """The consumer's name, or words where it is not this reader's to know."""
        return self.contact.get("name") or say(self.language, "document.somebody")


def gather(session: Session, case: Case, actor: Actor, seq: int, language: str, at: datetime) -> Matter:
    """What the document of entry `seq` says to `actor`. Raises NotFound where there is none, or it is not theirs.

    Another's reading of personal data is logged as it is for a case page.
    """
    event = _event(session, case, actor, seq)
    kind = kinds.made_by(event)
    if kind is None or not kinds.is_for(kind, actor.role):
        raise NotFound(f"entry {seq} of case {case.number} makes no document for the {actor.role.value}")
    texts = sight.texts(session, case, actor, at, f"document {kind.value}")
    row = session.get_one(Complaint, case.id)
    firm = session.get(Enterprise, case.enterprise_id) if case.enterprise_id else None
    return Matter(
        complaint_id=case.id,
        number=case.number,
        kind=kind,
        seq=seq,
        head=event.hash,
        language=language,
        edition=edition(actor, texts),
        mandate=case.mandate,
        filed_at=row.filed_at,
        dated_at=event.occurred_at,
        facts=event.payload["facts"],
        ground=kinds.ground(event),
        product=case.product or say(language, "letter.unnamed_product"),
        amount=row.amount,
        enterprise=firm.name if firm else case.enterprise_given or say(language, "letter.unnamed_enterprise"),
        credit_code=(firm.credit_code or "") if firm else "",
        enterprise_address=firm.address if firm else "",
        enterprise_phone=firm.phone if firm else "",
        contact={text.kind: text.value for text in texts if text.kind in CONTACT},
        texts={text.kind: text.value for text in texts if text.seq == seq},
        request=next((text.value for text in reversed(texts) if text.kind == "request"), ""),
        mediator=_mediator(session, case, event),
        party=_asked_by(session, event) if kind is Kind.RECUSAL else "",
        confirm_days=load(case.policy).windows["judicial_confirmation_days"],
        again=_earlier(session, event),
    )


def edition(actor: Actor, texts: Sequence[Text]) -> str:
    """Which of the texts a document may have: an enterprise's holds only what it may see of the contact, so that one
    made before a release is not handed out after it, nor the other way round."""
    if actor.role in OFFICERS or actor.role is Role.CONSUMER:
        return FULL
    return "+".join(["enterprise", *sorted({text.kind for text in texts if text.kind in CONTACT})])


def last_day_to_confirm(matter: Matter) -> str:
    """The last day for the joint application (Civil Procedure Law 205-206), ISO."""
    return (local_date(matter.dated_at) + timedelta(days=matter.confirm_days)).isoformat()


def _event(session: Session, case: Case, actor: Actor, seq: int) -> Event:
    found = sight.events(session, case, actor, after=seq - 1, limit=1)
    if not found or found[0].seq != seq:
        raise NotFound(f"case {case.number} has no entry {seq} for the {actor.role.value}")
    return found[0]


def _mediator(session: Session, case: Case, event: Event) -> str:
    """Who mediates after the event: the one it names, else whoever wrote it, else the case's own."""
    named = event.payload["facts"].get("mediator_id")
    wrote = event.actor_id if event.role == Role.MEDIATOR else None
    account = session.get(Account, named or wrote or case.mediator_id or 0)
    return account.name if account else ""


def _asked_by(session: Session, event: Event) -> str:
    """The party whose request to step aside is decided: the last one before the decision."""
    asked = select(Event.role).where(
        Event.complaint_id == event.complaint_id, Event.trigger == "request_recusal", Event.seq < event.seq
    )
    return session.scalar(asked.order_by(Event.seq.desc()).limit(1)) or "unknown"


def _earlier(session: Session, event: Event) -> bool:
    same = (Event.complaint_id == event.complaint_id, Event.trigger == event.trigger, Event.seq < event.seq)
    return event.trigger == "hearing" and session.scalar(select(Event.id).where(*same).limit(1)) is not None
