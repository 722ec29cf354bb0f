"""Benchmark enterprises: the public list, the supervisor's designations, and the monthly tracking reports."""

import re
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, send_file, url_for
from sqlalchemy.orm import Session
from werkzeug import Response

from complaints import clock, db
from complaints.api.limits import ACTS, FILES, limiter
from complaints.clock import local_date
from complaints.db import MOST_ID
from complaints.documents import tracking as paper
from complaints.errors import BadInput
from complaints.insight import tracking
from complaints.models import Enterprise, TrackingReport
from complaints.registry import benchmarks, enterprises
from complaints.registry.accounts import ADMINISTRATOR
from complaints.workflow.case import Role
from web.forms import Box, Option, problems
from web.labels import fault
from web.language import gettext as _
from web.language import locale
from web.once import fresh_key, once
from web.sessions import me, only_for

pages = Blueprint("benchmarks", __name__)
theirs = only_for(Role.ENTERPRISE.value)
deciders = only_for(Role.SUPERVISOR.value, ADMINISTRATOR)
Answer = str | Response
FIRM = f"/desk/benchmarks/<int(max={MOST_ID}):enterprise_id>"
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)


@pages.get("/benchmarks")
def public() -> str:
    """The benchmark enterprises of a year, for everybody."""
    with db.reading() as session:
        at = clock.now()
        this = local_date(at).year
        years = sorted({*benchmarks.years(session), this}, reverse=True)
        year = request.args.get("year", this, type=int)
        known = benchmarks.FIRST_YEAR <= year <= benchmarks.LAST_YEAR
        found = benchmarks.listed(session, year, at) if known else []
    return render_template("benchmarks.html", year=year, years=years, found=found)


@pages.get("/desk/benchmarks")
@deciders
def index() -> str:
    """Those of every year, and the form that designates one more for this year or the next."""
    return _index()


def _index(error: BadInput | None = None) -> str:
    at = clock.now()
    this = local_date(at).year
    with db.reading() as session:
        years = sorted({*benchmarks.years(session), this, this + 1}, reverse=True)
        found = {year: benchmarks.listed(session, year, at, ended=True) for year in years}
    boxes = _boxes(this, error.fields if error else {})
    wrong = problems(error, {box.name: box.label for box in boxes}) if error else []
    return render_template(
        "benchmarks_desk.html", found=found, this=this, most=benchmarks.most(at), problems=wrong, boxes=boxes,
        form_key=fresh_key(),
    )  # fmt: skip


def _boxes(this: int, errors: Mapping[str, Sequence[str]]) -> list[Box]:
    hint = _("Its full name, as in the registry. It needs a pledge in force.")
    years = [Option(str(year), str(year)) for year in (this, this + 1)]
    boxes = [
        Box("enterprise", "line", _("Enterprise"), hint, required=True, value=request.form.get("enterprise", "")),
        Box("year", "select", _("Year"), required=True, options=years, value=request.form.get("year", "")),
    ]
    for box in boxes:
        box.errors = [fault(key) for key in errors.get(box.name, ())]
    return boxes


@pages.post("/desk/benchmarks")
@deciders
@limiter.limit(ACTS)
def designate() -> Answer:
    """Designate an enterprise for this year or the next."""
    name, year = request.form.get("enterprise", ""), request.form.get("year", 0, type=int)
    try:
        once(["designate", name, year], lambda session: _designated(session, name, year))
    except BadInput as error:
        return make_response(_index(error), 422)
    flash(_("Designated."))
    return redirect(url_for("benchmarks.index"), 303)


def _designated(session: Session, name: str, year: int) -> dict[str, Any]:
    firm = enterprises.find(session, name) if name.strip() else None
    if firm is None:
        raise BadInput("no such enterprise", {"enterprise": ["unknown_enterprise" if name.strip() else "required"]})
    return {"id": benchmarks.designate(session, firm.id, year, me().id, clock.now()).id}


@pages.get(FIRM)
@deciders
def firm(enterprise_id: int) -> str:
    """One enterprise's tracking reports."""
    return _reports(enterprise_id, "desk")


@pages.get(f"{FIRM}/<month>")
@deciders
def report(enterprise_id: int, month: str) -> str:
    """One month's report."""
    return _report(enterprise_id, month, "desk")


@pages.get(f"{FIRM}/<month>.pdf")
@deciders
@limiter.limit(FILES)
def report_file(enterprise_id: int, month: str) -> Response:
    """The same on paper."""
    return _file(enterprise_id, month)


@pages.get("/portal/tracking")
@theirs
def my_reports() -> str:
    """The enterprise's own reports."""
    return _reports(me().enterprise_id or 0, "portal")


@pages.get("/portal/tracking/<month>")
@theirs
def my_report(month: str) -> str:
    """One month of it."""
    return _report(me().enterprise_id or 0, month, "portal")


@pages.get("/portal/tracking/<month>.pdf")
@theirs
@limiter.limit(FILES)
def my_report_file(month: str) -> Response:
    """The same on paper."""
    return _file(me().enterprise_id or 0, month)


def _reports(enterprise_id: int, place: str) -> str:
    with db.reading() as session:
        firm = session.get(Enterprise, enterprise_id) or abort(404)
        found = tracking.reports(session, enterprise_id)
    return render_template("tracking.html", firm=firm, found=found, place=place, value=paper.value)


def _one(enterprise_id: int, month: str) -> tuple[str, TrackingReport]:
    if not MONTH.fullmatch(month):
        abort(404)
    with db.reading() as session:
        firm = session.get(Enterprise, enterprise_id)
        found = tracking.report(session, enterprise_id, month)
    if firm is None or found is None:
        abort(404)
    return firm.name, found


def _report(enterprise_id: int, month: str, place: str) -> str:
    name, found = _one(enterprise_id, month)
    rows = paper.lines(found.figures, locale())
    return render_template("tracking_month.html", name=name, report=found, rows=rows, place=place)


def _file(enterprise_id: int, month: str) -> Response:
    name, found = _one(enterprise_id, month)
    content = paper.pdf(name, month, found.figures, found.made_at, locale())
    answer = send_file(
        BytesIO(content), mimetype="application/pdf", as_attachment=True, download_name=f"tracking-{month}.pdf"
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer
