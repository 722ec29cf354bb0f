"""How often somebody may log in, file, act or add files, on pages and through the API together.

Counted in Redis, so that several web processes on several machines count as one. While Redis is away each process
counts in its memory: a request waits a tenth of a second for Redis at most, and only one in some seconds does.

Counted by person where there is one, since many phones come from one address of their carrier: by private link or
account, all hashed; else by address. A token or link that was made up is nobody's. What is done before anybody
is known (logging in, asking for a lost link) counts by address whatever the request says of itself.
"""

import hashlib
import ipaddress
import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, cast

import flask_limiter
from flask import Flask, Response, g, request
from flask_login import current_user
from limits.storage import MemoryStorage, RedisStorage, Storage

from complaints import clock, db, logs, stores
from complaints.api import auth
from complaints.config import settings
from complaints.registry import accounts, links, networks

log = logs.get(__name__)

AWAY_SECONDS = 5.0  # how long a process counts alone before it asks Redis again
KEY_PREFIX = "complaints-limits"
API = "/api/"

_Answer = TypeVar("_Answer")
_View = TypeVar("_View", bound=Callable[..., Any])


class _Decorator(Protocol):
    def __call__(self, view: _View, /) -> _View: ...


class Counters(Storage):
    """The counters: in Redis, or while it does not answer, in this process."""

    STORAGE_SCHEME = ["complaints"]  # noqa: RUF012 (the library's form)
    base_exceptions = RuntimeError  # never raised: what Redis raises ends here

    def __init__(self, _uri: str | None = None, **_options: Any) -> None:
        super().__init__()
        pool = stores.in_a_hurry(settings()).connection_pool
        self._shared = RedisStorage("redis://", connection_pool=pool, key_prefix=KEY_PREFIX)
        self._lost_by: tuple[type[Exception], ...] = (OSError, self._shared.dependency.RedisError)
        self._own = MemoryStorage()
        self._lock = threading.Lock()
        self._away = False
        self._ask_again = 0.0

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count one more, and say how many that makes in this span."""
        return self._ask(lambda storage: storage.incr(key, expiry, amount))

    def get(self, key: str) -> int:
        """How many there are in this span."""
        return self._ask(lambda storage: storage.get(key))

    def get_expiry(self, key: str) -> float:
        """When this span ends, in seconds since 1970."""
        return self._ask(lambda storage: storage.get_expiry(key))

    def clear(self, key: str) -> None:
        """Forget one counter."""
        self._ask(lambda storage: storage.clear(key))

    def check(self) -> bool:
        """It always counts."""
        return True

    def reset(self) -> int | None:
        """Forget every counter."""
        return self._ask(lambda storage: storage.reset())

    def _ask(self, question: Callable[[Storage], _Answer]) -> _Answer:
        if self._asks_redis():
            try:
                answer = question(self._shared)
            except self._lost_by as error:
                self._lost(error)
            else:
                self._away = False
                return answer
        return question(self._own)

    def _asks_redis(self) -> bool:
        """Whether this request asks Redis. While it is away one does from time to time; nobody waits beside it."""
        with self._lock:
            if time.monotonic() < self._ask_again:
                return False
            if self._away:
                self._ask_again = time.monotonic() + AWAY_SECONDS
            return True

    def _lost(self, error: BaseException) -> None:
        with self._lock:
            known, self._away = self._away, True
            self._ask_again = time.monotonic() + AWAY_SECONDS
        if not known:
            log.warning("limits-without-redis", error=logs.brief(error))


@dataclass(frozen=True)
class Allowance:
    """How often one of those whom `key` tells apart may do one thing: an entry of the settings, looked up each time."""

    name: str
    key: Callable[[], str]
    programs: bool = False  # whether programs have an allowance of their own
    beside: "Allowance | None" = None  # another that is used up with it

    def __call__(self) -> str:
        """The limits in the library's form; "" for none."""
        return settings().limits["programs" if self.programs and program() else self.name]


class Limiter(flask_limiter.Limiter):
    """The library's, which counts an allowance once wherever it is used: pages and API share it."""

    def limit(self, limit_value: Any, **options: Any) -> _Decorator:  # type: ignore[override]
        """Limit a view; the options are the library's."""
        if not isinstance(limit_value, Allowance):
            return cast(_Decorator, super().limit(limit_value, **options))
        shared = self.shared_limit(limit_value, scope=limit_value.name, key_func=limit_value.key, **options)
        own = cast(_Decorator, shared)
        if limit_value.beside is None:
            return own
        beside = self.limit(limit_value.beside, **options)

        def both(view: _View, /) -> _View:
            return beside(own(view))

        return both


def program() -> str | None:
    """The account of which the request shows an API token in force: all of its tokens count as one."""
    caller: auth.Caller | None = g.get("caller")
    return f"programs of {caller.scope}" if caller is not None and caller.token_id is not None else None


def address() -> str:
    """Where the request comes from. Of IPv6 the network: one phone has a whole one."""
    try:
        found = ipaddress.ip_address((request.remote_addr or "").partition("%")[0])
    except ValueError:
        return "somewhere"
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((found, 64), strict=False).network_address)
    return str(getattr(found, "ipv4_mapped", None) or found)


def filer() -> str:
    """A program by its account; everybody else by address, since whoever files has shown nothing yet."""
    return program() or address()


def mailbox() -> str:
    """The mail address that a filing gives, from which network: strangers of another one use up nobody's filings."""
    return _hashed(f"{g.mailbox} {networks.coarse(request.remote_addr)}")


def person() -> str:
    """A program by its account, a consumer by the token shown, somebody logged in by the account, anybody else by
    address."""
    shown = program() or auth.token() or _link()
    if shown:
        return _hashed(shown)
    return f"account:{current_user.id}" if current_user.is_authenticated else address()


def visitors() -> str:
    """By address whoever comes by a private link, since anybody gets as many of them as they file; others as above."""
    return f"links from {address()}" if program() is None and (auth.token() or _link()) else person()


def login_name() -> str:
    """Whose password is being tried, from which network: strangers use up nobody's tries (registry/guards.py)."""
    typed = _typed()
    login = typed.get("login") if isinstance(typed, Mapping) else None
    name = accounts.fold_login(login) if isinstance(login, str) else ""
    return _hashed(f"{name} {networks.coarse(request.remote_addr)}") if name else address()


def _typed() -> object:
    """What was sent, form or JSON; None where it cannot be read, as the view will say."""
    try:
        return request.get_json(silent=True) if request.is_json else request.form
    except RecursionError:  # brackets without end
        return None


def _link() -> str | None:
    """The private link that a page came by, if it is one or was: there are only so many."""
    token: str | None = (request.view_args or {}).get("token")
    if token is None:
        return None
    if "link_was_made" not in g:
        with db.reading() as session:
            g.link_was_made = links.find(session, token, revoked=True) is not None
    return token if g.link_was_made else None


def _hashed(secret: str) -> str:
    """What stands in Redis instead of a name or a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()[:32]


LOGIN = Allowance("login", address, beside=Allowance("names", login_name))
FILING = Allowance("filing", filer, programs=True)
MAILBOXES = Allowance("mailboxes", mailbox)
LINKS = Allowance("links", address)
CODES = Allowance("codes", address)
MARKS = Allowance("marks", address)
FILES = Allowance("files", person, programs=True, beside=Allowance("visits", visitors))
PIECES = Allowance("pieces", person)
ACTS = Allowance("acts", person, programs=True, beside=Allowance("visits", visitors))
DRAFTS = Allowance("drafts", address)

limiter = Limiter(person)


def count_mailbox(email: str) -> None:
    """One more filing whose letters go to this address, which may be somebody else's.

    Raises RateLimitExceeded (429).
    """
    if email:
        local, _at, domain = email.casefold().rpartition("@")
        g.mailbox = f"{local.partition('+')[0]}@{domain}"  # what stands after a plus leads to the same mailbox
        _one_more()


@limiter.limit(MAILBOXES)
def _one_more() -> None:
    """Counted as a view is."""


def init_app(app: Flask) -> None:
    """Begin to count, from nothing where Redis is away."""
    app.config["RATELIMIT_STORAGE_URI"] = f"{Counters.STORAGE_SCHEME[0]}://"
    limiter.init_app(app)
    app.after_request(_retry_after)


def _retry_after(response: Response) -> Response:
    """Who is told "too many" is told when to come back."""
    breached = limiter.current_limit
    if response.status_code == 429 and breached is not None:
        left = math.ceil(breached.reset_at - clock.wall().timestamp())
        response.headers["Retry-After"] = str(min(max(left, 1), breached.limit.get_expiry()))
    return response
