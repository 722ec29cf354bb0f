"""Who logs in: found, invited, closed and opened again; their roles, second factors and conflicts of interest."""

from collections.abc import Callable, Sequence

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug import Response

from complaints import clock, db
from complaints.db import MOST_ID
from complaints.errors import BadInput
from complaints.fields import Choice, Choices, Email, Text
from complaints.inputs import Input, parse
from complaints.models import Account, Enterprise
from complaints.registry import accounts, enterprises, factors, invitations, staff, trail
from web import paging
from web.administration.place import Page, administrators, pages, said
from web.forms import Box, Option, Problem, problems, typed_data
from web.language import gettext as _
from web.once import fresh_key, once
from web.sessions import me
from web.wording import say

USER = f"/users/<int(max={MOST_ID}):account_id>"


class InviteSchema(Input):
    """Whom to ask in, as what, and for which enterprise."""

    email = Email(254, required=True)
    roles = Choices(*accounts.ROLES, required=True)
    enterprise = Text(200, load_default="")
    locale = Choice("zh", "en", load_default="zh")


@pages.get("/users")
@administrators
def users() -> str:
    """Everybody who can log in or could."""
    query = request.args.get("q", "")
    with db.reading() as session, paging.cursor() as cursor:
        people = staff.search(session, query, cursor=cursor)
    return render_template("users.html", people=people, q=query)


@pages.route("/users/invite", methods=["GET", "POST"])
@administrators
def invite() -> Page | Response:
    """Ask somebody to come in, by mail."""
    wrong: Sequence[Problem] = ()
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            typed = parse(InviteSchema(), typed_data(InviteSchema(), InviteSchema().load_fields, request.form))
            once(["invite", typed], lambda session: _invite(session, **typed))
            flash(_("The invitation is on its way. It is good for seven days."))
            return redirect(url_for("admin.invite"), 303)
        except BadInput as error:
            wrong, errors = problems(error, _names()), error.fields
    with db.reading() as session:
        waiting = invitations.waiting(session, None, clock.now())
    page = render_template("invite.html", boxes=_boxes(errors), problems=wrong, waiting=waiting, form_key=fresh_key())
    return (page, 422) if wrong else page


def _invite(session: Session, email: str, roles: list[str], enterprise: str, locale: str) -> None:
    firm = enterprises.find(session, enterprise) if enterprise else None
    if enterprise and firm is None:
        raise BadInput("no single enterprise", {"enterprise": ["unknown_enterprise"]})
    try:
        staff.invite(session, email, roles, firm.id if firm else None, me().id, clock.now(), locale)
    except BadInput as error:
        named = {"enterprise" if field == "enterprise_id" else field: keys for field, keys in error.fields.items()}
        raise BadInput(error.message, named) from None


def _names() -> dict[str, str]:
    return {"email": _("E-mail address"), "roles": _("Roles"), "enterprise": _("Enterprise"), "locale": _("Language")}


def _boxes(errors: dict[str, list[str]]) -> list[Box]:
    """The form of an invitation with what was typed."""
    typed, names = request.form, _names()
    roles = [Option(role, say(f"role.{role}")) for role in accounts.ROLES]
    tongues = [Option("zh", "中文"), Option("en", "English")]
    made = [
        Box("email", "email", names["email"], required=True, value=typed.get("email", "")),
        Box("roles", "checks", names["roles"], required=True, options=roles, values=typed.getlist("roles")),
        Box(
            "enterprise",
            "line",
            names["enterprise"],
            _("For agents and managers of an enterprise: its name or credit code."),
            value=typed.get("enterprise", ""),
        ),
        Box("locale", "select", names["locale"], required=True, options=tongues, value=typed.get("locale", "zh")),
    ]
    for box in made:
        box.errors = [problem.text for problem in problems(BadInput("", {box.name: errors.get(box.name, [])}), {})]
    return made


@pages.get(USER)
@administrators
def user(account_id: int) -> str:
    """One account."""
    return _user(account_id)


@pages.post(f"{USER}/close")
@administrators
def close_user(account_id: int) -> Page | Response:
    """Close the account."""
    return _change(account_id, "close", lambda session, account: staff.close(session, account, me().id, clock.now()))


@pages.post(f"{USER}/reopen")
@administrators
def reopen_user(account_id: int) -> Page | Response:
    """Open it again."""
    return _change(account_id, "reopen", lambda session, account: staff.reopen(session, account, me().id, clock.now()))


@pages.post(f"{USER}/factor")
@administrators
def reset_factor(account_id: int) -> Page | Response:
    """Switch off a second factor that was lost."""
    return _change(
        account_id, "factor", lambda session, account: staff.reset_factor(session, account, me().id, clock.now())
    )


@pages.post(f"{USER}/roles")
@administrators
def change_roles(account_id: int) -> Page | Response:
    """Give it other roles."""
    roles = request.form.getlist("roles")
    return _change(
        account_id,
        ["roles", roles],
        lambda session, account: staff.change_roles(session, account, roles, me().id, clock.now()),
    )


@pages.post(f"{USER}/conflicts")
@administrators
def add_conflict(account_id: int) -> Page | Response:
    """The mediator steps aside from an enterprise or a case from now on."""
    name, number = request.form.get("enterprise", "").strip(), request.form.get("number", "").strip().upper()

    def add(session: Session, account: Account) -> None:
        firm = enterprises.find(session, name) if name else None
        if name and firm is None:
            raise BadInput("no single enterprise", {"enterprise": ["unknown_enterprise"]})
        staff.add_interest(session, account, me().id, clock.now(), enterprise=firm, number=number)

    return _change(account_id, ["conflict", name, number], add)


@pages.post(f"{USER}/conflicts/<int(max={MOST_ID}):conflict_id>/drop")
@administrators
def drop_conflict(account_id: int, conflict_id: int) -> Page | Response:
    """The conflict is no more."""
    return _change(
        account_id,
        ["drop", conflict_id],
        lambda session, account: staff.drop_interest(session, account, conflict_id, me().id, clock.now()),
    )


def _change(account_id: int, what: object, do: Callable[[Session, Account], None]) -> Page | Response:
    """One change of one account, done once; what is wrong is said on its page."""
    try:
        once([account_id, what], lambda session: do(session, staff.get(session, account_id)))
    except BadInput as error:
        names = {
            "roles": _("Roles"),
            "enterprise": _("Enterprise"),
            "number": _("Case number"),
            "factor": _("Second factor"),
        }
        return _user(account_id, problems(error, names)), 422
    flash(said())
    return redirect(url_for("admin.user", account_id=account_id), 303)


def _user(account_id: int, wrong: Sequence[Problem] = ()) -> str:
    with db.reading() as session:
        account = session.get(Account, account_id)
        if account is None:
            abort(404)
        told = {
            "firm": session.get(Enterprise, account.enterprise_id) if account.enterprise_id else None,
            "factor": factors.is_on(session, account_id),
            "conflicts": staff.interests(session, account_id),
            "trail": trail.listed(session, subject=trail.ACCOUNT, subject_id=account_id, limit=20),
        }
    mediates = bool(set(staff.MEDIATING) & set(account.roles))
    return render_template(
        "user.html", account=account, problems=list(wrong), roles=accounts.ROLES, form_key=fresh_key(),
        mediates=mediates, **told,
    )  # fmt: skip
