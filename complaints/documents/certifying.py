"""Certificates of pledges: written by the worker when a version comes into force or a pledge is restored, and checked.

An edition is written in both languages at once, outside any transaction, for writing one takes its time; whether it
stands is never kept with it: that is what its pledge says at the moment of the question.
"""

import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from complaints import clock, db, logs
from complaints.clock import local_date
from complaints.documents import certificate
from complaints.documents.certificate import Announced
from complaints.documents.issuing import GROUPS, LETTERS, tidy
from complaints.errors import NotFound
from complaints.models import Campaign, Certificate, Enterprise, Pledge
from complaints.registry import course, files, pledge_versions, pledges, signing
from complaints.words import LOCALES
from complaints.workflow.filings import ALPHABET

log = logging.getLogger(__name__)
AT_ONCE = 50
VALID, REPLACED = "in_force", "replaced"


@dataclass(frozen=True, slots=True)
class Checked:
    """What anybody may know by a code. `state`: in_force | replaced | suspended | withdrawn | struck_off | expired."""

    certificate: Certificate
    pledge: Pledge
    enterprise: str
    year: int
    state: str
    newer: str | None  # the code of the newest edition in the same language, where this is an older one


def due_count(session: Session) -> int:
    """How many pledges wait for an edition of their certificate."""
    due = select(Pledge.id).where(Pledge.certificate_due.is_not(None)).limit(AT_ONCE).subquery()
    return session.scalar(select(func.count()).select_from(due)) or 0


def issue_due(now: Callable[[], datetime] = clock.now) -> int:
    """Write what waits; returns how many files were issued. Bears copies of itself.

    A pledge whose certificate cannot be written is logged, and holds up no other.
    """
    with db.reading() as session:
        due = select(Pledge.id).where(Pledge.certificate_due.is_not(None)).order_by(Pledge.certificate_due)
        waiting = session.scalars(due.limit(AT_ONCE)).all()
    return sum(logs.tried(log, f"the certificate of pledge {each}", partial(issue, each, now())) for each in waiting)


def issue(pledge_id: int, at: datetime) -> int:
    """Write the edition that a pledge waits for, in both languages; returns how many files were issued.

    None where it waits for none, or where it changed while they were written: then the next run writes them.
    """
    with db.reading() as session:
        pledge = session.get_one(Pledge, pledge_id)
        if pledge.certificate_due is None:
            return 0
        seen, edition = pledge.seq, _editions(session, pledge_id) + 1
        said = [_said(session, pledge, edition, language, at) for language in LOCALES]
    made = [(each, certificate.render(each)) for each in said]
    with db.transaction() as session:
        pledge = course.lock(session, Pledge, pledge_id)
        if pledge.certificate_due is None or pledge.seq != seen or _editions(session, pledge_id) >= edition:
            return 0
        session.add_all(_row(pledge_id, each, content) for each, content in made)
        pledge.certificate_due = None
    return len(made)


def _editions(session: Session, pledge_id: int) -> int:
    return session.scalar(select(func.max(Certificate.edition)).where(Certificate.pledge_id == pledge_id)) or 0


def _row(pledge_id: int, said: Announced, content: bytes) -> Certificate:
    signature, key_id = signing.sign(content)
    return Certificate(
        pledge_id=pledge_id, edition=said.edition, language=said.language, code=said.code, sha256=files.keep(content),
        size=len(content), signature=signature, key_id=key_id, issued_at=said.issued_at,
    )  # fmt: skip


def _said(session: Session, pledge: Pledge, edition: int, language: str, at: datetime) -> Announced:
    firm, campaign = session.get_one(Enterprise, pledge.enterprise_id), session.get_one(Campaign, pledge.campaign_id)
    version = pledge_versions.in_force(session, pledge)
    if version is None or pledge.number is None or pledge.valid_from is None or pledge.valid_until is None:
        raise NotFound(f"pledge {pledge.id} was never announced")
    return Announced(
        language=language, number=pledge.number, edition=edition, version=version.version, enterprise=firm.name,
        credit_code=firm.credit_code or "", year=campaign.year, valid_from=local_date(pledge.valid_from),
        valid_until=local_date(pledge.valid_until - timedelta(microseconds=1)),
        promises=[(each["kind"], each["text"]) for each in version.promises],
        answer_days=version.answer_days or pledge_versions.usual_answer_days(local_date(at)),
        code=_new_code(), issued_at=at,
    )  # fmt: skip


def _new_code() -> str:
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(LETTERS)) for _ in range(GROUPS))


def listed(session: Session, pledge_id: int) -> Sequence[Certificate]:
    """The newest edition of a pledge's certificate, in each language; none while it is being written."""
    newest = select(func.max(Certificate.edition)).where(Certificate.pledge_id == pledge_id).scalar_subquery()
    mine = (Certificate.pledge_id == pledge_id, Certificate.edition == newest)
    return session.scalars(select(Certificate).where(*mine).order_by(Certificate.language.desc())).all()


def check(session: Session, code: str, at: datetime) -> Checked | None:
    """What the association says about a code; None where it issued no such certificate."""
    row = session.execute(
        select(Certificate, Pledge, Enterprise.name, Campaign.year)
        .join(Pledge, Pledge.id == Certificate.pledge_id)
        .join(Enterprise, Enterprise.id == Pledge.enterprise_id)
        .join(Campaign, Campaign.id == Pledge.campaign_id)
        .where(Certificate.code == tidy(code))
    ).first()
    if row is None:
        return None
    found, pledge, enterprise, year = row
    newest = next(each for each in listed(session, pledge.id) if each.language == found.language)
    newer = newest.code if newest.edition > found.edition else None
    state = pledges.standing_word(pledge, at)
    if state == VALID and (newer is not None or pledge.certificate_due is not None):
        state = REPLACED
    return Checked(found, pledge, enterprise, year, state, newer)


def content(found: Certificate) -> bytes:
    """The file itself. Raises NotFound where it is lost."""
    if not files.there(found.sha256):
        raise NotFound("the file of this certificate is not there")
    return files.read(found.sha256)


def unaltered(found: Certificate, copy: bytes) -> bool:
    """Whether a copy is the certificate, byte for byte. The copy is not kept."""
    return sha256(copy).hexdigest() == found.sha256
