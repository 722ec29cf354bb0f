"""The enterprise portal: an inbox by deadline, and the cases in it."""

from flask import Blueprint, abort, render_template, request, url_for
from werkzeug import Response

from complaints import clock, db
from complaints.api.limits import ACTS, FILES, limiter
from complaints.db import MOST_ID
from complaints.models import Enterprise
from complaints.workflow import lists
from complaints.workflow.case import Role, State
from web import casework, paging
from web import evidence as files
from web.casework import Answer, Place
from web.sessions import me, only_for

pages = Blueprint("portal", __name__, url_prefix="/portal")
STATES = [state.value for state in State if state is not State.NEW]
theirs = only_for(Role.ENTERPRISE.value)


@pages.get("")
@theirs
def inbox() -> str:
    """What waits for this enterprise, the nearest deadline first."""
    state = request.args.get("state") or None
    if state is not None and state not in STATES:
        abort(404)
    enterprise_id = me().enterprise_id or 0
    with db.reading() as session, paging.cursor() as cursor:
        page = lists.of_enterprise(session, enterprise_id, clock.now(), state=state, cursor=cursor)
        counts = lists.counts_of_enterprise(session, enterprise_id)
        firm = session.get(Enterprise, enterprise_id)
    return render_template("inbox.html", page=page, counts=counts, state=state, states=STATES, firm=firm)


@pages.get("/cases/<number>")
@theirs
def case(number: str) -> str:
    """One case of this enterprise."""
    return casework.show(_place(number))


@pages.route("/cases/<number>/do/<trigger>", methods=["GET", "POST"])
@theirs
@limiter.limit(ACTS, methods=["POST"])
def act(number: str, trigger: str) -> Answer:
    """One thing the enterprise can do."""
    return casework.act(_place(number), trigger)


@pages.route("/cases/<number>/do/evidence", methods=["GET", "POST"])
@theirs
@limiter.limit(FILES, methods=["POST"])
def evidence(number: str) -> Answer:
    """A file that the enterprise adds."""
    return files.add(_place(number))


@pages.get(f"/cases/<number>/evidence/<int(max={MOST_ID}):evidence_id>")
@theirs
def download(number: str, evidence_id: int) -> Response:
    """One file of the case."""
    return files.download(_place(number), evidence_id)


def _place(number: str) -> Place:
    return Place(number, me().actors, url_for("portal.case", number=number), url_for("portal.inbox"))
