"""Headers on every answer, and the guard against forged posts."""

from flask import Flask, Response, request
from flask_wtf.csrf import CSRFProtect

from complaints.api.operations import blueprint as api
from complaints.config import settings

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; font-src 'none'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-src 'self'; frame-ancestors 'none'"
)
csrf = CSRFProtect()


def init_app(app: Flask) -> None:
    """Guard every post, and put the headers on every answer. The API knows no cookies: nothing to forge there."""
    csrf.init_app(app)
    csrf.exempt(api)
    app.after_request(_headers)


def tls() -> bool:
    """Whether people reach this installation by https."""
    return settings().base_url.startswith("https://")


def _headers(response: Response) -> Response:
    """What a page may load and who may frame it. A private link must not leak in a referrer, nor stay in a cache."""
    headers = {
        "Content-Security-Policy": f"{POLICY}; upgrade-insecure-requests" if tls() else POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    }
    if tls():
        headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint != "static":
        headers["Cache-Control"] = "no-store"
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    return response
