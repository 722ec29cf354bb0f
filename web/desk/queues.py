"""The queues of the desk, the nearest deadline first; cases by their number or by words."""

from functools import partial
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from complaints import calendars, clock, db
from complaints.workflow import lifecycle, lists, presence, rows, search, turns
from web import paging
from web.casework import Answer
from web.desk.door import centre, first_queue, my_queues, pages
from web.language import gettext as _
from web.sessions import me
from web.time_left import left

LONGEST_QUERY = 100


@pages.get("")
@centre
def queue() -> Answer:
    """One queue, the nearest deadline first; or the cases that were searched for."""
    if request.args.get("number"):
        return _by_number(request.args["number"].strip().upper())
    if request.args.get("q", "").strip():
        return _found(request.args["q"].strip()[:LONGEST_QUERY].replace("\0", ""))
    name = request.args.get("queue") or first_queue()
    if name not in lists.QUEUES:
        abort(404)
    with db.reading() as session, paging.cursor() as cursor:
        page = lists.of_desk(session, name, me().id, clock.now(), cursor=cursor)
        counts = lists.counts_of_desk(session, me().id)
        beside = _beside(session)
    return render_template("queue.html", page=page, counts=counts, name=name, names=list(lists.QUEUES), **beside)


def _beside(session: Session) -> dict[str, Any]:
    """What lines of cases show beside the cases: who looks at one, how much time is left, whose move it is."""
    return {
        "taken": presence.looked_at(session, me().id, clock.wall()),
        "left": partial(left, calendars.current(session), at=clock.now()),
        "owner": {state.value: row.owner for state, row in lifecycle.STATE_ROW.items()},
    }


def _found(query: str) -> Answer:
    """Cases by words, or by the whole telephone number or mail address; one number leads to its case."""
    with db.reading() as session, paging.cursor() as cursor:
        page = search.find(session, query, me().actors, clock.now(), cursor=cursor)
        beside = _beside(session)
    if search.NUMBER.fullmatch(query.upper()) and [line.number for line in page.lines] == [query.upper()]:
        return redirect(url_for("desk.case", number=query.upper()))
    return render_template("found.html", page=page, query=query, **beside)


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
