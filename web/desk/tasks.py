"""People to reach by phone or post, and other things to do beside the cases."""

from flask import render_template

from complaints import db
from complaints.workflow import lists
from complaints.workflow.case import OFFICERS
from web import paging
from web.desk.door import centre, pages


@pages.get("/tasks")
@centre
def tasks() -> str:
    """People to reach by phone or post, and other things to do beside the cases."""
    with db.reading() as session, paging.cursor() as cursor:
        page = lists.tasks(session, [role.value for role in OFFICERS], cursor=cursor)
    return render_template("tasks.html", page=page)
