"""Where an enterprise's programs hear of events: for those who lead its agents."""

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug import Response

from complaints import clock, db
from complaints.api.limits import ACTS, limiter
from complaints.clock import SHANGHAI
from complaints.db import MOST_ID
from complaints.delivery import posting
from complaints.errors import BadInput, NotFound
from complaints.models import Webhook, WebhookDelivery
from complaints.registry import webhooks
from complaints.workflow import publishing
from web import paging
from web.casework import Answer
from web.forms import problems
from web.language import gettext as _
from web.sessions import me, only_managers

pages = Blueprint("webhooks", __name__, url_prefix="/portal/webhooks")
ONE = f"/<int(max={MOST_ID}):webhook_id>"


@pages.get("")
@only_managers
def index() -> str:
    """The webhooks of the enterprise, and the form for another."""
    return _index()


@pages.post("")
@only_managers
@limiter.limit(ACTS)
def subscribe() -> Answer:
    """Subscribe an address; the secret is on the page that answers, and nowhere else."""
    chosen = [trigger for trigger in publishing.HEARD if trigger in request.form.getlist("triggers")]
    try:
        with db.transaction() as session:
            hook, secret = webhooks.subscribe(
                session, _firm(), request.form.get("url", ""), chosen, clock.wall(), me().id
            )
    except BadInput as error:
        return _index(problems=problems(error, {"url": _("Address")}), chosen=chosen), 422
    return _show(hook.id, secret=secret)


@pages.get(ONE)
@only_managers
def show(webhook_id: int) -> str:
    """One webhook, and what was sent to it."""
    return _show(webhook_id)


@pages.post(f"{ONE}/test")
@only_managers
@limiter.limit(ACTS)
def test(webhook_id: int) -> Response:
    """Send a test message now, and say what became of it."""
    with db.transaction() as session:
        ping = publishing.plant_ping(session, _one(session, webhook_id), clock.wall())
        ping_id = ping.id
    posting.send_now(webhook_id, ping_id)
    with db.reading() as session:
        ping = session.get_one(WebhookDelivery, ping_id)
    flash(_("The test message was delivered.") if ping.status == "sent" else _("The test message was not delivered."))
    return redirect(url_for("webhooks.show", webhook_id=webhook_id), 303)


@pages.post(f"{ONE}/replay")
@only_managers
@limiter.limit(ACTS)
def replay(webhook_id: int) -> Answer:
    """Send again: one delivery, or all of a span of days."""
    at = clock.wall()
    try:
        with db.transaction() as session:
            count = _replay(session, _one(session, webhook_id), at)
    except BadInput as error:
        labels = {"since": _("From"), "until": _("Until")}
        return _show(webhook_id, problems=problems(error, labels)), 422
    except NotFound:
        abort(404)
    flash(_("%(n)d messages are sent again.", n=count))
    return redirect(url_for("webhooks.show", webhook_id=webhook_id), 303)


def _replay(session: Session, hook: Webhook, at: datetime) -> int:
    delivery_id = request.form.get("delivery", type=int)
    if delivery_id is not None:
        webhooks.replay(session, hook, min(max(delivery_id, 0), MOST_ID), at)
        return 1
    since, until = _day("since"), _day("until")
    return webhooks.replay_span(session, hook, since, until + timedelta(days=1), at)


def _day(name: str) -> datetime:
    """The beginning of a day that was typed. Raises BadInput, naming the box."""
    text = request.form.get(name, "").strip()
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=SHANGHAI)
    except ValueError:
        raise BadInput("no date", {name: ["not_a_date" if text else "required"]}) from None


@pages.post(f"{ONE}/resume")
@only_managers
@limiter.limit(ACTS)
def resume(webhook_id: int) -> Response:
    """Let a paused webhook go on."""
    _change(webhooks.resume, webhook_id)
    flash(_("The webhook goes on."))
    return redirect(url_for("webhooks.show", webhook_id=webhook_id), 303)


@pages.post(f"{ONE}/secret")
@only_managers
@limiter.limit(ACTS)
def change_secret(webhook_id: int) -> str:
    """A new secret, shown once; the old one signs beside it for a day."""
    return _show(webhook_id, secret=_change(webhooks.change_secret, webhook_id))


@pages.post(f"{ONE}/end")
@only_managers
@limiter.limit(ACTS)
def end(webhook_id: int) -> Response:
    """Delete it."""
    _change(webhooks.end, webhook_id)
    flash(_("The webhook was deleted."))
    return redirect(url_for("webhooks.index"), 303)


def _change(act: Any, webhook_id: int) -> Any:
    try:
        with db.transaction() as session:
            return act(session, _firm(), webhook_id, clock.wall())
    except NotFound:
        abort(404)


def _firm() -> int:
    return me().enterprise_id or 0


def _one(session: Session, webhook_id: int) -> Webhook:
    try:
        return webhooks.one(session, _firm(), webhook_id)
    except NotFound:
        abort(404)


def _index(**more: Any) -> str:
    more.setdefault("problems", [])
    with db.reading() as session:
        hooks = webhooks.of(session, _firm())
    return render_template(
        "webhooks.html", hooks=hooks, heard=publishing.HEARD, typed=request.form, most=webhooks.MOST, **more
    )


def _show(webhook_id: int, **more: Any) -> str:
    more.setdefault("problems", [])
    with db.reading() as session, paging.cursor() as cursor:
        hook = _one(session, webhook_id)
        log = webhooks.deliveries(session, hook, cursor=cursor)
    return render_template("webhook.html", hook=hook, log=log, typed=request.form, **more)
