"""Marks as the centre sees them: whose, how many, and which may have been copied. Codes themselves are not shown."""

from flask import abort, render_template

from complaints import db
from complaints.db import MOST_ID
from complaints.errors import NotFound
from complaints.models import Enterprise
from complaints.registry import mark_batches, mark_codes, mark_scans
from web import paging
from web.desk.door import centre, pages


@pages.get("/marks")
@centre
def marks() -> str:
    """The batches of all enterprises, newest first."""
    with db.reading() as session, paging.cursor() as cursor:
        page = mark_batches.page(session, None, cursor=cursor)
        names = {each.enterprise_id: session.get_one(Enterprise, each.enterprise_id).name for each in page.batches}
    return render_template("desk_marks.html", page=page, names=names)


@pages.get(f"/marks/<int(max={MOST_ID}):batch_id>")
@centre
def mark(batch_id: int) -> str:
    """One batch, its trace, and the codes that may have been copied."""
    try:
        with db.reading() as session:
            batch = mark_batches.one(session, min(batch_id, mark_codes.MOST))
            flagged = mark_scans.flagged(session, batch.id)
            firm = session.get_one(Enterprise, batch.enterprise_id)
    except NotFound:
        abort(404)
    return render_template("desk_mark.html", batch=batch, flagged=flagged, firm=firm)
