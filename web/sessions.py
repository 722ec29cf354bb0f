"""Logging in and out. A session ends with the browser's address, a new password, a closed account, or twelve hours."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Request, abort, g, redirect, render_template, request, session, url_for
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from werkzeug import Response

from complaints import db
from complaints.api.limits import API, LOGIN, limiter
from complaints.api.problems import PREFIX
from complaints.models import Account
from complaints.registry import accounts
from complaints.workflow import callers
from complaints.workflow.case import OFFICERS, Actor, Role
from web.forms import Problem
from web.language import gettext as _


@dataclass(frozen=True)
class Visitor(UserMixin):  # type: ignore[misc]  # flask-login has no types
    """Somebody who has logged in. The session holds `session_key` too, so that a new password ends it."""

    id: int
    name: str
    roles: tuple[str, ...]
    enterprise_id: int | None
    locale: str
    session_key: str

    def get_id(self) -> str:
        """What the session keeps."""
        return f"{self.id}:{self.session_key}"

    @property
    def officer(self) -> bool:
        """Whether this is somebody of the centre's desk."""
        return any(role in self.roles for role in OFFICERS)

    @property
    def manager(self) -> bool:
        """Whether this person leads the agents of an enterprise."""
        return accounts.MANAGER in self.roles and Role.ENTERPRISE.value in self.roles

    @property
    def actors(self) -> list[Actor]:
        """This person in each role held."""
        return callers.of_account(self.id, self.enterprise_id, self.roles)


class PageSessions(SecureCookieSessionInterface):
    """Sessions are for pages: the API reads none, makes none, and prolongs none."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of the cookie; below /api/ none, so that Flask has nothing to save."""
        return None if request.path.startswith(API) else super().open_session(app, request)


def visitor(account: Account) -> Visitor:
    """The visitor of an account."""
    return Visitor(
        account.id, account.name, tuple(account.roles), account.enterprise_id, account.locale, account.session_key
    )


pages = Blueprint("sessions", __name__)
manager = LoginManager()
manager.session_protection = "strong"


def init_app(app: Flask) -> None:
    """Know who is at the page. LOGIN_DISABLED has no power here: `only_for` asks for a person, whatever it says."""
    manager.init_app(app)
    app.context_processor(lambda: {"visitor": current_user if current_user.is_authenticated else None})


@manager.user_loader  # type: ignore[untyped-decorator]
def _load(kept: str) -> Visitor | None:
    """The person of a session, if the account still stands and its key is the one that the session was made with."""
    account_id, _colon, key = kept.partition(":")
    if not account_id.isdecimal() or g.get("database_away"):
        return None
    with db.reading() as open_session:
        account = accounts.load(open_session, int(account_id))
        if account is None or not hmac.compare_digest(account.session_key, key):
            return None
        return visitor(account)


def only_for(*roles: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A page for people who hold one of these roles; others are sent to log in, or told that it is not theirs."""
    return _only(lambda who: bool(set(roles) & set(who.roles)))


def only_managers(page: Callable[..., Any]) -> Callable[..., Any]:
    """A page for those who lead the agents of their enterprise: `me().enterprise_id` says which."""
    return _only(lambda who: who.manager)(page)


def _only(lets_in: Callable[[Visitor], bool]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def guard(page: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(page)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not current_user.is_authenticated:
                return redirect(url_for("sessions.login", next=_here()))
            if not lets_in(me()):
                abort(403)
            return page(*args, **kwargs)

        return guarded

    return guard


def me() -> Visitor:
    """The person at the page; only under `only_for`."""
    who: Visitor = current_user._get_current_object()
    return who


@pages.route("/login", methods=["GET", "POST"])
@limiter.limit(LOGIN, methods=["POST"])
def login() -> str | Response | tuple[str, int]:
    """Log-in and password, for enterprises and the centre alike."""
    if request.method == "GET":
        return render_template("login.html", problems=[], login="")
    account = accounts.check(request.form.get("login", ""), request.form.get("password", ""))
    if account is None:
        problem = Problem("login", _("Log-in or password is wrong."))
        return render_template("login.html", problems=[problem], login=request.form.get("login", "")), 401
    session.clear()  # nothing that somebody may have planted before lives on
    session.permanent = True
    who = visitor(account)
    login_user(who)
    return redirect(_local(request.args.get("next")) or home(who), 303)


@pages.post("/logout")
def logout() -> Response:
    """End the session."""
    logout_user()
    session.clear()
    return redirect(url_for("public.home"), 303)


def home(who: Visitor) -> str:
    """Where somebody's work is."""
    if Role.ENTERPRISE.value in who.roles:
        return url_for("portal.inbox")
    if Role.PARTNER.value in who.roles:
        return f"{PREFIX}/docs"  # a program does a partner's work
    return url_for("desk.queue") if who.officer else url_for("admin.status")


def back_to(address: str | None) -> str:
    """A page of ours to go back to, or the front page."""
    return _local(address) or url_for("public.home")


def _here() -> str:
    return request.full_path.rstrip("?") if request.method == "GET" else request.path


def _local(address: str | None) -> str | None:
    """An address only if it stays on this site: a path, no host, no backslash or control character that hides one."""
    if not address or not address.startswith("/") or address.startswith("//"):
        return None
    if "\\" in address or any(ord(char) < 33 for char in address):
        return None
    parts = urlsplit(address)
    return None if parts.scheme or parts.netloc else address
