"""Issued documents: to be saved by whom they are for, and checked by anybody through their codes."""

from io import BytesIO

from flask import Blueprint, abort, redirect, render_template, request, send_file, url_for
from werkzeug import Response

from complaints import clock, db
from complaints.api.limits import CODES, FILES, limiter
from complaints.clock import local_date
from complaints.db import MOST_ID
from complaints.documents import calendar, issuing, matter, written
from complaints.documents.issuing import Checked
from complaints.errors import NotFound
from complaints.models import Account
from complaints.registry.uploads import FIELD
from complaints.words import LOCALES
from complaints.workflow import hearings
from complaints.workflow.case import OFFICERS, Role
from web import casework, places
from web.casework import Answer, Place
from web.forms import Problem, row_id
from web.language import gettext as _
from web.language import locale
from web.sessions import me, only_for
from web.wording import say

pages = Blueprint("documents", __name__)
centre = only_for(*(role.value for role in OFFICERS))
theirs = only_for(Role.ENTERPRISE.value)
SEQ = f"<int(max={MOST_ID}):seq>"
BOTH = ("GET", "POST")


@pages.route(f"/c/<token>/documents/{SEQ}", methods=BOTH)
@limiter.limit(FILES)
def of_consumer(token: str, seq: int) -> Response:
    """A document, for the consumer."""
    return _download(places.of_consumer(token), seq)


@pages.route(f"/portal/cases/<number>/documents/{SEQ}", methods=BOTH)
@theirs
@limiter.limit(FILES)
def of_enterprise(number: str, seq: int) -> Response:
    """A document, for the enterprise: of the consumer's contact it holds what the enterprise may see."""
    return _download(places.of_enterprise(number), seq)


@pages.route(f"/desk/cases/<number>/documents/{SEQ}", methods=BOTH)
@centre
def of_centre(number: str, seq: int) -> Response:
    """A document, for an officer."""
    return _download(places.of_centre(number), seq)


def _download(place: Place, seq: int) -> Response:
    """The file. A POST has it made where nobody has asked for it before; a GET makes nothing and leads to the case.

    Another's reading personal data in it is logged.
    """
    wanted = request.values.get("language", locale())
    if wanted not in LOCALES:
        abort(404)
    with casework.looking(place) as session:
        at = clock.now()
        case = casework.visible(session, place)
        try:
            found = matter.gather(session, case, place.actors[0], seq, wanted, at)
        except NotFound:
            abort(404)
    try:
        content = issuing.issue(found, at)[1] if request.method == "POST" else issuing.issued(found)
    except NotFound:
        abort(410)
    if content is None:
        return redirect(f"{place.base}#papers-title", 303)
    name = f"{say(f'document.kind.{found.kind}')} {found.number}.pdf"
    answer = send_file(BytesIO(content), mimetype="application/pdf", as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@pages.get("/c/<token>/hearing.ics")
@limiter.limit(FILES)
def calendar_of_consumer(token: str) -> Response:
    """The hearing, for the consumer's calendar."""
    return _calendar(places.of_consumer(token))


@pages.get("/portal/cases/<number>/hearing.ics")
@theirs
@limiter.limit(FILES)
def calendar_of_enterprise(number: str) -> Response:
    """The hearing, for the enterprise's calendar."""
    return _calendar(places.of_enterprise(number))


@pages.get("/desk/cases/<number>/hearing.ics")
@centre
def calendar_of_centre(number: str) -> Response:
    """The hearing, for the mediator's calendar."""
    return _calendar(places.of_centre(number))


def _calendar(place: Place) -> Response:
    with casework.looking(place) as session:
        at = clock.now()
        case = casework.visible(session, place)
        try:
            invitation = calendar.gather(session, case, place.actors[0], locale(), at)
        except NotFound:
            abort(404)
    name = f"{invitation.number}.ics"
    answer = send_file(
        BytesIO(calendar.file(invitation)), mimetype=calendar.MEDIA_TYPE, as_attachment=True, download_name=name
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@pages.get("/desk/hearings")
@centre
def hearings_ahead() -> str:
    """The hearings from today on: one's own, for a supervisor everybody's or those of one mediator."""
    with db.reading() as session:
        mediators = hearings.mediators(session) if Role.SUPERVISOR.value in me().roles else []
        wanted = request.args.get("mediator", type=row_id) if mediators else me().id
        ahead = hearings.ahead(session, local_date(clock.now()), mediator_id=wanted)[: hearings.MOST]
        names = {each: session.get_one(Account, each).name for each in {one.mediator_id for one in ahead} if each}
    meeting = {each.number for each in ahead if hearings.clashes(each, ahead)}
    return render_template(
        "hearings.html", ahead=ahead, meeting=meeting, mediators=mediators, wanted=wanted, names=names
    )


@pages.get("/documents")
def ask() -> Answer:
    """Where a code is typed; with one, on to what the centre says about it."""
    typed = request.args.get("code")
    if typed is None:
        return render_template("documents.html", typed="", problems=[])
    code = issuing.tidy(typed)
    if len(code.replace("-", "")) != issuing.GROUPS * issuing.LETTERS:
        problem = Problem("code", _("This is not a code of ours: it has %(n)d letters and digits.", n=20))
        return render_template("documents.html", typed=typed[:80], problems=[problem]), 422
    return redirect(url_for("documents.check", code=code), 303)


@pages.get("/documents/<code>")
@limiter.limit(CODES)
def check(code: str) -> Answer:
    """What the centre says about the document with this code. No personal data."""
    found = _look_up(code)
    if found is None:
        return _unknown(code)
    return _shown(found)


@pages.post("/documents/<code>")
@limiter.limit(CODES)
def compare(code: str) -> Answer:
    """Whether a copy is unaltered. It is looked at and not kept."""
    found = _look_up(code)
    if found is None:
        return _unknown(code)
    sent = request.files.get(FIELD)
    copy = sent.stream.read(issuing.MOST_BYTES + 1) if sent is not None and sent.filename else b""
    if not copy:
        problem = Problem(FIELD, _("Choose the PDF that you want to have checked."))
        return _shown(found, problem), 422
    return _shown(found, same=issuing.unaltered(found, copy))


def _shown(found: Checked, problem: Problem | None = None, *, same: bool | None = None) -> str:
    problems = [problem] if problem else []
    centre_name = written.centre(locale())
    return render_template("document.html", found=found, problems=problems, same=same, centre=centre_name)


def _look_up(code: str) -> Checked | None:
    with db.reading() as session:
        return issuing.check(session, code)


def _unknown(code: str) -> Answer:
    problem = Problem(
        "code", _("No document of this centre has this code. Compare it with the paper, letter by letter.")
    )
    return render_template("documents.html", typed=code[:80], problems=[problem]), 404
