"""A case at the desk: looked at, acted on, filed on somebody's behalf."""

import secrets
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug import Response

from complaints import clock, db, words
from complaints.api.limits import ACTS, FILES, PIECES, limiter
from complaints.db import MOST_ID
from complaints.errors import BadInput
from complaints.inputs import parse
from complaints.schemas import NoteSchema
from complaints.workflow import attempts, presence
from complaints.workflow.attempts import Attempt
from complaints.workflow.case import Actor, Role
from web import casework, filing, labels, private_links, writing
from web import evidence as files
from web.casework import Answer, Place
from web.desk import drafts
from web.desk.door import beside, centre, pages
from web.desk.keys import ACTIONS, GOING, of_actions
from web.forms import typed_data
from web.language import switched
from web.sessions import me, only_for


def place(number: str) -> Place:
    """A case, looked at from the desk."""
    base, back = url_for("desk.case", number=number), url_for("desk.queue")
    return Place(number, me().actors, base, back, gather=beside, prefill=drafts.prefill)


@pages.app_context_processor
def _words() -> dict[str, Any]:
    keys = {"keys_of": of_actions, "going": GOING, "keyed": ACTIONS}
    return keys | {"letter_mark": drafts.mark, "words_of": words.say}


@pages.get("/cases/<number>")
@centre
def case(number: str) -> str:
    """One case."""
    return casework.show(place(number))


@pages.route("/cases/<number>/do/<trigger>", methods=["GET", "POST"])
@centre
def act(number: str, trigger: str) -> Answer:
    """One thing an officer can do, in whichever role held allows it."""
    return casework.act(place(number), trigger)


@pages.route("/cases/<number>/do/evidence", methods=["GET", "POST"])
@centre
@limiter.limit(FILES, methods=["POST"])
def evidence(number: str) -> Answer:
    """A file that an officer adds."""
    return files.add(place(number))


@pages.route("/cases/<number>/pieces", methods=["GET", "POST"])
@centre
@limiter.limit(PIECES)
def pieces(number: str) -> Response:
    """A large file on its way."""
    return files.in_pieces(place(number))


@pages.get(f"/cases/<number>/evidence/<int(max={MOST_ID}):evidence_id>")
@centre
def download(number: str, evidence_id: int) -> Response:
    """One file of the case."""
    return files.download(place(number), evidence_id)


@pages.post("/cases/<number>/link")
@only_for(Role.INTAKE.value, Role.SUPERVISOR.value)
@limiter.limit(ACTS)
def renew(number: str) -> Response:
    """A new private link for the consumer, by mail."""
    return private_links.send_anew(place(number))


@pages.post("/cases/<number>/note")
@centre
def note(number: str) -> Answer:
    """An internal note written beside the case, without leaving it. It overwrites nothing, so no version is asked."""
    try:
        facts = parse(NoteSchema(), typed_data(NoteSchema(), ["text"], request.form))
        key = request.form.get("form_key") or secrets.token_urlsafe(24)
        writing.act(Attempt(number, "note", me().actors, None, "page", key), facts)
    except BadInput as error:
        return _notes(number, [labels.fault(text) for texts in error.fields.values() for text in texts]), 422
    return _notes(number, [])


def _notes(number: str, errors: list[str]) -> str:
    kept = request.form.get("text", "") if errors else ""
    here = place(number)
    return render_template(
        "_notes.html",
        place=here,
        view=casework.look(here),
        errors=errors,
        kept=kept,
        form_key=secrets.token_urlsafe(24),
    )


@pages.post("/cases/<number>/here")
@centre
def here(number: str) -> str:
    """I am still at this case; who else is?"""
    wall = clock.wall()
    with db.transaction() as session:
        case = attempts.look(session, number, me().actors, clock.now())
        presence.seen(session, case.id, me().id, wall)
        others = presence.others(session, case.id, me().id, wall)
    return render_template("_here.html", others=others)


@pages.route("/file", methods=["GET", "POST"])
@only_for(Role.INTAKE.value)
def file() -> Answer:
    """File on behalf of somebody who phoned, wrote or came."""
    if request.method == "GET" or switched():
        return filing.page(request.form, officer=True)
    try:
        filed = filing.receive(Actor(Role.INTAKE, account_id=me().id), request.form, officer=True)
    except BadInput as error:
        return filing.page(request.form, error.fields, officer=True), 422
    return redirect(url_for("desk.case", number=filed.number), 303)  # the private link is the consumer's alone
