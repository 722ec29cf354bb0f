"""Pledges in the enterprise portal: apply, choose and word promises, prove them, follow the clock, change, withdraw.

Agents read; managers act, for a pledge binds the enterprise.
"""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug import Response

from complaints import clock, db
from complaints.api.limits import ACTS, FILES, limiter
from complaints.clock import local_date
from complaints.db import MOST_ID
from complaints.errors import BadInput, NotNow
from complaints.registry import campaigns, pledge_lists, pledges
from complaints.registry.pledge_acts import OWN
from complaints.workflow.case import Role
from web import pledging
from web.casework import Answer
from web.forms import Problem, row_id
from web.labels import fault
from web.language import gettext as _
from web.once import fresh_key, once
from web.sessions import me, only_for, only_managers

pages = Blueprint("pledges", __name__, url_prefix="/portal/pledges")
theirs = only_for(Role.ENTERPRISE.value)
ONE = f"/<int(max={MOST_ID}):pledge_id>"


@pages.get("")
@theirs
def index() -> str:
    """The enterprise's pledges over the years, and the campaigns to which it can apply."""
    return _index()


@pages.post("")
@only_managers
@limiter.limit(ACTS)
def begin() -> Answer:
    """Begin an application; the same form sent twice begins one."""
    try:
        campaign_id = row_id(request.form.get("campaign", ""))
    except ValueError:
        abort(400)
    try:
        done = once(["begin a pledge", campaign_id], lambda session: {
            "id": pledges.begin(session, me().enterprise_id or 0, campaign_id, me().actors[0], clock.now()).id
        })  # fmt: skip
    except BadInput as error:
        return _index(problems=[Problem("", fault(key)) for keys in error.fields.values() for key in keys]), 422
    except NotNow:
        return _index(problems=[Problem("", _("This campaign is not open."))]), 409
    return redirect(url_for("pledges.show", pledge_id=done["id"]), 303)


@pages.get(ONE)
@theirs
def show(pledge_id: int) -> str:
    """One pledge: its state and clock, what it promises, what happened; the form while it is being written."""
    return _page(pledge_id)


@pages.get(f"{ONE}/change")
@only_managers
def change(pledge_id: int) -> str:
    """The form that asks for other words."""
    return _page(pledge_id, trigger="propose_change")


@pages.post(f"{ONE}/do/<trigger>")
@only_managers
@limiter.limit(FILES)
def act(pledge_id: int, trigger: str) -> Answer:
    """One thing that the enterprise does with its pledge."""
    if trigger not in OWN:
        abort(404)
    return pledging.act(pledge_id, trigger, _page, url_for("pledges.show", pledge_id=pledge_id))


@pages.get(f"{ONE}/proof/<int(max={MOST_ID}):proof_id>")
@theirs
def proof(pledge_id: int, proof_id: int) -> Response:
    """A file that the enterprise gave."""
    return pledging.proof(pledge_id, proof_id)


def _page(pledge_id: int, **more: Any) -> str:
    return pledging.render(
        pledge_id, "pledge_enterprise.html", base=url_for("pledges.show", pledge_id=pledge_id), **more
    )


def _index(**more: Any) -> str:
    more.setdefault("problems", [])
    with db.reading() as session:
        mine = pledge_lists.of_enterprise(session, me().enterprise_id or 0)
        running = campaigns.open_on(session, local_date(clock.now()))
        taken = {each.pledge.campaign_id for each in mine if each.pledge.due_at is not None}
        rest = pledging.countdown(session)
    free = [each for each in running if each.id not in taken and me().manager]
    return render_template(
        "pledges_enterprise.html", mine=mine, free=free, left=rest, form_key=fresh_key(),
        word=lambda pledge: pledges.standing_word(pledge, clock.now()), **more,
    )  # fmt: skip
