"""Two enterprises that are one: what a merge would move is shown, and done when it is confirmed."""

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from werkzeug import Response

from complaints import clock, db
from complaints.db import MOST_ID
from complaints.errors import BadInput, NotFound
from complaints.models import Enterprise
from complaints.registry import enterprises, firms, merging
from web import labels
from web.administration.enterprises import FIRM
from web.administration.place import Page, administrators, pages
from web.forms import problems
from web.language import gettext as _
from web.once import fresh_key, once
from web.sessions import me


@pages.get(f"{FIRM}/merge")
@administrators
def choose_survivor(enterprise_id: int) -> Page:
    """Into which other one."""
    query = request.args.get("q", "")
    wrong = []
    with db.reading() as session:
        old = session.get(Enterprise, enterprise_id)
        if old is None:
            abort(404)
        try:
            found = enterprises.search(session, query, limit=20).firms if query.strip() else []
        except BadInput as error:
            found, wrong = [], problems(error, {"q": _("Name or credit code")})
    others = [each for each in found if each.id != old.id]
    return render_template("merge.html", old=old, others=others, q=query, problems=wrong, effect=None, into=None)


@pages.get(f"{FIRM}/merge/<int(max={MOST_ID}):into_id>")
@administrators
def preview_merge(enterprise_id: int, into_id: int) -> Page:
    """What it would move; nothing is changed."""
    try:
        with db.reading() as session:
            effect = merging.preview(session, enterprise_id, into_id, clock.now())
            old, into = (session.get(Enterprise, each) for each in (enterprise_id, into_id))
    except NotFound:
        abort(404)
    except BadInput as error:
        return _refused(enterprise_id, into_id, error), 422
    return render_template(
        "merge.html", old=old, into=into, effect=effect, others=[], q="", problems=[], form_key=fresh_key(),
        takes=[_word(each) for each in effect.takes], gives_up=[_word(each) for each in effect.gives_up],
    )  # fmt: skip


def _refused(enterprise_id: int, into_id: int, error: BadInput) -> str:
    """Why the two cannot be merged, and what is to be decided first, above the search for another one."""
    with db.reading() as session:
        old = session.get(Enterprise, enterprise_id) or abort(404)
        first = merging.objections(session, enterprise_id, into_id)
    wrong = problems(error, {"into": _("The enterprise that stays")})
    return render_template("merge.html", old=old, others=[], q="", problems=wrong, effect=None, into=None, first=first)


def _word(name: str) -> str:
    """What is known of an enterprise, as its own page calls it."""
    short = {"participant": _("participant"), "benchmark": _("benchmark")}
    return short.get(name) or labels.box("firm", name)[0]


@pages.post(f"{FIRM}/merge/<int(max={MOST_ID}):into_id>")
@administrators
def merge(enterprise_id: int, into_id: int) -> Response:
    """Do it."""
    with db.reading() as session:
        gone = session.get(Enterprise, enterprise_id) is None
        if gone and firms.survivor(session, enterprise_id) == into_id:  # sent again, without its key
            return redirect(url_for("admin.firm", enterprise_id=into_id), 303)
    try:
        done = once(
            ["merge", enterprise_id, into_id],
            lambda session: {"moved": dict(merging.merge(session, enterprise_id, into_id, me().id, clock.now()))},
        )
    except BadInput as error:
        return make_response(_refused(enterprise_id, into_id, error), 422)
    flash(_("Merged. Cases moved: %(n)d.", n=done["moved"].get("complaint", 0)))
    return redirect(url_for("admin.firm", enterprise_id=into_id), 303)
