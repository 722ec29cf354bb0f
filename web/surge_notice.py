"""What everybody is told while complaints come in faster than usual: the honest waiting time."""

from flask import Flask, g

from complaints import clock, db
from complaints.workflow import surge
from complaints.workflow.surge import Waiting


def init_app(app: Flask) -> None:
    """Give the templates `waiting_now()`; see `_surge.html`."""
    app.jinja_env.globals["waiting_now"] = waiting_now


def waiting_now() -> Waiting | None:
    """The waiting time for the first check; None on ordinary days."""
    if g.get("database_away"):
        return None
    with db.reading() as session:
        return surge.waiting(session, clock.now())
