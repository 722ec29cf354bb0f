"""One's own account: name, address, language; password; second factor; sessions."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from marshmallow import ValidationError
from werkzeug import Response as Answer

from complaints import clock, db
from complaints.api.limits import LOGIN, limiter
from complaints.db import MOST_ID
from complaints.errors import BadInput
from complaints.fields import Email
from complaints.models import Account
from complaints.registry import account_letters, account_log, accounts, entering, factors, former_addresses, networks
from complaints.registry import sessions as kept
from complaints.words import LOCALES
from web import boxes
from web.forms import Box, Option
from web.language import COOKIE, NAMES
from web.language import gettext as _
from web.sessions import local, me, only_people, renew

pages = Blueprint("account", __name__, url_prefix="/account")
Page = str | Answer | tuple[str, int]


@pages.route("", methods=["GET", "POST"])
@only_people
@limiter.limit(LOGIN, methods=["POST"])
def details() -> Page:
    """Name, mail address and language. Another address needs the password: who holds it may ask for a new one."""
    if request.method == "GET":
        return render_template("account.html", form=boxes.form(_details()), events=_events())
    try:
        _keep_details()
    except BadInput as error:
        form = boxes.form(_details(), error.fields)
        return render_template("account.html", form=form, events=_events()), 422
    flash(_("Your details are saved."))
    answer = redirect(url_for("account.details"), 303)
    answer.delete_cookie(COOKIE)  # the choice made here holds from now on, in every browser
    return answer


@pages.route("/password", methods=["GET", "POST"])
@only_people
@limiter.limit(LOGIN, methods=["POST"])
def password() -> Page:
    """Another password; every other session ends."""
    fields = [
        boxes.password("old", _("Present password")),
        boxes.password("password", _("New password"), new=True),
        boxes.password("again", _("The same password again"), new=True),
    ]
    if request.method == "GET":
        return render_template("account_password.html", form=boxes.form(fields))
    try:
        _confirm("old")
        if request.form.get("password", "") != request.form.get("again", ""):
            raise BadInput("the passwords differ", {"again": ["not_the_same"]})
        with db.transaction() as session:
            accounts.set_password(session, session.get_one(Account, me().id), request.form.get("password", ""))
            account_log.note(session, me().id, "password_changed", clock.now(), me().id)
            account_letters.tell(session, me().id, "password_changed", clock.now())
    except BadInput as error:
        return render_template("account_password.html", form=boxes.form(fields, error.fields)), 422
    renew()
    flash(_("Your password is changed, and your other sessions have ended."))
    return redirect(url_for("account.password"), 303)


@pages.get("/second-factor")
@only_people
def factor() -> str:
    """Whether it is on, who asks for it until when, and the way on."""
    with db.reading() as session:
        left = factors.codes_left(session, me().id)
    needed = me().factor_needed_from
    may_wait = me().owes_factor and needed is not None and clock.now() < needed
    onward = local(request.args.get("next")) if may_wait else None
    form = boxes.form(_off_form() if me().second_factor else _begin_form())
    return render_template("account_factor.html", left=left, onward=onward, form=form, must=not may_wait)


@pages.post("/second-factor/begin")
@only_people
@limiter.limit(LOGIN)
def begin() -> Page:
    """Begin to set it up: with the password, or whoever finds an open session could shut its owner out."""
    if not me().second_factor:
        try:
            _confirm("old")
        except BadInput as error:
            form = boxes.form(_begin_form(), error.fields)
            return render_template("account_factor.html", left=0, onward=None, form=form, must=me().owes_factor), 422
        with db.transaction() as session:
            factors.begin(session, me().id, clock.wall())
    return redirect(url_for("account.set_up"), 303)


@pages.route("/second-factor/set-up", methods=["GET", "POST"])
@only_people
@limiter.limit(LOGIN, methods=["POST"])
def set_up() -> Page:
    """The picture for the app, and the first code, by which it is switched on; then the recovery codes, once."""
    with db.reading() as session:
        begun = factors.pending(session, me().id)
    if begun is None:
        return redirect(url_for("account.factor"), 303)
    secret, picture = factors.secret(begun), factors.picture(factors.address(begun, me().login))
    grouped = " ".join(secret[n : n + 4] for n in range(0, len(secret), 4))
    box = boxes.code(_("The six figures that the app shows now"))
    if request.method == "GET":
        return render_template("account_setup.html", form=boxes.form([box]), secret=grouped, picture=picture)
    with db.transaction() as session:
        codes = factors.confirm(session, me().id, request.form.get("code", ""), clock.wall())
        if codes is not None:
            account_log.note(session, me().id, "factor_on", clock.now(), me().id)
            account_letters.tell(session, me().id, "factor_on", clock.now())
    if codes is None:
        form = boxes.form([box], {"code": ["wrong_code"]})
        return render_template("account_setup.html", form=form, secret=grouped, picture=picture), 422
    renew()
    return render_template("account_codes.html", codes=codes)


@pages.post("/second-factor/codes")
@only_people
@limiter.limit(LOGIN)
def codes() -> Page:
    """New recovery codes instead of the earlier ones."""
    refused = _refused()
    if refused:
        return refused
    with db.transaction() as session:
        fresh = factors.renew_codes(session, me().id)
        account_log.note(session, me().id, "codes_renewed", clock.now(), me().id)
    return render_template("account_codes.html", codes=fresh)


@pages.post("/second-factor/file")
@only_people
def file() -> Page:
    """The recovery codes just shown, as a file; only somebody who has them gets them."""
    shown = request.form.get("codes", "").split()
    with db.reading() as session:
        mine = factors.unused(session, me().id, shown)
    if not mine:
        return redirect(url_for("account.factor"), 303)
    answer = Response("\n".join(shown) + "\n", mimetype="text/plain")
    answer.headers["Content-Disposition"] = "attachment; filename=recovery-codes.txt"
    return answer


@pages.post("/second-factor/off")
@only_people
@limiter.limit(LOGIN)
def off() -> Page:
    """Switch it off: with the password and a code."""
    refused = _refused()
    if refused:
        return refused
    with db.transaction() as session:
        factors.remove(session, me().id)
        account_log.note(session, me().id, "factor_off", clock.now(), me().id)
        account_letters.tell(session, me().id, "factor_off", clock.now())
    renew()
    flash(_("The second factor is switched off."))
    return redirect(url_for("account.factor"), 303)


@pages.get("/sessions")
@only_people
def sessions() -> str:
    """Where one is logged in."""
    with db.reading() as session:
        rows = kept.of(session, me().id, clock.wall())
    return render_template("account_sessions.html", rows=rows, mine=me().session_id)


@pages.post(f"/sessions/<int(max={MOST_ID}):session_id>/end")
@only_people
def end(session_id: int) -> Answer:
    """End one of them."""
    with db.transaction() as session:
        kept.end(session, me().id, session_id, clock.wall())
    flash(_("That session has ended."))
    return redirect(url_for("account.sessions"), 303)


@pages.post("/sessions/end-others")
@only_people
def end_others() -> Answer:
    """End all but this one."""
    with db.transaction() as session:
        kept.end_others(session, me().id, me().session_id, clock.wall())
    flash(_("All other sessions have ended."))
    return redirect(url_for("account.sessions"), 303)


def _details() -> list[Box]:
    languages = [Option(code, NAMES[code]) for code in LOCALES]
    chosen = request.form.get("locale", me().locale)
    return [
        boxes.text("name", _("Name"), autocomplete="name", value=me().name),
        boxes.email(_("E-mail address"), _("Where letters about your account go."), me().email, required=False),
        Box("locale", "select", _("Language of pages and letters"), required=True, options=languages, value=chosen),
        boxes.password("old", _("Present password"), _("Only needed for another mail address.")),
    ]


def _events() -> list[tuple[str, object]]:
    with db.reading() as session:
        return [(each.what, each.at) for each in account_log.of(session, me().id)]


def _keep_details() -> None:
    name, locale = request.form.get("name", "").strip(), request.form.get("locale", "")
    wrong = {"name": ["too_long:80" if name else "required"]} if not 0 < len(name) <= 80 else {}
    if locale not in LOCALES:
        wrong["locale"] = ["required"]
    try:
        email = Email(254).deserialize(request.form.get("email", "")) or None
    except ValidationError as error:
        wrong["email"] = [str(each) for each in error.messages]
        email = None
    if wrong:
        raise BadInput("these details cannot be kept", wrong)
    if email != me().email:
        _confirm("old")
    with db.transaction() as session:
        account = session.get_one(Account, me().id)
        before = account.email
        account.name, account.email, account.locale = name, email, locale
        former_addresses.tell(session, account, before, clock.now())
        account_log.note(session, account.id, "details_changed", clock.now(), account.id)


def _confirm(box: str) -> None:
    """Raise BadInput unless the password typed is one's own; counted as log-ins are."""
    network = networks.coarse(request.remote_addr)
    tried = entering.try_password(me().login, request.form.get(box, ""), network, clock.wall(), clock.now())
    if tried.account is None:
        raise BadInput("the password is wrong", {box: ["wrong_password"]})


def _begin_form() -> list[Box]:
    return [boxes.password("old", _("Present password"))]


def _off_form() -> list[Box]:
    return [boxes.password("old", _("Present password")), boxes.code(_("Code"))]


def _refused() -> Page | None:
    """The page again, unless password and code are right."""
    try:
        _confirm("old")
        network = networks.coarse(request.remote_addr)
        if not entering.try_code(me().id, request.form.get("code", ""), network, clock.wall(), clock.now())[0]:
            raise BadInput("the code is wrong", {"code": ["wrong_code"]})
    except BadInput as error:
        form = boxes.form(_off_form(), error.fields)
        with db.reading() as session:
            left = factors.codes_left(session, me().id)
        page = render_template("account_factor.html", left=left, onward=None, form=form, must=True)
        return page, 422
    return None
