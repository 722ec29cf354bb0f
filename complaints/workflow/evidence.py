"""Files that the sides add to a case, and their reading: one way for pages and programs."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.errors import BadInput, Misconfigured, NotAllowed, NotFound
from complaints.models import Evidence
from complaints.registry import files, uploads
from complaints.registry.uploads import Upload
from complaints.workflow import actions, attempts, callers, sight
from complaints.workflow.case import OFFICERS, Actor, Case, Role
from complaints.workflow.sight import FileLine

log = logging.getLogger(__name__)
TRIGGER = "evidence"
PROVEN = ("report_performance",)  # triggers that take files beside their facts, on pages and by programs


def add(
    session: Session, number: str, actors: Sequence[Actor], upload: Upload, at: datetime, version: int | None = None
) -> tuple[Case, int | None]:
    """Add a file; returns the case and the new file's id, None where this side had added it before.

    Raises NotFound, StaleVersion, NotAllowed, NotNow, and BadInput where this side has added as many as it may.
    """
    case, added = add_all(session, number, actors, [upload], at, version)
    return case, added[0] if added else None


def add_all(
    session: Session, number: str, actors: Sequence[Actor], given: Sequence[Upload], at: datetime,
    version: int | None = None, *, quiet: bool = False,
) -> tuple[Case, list[int]]:  # fmt: skip
    """Add several files, all or none; returns the case and the ids of those that this side had not added before.

    The others get one letter, for the last of them; with `quiet` none, because another letter of this transaction tells
    of the case. Raises as `add` does.
    """
    case = attempts.lock(session, number, actors)
    actions.ready(session, case, at, version)
    actor = callers.acting(session, case, actors, TRIGGER, at)
    if TRIGGER not in callers.actions(case, [actor], at):  # before anything is written to the disk
        raise NotAllowed(f"{TRIGGER}: not for the {actor.role.value} now")
    fresh = _fresh(given, _of_side(session, case, actor))
    for n, upload in enumerate(fresh, start=1):
        facts = {"upload": upload, "quiet": quiet or n < len(fresh)}
        case = actions.perform(session, case, TRIGGER, actor, at, facts)
    newest = select(Evidence.id).where(Evidence.complaint_id == case.id).order_by(Evidence.id.desc())
    return case, list(session.scalars(newest.limit(len(fresh))))[::-1] if fresh else []


def _fresh(given: Sequence[Upload], known: Sequence[str]) -> list[Upload]:
    """What of it is not there yet, each content once. Raises BadInput where that would be too many."""
    by_hash: dict[str, Upload] = {}
    for upload in given:
        by_hash.setdefault(upload.sha256, upload)
    fresh = [upload for digest, upload in by_hash.items() if digest not in known]
    if fresh and len(known) + len(fresh) > uploads.MOST_FILES:
        raise BadInput(
            "this side has added as many files as it may", {uploads.FIELD: [f"too_many_files:{uploads.MOST_FILES}"]}
        )
    return fresh


def beside(
    number: str, actors: Sequence[Actor], files: Sequence[Upload], now: Callable[[], datetime]
) -> list[attempts.Beside]:  # fmt: skip
    """The files of a request to act, to be added in the transaction of the action, with one letter for all."""

    def write(session: Session) -> Case:
        return add_all(session, number, actors, files, now())[0]

    return [write] if files else []


def hashes(files: Sequence[Upload]) -> tuple[str, ...]:
    """What tells one request with files from another."""
    return tuple(each.sha256 for each in files)


def read(
    session: Session, case: Case, actors: Sequence[Actor], evidence_id: int, at: datetime
) -> tuple[FileLine, Path]:
    """One file and where its content is; another's reading it is logged. Raises NotFound where it is not this reader's.

    To be handed out as an attachment only: nothing that somebody sent is shown by a browser under our name.
    """
    me = actors[0]
    line = next((each for each in sight.files(session, case, me) if each.id == evidence_id), None)
    if line is None:
        raise NotFound(f"case {case.number} has no file {evidence_id}")
    content = _content(session.get_one(Evidence, evidence_id))
    if me.role is not Role.CONSUMER:
        sight.record(session, case, me, at, TRIGGER)
    return line, content


def _content(row: Evidence) -> Path:
    if not files.there(row.sha256):
        log.error("evidence-lost id=%d", row.id)
        raise Misconfigured(f"the content of file {row.id} is not there")
    return files.place(row.sha256)


def _of_side(session: Session, case: Case, actor: Actor) -> list[str]:
    """The hashes of what this side has added: a party for itself, the officers together."""
    side = OFFICERS if actor.role in OFFICERS else (actor.role,)
    theirs = (Evidence.complaint_id == case.id, Evidence.role.in_([role.value for role in side]))
    found = session.execute(select(Evidence.sha256, Evidence.seq).where(*theirs))
    return [each.sha256 for each in found if sight.concerns(case, actor, each.seq)]
