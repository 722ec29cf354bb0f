"""For everybody: the front page, filing a complaint, and a consumer's own case by private link."""

from flask import Blueprint, render_template, request, url_for
from werkzeug import Response

from complaints import db
from complaints.api.limits import ACTS, FILES, FILING, LINKS, limiter
from complaints.config import settings
from complaints.db import MOST_ID
from complaints.errors import BadInput
from complaints.workflow import rows
from complaints.workflow.case import Actor, Role
from web import casework, filing, following, private_links
from web import evidence as files
from web.casework import Answer
from web.places import of_consumer

pages = Blueprint("public", __name__)


@pages.get("/")
def home() -> str:
    """What this is, and where to begin."""
    return render_template("home.html")


@pages.route("/file/all", methods=["GET", "POST"])
@limiter.limit(FILING, methods=["POST"])
def file() -> Answer:
    """File a complaint with everything on one page; afterwards the receipt."""
    if request.method == "GET":
        return filing.page()
    try:
        filed = filing.receive(Actor(Role.CONSUMER), request.form)
    except BadInput as error:
        return filing.page(request.form, error.fields), 422
    return filing.leave(filed)


@pages.route("/lost", methods=["GET", "POST"])
@limiter.limit(LINKS, methods=["POST"])
def lost() -> Answer:
    """For who has lost the private link."""
    return private_links.ask()


@pages.post("/c/<token>/link")
@limiter.limit(ACTS)
def renew(token: str) -> Response:
    """A new private link; the old ones stop working."""
    return private_links.renew(token)


@pages.get("/c/<token>/receipt")
def receipt(token: str) -> str:
    """The receipt: number, private link, and what happens next."""
    place = of_consumer(token)
    with db.reading() as session:
        case = rows.load(session, number=place.number, lock=False)
    address = f"{settings().base_url}{url_for('public.case', token=token)}"
    return render_template("receipt.html", case=case, link=address, path=place.base)


@pages.get("/c/<token>")
def case(token: str) -> str:
    """The consumer's case."""
    return casework.show(of_consumer(token))


@pages.get("/c/<token>/looks")
def looks(token: str) -> str:
    """Who has read the consumer's personal data."""
    return following.looks(of_consumer(token))


@pages.route("/c/<token>/do/<trigger>", methods=["GET", "POST"])
@limiter.limit(ACTS, methods=["POST"])
def act(token: str, trigger: str) -> Answer:
    """One thing the consumer can do."""
    return casework.act(of_consumer(token), trigger)


@pages.route("/c/<token>/do/evidence", methods=["GET", "POST"])
@limiter.limit(FILES, methods=["POST"])
def evidence(token: str) -> Answer:
    """A file that the consumer adds."""
    return files.add(of_consumer(token))


@pages.get(f"/c/<token>/evidence/<int(max={MOST_ID}):evidence_id>")
def download(token: str, evidence_id: int) -> Response:
    """One file of the case."""
    return files.download(of_consumer(token), evidence_id)
