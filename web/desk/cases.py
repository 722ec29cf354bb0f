"""A case at the desk: looked at, acted on, filed on somebody's behalf."""

from flask import redirect, render_template, request, url_for
from werkzeug import Response

from complaints import clock, db
from complaints.api.limits import ACTS, FILES, limiter
from complaints.db import MOST_ID
from complaints.errors import BadInput
from complaints.workflow import attempts, presence
from complaints.workflow.case import Actor, Role
from web import casework, filing, private_links
from web import evidence as files
from web.casework import Answer
from web.desk.door import centre, pages, place
from web.sessions import me, only_for


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
    if request.method == "GET":
        return filing.page(officer=True)
    try:
        filed = filing.receive(Actor(Role.INTAKE, account_id=me().id), request.form, officer=True)
    except BadInput as error:
        return filing.page(request.form, error.fields, officer=True), 422
    return redirect(url_for("desk.case", number=filed.number), 303)  # the private link is the consumer's alone
