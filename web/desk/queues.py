"""The queues of the desk, the nearest deadline first; a case by its number."""

from flask import abort, flash, redirect, render_template, request, url_for

from complaints import clock, db
from complaints.workflow import lists, rows
from web import paging
from web.casework import Answer
from web.desk.door import centre, first_queue, pages
from web.language import gettext as _
from web.sessions import me


@pages.get("")
@centre
def queue() -> Answer:
    """One queue, the nearest deadline first; a case by its number."""
    if request.args.get("number"):
        return _by_number(request.args["number"].strip().upper())
    name = request.args.get("queue") or first_queue()
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
