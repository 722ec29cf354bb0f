"""Open data, for everybody: what there is, what each column means, and the files, written while they are read."""

from flask import Blueprint, Response, abort, jsonify, render_template

from complaints import clock, db
from complaints.api.limits import FILES, limiter
from complaints.insight import open_data, record_lists
from web import record_words

pages = Blueprint("open_data", __name__, url_prefix="/open-data")


@pages.get("")
def show() -> str:
    """The months with their files, and the data dictionary."""
    with db.reading() as session:
        told = open_data.dictionary(session, clock.now())
        firms = record_lists.names(session, {each["enterprise_id"] for each in told["corrections"]})
    return render_template("open_data.html", told=told, firms=firms, words=record_words)


@pages.get("/dictionary.json")
def dictionary() -> Response:
    """The data dictionary for programs."""
    with db.reading() as session:
        return jsonify(open_data.dictionary(session, clock.now()))


@pages.get("/<month>/complaints.<kind>")
@limiter.limit(FILES)
def download(month: str, kind: str) -> Response:
    """One month's rows as CSV or JSON Lines."""
    with db.reading() as session:
        if kind not in open_data.KINDS or month not in open_data.months(session):
            abort(404)
    media, write = open_data.KINDS[kind]
    answer = Response(write(month), mimetype=media)
    answer.headers["Content-Disposition"] = f"attachment; filename=complaints-{month}.{kind}"
    answer.headers["Cache-Control"] = "no-store"  # what somebody withdraws is gone from the next download
    return answer
