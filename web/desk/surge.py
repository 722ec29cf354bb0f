"""The days around 15 March: the supervisor's switch, and the screening of complaints in batches while it is on."""

import secrets
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from werkzeug import Response
from werkzeug.datastructures import MultiDict

from complaints import clock, db
from complaints.clock import end_of_day
from complaints.errors import BadInput, ComplaintsError, NotNow, StaleVersion
from complaints.inputs import SurgeInput, parse
from complaints.workflow import surge as switch
from complaints.workflow.attempts import Attempt
from complaints.workflow.case import Role
from web import casework, picking, writing
from web.casework import Answer
from web.desk.door import centre, pages
from web.forms import Typed, build, row_id, typed_data
from web.language import gettext as _
from web.sessions import me, only_for
from web.wording import say

BOXES = ("reason", "until")
ADMIT = "admit"


@dataclass(frozen=True, slots=True)
class Result:
    """How it went with one complaint of a batch; `why` says what stood in the way."""

    number: str
    state: str
    why: str


@pages.get("/surge")
@centre
def surge() -> Answer:
    """Whether batch screening is on, since when and why; the record of earlier times."""
    return _surge(MultiDict(), {})


@pages.post("/surge")
@only_for(Role.SUPERVISOR.value)
def begin_surge() -> Answer:
    """Switch it on."""
    try:
        given = parse(SurgeInput(), typed_data(SurgeInput(), BOXES, request.form))
        with db.transaction() as session:
            switch.begin(session, me().id, given["reason"], end_of_day(given["until"]), clock.now())
    except BadInput as error:
        return _surge(request.form, error.fields), 422
    except NotNow:
        flash(_("It is on already."))
    return redirect(url_for("desk.surge"), 303)


@pages.post("/surge/end")
@only_for(Role.SUPERVISOR.value)
def end_surge() -> Response:
    """Switch it off."""
    try:
        with db.transaction() as session:
            switch.end(session, me().id, clock.now())
    except NotNow:
        flash(_("It is off already."))
    return redirect(url_for("desk.surge"), 303)


@pages.get("/screening")
@only_for(Role.INTAKE.value)
def screening() -> str:
    """The complaints that can be admitted together; only while the switch is on."""
    with db.reading() as session:
        span = switch.current(session, clock.now())
        found = switch.candidates(session) if span else []
    return render_template("screening.html", span=span, candidates=found, form_key=secrets.token_urlsafe(24))


@pages.post("/screening")
@only_for(Role.INTAKE.value)
def screen() -> Answer:
    """Admit those that were ticked, each by itself: what cannot be admitted says why and holds up nobody else."""
    with db.reading() as session:
        on = switch.current(session, clock.now()) is not None
    chosen = picking.chosen(request.form, "case")[: switch.MOST_AT_ONCE] if on else []
    key = request.form.get("form_key") or secrets.token_urlsafe(24)
    results = [_admit(each, key) for each in chosen]
    return render_template("screened.html", on=on, results=results), 200 if on else 409


def _admit(chosen: str, key: str) -> Result:
    """One complaint, in its own transaction, as the page of the case would do it."""
    number, _colon, version = chosen.partition(":")
    try:
        seen = row_id(version) if version.isdecimal() else 0  # 0 is never a version
        writing.act(Attempt(number, ADMIT, me().actors, seen, "page", f"{key}:{number}"), {})
    except StaleVersion:
        return Result(number, "", _("It has changed since the list was made. Look at it again."))
    except ComplaintsError as error:
        return Result(number, "", casework.why_not(error, ADMIT))
    with db.reading() as session:
        state = switch.state_of(session, number)
    return Result(number, say(f"state.{state}"), "")


def _surge(typed: Typed, errors: dict[str, list[str]]) -> str:
    at = clock.now()
    with db.reading() as session:
        span, record = switch.current(session, at), switch.spans(session)
        queue = len(switch.candidates(session))
    form = build("surge", SurgeInput(), BOXES, typed, errors)
    return render_template(
        "surge.html", span=span, record=record, queue=queue, most_at_once=switch.MOST_AT_ONCE, form=form, now=at
    )
