"""The place of a case for pages that stand beside the case page: for its consumer, its enterprise, the centre."""

from flask import abort, url_for

from complaints import db, logs
from complaints.registry import links
from complaints.workflow import callers
from web import following
from web.casework import Place
from web.sessions import me


def of_consumer(token: str) -> Place:
    """The case that a private link opens; 404 where it opens none."""
    with db.reading() as session:
        found = links.number_of(session, token)
    if found is None:
        abort(404)
    complaint_id, number = found
    logs.bind(case=number)
    return following.place(number, callers.consumer(complaint_id), url_for("public.case", token=token))


def of_enterprise(number: str) -> Place:
    """A case in the portal; whether it is this enterprise's is seen when it is looked at."""
    return Place(number, me().actors, url_for("portal.case", number=number), url_for("portal.inbox"))


def of_centre(number: str) -> Place:
    """A case on the desk."""
    return Place(number, me().actors, url_for("desk.case", number=number), url_for("desk.queue"))
