"""A consumer's choice to let their story be published, on their private page; and at the desk, who looks at it."""

import secrets

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug import Response

from complaints import clock, db
from complaints.api.limits import ACTS, limiter
from complaints.errors import ComplaintsError, NotFound
from complaints.insight import narratives
from complaints.workflow import rows
from complaints.workflow.case import Actor
from web.language import gettext as _
from web.places import of_consumer
from web.sessions import me, only_for

pages = Blueprint("narratives", __name__)
lookers = only_for(*(role.value for role in narratives.LOOKERS))


@pages.get("/c/<token>/story")
def choice(token: str) -> str:
    """What would be published, and the choice. Looking changes nothing."""
    place = of_consumer(token)
    with db.reading() as session:
        case = rows.load(session, number=place.number, lock=False) or abort(404)
        row = narratives.of(session, case.id)
    return render_template("story.html", place=place, row=row, case=case, token=token)


@pages.post("/c/<token>/story")
@limiter.limit(ACTS)
def choose(token: str) -> Response:
    """Let it be published, or take that back; said twice, it is the same."""
    place, then = of_consumer(token), request.form.get("then")
    if then not in ("publish", "withdraw"):
        abort(400)
    try:
        with db.transaction() as session:
            case = rows.load(session, number=place.number) or abort(404)
            if then == "publish":
                narratives.consent(session, case, clock.now())
            else:
                narratives.withdraw(session, case, clock.now())
    except ComplaintsError:
        flash(_("There is no story to publish any more."))
    else:
        flash(
            _("Somebody will look at it before it is published.")
            if then == "publish"
            else _("Taken back: the text is erased here.")
        )
    return redirect(url_for("narratives.choice", token=token), 303)


@pages.get("/desk/stories")
@lookers
def waiting() -> str:
    """The stories that wait for somebody to look."""
    with db.reading() as session:
        found = narratives.waiting(session)
    return render_template("stories.html", found=found)


@pages.get("/desk/stories/<number>")
@lookers
def look(number: str) -> str:
    """One story beside what would be published; the look is recorded."""
    try:
        with db.transaction() as session:
            found = narratives.look(session, number, _actor(), clock.now())
    except NotFound:
        abort(404)
    return render_template("story_look.html", found=found, form_key=secrets.token_urlsafe(24))


@pages.post("/desk/stories/<number>")
@lookers
@limiter.limit(ACTS)
def decide(number: str) -> Response:
    """Let it be published, or not."""
    then = request.form.get("then")
    if then not in ("publish", "refuse"):
        abort(400)
    try:
        with db.transaction() as session:
            narratives.decide(session, number, publish=then == "publish", actor=_actor(), at=clock.now())
    except NotFound:
        flash(_("Somebody else has decided, or the consumer has taken it back."))
    else:
        flash(
            _("It is published from the next download on.")
            if then == "publish"
            else _("It is not published; the text is erased here.")
        )
    return redirect(url_for("narratives.waiting"), 303)


def _actor() -> Actor:
    return next(each for each in me().actors if each.role in narratives.LOOKERS)
