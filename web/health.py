"""For machines that watch: is the process alive, and can it serve."""

import logging

from flask import Blueprint, Response
from sqlalchemy.exc import SQLAlchemyError

from complaints import db, logs, schema

log = logging.getLogger(__name__)
pages = Blueprint("health", __name__)


@pages.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


@pages.get("/readyz")
def readyz() -> Response:
    """The database answers and has the tables this version needs."""
    try:
        current = schema.is_current(db.engine().execution_options(postgresql_readonly=True))  # waits for no writer
    except (SQLAlchemyError, OSError) as error:
        log.error("not-ready error=%s", logs.brief(error))  # the page itself tells strangers nothing of our insides
        return Response("database: does not answer\n", 503, mimetype="text/plain")
    if not current:
        return Response("database: not at the newest revision; run `complaints init`\n", 503, mimetype="text/plain")
    return Response("ready\n", mimetype="text/plain")
