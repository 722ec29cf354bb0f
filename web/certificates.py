"""Certificates of pledges, for everybody: whether one stands at this moment, its file, its signature, the key."""

from io import BytesIO
from typing import NoReturn

from flask import Blueprint, abort, render_template, request, send_file
from werkzeug import Response

from complaints import clock, db
from complaints.api.limits import CODES, FILES, limiter
from complaints.documents import certifying, issuing, written
from complaints.documents.certifying import Checked
from complaints.errors import NotFound
from complaints.registry import signing
from complaints.registry.uploads import FIELD
from web.casework import Answer
from web.forms import Problem
from web.language import gettext as _
from web.language import locale

pages = Blueprint("certificates", __name__, url_prefix="/certificates")
PEM = "application/x-pem-file"


@pages.get("/key.pem")
@limiter.limit(FILES)
def key() -> Response:
    """The public key with which certificates are signed; with `id` one that was used before."""
    try:
        pem = signing.public_pem(request.args.get("id"))
    except NotFound:
        abort(404)
    return send_file(BytesIO(pem), mimetype=PEM, as_attachment=True, download_name="key.pem")


@pages.get("/<code>")
@limiter.limit(CODES)
def check(code: str) -> str:
    """What the association says about the certificate with this code, live."""
    return _shown(_look_up(code))


@pages.post("/<code>")
@limiter.limit(CODES)
def compare(code: str) -> Answer:
    """Whether a copy is unaltered. It is looked at and not kept."""
    found = _look_up(code)
    sent = request.files.get(FIELD)
    copy = sent.stream.read(issuing.MOST_BYTES + 1) if sent is not None and sent.filename else b""
    if not copy:
        return _shown(found, Problem(FIELD, _("Choose the PDF that you want to have checked."))), 422
    return _shown(found, same=certifying.unaltered(found.certificate, copy))


@pages.get("/<code>.pdf")
@limiter.limit(FILES)
def file(code: str) -> Response:
    """The certificate."""
    found = _find(code) or _missed()
    try:
        content = certifying.content(found.certificate)
    except NotFound:
        abort(410)
    return send_file(
        BytesIO(content), mimetype="application/pdf", as_attachment=True, download_name=_name(found, "pdf")
    )


@pages.get("/<code>.sig")
@limiter.limit(FILES)
def signature(code: str) -> Response:
    """Its detached signature: Ed25519 over the file, base64."""
    found = _find(code) or _missed()
    text = f"{found.certificate.signature}\n".encode()
    return send_file(BytesIO(text), mimetype="text/plain", as_attachment=True, download_name=_name(found, "sig"))


def _name(found: Checked, ending: str) -> str:
    each = found.certificate
    return f"{found.pledge.number}-{each.edition}-{each.language}.{ending}"


def _look_up(code: str) -> Checked:
    return _find(code) or abort(404)


def _find(code: str) -> Checked | None:
    with db.reading() as session:
        return certifying.check(session, code, clock.now())


@limiter.limit(CODES)
def _missed() -> NoReturn:
    """No such code: whoever guesses them by the files is counted with those who guess them by the pages."""
    abort(404)


def _shown(found: Checked, problem: Problem | None = None, *, same: bool | None = None) -> str:
    return render_template(
        "certificate.html", found=found, problems=[problem] if problem else [], same=same,
        centre=written.centre(locale()),
    )  # fmt: skip
