"""The enterprise portal: an inbox by time left, views of it, who handles what, and the cases in it."""

from functools import partial

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug import Response

from complaints import calendars, clock, db
from complaints.api.limits import ACTS, FILES, PIECES, limiter
from complaints.db import MOST_ID
from complaints.errors import BadInput
from complaints.models import Enterprise
from complaints.registry import views
from complaints.workflow import colleagues, inbox
from complaints.workflow.case import Actor, Role
from web import casework, filtering, labels, paging, picking, replies, sessions
from web import evidence as files
from web.casework import Answer, Place
from web.forms import row_id
from web.language import gettext as _
from web.sessions import me, only_for
from web.time_left import left

pages = Blueprint("portal", __name__, url_prefix="/portal")
theirs = only_for(Role.ENTERPRISE.value)


@pages.get("", endpoint="inbox")
@theirs
def show() -> Answer:
    """What the filter in the address wants, the nearest deadline first; without one, somebody's first view."""
    wanted = filtering.read(request.args)
    if wanted is None:
        abort(404)
    with db.reading() as session, paging.cursor() as cursor:
        saved = views.of(session, me().id)
        first = next((view for view in saved if view.first), None)
        if first is not None and not request.args:
            return redirect(f"{url_for('portal.inbox')}?{first.query}")
        page = inbox.page(session, _me(), wanted, clock.now(), cursor=cursor)
        rest = partial(left, calendars.current(session), at=clock.now())
        counts = inbox.counts(session, _me(), clock.now())
        names = page.people
        firm = session.get(Enterprise, me().enterprise_id or 0)
        kept = [(view, filtering.read(filtering.parsed(view.query))) for view in saved]
        found = [(view, inbox.count_few(session, _me(), of, names, clock.now()) if of else None) for view, of in kept]
    return render_template(
        "inbox.html", page=page, counts=counts, wanted=wanted, query=filtering.written(wanted), views=found,
        people=names, firm=firm, groups=filtering.groups(page.rows, wanted), states=filtering.STATES,
        few=inbox.FEW, left=rest,
    )  # fmt: skip


@pages.post("/assign")
@theirs
@limiter.limit(ACTS)
def assign() -> Response:
    """Give the ticked cases to a colleague, or back; or all that the page listed."""
    to, numbers = request.form.get("to", ""), picking.chosen(request.form, "number")
    if not numbers:
        flash(_("Tick the cases first."))
        return _back()
    try:
        with db.transaction() as session:
            whom = row_id(to) if to.isdecimal() else None
            given, refused = colleagues.assign(session, numbers, whom, _me(), clock.now(), leads=me().manager)
    except (BadInput, ValueError):
        flash(_("This person does not work here any more. Nothing was assigned."))
        return _back()
    flash(_("Assigned: %(n)d", n=given) if whom else _("Given back: %(n)d", n=given))
    if refused:
        flash(_("Not yours to assign: %(n)d. A manager can.", n=refused))
    return _back()


@pages.post("/views")
@theirs
@limiter.limit(ACTS)
def keep_view() -> Response:
    """Keep the filter under a name."""
    wanted = filtering.read(filtering.parsed(request.form.get("query", "")))
    if wanted is None:
        abort(400)
    try:
        with db.transaction() as session:
            views.keep(session, me().id, request.form.get("name", ""), filtering.written(wanted))
    except BadInput as error:
        flash(_("The view was not kept: %(why)s", why=labels.fault(error.fields["name"][0])))
        return _back()
    flash(_("The view is kept."))
    return _back()


@pages.post(f"/views/<int(max={MOST_ID}):view_id>")
@theirs
@limiter.limit(ACTS)
def change_view(view_id: int) -> Response:
    """Let the inbox begin with a view, or forget it."""
    with db.transaction() as session:
        change = views.drop if request.form.get("then") == "forget" else views.show_first
        change(session, me().id, view_id)
    return _back()


@pages.get("/cases/<number>")
@theirs
def case(number: str) -> str:
    """One case of this enterprise."""
    return casework.show(_place(number))


@pages.route("/cases/<number>/do/<trigger>", methods=["GET", "POST"])
@theirs
@limiter.limit(ACTS, methods=["POST"])
def act(number: str, trigger: str) -> Answer:
    """One thing the enterprise can do; or its form kept as a draft, or with a template in it."""
    then = request.form.get("then")
    if then == "insert":
        return casework.begin(_place(number), trigger)
    if then == "keep":
        flash(_("Draft kept.") if replies.keep(number, me().actors, trigger) else _("Too long to be kept as a draft."))
        return redirect(url_for("portal.case", number=number), 303)
    return casework.act(_place(number), trigger)


@pages.route("/cases/<number>/do/evidence", methods=["GET", "POST"])
@theirs
@limiter.limit(FILES, methods=["POST"])
def evidence(number: str) -> Answer:
    """A file that the enterprise adds."""
    return files.add(_place(number))


@pages.route("/cases/<number>/pieces", methods=["GET", "POST"])
@theirs
@limiter.limit(PIECES)
def pieces(number: str) -> Response:
    """A large file on its way."""
    return files.in_pieces(_place(number))


@pages.get(f"/cases/<number>/evidence/<int(max={MOST_ID}):evidence_id>")
@theirs
def download(number: str, evidence_id: int) -> Response:
    """One file of the case."""
    return files.download(_place(number), evidence_id)


def _back() -> Response:
    """The inbox, as it was filtered."""
    wanted = filtering.read(filtering.parsed(request.form.get("query", "")))
    query = filtering.written(wanted) if wanted else ""
    return redirect(sessions.back_to(f"{url_for('portal.inbox')}{'?' if query else ''}{query}"), 303)


def _me() -> Actor:
    return me().actors[0]


def _place(number: str) -> Place:
    return Place(number, me().actors, url_for("portal.case", number=number), url_for("portal.inbox"))
