"""The audit trail of administrators."""

from flask import render_template

from complaints import db
from complaints.registry import trail
from web import paging
from web.administration.place import administrators, pages


@pages.get("/trail")
@administrators
def actions() -> str:
    """What administrators did, newest first."""
    with db.reading() as session, paging.cursor() as cursor:
        page = trail.listed(session, cursor=cursor)
    return render_template("trail.html", page=page)
