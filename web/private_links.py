"""Private links again: for who has lost theirs, and a new one where the old one may be in other hands."""

import secrets
from collections.abc import Callable, Mapping, Sequence

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug import Response
from werkzeug.datastructures import MultiDict

from complaints import clock, db
from complaints.errors import BadInput, KeyReused, NotFound
from complaints.inputs import LostInput, parse
from complaints.registry import links
from complaints.workflow import attempts, idempotency, policy, rows, sight
from web.casework import Answer, Place
from web.forms import Typed, build, typed_data
from web.language import gettext as _

WAYS = ("email", "phone")
MANDATE = "association"  # whose policy says within how many days people are called


def ask() -> Answer:
    """Ask for the links of a mail address or a number. The answer is the same whether or not there is a case."""
    if request.method == "GET":
        return _page(MultiDict())
    try:
        given = parse(LostInput(), typed_data(LostInput(), WAYS, request.form))
    except BadInput as error:
        return _page(request.form, error.fields), 422
    at = clock.now()
    email, phone = (given.get(name, "") for name in WAYS)
    with db.transaction() as session:
        links.ask_again(session, email, phone, at)
    days = policy.in_force(MANDATE, clock.local_date(at)).reach_working_days
    return render_template("lost.html", form=None, mailed=bool(email), called=bool(phone), days=days)


def renew(token: str) -> Response:
    """A new link instead of all earlier ones. A double click, whose link is old by then, leads to the same new one."""
    key = request.form.get("form_key") or secrets.token_urlsafe(24)
    with db.transaction() as session:
        complaint_id = links.find(session, token, revoked=True) or abort(404)
        rows.load(session, complaint_id=complaint_id)  # locked, so that a second click waits for the first

        def allowed() -> None:
            if links.find(session, token) is None:
                raise NotFound("this link opens nothing any more")

        try:
            new = anew(session, complaint_id, f"link:{complaint_id}", key, allowed) or abort(404)
        except (NotFound, KeyReused):
            abort(404)
    flash(_("This is your new private link. Keep it: earlier ones no longer work."))
    return redirect(url_for("public.case", token=new), 303)


def anew(
    session: Session, complaint_id: int, caller: str, key: str, allowed: Callable[[], None] = lambda: None
) -> str | None:
    """The token of a new link instead of all earlier ones: the same for a second click with this key of the caller.

    None where it was made anew since, for an old one leads nowhere. The case is locked. Raises what `allowed` raises
    when the link is to be made, KeyReused where the key was sent for another case.
    """

    def do() -> idempotency.Answer:
        allowed()
        return {"link": links.fingerprint(links.rotate(session, complaint_id, clock.now()))}

    made, _before = idempotency.answer(session, caller, key, ["link", complaint_id], do)
    new = links.current(session, complaint_id)
    return new if new is not None and links.fingerprint(new) == made["link"] else None


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
    return render_template("lost.html", form=build("lost", LostInput(), WAYS, typed, errors))
