"""The receipt of a filing, on a page and as PDF, for whoever holds the private link."""

from collections.abc import Sequence
from io import BytesIO

from flask import render_template, send_file
from sqlalchemy.orm import Session
from werkzeug import Response

from complaints import clock
from complaints.config import settings
from complaints.documents import receipt
from complaints.documents.receipt import Receipt
from complaints.workflow import rows
from complaints.workflow.case import Case, State
from web import casework
from web.casework import Place
from web.explain import Reasons, explain
from web.language import locale
from web.wording import say


def page(place: Place) -> str:
    """Number, private link, what happens next and why by then."""
    found, reasons = _look(place)
    said = {"steps": receipt.steps(found, locale()), "notes": list(receipt.notes(found, locale()))}
    link = {"path": place.base, "link": _link(place), "picture": receipt.picture(_link(place))}
    return render_template("receipt.html", case=found.case, found=found, reasons=reasons, **said, **link)


def download(place: Place) -> Response:
    """The same as PDF, to be saved."""
    found, reasons = _look(place)
    content = receipt.pdf(found, _link(place), _sentences(reasons), locale())
    name = f"{say('receipt.title')} {found.case.number}.pdf"
    answer = send_file(BytesIO(content), mimetype="application/pdf", as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _look(place: Place) -> tuple[Receipt, Reasons | None]:
    with casework.looking(place) as session:
        case = casework.visible(session, place)
        return receipt.gather(session, case, clock.now()), _reasons(session, case)


def _link(place: Place) -> str:
    return f"{settings().base_url}{place.base}"


def _reasons(session: Session, case: Case) -> Reasons | None:
    """Why the running deadline is where it is."""
    if case.clock_id is None or case.state is State.CLOSED:
        return None
    return explain(rows.clock(session, case.clock_id)["explanation"])


def _sentences(reasons: Reasons | None) -> Sequence[str]:
    if reasons is None:
        return ()
    skipped = [f"{skip.days}{say('letter.colon')}{skip.why}" for skip in reasons.skipped]
    return [*reasons.steps, *skipped, *reasons.moves, *([reasons.provisional] if reasons.provisional else [])]
