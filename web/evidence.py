"""Files that the sides add to a case, and their download. The same for consumer, enterprise and centre."""

from pathlib import Path

from flask import abort, flash, redirect, request, send_file
from werkzeug import Response

from complaints import clock, db
from complaints.errors import BadInput, NotAllowed, NotFound, NotNow
from complaints.registry.uploads import FIELD
from complaints.workflow import callers, evidence
from complaints.workflow.evidence import TRIGGER
from web import casework, labels, pieces, uploads
from web.casework import Answer, Place
from web.forms import Box, Form, Problem
from web.language import gettext as _
from web.wording import named, say


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
        given = uploads.receive_all(request.files.getlist(FIELD), _owner(place))
        with db.transaction() as session:
            _case, new = evidence.add_all(session, place.number, place.actors, given, clock.now())
    except BadInput as error:
        return casework.render(place, casework.look(place), form=_form(error.fields[FIELD])), 422
    except (NotNow, NotAllowed) as error:
        return casework.render(place, casework.look(place), trouble=casework.why_not(error, TRIGGER)), 409
    except NotFound:
        abort(404)
    flash(_("Recorded: %(what)s", what=say(f"trigger.{TRIGGER}")) if new else _("This file was there already."))
    return redirect(place.base, 303)


def in_pieces(place: Place) -> Response:
    """A large file on its way, for whoever may add one now."""
    with db.reading() as session:
        case = casework.visible(session, place)
        if TRIGGER not in callers.actions(case, place.actors, clock.now()):
            abort(409)
    return pieces.answer(_owner(place))


def _owner(place: Place) -> str:
    """Who sends a large file to which case, as `registry/pieces.py` tells them apart."""
    me = place.actors[0]
    return f"case {place.number} {me.role.value} {me.account_id or ''}"


def download(place: Place, evidence_id: int) -> Response:
    """One file of a case, to be saved and never shown in the browser; another's reading it is logged."""
    with casework.looking(place) as session:
        case = casework.visible(session, place)
        line, content = evidence.read(session, case, place.actors, evidence_id, clock.now())
    return to_save(content, line.media_type, line.name)


def to_save(content: Path, media_type: str, name: str) -> Response:
    """A kept file, streamed; a part of it for a browser that goes on with a download that broke off."""
    answer = send_file(content, mimetype=media_type, as_attachment=True, download_name=name, etag=content.name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _form(errors: list[str] | None = None) -> Form:
    label, hint = labels.box(TRIGGER, FIELD)
    hint = f"{hint} {uploads.room()}"
    said = [labels.fault(key) for key in errors or ()]
    box = Box(FIELD, "file", label, hint, required=True, errors=said, accept=uploads.ACCEPT, multiple=True)
    return Form(TRIGGER, [box], [Problem(FIELD, named(label, text)) for text in said])
