"""One id for each request, in the answer and in every line of the log; and one line for each request.

The line says which page was asked for, not by which address: an address can hold the key to a case. It names the role
of whoever asked, never the person, nor where on the net the request came from.
"""

import re
import secrets
import time
from types import TracebackType
from typing import Any

from flask import Flask, Response, g, request

from complaints import logs
from complaints.config import settings

log = logs.get(__name__)

HEADER = "X-Request-ID"
WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
NUMBER = re.compile(r"C\d\d-[0-9A-Z-]{4,16}")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
MACHINES = ("static", "health.healthz", "health.readyz", "health.figures")  # asked for all the time


def init_app(app: Flask) -> None:
    """The first to see a request, and the last to see its answer."""
    logs.ensure("web")
    app.before_request(_begin)
    app.after_request(_end)
    app.log_exception = _failed  # type: ignore[method-assign]  # Flask's own names the address


def _begin() -> None:
    g.request_id = _given() or secrets.token_hex(16)
    g.request_began = time.monotonic()
    logs.begin(request_id=g.request_id, case=_number())


def _given() -> str | None:
    """The id that a proxy of ours has given the request. A stranger's could be anything, twice or somebody's name."""
    given = request.headers.get(HEADER, "") if settings().trusted_proxies > 0 else ""
    return given if WELL_FORMED.fullmatch(given) else None


def _number() -> str | None:
    """The case in the address, if what stands there is a case's number at all."""
    number = (request.view_args or {}).get("number")
    return number if isinstance(number, str) and NUMBER.fullmatch(number) else None


def _end(response: Response) -> Response:
    if "request_id" not in g:  # the request was refused before it began
        return response
    response.headers[HEADER] = g.request_id
    line = log.debug if request.endpoint in MACHINES else log.info
    took = round(1000 * (time.monotonic() - g.request_began), 1)
    line("request", method=_method(), route=_route(), status=response.status_code, ms=took, role=_role())
    return response


def _method() -> str:
    return request.method if request.method in METHODS else "other"


def _route() -> str:
    """The pattern of the address, as it stands in the code."""
    return request.url_rule.rule if request.url_rule is not None else "none"


def _role() -> str:
    """As what the caller came. The API has bound it; of a page it is known if the page wanted to know."""
    bound = logs.bound().get("role")
    roles = getattr(g.get("_login_user"), "roles", None)
    return bound or (",".join(roles) if roles else "public")


def _failed(exc_info: Any) -> None:
    error: tuple[type, BaseException, TracebackType] = exc_info
    log.error("request-failed", method=_method(), route=_route(), exc_info=error)
