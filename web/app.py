"""The application, put together from its parts."""

from datetime import timedelta

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from complaints.api import limits, specification
from complaints.config import Settings, settings
from web import (
    account,
    administration,
    assets,
    benchmarks,
    certificates,
    colleagues,
    demo,
    desk,
    documents,
    entry,
    explain,
    faults,
    figures,
    health,
    joint,
    language,
    marks,
    narratives,
    open_data,
    oversight,
    packets,
    pledges,
    pledges_public,
    portal,
    programs,
    public,
    quality,
    record,
    record_portal,
    remedies,
    replies,
    requests,
    security,
    sessions,
    steps,
    surge_notice,
    uploads,
    verify,
    webhooks,
    wording,
)

MOST_BYTES = 1_000_000  # of one request without a file; the longest story in Chinese takes 180,000
SESSION_HOURS = 12
PARTS = (  # with pages of their own
    health,
    entry,
    account,
    colleagues,
    public,
    steps,
    remedies,
    portal,
    programs,
    replies,
    webhooks,
    figures,
    marks,
    verify,
    record,
    record_portal,
    open_data,
    narratives,
    pledges,
    pledges_public,
    certificates,
    desk,
    oversight,
    documents,
    joint,
    packets,
    administration,
    quality,
    benchmarks,
    demo,
)


def create_app() -> Flask:
    """The WSGI application, configured from the settings alone: no environment of Flask's is read."""
    app = Flask("web")
    app.url_map.merge_slashes = False  # what leads on from a doubled slash would name whatever host the request names
    app.session_interface = sessions.PageSessions()
    _configure(app, settings())
    for part in (requests, assets, language, wording, uploads, security, limits, sessions, surge_notice, faults):
        part.init_app(app)
    for part in PARTS:
        app.register_blueprint(part.pages)
    specification.init_app(app, explain.sentences, packets.for_program)
    demo.init_app(app)
    if settings().trusted_proxies > 0:
        n = settings().trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    return app


def _configure(app: Flask, chosen: Settings) -> None:
    app.config.update(
        SECRET_KEY=chosen.secret_key,
        MAX_CONTENT_LENGTH=MOST_BYTES,
        MAX_FORM_MEMORY_SIZE=MOST_BYTES,
        SESSION_COOKIE_NAME="__Host-complaints" if security.tls() else "complaints",  # no other host's, whole site
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=chosen.base_url.startswith("https://"),
        PERMANENT_SESSION_LIFETIME=timedelta(hours=SESSION_HOURS),
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a story is not written in an hour
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
