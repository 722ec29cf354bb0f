"""For everybody: the front page, filing a complaint, and a consumer's own case by private link."""

from flask import Blueprint, render_template, request
from werkzeug import Response

from complaints import clock
from complaints.api.limits import ACTS, FILES, FILING, LINKS, PIECES, limiter
from complaints.db import MOST_ID
from complaints.errors import BadInput
from complaints.workflow import policy
from complaints.workflow.case import Actor, Role, State
from web import casework, filing, following, private_links, receipts
from web import evidence as files
from web.casework import Answer
from web.language import switched
from web.places import of_consumer

pages = Blueprint("public", __name__)
MANDATE = "association"  # of whoever files here; only officers file under another


@pages.get("/")
def home() -> str:
    """What this is, and where to begin. Its numbers are those of the policy in force."""
    rules = policy.in_force(MANDATE, clock.local_date(clock.now()))
    days = {
        "answer": rules.clocks[State.WITH_ENTERPRISE.value].working_days,
        "mediation": rules.clocks[State.IN_MEDIATION.value].days,
        "reopen": rules.windows["reopen_days"],
    }
    return render_template("home.html", days=days)


@pages.route("/file/all", methods=["GET", "POST"])
@limiter.limit(FILING, methods=["POST"], exempt_when=switched)
def file() -> Answer:
    """File a complaint with everything on one page; afterwards the receipt."""
    if request.method == "GET" or switched():
        return filing.page(request.form)
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
    return receipts.page(of_consumer(token))


@pages.get("/c/<token>/receipt.pdf")
@limiter.limit(FILES)
def receipt_file(token: str) -> Response:
    """The same, to be saved."""
    return receipts.download(of_consumer(token))


@pages.get("/c/<token>")
def case(token: str) -> str:
    """The consumer's case."""
    return casework.show(of_consumer(token))


@pages.get("/c/<token>/looks")
def looks(token: str) -> str:
    """Who has read the consumer's personal data."""
    return following.looks(of_consumer(token))


@pages.post("/c/<token>/language")
@limiter.limit(ACTS)
def letters_in(token: str) -> Response:
    """In which language this consumer's letters are written from now on."""
    return following.write_in(of_consumer(token), request.form.get("language", ""))


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


@pages.route("/c/<token>/pieces", methods=["GET", "POST"])
@limiter.limit(PIECES)
def pieces(token: str) -> Response:
    """A large file on its way."""
    return files.in_pieces(of_consumer(token))


@pages.get(f"/c/<token>/evidence/<int(max={MOST_ID}):evidence_id>")
def download(token: str, evidence_id: int) -> Response:
    """One file of the case."""
    return files.download(of_consumer(token), evidence_id)
