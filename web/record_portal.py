"""The record in the portal: the draft of one's own line, the cases behind it, objections, and what was published."""

import secrets

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from complaints import clock, db
from complaints.api.limits import ACTS, limiter
from complaints.db import MOST_ID
from complaints.errors import BadInput, ComplaintsError, NotFound
from complaints.insight import record, record_corrections, record_objections
from complaints.registry import course
from complaints.workflow.case import Actor
from web import casework, record_words
from web.casework import Answer
from web.forms import problems
from web.language import gettext as _
from web.once import once
from web.sessions import me, only_managers

pages = Blueprint("record_portal", __name__, url_prefix="/portal")
MOST_SHOWN = 200  # cases behind a figure


@pages.get("/record")
@only_managers
def show() -> str:
    """The drafts that may be objected to now, the objections, and the published months."""
    return _page()


def _page(error: BadInput | None = None) -> str:
    at, firm = clock.now(), me().enterprise_id or 0
    figure, month = request.args.get("behind", ""), request.args.get("month", "")
    with db.reading() as session:
        drafts = record_objections.drafts(session, firm, at)
        asked = [line for each, line in drafts if month in ("", each.month)] if figure else []
        cases = record_objections.cases_behind(session, asked[0]) if asked else []
        objections, lines = record_objections.of(session, firm), record.history(session, firm)
    behind = [each for each in cases if each.behind(figure)]
    names = {"figure": _("Figure"), "reason": _("What is wrong")}
    return render_template(
        "record_portal.html", drafts=drafts, behind=behind[-MOST_SHOWN:], behind_count=len(behind), figure=figure,
        behind_month=asked[0].month if asked else "",
        objections=objections, lines=lines, words=record_words, problems=problems(error, names) if error else [],
        typed=request.form, form_key=secrets.token_urlsafe(24), firm_id=firm, longest=record_corrections.LONGEST,
    )  # fmt: skip


@pages.post("/record")
@only_managers
@limiter.limit(ACTS)
def object_to() -> Answer:
    """Object to a figure of a draft."""
    figure, reason, month = (request.form.get(name, "").strip() for name in ("figure", "reason", "month"))
    try:
        done = once(
            ["objection", figure, reason, month],
            lambda session: {
                "id": record_objections.raise_one(session, figure, reason, _actor(), clock.now(), month).id
            },
        )
    except BadInput as error:
        return _page(error), 422
    flash(_("Your objection is on its way to the centre. The figure is held back until it is decided."))
    return redirect(url_for("record_portal.objection", objection_id=done["id"]), 303)


@pages.get(f"/objections/<int(max={MOST_ID}):objection_id>")
@only_managers
def objection(objection_id: int) -> str:
    """One objection: what was said, until when it is decided, and what came of it."""
    with db.reading() as session:
        try:
            found = record_objections.one(session, objection_id, me().enterprise_id or 0)
        except NotFound:
            abort(404)
        log, can = course.log(session, found), course.actions(found, _actor(), clock.now())
    return render_template(
        "objection.html", found=found, log=log, can=can, words=record_words, form_key=secrets.token_urlsafe(24)
    )


@pages.post(f"/objections/<int(max={MOST_ID}):objection_id>/withdraw")
@only_managers
@limiter.limit(ACTS)
def withdraw(objection_id: int) -> Answer:
    """Take the objection back."""
    try:
        once(
            ["withdraw objection", objection_id],
            lambda session: record_objections.withdraw(session, objection_id, _actor(), clock.now()),
        )
    except ComplaintsError as error:
        flash(casework.why_not(error, "withdraw"))
    else:
        flash(_("The objection is withdrawn."))
    return redirect(url_for("record_portal.objection", objection_id=objection_id), 303)


def _actor() -> Actor:
    return me().actors[0]
