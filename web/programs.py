"""What an enterprise sets for itself: the tokens of its programs, and how its letters come."""

from datetime import timedelta
from functools import cache
from typing import Any

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from werkzeug import Response

from complaints import clock, db
from complaints.api.limits import ACTS, limiter
from complaints.api.tokens import USUAL_DAYS
from complaints.db import MOST_ID
from complaints.errors import BadInput
from complaints.models import Account, Enterprise
from complaints.registry import mailboxes, tokens
from complaints.workflow.case import Role
from web.casework import Answer
from web.forms import problems
from web.language import NAMES
from web.language import gettext as _
from web.sessions import me, only_for, only_managers

pages = Blueprint("programs", __name__, url_prefix="/portal")
theirs = only_for(Role.ENTERPRISE.value)
DAYS = (30, 90, 366)  # how long a token may live


@pages.record_once
def _look_around(state: Any) -> None:
    """For the portal's navigation: which of its pages there are; asked late, when all of them are registered."""
    app: Flask = state.app

    @cache
    def paths() -> frozenset[str]:
        return frozenset(rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/portal"))

    app.context_processor(lambda: {"portal_paths": paths()})


@pages.get("/tokens")
@theirs
def list_tokens() -> str:
    """The tokens of one's own account; of all of the enterprise's accounts for who leads them."""
    return _tokens()


@pages.post("/tokens")
@theirs
@limiter.limit(ACTS)
def issue_token() -> Answer:
    """Make a token for a program of one's own; its text is on the page that answers, and nowhere else."""
    at, days = clock.wall(), request.form.get("days", USUAL_DAYS, type=int)
    try:
        with db.transaction() as session:
            account = session.get_one(Account, me().id)
            until = at + timedelta(days=days if days in DAYS else USUAL_DAYS)
            name = request.form.get("name", "")
            _row, text = tokens.issue_to_person(session, account, name, at, until, clock.now())
    except BadInput as error:
        return _tokens(problems=problems(error, {"name": _("Program")})), 422
    return _tokens(text=text)


@pages.post(f"/tokens/<int(max={MOST_ID}):token_id>/revoke")
@theirs
@limiter.limit(ACTS)
def revoke_token(token_id: int) -> Response:
    """End a token; one that is ended already, or somebody else's, is left as it is."""
    at = clock.wall()
    with db.transaction() as session:
        mine = {token.id: account.id for token, account in _visible(session)}
        if token_id in mine:
            tokens.revoke(session, mine[token_id], token_id, at)
    flash(_("The token opens nothing any more."))
    return redirect(url_for("programs.list_tokens"), 303)


def _visible(session: Any) -> Any:
    return tokens.of_enterprise(session, me().enterprise_id or 0, None if me().manager else me().id)


def _tokens(**more: Any) -> str:
    more.setdefault("problems", [])
    with db.reading() as session:
        listed = _visible(session)
    return render_template(
        "portal_tokens.html", tokens=listed, days=DAYS, usual=USUAL_DAYS, at=clock.wall(), typed=request.form, **more
    )


@pages.get("/settings")
@theirs
def settings() -> str:
    """How letters come; who leads the agents may change it."""
    return _settings()


@pages.post("/settings")
@only_managers
@limiter.limit(ACTS)
def change_settings() -> Answer:
    """Set it."""
    hour = request.form.get("digest_hour", "")
    chosen = int(hour) if hour.isascii() and hour.isdecimal() and len(hour) < 3 else None
    bundled, language = request.form.get("bundle_news") == "yes", request.form.get("locale", "")
    try:
        with db.transaction() as session:
            mailboxes.choose_letters(session, me().enterprise_id or 0, chosen, bundled, language)
    except BadInput as error:
        labels = {"digest_hour": _("Reminders"), "locale": _("Language of the letters")}
        return _settings(problems=problems(error, labels)), 422
    flash(_("Saved. Letters come like this from now on."))
    return redirect(url_for("programs.settings"), 303)


def _settings(**more: Any) -> str:
    more.setdefault("problems", [])
    with db.reading() as session:
        firm = session.get_one(Enterprise, me().enterprise_id or 0)
    return render_template("portal_settings.html", firm=firm, hours=mailboxes.DIGEST_HOURS, languages=NAMES, **more)
