"""For managers: who works for the enterprise, inviting and closing, roles, lost second factors."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from marshmallow import ValidationError
from werkzeug import Response

from complaints import clock, db
from complaints.api.limits import LINKS, limiter
from complaints.db import MOST_ID
from complaints.errors import NotAllowed
from complaints.fields import Email
from complaints.registry import colleagues, factors, invitations
from web import boxes
from web.forms import Box, Form, Option
from web.language import gettext as _
from web.language import locale
from web.sessions import me, only_managers

pages = Blueprint("colleagues", __name__, url_prefix="/portal/colleagues")
Answer = str | Response | tuple[str, int]
WHO = f"/<int(max={MOST_ID}):account_id>"


@pages.get("")
@only_managers
def people() -> str:
    """Everybody, and who is invited."""
    return _page(boxes.form(_boxes()))


@pages.post("/invite")
@only_managers
@limiter.limit(LINKS)
def invite() -> Answer:
    """Invite somebody as an agent or a manager."""
    roles = invitations.LEADER if request.form.get("role") == "manager" else invitations.AGENT
    try:
        address = Email(254, required=True).deserialize(request.form.get("email", ""))
    except ValidationError as error:
        return _page(boxes.form(_boxes(), {"email": [str(each) for each in error.messages]})), 422
    with db.transaction() as session:
        invitations.invite(session, str(address), roles, _firm(), me().id, clock.now(), locale())
    flash(_("An invitation is on its way. It is good for seven days."))
    return _back()


@pages.post(f"/invitations/<int(max={MOST_ID}):invitation_id>/revoke")
@only_managers
def revoke(invitation_id: int) -> Answer:
    """Take an invitation back."""
    with db.transaction() as session:
        invitations.revoke(session, invitation_id, _firm(), clock.now())
    flash(_("The invitation is taken back; its link opens nothing any more."))
    return _back()


@pages.post(f"{WHO}/role")
@only_managers
def role(account_id: int) -> Answer:
    """Make somebody a manager, or an agent."""
    try:
        with db.transaction() as session:
            account = colleagues.find(session, _firm(), account_id)
            colleagues.lead(session, account, request.form.get("role") == "manager", me().id, clock.now())
    except NotAllowed:
        return _last()
    flash(_("The role is changed; the person logs in anew."))
    return _back()


@pages.post(f"{WHO}/close")
@only_managers
def close(account_id: int) -> Answer:
    """Close an account."""
    try:
        with db.transaction() as session:
            colleagues.close(session, colleagues.find(session, _firm(), account_id), me().id, clock.now())
    except NotAllowed:
        return _last()
    flash(_("The account is closed; its sessions have ended."))
    return _back()


@pages.post(f"{WHO}/second-factor")
@only_managers
def reset_factor(account_id: int) -> Answer:
    """Switch off the second factor of somebody who has lost it."""
    try:
        with db.transaction() as session:
            colleagues.reset_factor(session, colleagues.find(session, _firm(), account_id), me().id, clock.now())
    except NotAllowed:
        return redirect(url_for("account.factor"), 303)
    flash(_("The second factor is reset; a letter tells the person."))
    return _back()


@pages.post("/second-factor")
@only_managers
def require() -> Answer:
    """Ask everybody for a second factor, after a week of grace; or ask no longer."""
    needed = clock.now() + factors.GRACE if request.form.get("wanted") == "yes" else None
    with db.transaction() as session:
        factors.require(session, needed, enterprise_id=_firm())
    return _back()


def _page(form: Form) -> str:
    with db.reading() as session:
        listed = colleagues.of_enterprise(session, _firm())
        waiting = invitations.waiting(session, _firm(), clock.now())
        needed = factors.needed_from(session, enterprise_id=_firm())
    days = timedelta(0) if needed is None else max(needed - clock.now(), timedelta(0))
    return render_template(
        "colleagues.html", people=listed, waiting=waiting, needed=needed, form=form, soon=days > timedelta(0)
    )


def _boxes() -> list[Box]:
    chosen = request.form.get("role", "enterprise")
    options = [Option("enterprise", _("Agent")), Option("manager", _("Manager"))]
    hint = _("A manager also invites and closes colleagues, and sees the figures.")
    return [
        boxes.email(_("E-mail address")),
        Box("role", "radios", _("Role"), hint, required=True, options=options, values=[chosen]),
    ]


def _firm() -> int:
    return me().enterprise_id or 0


def _back() -> Response:
    return redirect(url_for("colleagues.people"), 303)


def _last() -> Response:
    flash(_("Nothing was changed: an enterprise keeps at least one manager."))
    return _back()
