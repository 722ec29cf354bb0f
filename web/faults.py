"""What a reader is told when a page cannot be shown."""

import logging
from collections.abc import Callable
from typing import Any

from flask import Flask, g, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException

from complaints import logs
from complaints.api import problems
from complaints.errors import ComplaintsError, NotAllowed, NotFound
from web import uploads
from web.labels import N_
from web.language import gettext as _

log = logging.getLogger(__name__)
SAID = {
    400: (N_("This request cannot be used"), N_("Please go back and try again.")),
    403: (N_("This page is not yours"), N_("You are logged in, but this page is for somebody with another role.")),
    404: (N_("There is no such page"), N_("Please check the address. If it came by letter, copy the whole link.")),
    405: (N_("This page only takes forms"), N_("Please go back and use the form.")),
    413: (N_("That is too much"), N_("Please send less text at once.")),
    429: (N_("Too many attempts"), N_("Please wait a minute and try again.")),
    500: (N_("Something went wrong on our side"), N_("Nothing was changed. Please try again in a minute.")),
    503: (N_("The service is busy"), N_("Nothing was changed. Please try again in a minute.")),
}


def init_app(app: Flask) -> None:
    """Answer every error with a page; below /api/v1 with what a program can read."""
    app.register_error_handler(CSRFError, _told(_forged))
    app.register_error_handler(HTTPException, _told(_http))
    app.register_error_handler(ComplaintsError, _told(_ours))
    app.register_error_handler(OperationalError, _told(_database))
    app.register_error_handler(DataError, _told(_unusable))


def _told(page: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda error: problems.answer(error) if problems.here() else page(error)


def _page(status: int, text: str | None = None, back: str | None = None) -> tuple[str, int]:
    title, usual = SAID.get(status, SAID[500 if status >= 500 else 400])
    return render_template("fault.html", title=_(title), text=text or _(usual), status=status, back=back), status


def _forged(_error: CSRFError) -> tuple[str, int]:
    text = _(
        "The form had no valid key of this session, or the session has ended. Please open the page again and send it "
        "once more."
    )
    return _page(400, text)


def _http(error: HTTPException) -> tuple[str, int, list[tuple[str, str]]]:
    """The page of a status, with the headers that belong to it (405 names the methods)."""
    page, status = _too_much_of_a_file() if error.code == 413 and uploads.here() else _page(error.code or 500)
    kept = ("allow", "retry-after")
    return page, status, [(name, value) for name, value in error.get_headers() if name.lower() in kept]


def _too_much_of_a_file() -> tuple[str, int]:
    text = _("This was too much at once, and nothing of it was kept.")
    return _page(413, f"{text} {uploads.room()}", request.path)


def _ours(error: ComplaintsError) -> tuple[str, int]:
    if isinstance(error, NotFound | NotAllowed):
        return _page(404 if isinstance(error, NotFound) else 403)
    log.error("page-failed code=%s fields=%s", error.code, ",".join(error.fields))
    return _page(500)


def _database(error: OperationalError) -> tuple[str, int]:
    log.error("database-away error=%s", logs.brief(error))
    g.database_away = True  # so that the page about it asks the database nothing
    return _page(503)


def _unusable(_error: DataError) -> tuple[str, int]:
    """An address or a box held what no database takes, such as a zero byte."""
    return _page(400)
