"""A published line is corrected at the desk: found, counted again for a look, and confirmed with a reason."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import abort, flash, redirect, render_template, request, url_for

from complaints import clock, db
from complaints.api.limits import ACTS, limiter
from complaints.db import MOST_ID
from complaints.errors import BadInput, NotFound, StaleVersion
from complaints.insight import record_corrections, record_lists
from complaints.insight.record_corrections import Preview
from web import record_words
from web.casework import Answer
from web.desk.door import pages
from web.desk.record import actor, supervisors
from web.forms import problems
from web.language import gettext as _
from web.once import fresh_key, once

ONE = f"/record/<month>/<int(max={MOST_ID}):enterprise_id>"


@pages.get(ONE)
@supervisors
def correction(month: str, enterprise_id: int) -> str:
    """What stands there, and the form; nothing is counted yet."""
    return _page(month, enterprise_id)


@pages.post(ONE)
@supervisors
@limiter.limit(ACTS)
def correct(month: str, enterprise_id: int) -> Answer:
    """Show the figures before and after; confirmed, the correction is public at once."""
    reason, excluded = (request.form.get(name, "").strip() for name in ("reason", "excluded"))
    seen, then = request.form.get("edition", 0, type=int), request.form.get("then")
    if then not in ("look", "correct", "change"):
        abort(400)
    if then == "change":
        return _page(month, enterprise_id)
    try:
        if then == "look":
            return _page(month, enterprise_id, preview=_looked(month, enterprise_id, reason, excluded))
        once(
            ["correct", month, enterprise_id, reason, excluded, seen],
            lambda session: {
                "edition": record_corrections.correct(
                    session, enterprise_id, month, reason, excluded, seen, actor(), clock.now()
                ).edition
            },
        )
    except BadInput as error:
        return _page(month, enterprise_id, error), 422
    except StaleVersion:
        flash(_("The line was corrected meanwhile. This is how it stands now."))
        return redirect(url_for("desk.correction", month=month, enterprise_id=enterprise_id), 303)
    flash(_("Corrected. The new edition is public, and the enterprise is told."))
    return redirect(url_for("record.enterprise", enterprise_id=enterprise_id, month=month), 303)


def _looked(month: str, enterprise_id: int, reason: str, excluded: str) -> Preview:
    """What would follow. Raises BadInput, naming the field, as the correction itself would."""
    record_corrections.given(reason)
    with _there(), db.transaction() as session:  # it is done and undone
        found = record_corrections.preview(session, enterprise_id, month, excluded, clock.now())
    if not found.changes:
        raise BadInput("nothing would change", {"excluded": ["nothing_changes"]})
    return found


@contextmanager
def _there() -> Iterator[None]:
    """404 where there is no published line."""
    try:
        yield
    except NotFound:
        abort(404)


def _page(month: str, enterprise_id: int, error: BadInput | None = None, preview: Preview | None = None) -> str:
    with _there(), db.reading() as session:
        line = record_corrections.published(session, enterprise_id, month)
        name = record_lists.names(session, {enterprise_id})[enterprise_id]
    boxes = {"reason": _("Reason"), "excluded": _("Case that does not count")}
    return render_template(
        "desk_correction.html", line=line, firm=name, preview=preview, typed=request.form, words=record_words,
        problems=problems(error, boxes) if error else [], longest=record_corrections.LONGEST, form_key=fresh_key(),
    )  # fmt: skip
