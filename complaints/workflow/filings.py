"""How a filing becomes a case: number, pinned policy and standing, completeness, signs of abuse, private texts."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from complaints import clock
from complaints.models import Complaint, Enterprise, PrivateItem
from complaints.registry import enterprises, links, mark_batches
from complaints.registry.marks import contact_mark, email_mark
from complaints.workflow import idempotency, policy, rows
from complaints.workflow.case import Actor, Case, Role
from complaints.workflow.filing import REQUIRED, Filing
from complaints.workflow.sight import CONTACT, STORY, mask

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U to misread
CONSENTS = ("consumer_consents", "share_consent", "contact_consent")
PLAIN = ("product", "category", "fault", "batch", "amount", "bought_on", "locale")


def begin(
    session: Session, filing: Filing, actor: Actor, at: datetime, enterprise: Enterprise | None, key: str | None
) -> tuple[Case, dict[str, tuple[str, str]]]:
    """Insert the case in state `new`, with its private link; returns it and its private texts, to be fired."""
    rules = policy.in_force(filing.mandate, clock.local_date(at))
    mark = contact_mark(filing.phone)
    partner = actor.account_id if actor.role is Role.PARTNER else None
    flags = _signs(session, mark, at, rules)
    case = Case(
        number=new_number(at),
        mandate=filing.mandate,
        policy=rules.version,
        filed_at=at,
        partner_id=partner,
        product=mask(filing.product),
        amount=filing.amount,
        complete=not filing.missing(),
        flagged=bool(flags),
        flags=flags,
        locale=filing.locale,
        enterprise_given=mask(filing.enterprise) or (enterprise.name if enterprise else ""),
        consumer_consents=filing.consumer_consents,
        share_consent=filing.share_consent,
        contact_consent=filing.contact_consent,
    )
    if enterprise is not None:
        _pin(case, enterprise, at)
    more = {
        "filed_by": actor.role.value,
        "category": mask(filing.category),
        "fault": mask(filing.fault),
        "batch": _batch(session, case.enterprise_id, filing.batch),
        "bought_on": filing.bought_on,
        "contact_mark": mark,
        "email_mark": email_mark(filing.email),
        "filing_key": key_hash(key) if key else None,
    }
    case.id = rows.add(session, case, more)
    links.issue(session, case.id, at)
    given = {name: getattr(filing, name) for name in (*CONTACT, *STORY)}
    return case, private_part(given)


def supply(session: Session, case: Case, given: Mapping[str, Any]) -> bool:
    """Write what was added to the case's plain columns; returns whether everything of art 10 is there now."""
    plain = {name: given[name] for name in PLAIN if name in given}
    plain = {name: mask(value) if isinstance(value, str) else value for name, value in plain.items()}
    if "batch" in plain:
        plain["batch"] = _batch(session, case.enterprise_id, given["batch"])
    if "enterprise" in given:
        plain["enterprise_given"] = mask(given["enterprise"])
    if "phone" in given:
        plain["contact_mark"] = contact_mark(given["phone"])
    if "email" in given:
        plain["email_mark"] = email_mark(given["email"])
    for name in ("product", "amount", "locale", "enterprise_given"):
        setattr(case, name, plain.get(name, getattr(case, name)))  # what this event's letters say
    if plain:
        session.execute(update(Complaint).where(Complaint.id == case.id).values(plain))
    kept = set(
        session.scalars(
            select(PrivateItem.kind).where(PrivateItem.complaint_id == case.id, PrivateItem.value.is_not(None))
        )
    )
    named = kept | set(given) | ({"enterprise"} if case.enterprise_given or case.enterprise_id else set())
    return set(REQUIRED) <= named


def _batch(session: Session, enterprise_id: int | None, name: str) -> str:
    """The batch as it may stand: one with marks is no telephone number, whatever it looks like."""
    known = bool(name) and enterprise_id is not None and mark_batches.known(session, enterprise_id, name)
    return name if known else mask(name)


def private_part(given: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """The personal data and the story among given fields, with who may read them."""
    contact = {name: (given[name], "contact") for name in CONTACT if given.get(name)}
    return contact | {name: (given[name], "parties") for name in STORY if given.get(name)}


def new_number(at: datetime) -> str:
    """A case number that says its year and cannot be guessed (40 random bits)."""
    text = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"C{clock.local_date(at):%y}-{text[:4]}-{text[4:]}"


def filed_with(session: Session, key: str) -> int | None:
    """The case that was filed with this form key, if it was. Waits for a filing with the same key under way."""
    digest = key_hash(key)
    idempotency.hold(session, digest)
    return session.scalar(select(Complaint.id).where(Complaint.filing_key == digest))


def key_hash(key: str) -> str:
    """What is kept of the random key of a filing form."""
    return sha256(key.encode()).hexdigest()


def _pin(case: Case, enterprise: Enterprise, at: datetime) -> None:
    """What the enterprise is on this day; a pledge in force is its consent in advance, under `association` only."""
    participant, benchmark, days, in_advance = enterprises.standing(enterprise, at)
    case.enterprise_id = enterprise.id
    case.participant, case.benchmark, case.promised_answer_days = participant, benchmark, days
    case.enterprise_consents = in_advance and case.mandate == "association"


def _signs(session: Session, mark: str | None, at: datetime, rules: policy.Policy) -> list[str]:
    """Signs of possible abuse (art 17): a person weighs them, nothing is refused by them."""
    if mark is None:
        return []
    since = at - timedelta(days=rules.screening["repeat_days"])
    most = rules.screening["repeat_filings"]
    query = select(Complaint.id).where(Complaint.contact_mark == mark, Complaint.filed_at > since)
    earlier = len(session.scalars(query.limit(most)).all())
    return ["frequency"] if earlier + 1 >= most else []
