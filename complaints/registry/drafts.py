"""Complaints that are still being written: kept for who holds their secret, erased when filed or left lying.

The secret is in a cookie and in the link that leads back; here stands only its hash. Contents of files wait in a folder
of the draft's own, so that erasing one draft takes nothing from another.
"""

import hmac
import secrets
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from complaints.config import settings
from complaints.errors import BadInput
from complaints.models import Draft, DraftFile
from complaints.registry import files as folders
from complaints.registry import pieces, uploads
from complaints.registry.uploads import Upload

KEPT_FOR = timedelta(days=14)  # after the last change; PIPL 19: no longer than needed
MOST_FILES = 10  # of one draft; more may be added to the case
AT_ONCE = 100
LONGEST_ANSWER = 40_000  # twice the longest that a schema takes, so that what is too long can be shortened


def start(session: Session, at: datetime) -> tuple[Draft, str]:
    """A new empty draft, and its secret."""
    secret = secrets.token_urlsafe(24)
    draft = Draft(secret_hash=_fingerprint(secret), answers={}, made_at=at, erase_at=at + KEPT_FOR, filed=False)
    session.add(draft)
    session.flush()
    return draft, secret


def find(session: Session, secret: str, at: datetime, *, lock: bool = False) -> Draft | None:
    """The draft of a secret; None where there is none, it was filed, or its time is over."""
    wanted = (Draft.secret_hash == _fingerprint(secret), Draft.filed.is_(False), Draft.erase_at > at)
    query = select(Draft).where(*wanted)
    return session.scalar(query.with_for_update() if lock else query)


def write(draft: Draft, answers: Mapping[str, str], at: datetime) -> None:
    """Keep what was typed, as it was typed; an empty answer is none."""
    kept = {name: value.replace("\0", "")[:LONGEST_ANSWER] for name, value in answers.items() if value}
    if kept != draft.answers:
        draft.answers, draft.erase_at = kept, at + KEPT_FOR


def filing_key(secret: str) -> str:
    """The key under which a draft is filed, once. Who knows the secret of a draft that is gone cannot work it out."""
    return hmac.new(settings().secret_key.encode(), f"draft:{secret}".encode(), sha256).hexdigest()


def files(session: Session, draft: Draft) -> Sequence[DraftFile]:
    """The files of a draft, in the order in which they came."""
    return session.scalars(select(DraftFile).where(DraftFile.draft_id == draft.id).order_by(DraftFile.id)).all()


def add(session: Session, draft: Draft, given: Sequence[Upload], at: datetime) -> None:
    """Add files to a locked draft, all or none; a content that is there already is not added again.

    They are on the disk before this returns. Raises BadInput: too many.
    """
    known = {each.sha256 for each in files(session, draft)}
    fresh = {each.sha256: each for each in given if each.sha256 not in known}
    if fresh and len(known) + len(fresh) > MOST_FILES:
        raise BadInput("no more files before filing", {uploads.FIELD: [f"more_than:{MOST_FILES}"]})
    for digest, each in fresh.items():
        folders.adopt(each.path, _folder(draft) / digest)
        told = {"name": each.name, "media_type": each.media_type, "size": each.size}
        session.add(DraftFile(draft_id=draft.id, sha256=digest, added_at=at, **told))
    draft.erase_at = at + KEPT_FOR if fresh else draft.erase_at
    session.flush()


def remove(session: Session, draft: Draft, file_id: int) -> None:
    """Take a file of a locked draft away."""
    row = session.get(DraftFile, file_id)
    if row is not None and row.draft_id == draft.id:
        (_folder(draft) / row.sha256).unlink(missing_ok=True)
        pieces.drop(owner(draft), pieces.WHOLE)
        session.delete(row)
        session.flush()


def content(draft: Draft, row: DraftFile) -> Upload:
    """A file as it was taken in."""
    return Upload(_folder(draft) / row.sha256, row.sha256, row.size, row.name, row.media_type)


def owner(draft: Draft) -> str:
    """Whose large files are on their way, as `pieces` knows them."""
    return f"draft {draft.secret_hash}"


def filed(draft: Draft, at: datetime) -> None:
    """It has become a case: nothing of it is kept, and the next sweep takes its row and its files."""
    draft.answers, draft.filed, draft.erase_at = {}, True, at


def forget(session: Session, at: datetime) -> None:
    """Erase the drafts that were filed, given up, or left lying too long. A crash leaves them to the next time."""
    due = session.scalars(select(Draft).where(Draft.erase_at <= at).order_by(Draft.erase_at).limit(AT_ONCE)).all()
    for draft in due:
        shutil.rmtree(_folder(draft), ignore_errors=True)
        pieces.drop(owner(draft))
    ids = [draft.id for draft in due]
    if ids:
        session.execute(delete(DraftFile).where(DraftFile.draft_id.in_(ids)))
        session.execute(delete(Draft).where(Draft.id.in_(ids)))


def _folder(draft: Draft) -> Path:
    return settings().data_dir / "drafts" / draft.secret_hash[:32]


def _fingerprint(secret: str) -> str:
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
