"""The centre's desk: queues by deadline, cases, tasks, letters that could not be delivered."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug import Response

from complaints import clock, db
from complaints.api.limits import ACTS, FILES, limiter
from complaints.db import MOST_ID
from complaints.delivery import outbox
from complaints.errors import BadInput
from complaints.models import Complaint
from complaints.workflow import lists, rows
from complaints.workflow.case import OFFICERS, Actor, Role
from web import casework, filing, paging, private_links
from web import evidence as files
from web.casework import Answer, Place
from web.forms import row_id
from web.language import gettext as _
from web.sessions import me, only_for

pages = Blueprint("desk", __name__, url_prefix="/desk")
centre = only_for(*(role.value for role in OFFICERS))
MOST_LETTERS = 50
FIRST = {Role.INTAKE: "intake", Role.MEDIATOR: "mine", Role.SUPERVISOR: "supervisor"}


@pages.get("")
@centre
def queue() -> Answer:
    """One queue, the nearest deadline first; a case by its number."""
    if request.args.get("number"):
        return _by_number(request.args["number"].strip().upper())
    actor = me().actors[-1]  # a supervisor who also does intake begins with the supervisor's queue
    name = request.args.get("queue") or FIRST[actor.role]
    if name not in lists.QUEUES:
        abort(404)
    with db.reading() as session, paging.cursor() as cursor:
        page = lists.of_desk(session, name, me().id, clock.now(), cursor=cursor)
        counts = lists.counts_of_desk(session, me().id)
    return render_template("queue.html", page=page, counts=counts, name=name, names=list(lists.QUEUES))


def _by_number(number: str) -> Answer:
    with db.reading() as session:
        case = rows.load(session, number=number, lock=False)
    if case is None:
        flash(_("There is no case %(number)s.", number=number))
        return redirect(url_for("desk.queue"))
    return redirect(url_for("desk.case", number=number))


@pages.get("/cases/<number>")
@centre
def case(number: str) -> str:
    """One case."""
    return casework.show(_place(number))


@pages.route("/cases/<number>/do/<trigger>", methods=["GET", "POST"])
@centre
def act(number: str, trigger: str) -> Answer:
    """One thing an officer can do, in whichever role held allows it."""
    return casework.act(_place(number), trigger)


@pages.route("/cases/<number>/do/evidence", methods=["GET", "POST"])
@centre
@limiter.limit(FILES, methods=["POST"])
def evidence(number: str) -> Answer:
    """A file that an officer adds."""
    return files.add(_place(number))


@pages.get(f"/cases/<number>/evidence/<int(max={MOST_ID}):evidence_id>")
@centre
def download(number: str, evidence_id: int) -> Response:
    """One file of the case."""
    return files.download(_place(number), evidence_id)


@pages.post("/cases/<number>/link")
@only_for(Role.INTAKE.value, Role.SUPERVISOR.value)
@limiter.limit(ACTS)
def renew(number: str) -> Response:
    """A new private link for the consumer, by mail."""
    return private_links.send_anew(_place(number))


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


@pages.get("/tasks")
@centre
def tasks() -> str:
    """People to reach by phone or post, and other things to do beside the cases."""
    with db.reading() as session, paging.cursor() as cursor:
        page = lists.tasks(session, [role.value for role in OFFICERS], cursor=cursor)
    return render_template("tasks.html", page=page)


@pages.get("/letters")
@centre
def letters() -> str:
    """Letters that could not be delivered, newest first."""
    with db.reading() as session:
        dead = outbox.dead(session, MOST_LETTERS + 1, request.args.get("before", type=row_id))
        wanted = {notice.complaint_id for notice in dead}
        numbers = dict(session.execute(select(Complaint.id, Complaint.number).where(Complaint.id.in_(wanted))).all())
    shown = dead[:MOST_LETTERS]
    more = shown[-1].id if len(dead) > len(shown) else None
    return render_template("letters.html", dead=shown, numbers=numbers, more=more)


@pages.post("/letters/retry")
@centre
def retry() -> Response:
    """Try one of them again, or all."""
    one = request.form.get("id", type=row_id)
    with db.transaction() as session:
        count = outbox.retry_dead(session, clock.now(), [one] if one is not None else None)
    flash(_("%(n)d letters will be tried again.", n=count))
    return redirect(url_for("desk.letters"), 303)


def _place(number: str) -> Place:
    return Place(number, me().actors, url_for("desk.case", number=number), url_for("desk.queue"))
