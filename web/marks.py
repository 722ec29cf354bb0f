"""Marks of an enterprise, for those who lead its agents: order a batch of codes, have them, void them, see copies."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, stream_with_context, url_for
from sqlalchemy.orm import Session

from complaints import clock, db
from complaints.api.limits import ACTS, FILES, limiter
from complaints.db import MOST_ID
from complaints.documents import mark_sheet
from complaints.errors import BadInput, NotFound, NotNow
from complaints.inputs import MarkOrderInput, parse
from complaints.models import Enterprise, MarkBatch
from complaints.registry import mark_batches, mark_codes, mark_scans
from complaints.registry.mark_batches import Order
from web import paging
from web.casework import Answer
from web.forms import build, typed_data
from web.language import gettext as _
from web.language import locale
from web.once import fresh_key, once
from web.sessions import me, only_managers

pages = Blueprint("marks", __name__, url_prefix="/portal/marks")
ONE = f"/<int(max={MOST_ID}):batch_id>"
NAMES = ("product", "batch", "place", "size", "plant", "made_on", "best_before", "route")
Done = dict[str, Any]


@pages.get("")
@only_managers
def index() -> str:
    """The batches of the enterprise, newest first."""
    with db.reading() as session, paging.cursor() as cursor:
        page = mark_batches.page(session, _firm_id(), cursor=cursor)
        may = mark_batches.may_order(session, _firm(session), clock.now())
    return render_template("marks.html", page=page, may=may)


@pages.route("/new", methods=["GET", "POST"])
@only_managers
@limiter.limit(ACTS, methods=["POST"])
def order() -> Answer:
    """The form for a new batch, or the order itself, once."""
    if request.method == "GET":
        return _form()
    try:
        wanted: Order = parse(MarkOrderInput(), typed_data(MarkOrderInput(), NAMES, request.form))
        done = once(["order marks", wanted], lambda session: _order(session, wanted, clock.now()))
    except BadInput as error:
        return _form(error.fields), 422
    except NotNow:
        return _form(), 409
    flash(_("The codes are ready."))
    return redirect(url_for("marks.show", batch_id=done["id"]), 303)


def _order(session: Session, wanted: Order, at: datetime) -> Done:
    return {"id": mark_batches.order(session, _firm(session), wanted, at, me().id).id}


def _form(errors: Mapping[str, Sequence[str]] | None = None) -> str:
    form = build("marks", MarkOrderInput(), NAMES, request.form, errors)
    key = request.form.get("form_key") or fresh_key()
    with db.reading() as session:
        may = mark_batches.may_order(session, _firm(session), clock.now())
    return render_template("marks_order.html", form=form, form_key=key, may=may)


@pages.get(ONE)
@only_managers
def show(batch_id: int) -> str:
    """One batch: its trace, its codes as files, and those that may have been copied."""
    with db.reading() as session:
        batch = _one(session, batch_id)
        flagged = mark_scans.flagged(session, batch.id)
        [(_serial, first)] = mark_batches.codes(session, batch, 1, 1)
    sheets = mark_sheet.count(batch.size)
    return render_template(
        "marks_batch.html", batch=batch, flagged=flagged, first=first, address=mark_batches.address(first),
        sheets=sheets, labels=mark_sheet.LABELS, form_key=fresh_key(),
    )  # fmt: skip


@pages.get(f"{ONE}/codes.csv")
@only_managers
@limiter.limit(FILES)
def download(batch_id: int) -> Response:
    """All codes of a batch as CSV, made while they are sent."""
    with db.reading() as session:
        batch = _one(session, batch_id)
        numbered = mark_batches.codes(session, batch, 1, batch.size)
    return _file(mark_batches.as_csv(numbered), f"marks-{batch.id}.csv", "text/csv; charset=utf-8")


@pages.get(f"{ONE}/sheets/<int(max={MOST_ID}):number>.pdf")
@only_managers
@limiter.limit(FILES)
def sheets(batch_id: int, number: int) -> Response:
    """So many labels with their QR codes, ready to be printed: one file of a bounded number of pages."""
    with db.reading() as session:
        batch = _one(session, batch_id)
        if not 0 < number <= mark_sheet.count(batch.size):
            abort(404)
        first, last = mark_sheet.serials(batch.size, number)
        numbered = list(mark_batches.codes(session, batch, first, last))
    content = mark_sheet.pdf(batch, numbered, locale())
    return _file(iter([content]), f"marks-{batch.id}-{number}.pdf", "application/pdf")


def _file(pieces: Iterator[bytes], name: str, kind: str) -> Response:
    answer = Response(stream_with_context(pieces), mimetype=kind)
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    answer.headers["Cache-Control"] = "no-store"
    return answer


@pages.post(f"{ONE}/void")
@only_managers
@limiter.limit(ACTS)
def void(batch_id: int) -> Answer:
    """Labels were lost: every code of the batch says so from now on."""
    once(["void marks", batch_id], lambda session: _void(session, batch_id, clock.now()))
    flash(_("Every code of this batch is void now."))
    return redirect(url_for("marks.show", batch_id=batch_id), 303)


def _void(session: Session, batch_id: int, at: datetime) -> Done:
    mark_batches.void(session, _one(session, batch_id, lock=True), at)
    return {}


def _firm_id() -> int:
    return me().enterprise_id or 0


def _firm(session: Session) -> Enterprise:
    return session.get_one(Enterprise, _firm_id())


def _one(session: Session, batch_id: int, *, lock: bool = False) -> MarkBatch:
    try:
        return mark_batches.one(session, min(batch_id, mark_codes.MOST), _firm_id(), lock=lock)
    except NotFound:
        abort(404)
