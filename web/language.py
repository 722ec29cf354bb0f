"""In which language a page speaks, and the Chinese catalogues of its texts, read as they are: no compile step."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path
from urllib.parse import quote, urlencode

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, Response, g, request
from flask_babel import Babel, Domain, get_locale
from flask_login import current_user
from markupsafe import Markup

from complaints.words import LOCALES
from web.singular import ONE

COOKIE = "lang"
SWITCH = "switch"  # the button that sends a form only to see its page in another language
COOKIE_SECONDS = 365 * 24 * 3600
NAMES = {"zh": "中文", "en": "English"}
ENGLISH = NullTranslations()
CATALOGUES = Path(__file__).with_name("translations") / "zh" / "LC_MESSAGES"  # *.po, one for each part of the pages


class Catalogue(Domain):  # type: ignore[misc]  # flask-babel has no types
    """Page texts: English stands in the pages, Chinese in the catalogue."""

    def get_translations(self) -> NullTranslations:
        """The texts of the language this page speaks."""
        return catalogue()


def catalogue() -> NullTranslations:
    """The texts of the language this page speaks."""
    return chinese() if locale() == "zh" else ENGLISH


@cache
def chinese() -> Translations:
    """The Chinese catalogues, compiled in memory."""
    texts = Translations()
    for path in sorted(CATALOGUES.glob("*.po")):
        compiled = BytesIO()
        with path.open("rb") as source:
            write_mo(compiled, read_po(source, locale="zh"))
        compiled.seek(0)
        texts.merge(Translations(compiled))
    return texts


def init_app(app: Flask) -> None:
    """Let pages speak the reader's language, and remember a choice."""
    babel = Babel(app, default_locale="zh", default_timezone="Asia/Shanghai", locale_selector=choose)
    babel.domain_instance = Catalogue()
    app.jinja_env.globals["_"] = marked
    app.before_request(_choose_early)
    app.after_request(_remember)
    app.context_processor(lambda: {"locale": locale(), "switches": list(_switches()), "switch": SWITCH})


def _choose_early() -> None:
    """Ask who reads before any transaction is open: on SQLite a second one inside the first would wait for ever."""
    if request.endpoint not in ("static", "health.healthz"):
        locale()


def locale() -> str:
    """The language of this page: "zh" or "en"."""
    try:
        known: str = g.locale  # asked some hundred times a page: one look
    except AttributeError:
        known = g.locale = str(get_locale() or "zh")
    return known


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Within this, pages speak a language of the caller's choice: for programs, which say it in their own way."""
    before, g.locale = locale(), language
    try:
        yield
    finally:
        g.locale = before


def gettext(text: str, /, **facts: object) -> str:
    """A page text in the language of this page, with `facts` put in; of one thing (`n`) as is said of one."""
    said = str(catalogue().gettext(_of_one(text, facts)))
    return said % facts if facts else said


def _of_one(text: str, facts: Mapping[str, object]) -> str:
    return ONE.get(text, text) if facts and facts.get("n") == 1 and locale() == "en" else text


def marked(text: str, /, **facts: object) -> Markup:
    """The same for templates: what is put in is escaped. Jinja's own way there takes three calls for each text."""
    said = Markup(catalogue().gettext(_of_one(text, facts)))
    return said % facts if facts or "%" in said else said


def choose() -> str:
    """`?lang=`, else the cookie, else the account's, else the browser's; else Chinese."""
    account = getattr(current_user, "locale", None)
    for wanted in (request.args.get("lang"), request.cookies.get(COOKIE), account):
        if wanted in LOCALES:
            return wanted
    return _browsers() or "zh"


def switched() -> bool:
    """Whether a form was sent only to see its page in another language, with what was typed: nothing of it is done."""
    return request.method == "POST" and request.form.get(SWITCH) in LOCALES


def _browsers() -> str | None:
    """The first language the browser asks for that we speak, whatever its region."""
    asked = (value.partition("-")[0].lower() for value in request.accept_languages.values())
    return next((name for name in asked if name in LOCALES), None)


def _switches() -> Iterator[tuple[str, str, str]]:
    """The other languages: code, own name, and this page in it."""
    for code in LOCALES:
        if code != locale():
            query = {**request.args.to_dict(flat=True), "lang": code}
            yield code, NAMES[code], f"{quote(request.path)}?{urlencode(query)}"


def _remember(response: Response) -> Response:
    wanted = request.args.get("lang")
    if wanted in LOCALES and not request.path.startswith("/api/"):
        response.set_cookie(COOKIE, wanted, COOKIE_SECONDS, httponly=True, samesite="Lax", secure=request.is_secure)
    return response
