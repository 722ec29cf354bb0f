"""Who is at the page. A session ends with the browser's address, by its owner's hand in another window, with a new
password or role, a closed account, after hours of rest, or twelve hours. How one comes in is in `entry`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Request, abort, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from sqlalchemy.exc import OperationalError
from werkzeug import Response

from complaints import clock, db, logs
from complaints.api.limits import API
from complaints.api.problems import PREFIX
from complaints.models import Account
from complaints.registry import account_letters, accounts, guards, networks
from complaints.registry import sessions as kept
from complaints.workflow import callers
from complaints.workflow.case import OFFICERS, Actor, Role
from web import devices

log = logs.get(__name__)


@dataclass(frozen=True)
class Visitor(UserMixin):  # type: ignore[misc]  # flask-login has no types
    """Somebody who has logged in, in this window."""

    id: int
    name: str
    roles: tuple[str, ...]
    enterprise_id: int | None
    locale: str
    login: str
    email: str | None
    session_id: int
    second_factor: bool
    factor_needed_from: datetime | None  # case time; None: nobody asks for it
    token: str = field(repr=False)

    def get_id(self) -> str:
        """What the cookie keeps: the token of the session, whose row says whose it is."""
        return self.token

    @property
    def owes_factor(self) -> bool:
        """Whether a second factor is asked of this person, and is not there."""
        return self.factor_needed_from is not None and not self.second_factor

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


def _visitor(found: kept.Found, token: str) -> Visitor:
    account = found.account
    return Visitor(
        id=account.id,
        name=account.name,
        roles=tuple(account.roles),
        enterprise_id=account.enterprise_id,
        locale=account.locale,
        login=account.login,
        email=account.email,
        session_id=found.row.id,
        second_factor=found.second_factor,
        factor_needed_from=found.factor_needed_from,
        token=token,
    )


pages = Blueprint("sessions", __name__)
manager = LoginManager()
manager.session_protection = "strong"


def init_app(app: Flask) -> None:
    """Know who is at the page. LOGIN_DISABLED has no power here: `only_for` asks for a person, whatever it says."""
    manager.init_app(app)
    app.context_processor(lambda: {"visitor": current_user if current_user.is_authenticated else None})


@manager.user_loader  # type: ignore[untyped-decorator]
def _load(token: str) -> Visitor | None:
    """The person of a session that is open."""
    if g.get("database_away"):
        return None
    at = clock.wall()
    with db.reading() as open_session:
        found = kept.find(open_session, token, at)
        who = _visitor(found, token) if found else None
        stale = found is not None and kept.stale(found.row, at)
    if who is not None and stale:
        _seen(who.session_id, at)
    return who


def _seen(session_id: int, at: datetime) -> None:
    """Write down that somebody is here; a page never fails for it."""
    try:
        with db.transaction() as open_session:
            kept.touch(open_session, session_id, at)
    except OperationalError as error:
        log.warning("session-not-touched", error=logs.brief(error))


def arrive(account: Account) -> Visitor:
    """Begin a session for somebody who has shown who they are: new in the cookie, in the database, and in its keys."""
    at, network = clock.wall(), networks.coarse(request.remote_addr)
    with db.transaction() as open_session:
        token = kept.begin(open_session, account, devices.short(request.user_agent.string), network, at)
        if guards.remember(open_session, account.id, network, at):
            account_letters.tell(open_session, account.id, "new_network", clock.now(), once_a_day=True)
    session.clear()  # nothing that somebody may have planted before lives on
    session.permanent = True
    with db.reading() as open_session:
        found = kept.find(open_session, token, at) or abort(401)
        who = _visitor(found, token)
    login_user(who)
    return who


def renew() -> Visitor:
    """The same person goes on in a session that is new altogether, after what they may do has changed."""
    before = me()
    with db.reading() as open_session:
        account = accounts.load(open_session, before.id) or abort(401)
    who = arrive(account)
    with db.transaction() as open_session:
        kept.end_others(open_session, who.id, who.session_id, clock.wall())
    return who


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
            who = me()
            if not lets_in(who):
                abort(403)
            if who.owes_factor and clock.now() >= (who.factor_needed_from or clock.now()):
                return redirect(url_for("account.factor"))
            return page(*args, **kwargs)

        return guarded

    return guard


def only_people(page: Callable[..., Any]) -> Callable[..., Any]:
    """A page for everybody who has logged in, also for who must set up a second factor first."""

    @wraps(page)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not current_user.is_authenticated:
            return redirect(url_for("sessions.login", next=_here()))
        return page(*args, **kwargs)

    return guarded


def me() -> Visitor:
    """The person at the page; only under `only_for`."""
    who: Visitor = current_user._get_current_object()
    return who


@pages.post("/logout")
def logout() -> Response:
    """End the session, in the database too."""
    if current_user.is_authenticated:
        with db.transaction() as open_session:
            kept.end(open_session, me().id, me().session_id, clock.wall())
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
    return local(address) or url_for("public.home")


def _here() -> str:
    return request.full_path.rstrip("?") if request.method == "GET" else request.path


def local(address: str | None) -> str | None:
    """An address only if it stays on this site: a path, no host, no backslash or control character that hides one."""
    if not address or not address.startswith("/") or address.startswith("//"):
        return None
    if "\\" in address or any(ord(char) < 33 for char in address):
        return None
    parts = urlsplit(address)
    return None if parts.scheme or parts.netloc else address
