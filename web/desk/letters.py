"""Letters that could not be delivered, and trying them again."""

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug import Response

from complaints import clock, db
from complaints.delivery import outbox
from complaints.models import Complaint
from web.desk.door import centre, pages
from web.forms import row_id
from web.language import gettext as _

MOST_LETTERS = 50


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
