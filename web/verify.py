"""The mark on goods, for everybody: what a code says, and the way from it to a complaint about these goods.

Looking a code up writes a count. Only misses are limited: whoever guesses runs into it, and whoever stands behind the
same address with a real code never does.
"""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy.orm import Session

from complaints import clock, db
from complaints.api.limits import MARKS, address, limiter
from complaints.models import Draft
from complaints.registry import drafts, mark_checks, mark_codes, networks
from complaints.registry.mark_checks import Checked
from web import record_words, steps
from web.casework import Answer
from web.forms import Problem
from web.language import gettext as _

pages = Blueprint("verify", __name__)
GONE = 410  # a code that was voided


@pages.get("/verify")
def ask() -> Answer:
    """Where a code is typed; with one, on to what it says."""
    typed = request.args.get("code")
    if typed is None:
        return render_template("verify.html", typed="", problems=[])
    written = mark_codes.tidy(typed)
    return redirect(url_for("verify.show", code=written), 303) if written else _missed(typed)


@pages.get("/verify/<code>")
def show(code: str) -> Answer:
    """What a code says: whose goods, where the pledge stands, and how often it was looked up."""
    found = _look_up(code)
    if found is None:
        return _missed(code)
    page = render_template(
        "mark.html", found=found, seen=mark_checks.counted(found, _network(found)), record_words=record_words
    )
    return (page, GONE) if found.voided else page


@limiter.limit(MARKS)
def _missed(typed: str) -> Answer:
    """No such code, with help for typing; more than so many of them from one address are refused."""
    length = len("".join(char for char in typed if char.isalnum()))
    if mark_codes.tidy(typed):
        text = _("No mark of ours has this code. Compare it with the label, letter by letter.")
    else:
        text = _("This is not a whole code: it has 26 letters and digits, and %(n)d were typed.", n=length)
    return render_template("verify.html", typed=typed[:80], problems=[Problem("code", text)]), 404


def _look_up(code: str) -> Checked | None:
    with db.reading() as session:
        return mark_checks.check(session, code, clock.now())


def _network(found: Checked) -> str | None:
    """Where this look comes from, coarsely; None for what is no look of somebody who holds the goods."""
    if request.method == "HEAD" or "prefetch" in request.headers.get("Sec-Purpose", "") or _insider(found):
        return None
    return networks.coarse(request.remote_addr)


def _insider(found: Checked) -> bool:
    """Whether this is somebody of the enterprise or of the centre, who looks at work and not at goods."""
    if not current_user.is_authenticated:
        return False
    return bool(current_user.officer or current_user.enterprise_id == found.batch.enterprise_id)


@pages.post("/file/mark/<code>")
@limiter.limit(steps.POSTS, key_func=address)
def complain(code: str) -> Any:
    """Begin a complaint about these goods: enterprise, product and batch are filled in."""
    found = _look_up(code)
    if found is None:
        return _missed(code)
    with db.transaction() as session:
        draft, secret = _draft(session, found)
        batch, firm = found.batch, found.firm
        about = {"enterprise": firm.name, "enterprise_id": str(firm.id), "product": batch.product, "batch": batch.batch}
        drafts.write(draft, draft.answers | about, clock.now())
    return steps.with_cookie(redirect(url_for("filing.step", name="purchase"), 303), secret)


def _draft(session: Session, found: Checked) -> tuple[Draft, str]:
    """The draft of this browser; a new one where that is about something else, which stays and is told of."""
    draft, secret = steps.open_draft(session)
    other = draft.answers.get("enterprise", "")
    if not other or (other == found.firm.name and draft.answers.get("batch", "") in ("", found.batch.batch)):
        return draft, secret
    flash(
        _("The complaint that you had begun about %(who)s is kept for 14 days: %(link)s",
          who=other, link=steps.resume_link(secret))
    )  # fmt: skip
    return drafts.start(session, clock.now())
