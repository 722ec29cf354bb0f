"""Coming in: by password and code, by an invitation, or with a password that was forgotten."""

import math
from datetime import timedelta

from flask import flash, redirect, render_template, request, session, url_for
from werkzeug import Response

from complaints import clock, db
from complaints.api.limits import LINKS, LOGIN, limiter
from complaints.errors import BadInput
from complaints.models import Account
from complaints.registry import accounts, entering, factors, guards, invitations, networks, resets
from web import boxes
from web.forms import Box, Form, Problem
from web.language import gettext as _
from web.sessions import Visitor, arrive, home, local, pages

Answer = str | Response | tuple[str, int]
SECOND = "second"  # in the cookie between the password and the code
SECOND_MINUTES = 10


@pages.route("/login", methods=["GET", "POST"])
@limiter.limit(LOGIN, methods=["POST"])
def login() -> Answer:
    """Log-in and password, for enterprises and the centre alike."""
    if request.method == "GET":
        return render_template("login.html", problems=[], login="")
    typed = request.form.get("login", "")
    tried = entering.try_password(typed, request.form.get("password", ""), _network(), clock.wall(), clock.now())
    if tried.account is None:
        text = _wait(tried.wait) if tried.wait else _("Log-in or password is wrong.")
        return render_template("login.html", problems=[Problem("login", text)], login=typed), 429 if tried.wait else 401
    onward = local(request.args.get("next"))
    with db.reading() as reading:
        asks_code = factors.is_on(reading, tried.account.id)
    return _ask_code(tried.account, onward) if asks_code else _in(tried.account, onward)


@pages.route("/login/code", methods=["GET", "POST"])
@limiter.limit(LOGIN, methods=["POST"])
def code() -> Answer:
    """The second step: a code of the app, or a recovery code."""
    account, onward = _half_way()
    if account is None:
        session.pop(SECOND, None)
        return redirect(url_for("sessions.login"), 303)
    if request.method == "GET":
        return render_template("login_code.html", form=_code_form())
    typed = request.form.get("code", "")
    right, wait = entering.try_code(account.id, typed, _network(), clock.wall(), clock.now())
    if right:
        return _in(account, onward)
    form = _code_form() if wait else boxes.form(_code_form().boxes, {"code": ["wrong_code"]})
    if wait:
        form.problems.append(Problem("code", _wait(wait)))
    return render_template("login_code.html", form=form), 429 if wait else 401


@pages.route("/forgotten", methods=["GET", "POST"])
@limiter.limit(LINKS, methods=["POST"])
def forgotten() -> Answer:
    """Ask for a new password. The answer is the same whoever asks for whom."""
    form = boxes.form([boxes.text("who", _("Log-in or mail address"), autocomplete="username")])
    typed = request.form.get("who", "").strip()
    if request.method == "GET":
        return render_template("forgotten.html", form=form)
    if not typed or len(typed) > 254:
        return render_template("forgotten.html", form=boxes.form(form.boxes, {"who": ["required"]})), 422
    with db.transaction() as open_session:
        resets.ask(open_session, typed, clock.now())
    return render_template("forgotten.html", form=None)


@pages.route("/reset/<token>", methods=["GET", "POST"])
@limiter.limit(LOGIN, methods=["POST"])
def reset(token: str) -> Answer:
    """A new password by the link of a letter. The second factor stays."""
    at = clock.now()
    with db.reading() as reading:
        account = resets.find(reading, token, at)
    if account is None:
        return render_template("reset.html", form=None), 404
    fields = _new_password()
    if request.method == "GET":
        return render_template("reset.html", form=boxes.form(fields), login=account.login)
    try:
        _check_twice()
        with db.transaction() as open_session:
            if resets.use(open_session, token, request.form.get("password", ""), at) is None:
                return render_template("reset.html", form=None), 404
            guards.remember(open_session, account.id, _network(), clock.wall())
    except BadInput as error:
        return render_template("reset.html", form=boxes.form(fields, error.fields), login=account.login), 422
    session.clear()
    flash(_("Your password is changed. Log in with it."))
    return redirect(url_for("sessions.login"), 303)


@pages.route("/invited/<token>", methods=["GET", "POST"])
@limiter.limit(LOGIN, methods=["POST"])
def invited(token: str) -> Answer:
    """Make an account of one's own by the link of an invitation, and come in."""
    at = clock.now()
    with db.reading() as reading:
        found = invitations.find(reading, token, at, lock=False)
    if found is None:
        return render_template("invited.html", form=None), 404
    hint = _("With this you log in. Small letters and figures, without spaces.")
    fields = [
        boxes.text("login", _("Log-in"), hint, autocomplete="username", value=found.email.partition("@")[0].lower()),
        boxes.text("name", _("Name"), autocomplete="name"),
        *_new_password(),
    ]
    if request.method == "GET":
        return render_template("invited.html", form=boxes.form(fields), roles=found.roles)
    try:
        _check_twice()
        with db.transaction() as open_session:
            open_one = invitations.find(open_session, token, at)
            if open_one is None:
                return render_template("invited.html", form=None), 404
            typed = (request.form.get("login", ""), request.form.get("name", ""), request.form.get("password", ""))
            account = invitations.accept(open_session, open_one, *typed, at)
    except BadInput as error:
        return render_template("invited.html", form=boxes.form(fields, error.fields), roles=found.roles), 422
    return _in(account, None)


def _in(account: Account, onward: str | None) -> Response:
    """Come in; whoever will need a second factor is asked once at each log-in."""
    who: Visitor = arrive(account)
    if who.owes_factor:
        return redirect(url_for("account.factor", next=onward or home(who)), 303)
    return redirect(onward or home(who), 303)


def _ask_code(account: Account, onward: str | None) -> Response:
    session.clear()
    session[SECOND] = {"id": account.id, "key": account.session_key, "at": clock.wall().timestamp(), "next": onward}
    return redirect(url_for("sessions.code"), 303)


def _half_way() -> tuple[Account | None, str | None]:
    """Whose password was right a moment ago, and where they want to go."""
    kept = session.get(SECOND) or {}
    if clock.wall().timestamp() - kept.get("at", 0) > 60 * SECOND_MINUTES:
        return None, None
    with db.reading() as reading:
        account = accounts.load(reading, kept["id"])
    return (account, kept["next"]) if account and account.session_key == kept["key"] else (None, None)


def _code_form() -> Form:
    hint = _("Six figures from your app. Without your telephone: one of your recovery codes.")
    return boxes.form([boxes.code(_("Code"), hint)])


def _new_password() -> list[Box]:
    hint = _("At least 8 characters. Three or four words that only you would put together are good.")
    return [
        boxes.password("password", _("New password"), hint, new=True),
        boxes.password("again", _("The same password again"), new=True),
    ]


def _check_twice() -> None:
    """Raise BadInput where the two passwords are not the same."""
    if request.form.get("password", "") != request.form.get("again", ""):
        raise BadInput("the passwords differ", {"again": ["not_the_same"]})


def _network() -> str:
    return networks.coarse(request.remote_addr)


def _wait(wait: timedelta | None) -> str:
    minutes = math.ceil((wait or timedelta()).total_seconds() / 60)
    return _("Too many tries with this log-in from here. Please wait %(n)d minutes and try again.", n=minutes)
