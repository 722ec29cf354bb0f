"""Open data, for everybody: what there is, what each column means, and the files, written while they are read."""

from flask import Blueprint, Response, abort, jsonify, render_template

from complaints import clock, db
from complaints.api.limits import FILES, limiter
from complaints.insight import open_data, record
from web import record_words

pages = Blueprint("open_data", __name__, url_prefix="/open-data")


def _dictionary(months: list[str]) -> dict[str, object]:
    at, newest = clock.now(), months[0] if months else None
    return open_data.dictionary(newest, record.behind(at, newest), record.numbers(at)["least_shown"])


@pages.get("")
def show() -> str:
    """The months with their files, and the data dictionary."""
    with db.reading() as session:
        months = open_data.months(session)
    return render_template("open_data.html", months=months, told=_dictionary(months), words=record_words)


@pages.get("/dictionary.json")
def dictionary() -> Response:
    """The data dictionary for programs."""
    with db.reading() as session:
        months = open_data.months(session)
    return jsonify(_dictionary(months) | {"months": months})


@pages.get("/<month>/complaints.<kind>")
@limiter.limit(FILES)
def download(month: str, kind: str) -> Response:
    """One month's rows as CSV or JSON Lines."""
    with db.reading() as session:
        if kind not in open_data.KINDS or month not in open_data.months(session):
            abort(404)
    media, write = open_data.KINDS[kind]
    answer = Response(write(month, record.numbers(clock.now())["least_shown"]), mimetype=media)
    answer.headers["Content-Disposition"] = f"attachment; filename=complaints-{month}.{kind}"
    answer.headers["Cache-Control"] = "no-store"  # what somebody withdraws is gone from the next download
    return answer
