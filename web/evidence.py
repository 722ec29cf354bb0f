"""Files that the sides add to a case, and their download. The same for consumer, enterprise and centre."""

import logging
from hashlib import sha256
from io import BytesIO

from flask import abort, flash, redirect, request, send_file
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug import Response

from complaints import clock, db
from complaints.errors import BadInput, NotAllowed, NotFound, NotNow
from complaints.models import AccessLog, Evidence
from complaints.registry import files
from complaints.workflow import actions, callers, rows, sight
from complaints.workflow.case import OFFICERS, Actor, Case, Role
from web import casework, labels, reading, uploads
from web.casework import Answer, Place
from web.forms import Box, Form, Problem
from web.language import gettext as _
from web.uploads import Upload
from web.wording import say

log = logging.getLogger(__name__)
TRIGGER = "evidence"


def add(place: Place) -> Answer:
    """The form for a file (GET), or taking it in (POST). It moves nothing, so no version is asked for."""
    if request.method == "POST":
        return _post(place)
    view = casework.look(place)
    if TRIGGER not in view.actions:
        return casework.render(place, view, trouble=casework.why_not(NotAllowed(TRIGGER), TRIGGER)), 409
    return casework.render(place, view, form=_form())


def _post(place: Place) -> Answer:
    try:
        new = _keep(place, uploads.receive(request.files.get(uploads.BOX)))
    except BadInput as error:
        return casework.render(place, casework.look(place), form=_form(error.fields[uploads.BOX])), 422
    except (NotNow, NotAllowed) as error:
        return casework.render(place, casework.look(place), trouble=casework.why_not(error, TRIGGER)), 409
    except NotFound:
        abort(404)
    flash(_("Recorded: %(what)s", what=say(f"trigger.{TRIGGER}")) if new else _("This file was there already."))
    return redirect(place.base, 303)


def _keep(place: Place, upload: Upload) -> bool:
    """Add the file, or raise and keep nothing of it; False when this side had added it before."""
    with db.transaction() as session:
        at = clock.now()
        before = rows.load(session, number=place.number)
        actor = callers.acting(session, before, place.actors, TRIGGER, at) if before else place.actors[0]
        case = actions.take(session, place.number, actor, at)
        if TRIGGER not in callers.actions(case, [actor], at):  # before anything is written to the disk
            raise NotAllowed(f"{TRIGGER}: not for the {actor.role.value} now")
        known = _of_side(session, case, actor)
        if sha256(upload.content).hexdigest() in known:
            return False
        if len(known) >= uploads.MOST_FILES:
            most = f"too_many_files:{uploads.MOST_FILES}"
            raise BadInput("this side has added as many files as it may", {uploads.BOX: [most]})
        facts = {"content": upload.content, "name": upload.name, "media_type": upload.media_type}
        actions.perform(session, case, TRIGGER, actor, at, facts)
    return True


def _of_side(session: Session, case: Case, actor: Actor) -> list[str]:
    """The hashes of what this side has added: a party for itself, the officers together."""
    side = OFFICERS if actor.role in OFFICERS else (actor.role,)
    theirs = (Evidence.complaint_id == case.id, Evidence.role.in_([role.value for role in side]))
    files = session.execute(select(Evidence.sha256, Evidence.seq).where(*theirs))
    return [each.sha256 for each in files if sight.concerns(case, actor, each.seq)]


def download(place: Place, evidence_id: int) -> Response:
    """One file of a case, to be saved and never shown in the browser; another's reading it is logged."""
    with casework.looking(place) as session:
        at, me = clock.now(), place.actors[0]
        case = casework.visible(session, place)
        line = next((each for each in reading.files(session, case, me) if each.id == evidence_id), None)
        if line is None:
            abort(404)
        row = session.get_one(Evidence, evidence_id)
        content = _read(row)
        if me.role is not Role.CONSUMER:
            session.add(
                AccessLog(complaint_id=case.id, account_id=me.account_id, role=me.role.value, what=TRIGGER, read_at=at)
            )
    answer = send_file(BytesIO(content), mimetype=row.media_type, as_attachment=True, download_name=line.name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _read(row: Evidence) -> bytes:
    try:
        return files.read(row.sha256)
    except OSError as error:
        log.error("evidence-lost id=%d error=%s", row.id, error.strerror)
        abort(500)


def _form(errors: list[str] | None = None) -> Form:
    label, hint = labels.box(TRIGGER, uploads.BOX)
    said = [labels.fault(key) for key in errors or ()]
    box = Box(uploads.BOX, "file", label, hint, required=True, errors=said, accept=uploads.ACCEPT)
    return Form(TRIGGER, [box], [Problem(uploads.BOX, f"{label}: {text}") for text in said])
