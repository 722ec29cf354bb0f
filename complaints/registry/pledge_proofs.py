"""Files that an enterprise gives as proof of what it promises: kept by content, read by it and the association only."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.errors import BadInput, NotFound
from complaints.models import Pledge, PledgeProof
from complaints.registry import files, uploads
from complaints.registry.uploads import Upload
from complaints.workflow.case import Actor

MOST = uploads.MOST_FILES  # of one pledge


def of(session: Session, pledge: Pledge) -> Sequence[PledgeProof]:
    """The files of a pledge, the oldest first."""
    mine = select(PledgeProof).where(PledgeProof.pledge_id == pledge.id)
    return session.scalars(mine.order_by(PledgeProof.id)).all()


def keep(session: Session, pledge: Pledge, given: Sequence[Upload], actor: Actor, at: datetime) -> None:
    """Keep what is not there yet. Raises BadInput where that would be too many."""
    known = {each.sha256 for each in of(session, pledge)}
    fresh = {each.sha256: each for each in given if each.sha256 not in known}
    if len(known) + len(fresh) > MOST:
        raise BadInput("too many files", {uploads.FIELD: [f"too_many_files:{MOST}"]})
    for each in fresh.values():
        files.adopt(each.path, files.place(each.sha256))
        session.add(
            PledgeProof(
                pledge_id=pledge.id, sha256=each.sha256, filename=each.name, media_type=each.media_type,
                size=each.size, added_by=actor.account_id, added_at=at,
            )
        )  # fmt: skip
    session.flush()


def read(session: Session, pledge: Pledge, proof_id: int) -> tuple[PledgeProof, Path]:
    """One file and where its content is, to be handed out as an attachment only. Raises NotFound."""
    found = session.get(PledgeProof, proof_id)
    if found is None or found.pledge_id != pledge.id or not files.there(found.sha256):
        raise NotFound(f"pledge {pledge.id} has no file {proof_id}")
    return found, files.place(found.sha256)
