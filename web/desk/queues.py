"""The queues of the desk, the nearest deadline first; a case by its number."""

from functools import partial

from flask import abort, flash, redirect, render_template, request, url_for

from complaints import calendars, clock, db
from complaints.workflow import lifecycle, lists, presence, rows, turns
from web import paging
from web.casework import Answer
from web.desk.door import centre, first_queue, my_queues, pages
from web.language import gettext as _
from web.sessions import me
from web.time_left import left


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
        taken = presence.looked_at(session, me().id, clock.wall())
        time_left = partial(left, calendars.current(session), at=clock.now())
    names, owner = list(lists.QUEUES), {state.value: row.owner for state, row in lifecycle.STATE_ROW.items()}
    return render_template(
        "queue.html", page=page, counts=counts, name=name, names=names, taken=taken, left=time_left, owner=owner
    )


@pages.get("/next")
@centre
def following() -> Answer:
    """On to the most urgent case that waits for me and that nobody else is looking at. Only leads there."""
    wanted, at = request.args.get("queue"), clock.now()
    queues = [wanted] if wanted in lists.COUNTED else []
    queues += [queue for queue in my_queues() if queue != wanted]
    with db.reading() as session:
        after = request.args.get("after", "")
        behind = rows.load(session, number=after, lock=False) if after.isascii() and after.isprintable() else None
        number = turns.following(session, queues, me().id, me().actors, at, clock.wall(), behind)
    if number is None:
        flash(_("Nothing waits for you at the moment, or somebody else is looking at it."))
        return redirect(url_for("desk.queue"))
    return redirect(url_for("desk.case", number=number))


def _by_number(number: str) -> Answer:
    with db.reading() as session:
        case = rows.load(session, number=number, lock=False)
    if case is None:
        flash(_("There is no case %(number)s.", number=number))
        return redirect(url_for("desk.queue"))
    return redirect(url_for("desk.case", number=number))
