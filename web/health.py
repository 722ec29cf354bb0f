"""For machines that watch: is the process alive, and can it serve."""

import hmac

from flask import Blueprint, Response, current_app, request
from flask.sansio.blueprints import BlueprintSetupState
from sqlalchemy.exc import SQLAlchemyError

from complaints import db, logs, metrics, schema
from complaints.config import settings

log = logs.get(__name__)
pages = Blueprint("health", __name__)
WATCH = "complaints-metrics"


@pages.record
def _watch(state: BlueprintSetupState) -> None:
    """Each application keeps its own answers for a while."""
    state.app.extensions[WATCH] = metrics.registry()


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
        log.error("not-ready", error=logs.brief(error))  # the page itself tells strangers nothing of our insides
        return Response("database: does not answer\n", 503, mimetype="text/plain")
    if not current:
        return Response("database: not at the newest revision; run `complaints init`\n", 503, mimetype="text/plain")
    return Response("ready\n", mimetype="text/plain")


@pages.get("/metrics")
def figures() -> Response:
    """How things stand, for Prometheus. With COMPLAINTS_METRICS_TOKEN set, only for whoever shows it."""
    if not _may_watch():
        return Response("a token is needed\n", 401, {"WWW-Authenticate": "Bearer"}, mimetype="text/plain")
    return Response(metrics.exposition(current_app.extensions[WATCH]), content_type=metrics.CONTENT_TYPE)


def _may_watch() -> bool:
    wanted = settings().metrics_token
    scheme, _space, shown = request.headers.get("Authorization", "").partition(" ")
    if wanted is None:
        return True
    return scheme.lower() == "bearer" and hmac.compare_digest(shown.strip().encode(), wanted.encode())
