"""Private links again: for who has lost theirs, and a new one where the old one may be in other hands."""

import secrets
from collections.abc import Mapping, Sequence

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug import Response
from werkzeug.datastructures import MultiDict

from complaints import clock, db
from complaints.errors import BadInput, KeyReused, NotFound
from complaints.inputs import AddressInput, parse
from complaints.registry import links
from complaints.workflow import attempts, idempotency, rows, sight
from web.casework import Answer, Place
from web.forms import Typed, build, typed_data
from web.language import gettext as _

EMAIL = "email"


def ask() -> Answer:
    """Ask for the links of a mail address. The answer is the same whether or not there is a case."""
    if request.method == "GET":
        return _page(MultiDict())
    try:
        given = parse(AddressInput(), typed_data(AddressInput(), [EMAIL], request.form))
    except BadInput as error:
        return _page(request.form, error.fields), 422
    with db.transaction() as session:
        links.ask_again(session, given[EMAIL], clock.now())
    return render_template("lost.html", form=None)


def renew(token: str) -> Response:
    """A new link instead of all earlier ones. A double click, whose link is old by then, leads to the same new one."""
    key = request.form.get("form_key") or secrets.token_urlsafe(24)
    with db.transaction() as session:
        complaint_id = links.find(session, token, revoked=True) or abort(404)
        rows.load(session, complaint_id=complaint_id)  # locked, so that a second click waits for the first

        def do() -> idempotency.Answer:
            if links.find(session, token) is None:
                raise NotFound("this link opens nothing any more")
            return {"link": links.fingerprint(links.rotate(session, complaint_id, clock.now()))}

        try:
            made, _before = idempotency.answer(session, f"link:{complaint_id}", key, "link", do)
        except (NotFound, KeyReused):
            abort(404)
        new = links.current(session, complaint_id)
        if new is None or links.fingerprint(new) != made["link"]:  # it was made anew since: an old one leads nowhere
            abort(404)
    flash(_("This is your new private link. Keep it: earlier ones no longer work."))
    return redirect(url_for("public.case", token=new), 303)


def send_anew(place: Place) -> Response:
    """At the desk: a new link instead of all earlier ones, mailed to the consumer and shown to nobody."""
    key = request.form.get("form_key") or secrets.token_urlsafe(24)
    with db.transaction() as session:
        at, case, me = clock.now(), attempts.lock(session, place.number, place.actors), place.actors[0]

        def do() -> idempotency.Answer:
            sent = links.rotate_by_mail(session, case.id, at)
            if sent:
                sight.record(session, case, me, at, "new link")
            return {"sent": sent}

        done, _before = idempotency.answer(session, f"account:{me.account_id}", key, ["new link", place.number], do)
    if done["sent"]:
        flash(_("A new private link is on its way to the consumer by mail. Earlier ones no longer work."))
    else:
        flash(_("Nothing was changed: the consumer gave no mail address to which a new link could be sent."))
    return redirect(place.base, 303)


def _page(typed: Typed, errors: Mapping[str, Sequence[str]] | None = None) -> str:
    return render_template("lost.html", form=build("lost", AddressInput(), [EMAIL], typed, errors))
