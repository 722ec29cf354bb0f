"""Documents issued, kept, found again and checked.

A document is made when somebody first asks to have it made, which is a write (looking makes none), and never inside
the transaction that moved the case: making one takes half a second. Two who ask at once get the same one, for a row
is unique; the file is kept by its content hash.
"""

import logging
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from complaints import db
from complaints.documents import kinds, written
from complaints.documents.kinds import Kind
from complaints.documents.matter import Matter
from complaints.errors import Misconfigured, NotFound
from complaints.models import Complaint, Document, Event
from complaints.registry import files
from complaints.workflow import sight
from complaints.workflow.case import Actor, Case
from complaints.workflow.filings import ALPHABET

log = logging.getLogger(__name__)
GROUPS, LETTERS = 5, 4  # of a code: 20 letters of 5 bits, 100 bits
_MISREAD = str.maketrans("OIL", "011")  # the letters that a code has not, as people read them
MOST_BYTES = 900_000  # of a copy that is checked; ours have a tenth of it


@dataclass(frozen=True, slots=True)
class Line:
    """One document of a case, whether it has been asked for yet or not."""

    seq: int
    kind: Kind
    dated_at: datetime


@dataclass(frozen=True, slots=True)
class Checked:
    """What anybody may know of a document by its code; no personal data. `state`: see [document.state] of the words."""

    code: str
    kind: str
    number: str  # of the case, partly masked
    language: str
    dated_at: datetime
    sha256: str
    head: str
    state: str


def listed(session: Session, case: Case, actor: Actor) -> list[Line]:
    """The documents of a case that are this reader's to have, the newest first."""
    lines = []
    for event in reversed(sight.events(session, case, actor)):
        kind = kinds.made_by(event)
        if kind is not None and kinds.is_for(kind, actor.role):
            lines.append(Line(event.seq, kind, event.occurred_at))
    return lines


def issue(matter: Matter, at: datetime) -> tuple[Document, bytes]:
    """The document of a matter with its content: the one that was issued, or a new one. Opens transactions itself.

    Raises NotFound where it was erased, Misconfigured where its file is lost.
    """
    known = _issued(matter) or _make(matter, at)
    return known, _file(known)


def issued(matter: Matter) -> bytes | None:
    """The file of a matter's document; None while nobody has had it made. Raises as `issue` does; changes nothing."""
    known = _issued(matter)
    return _file(known) if known is not None else None


def check(session: Session, code: str) -> Checked | None:
    """What the centre says about a code; None where it issued no such document."""
    row = session.execute(
        select(Document, Complaint.number)
        .join(Complaint, Complaint.id == Document.complaint_id)
        .where(Document.code == tidy(code))
    ).first()
    if row is None:
        return None
    document, number = row
    return Checked(
        code=document.code,
        kind=document.kind,
        number=_masked(number),
        language=document.language,
        dated_at=document.dated_at,
        sha256=document.sha256,
        head=document.head,
        state=_state(session, document),
    )


def unaltered(checked: Checked, copy: bytes) -> bool:
    """Whether a copy is the document, byte for byte. The copy is not kept."""
    return sha256(copy).hexdigest() == checked.sha256


def tidy(code: str) -> str:
    """A code as people type it, in the form in which it is kept."""
    plain = re.sub(r"[^0-9A-Z]", "", code.upper()[:80]).translate(_MISREAD)
    return "-".join(plain[at : at + LETTERS] for at in range(0, len(plain), LETTERS))


def erase(session: Session, complaint_id: int, at: datetime) -> list[str]:
    """Forget the files of a case's documents, whose personal data are erased; the rows stay, so the codes still answer.

    Returns the hashes whose files are to be removed once the transaction has been committed (`files.remove`).
    """
    kept = (Document.complaint_id == complaint_id, Document.erased_at.is_(None))
    return list(session.scalars(update(Document).where(*kept).values(erased_at=at).returning(Document.sha256)))


def _file(document: Document) -> bytes:
    if document.erased_at is not None:
        raise NotFound("the personal data of this document were erased")
    try:
        return files.read(document.sha256)
    except OSError as error:
        log.error("document-lost id=%d error=%s", document.id, error.strerror)
        raise Misconfigured(f"the file of document {document.id} cannot be read: {error.strerror}") from None


def _issued(matter: Matter) -> Document | None:
    with db.reading() as session:
        return session.scalars(select(Document).where(*_this(matter))).one_or_none()


def _this(matter: Matter) -> tuple[Any, ...]:
    return (
        Document.complaint_id == matter.complaint_id,
        Document.seq == matter.seq,
        Document.kind == matter.kind.value,
        Document.language == matter.language,
        Document.edition == matter.edition,
    )


def _make(matter: Matter, at: datetime) -> Document:
    """Make the file outside any transaction, then enter it; whoever was second takes the first one's."""
    code = _new_code()
    made = written.render(matter, code)
    digest = files.keep(made)
    with db.transaction() as session:
        values = {
            "complaint_id": matter.complaint_id,
            "seq": matter.seq,
            "kind": matter.kind.value,
            "language": matter.language,
            "edition": matter.edition,
            "code": code,
            "sha256": digest,
            "size": len(made),
            "head": matter.head,
            "dated_at": matter.dated_at,
            "issued_at": at,
        }
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        session.execute(insert(Document).values(values).on_conflict_do_nothing())
        document = session.scalars(select(Document).where(*_this(matter))).one()
    if document.sha256 != digest:
        files.remove(digest)
    return document


def _new_code() -> str:
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(LETTERS)) for _ in range(GROUPS))


def _masked(number: str) -> str:
    """Enough of a case's number for whoever knows it, too little for anybody else."""
    return f"{number[:6]}••-••{number[-2:]}" if len(number) > 10 else "•••"


def _state(session: Session, document: Document) -> str:
    """Whether it still holds: not once a later one replaces it or the case was taken up again."""
    if document.erased_at is not None:
        return "erased"
    later = (Event.complaint_id == document.complaint_id, Event.seq > document.seq)
    after = session.scalars(select(Event).where(*later, Event.trigger.in_(("reopen", "hearing", "conclude")))).all()
    if any(event.trigger == "reopen" for event in after):
        return "reopened"
    kind = Kind(document.kind)
    same = any(kinds.made_by(event) is kind for event in after)
    return "replaced" if kind in kinds.REPLACED_BY_LATER and same else "valid"
