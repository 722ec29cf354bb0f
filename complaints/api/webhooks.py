"""Webhooks of the caller's enterprise, for who leads its agents: subscribe, test, look, replay, delete."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from complaints import clock, db
from complaints.api import describing, shapes
from complaints.api.cases import PageQuery
from complaints.api.limits import ACTS
from complaints.api.operations import Call, Reply, operation
from complaints.api.problems import PREFIX, Problem
from complaints.delivery import posting
from complaints.errors import BadInput
from complaints.fields import Choices, Text, Whole
from complaints.inputs import Input
from complaints.models import Webhook, WebhookDelivery
from complaints.registry import accounts, webhooks
from complaints.workflow import publishing
from complaints.workflow.case import Role

ONE = f"/webhooks/<int(max={db.MOST_ID}):webhook_id>"
OURS: dict[str, Any] = {"security": ("account",)}


class WebhookSchema(Input):
    """Where to send, and of which events; without `triggers` of all."""

    url = Text(webhooks.LONGEST_URL, required=True)
    triggers = Choices(*publishing.HEARD, load_default=list)


class ReplaySchema(Input):
    """What to send again: one `delivery`, or what was made from `since` to before `until`."""

    delivery = Whole(1, db.MOST_ID)
    since = Text(40)
    until = Text(40)


@operation("list_webhooks", "GET", "/webhooks", "webhooks", answer=shapes.Webhooks, refuses=(403,), says=OURS)
def list_webhooks(call: Call) -> Reply:
    """List the webhooks of your enterprise"""
    with db.reading() as session:
        return Reply({"items": [_told(hook) for hook in webhooks.of(session, led_firm(call))]})


@operation(
    "subscribe_webhook", "POST", "/webhooks", "webhooks", answer=shapes.NewWebhook, status=201, body=WebhookSchema,
    refuses=(403,), limit=ACTS,
    says=OURS | {"example": {"url": "https://crm.example.com/hook"}, "headers": {"Location": describing.LOCATION}},
)  # fmt: skip
def subscribe_webhook(call: Call) -> Reply:
    """Subscribe an address to events in your cases

    The secret is in this answer and nowhere else. An address is subscribed once.
    """
    firm, given = led_firm(call), call.parsed(WebhookSchema())
    with db.transaction() as session:
        triggers, at = given["triggers"], clock.wall()
        hook, secret = webhooks.subscribe(session, firm, given["url"], triggers, at, call.caller.account_id)
        told = _told(hook) | {"secret": secret}
    return Reply(told, {"Location": f"{PREFIX}/webhooks/{told['id']}"})


@operation("delete_webhook", "DELETE", ONE, "webhooks", status=204, refuses=(403,), says=OURS)
def delete_webhook(call: Call, webhook_id: int) -> Reply:
    """Delete a webhook"""
    with db.transaction() as session:
        webhooks.end(session, led_firm(call), webhook_id, clock.wall())
    return Reply(None)


@operation(
    "resume_webhook", "POST", f"{ONE}/resume", "webhooks", answer=shapes.Webhook, refuses=(403,), limit=ACTS, says=OURS
)
def resume_webhook(call: Call, webhook_id: int) -> Reply:
    """Let a paused webhook go on; what was kept for it leaves now"""
    with db.transaction() as session:
        webhooks.resume(session, led_firm(call), webhook_id, clock.wall())
        return Reply(_told(_one(session, call, webhook_id)))


@operation(
    "change_webhook_secret", "POST", f"{ONE}/secret", "webhooks", answer=shapes.NewWebhook, refuses=(403,), limit=ACTS,
    says=OURS,
)  # fmt: skip
def change_webhook_secret(call: Call, webhook_id: int) -> Reply:
    """Give a webhook a new secret; for a day the old one signs beside it"""
    with db.transaction() as session:
        secret = webhooks.change_secret(session, led_firm(call), webhook_id, clock.wall())
        return Reply(_told(_one(session, call, webhook_id)) | {"secret": secret})


@operation(
    "test_webhook", "POST", f"{ONE}/test", "webhooks", answer=shapes.Delivery, refuses=(403,), limit=ACTS, says=OURS
)
def test_webhook(call: Call, webhook_id: int) -> Reply:
    """Send a test message now, once, and say what became of it"""
    with db.transaction() as session:
        ping_id = publishing.plant_ping(session, _one(session, call, webhook_id), clock.wall()).id
    posting.send_now(webhook_id, ping_id)
    with db.reading() as session:
        return Reply(session.get_one(WebhookDelivery, ping_id))


@operation(
    "list_deliveries", "GET", f"{ONE}/deliveries", "webhooks", answer=shapes.Deliveries, query=PageQuery,
    refuses=(403,), says=OURS,
)  # fmt: skip
def list_deliveries(call: Call, webhook_id: int) -> Reply:
    """List what was sent to a webhook, newest first; kept for thirty days"""
    asked = call.query
    with db.reading() as session:
        hook = _one(session, call, webhook_id)
        page = webhooks.deliveries(session, hook, cursor=asked["cursor"] or None, limit=asked["limit"])
    return Reply({"items": page.lines, "next": page.next})


@operation(
    "replay_deliveries", "POST", f"{ONE}/replay", "webhooks", answer=shapes.Replayed, body=ReplaySchema, refuses=(403,),
    limit=ACTS, says=OURS | {"example": {"since": "2026-07-06T00:00:00+08:00", "until": "2026-07-07T00:00:00+08:00"}},
)  # fmt: skip
def replay_deliveries(call: Call, webhook_id: int) -> Reply:
    """Send again: one delivery, or all of a span, under the same ids"""
    given, at = call.parsed(ReplaySchema()), clock.wall()
    with db.transaction() as session:
        hook = _one(session, call, webhook_id)
        if given.get("delivery"):
            webhooks.replay(session, hook, given["delivery"], at)
            return Reply({"count": 1})
        since, until = _instant(given, "since"), _instant(given, "until")
        return Reply({"count": webhooks.replay_span(session, hook, since, until, at)})


def _instant(given: dict[str, Any], name: str) -> datetime:
    """An instant with its offset. Raises BadInput, naming the field."""
    text = given.get(name)
    try:
        at = datetime.fromisoformat(text) if text else None
        if at is not None and at.tzinfo is not None:
            return at.astimezone(clock.SHANGHAI)
    except (ValueError, OverflowError):
        pass
    raise BadInput("no instant", {name: ["not_an_instant" if text else "required"]})


def led_firm(call: Call) -> int:
    """The caller's enterprise, which the caller leads."""
    caller = call.caller
    if caller.enterprise_id is None or accounts.MANAGER not in caller.roles or not caller.holds(Role.ENTERPRISE):
        raise Problem("not_for_role")
    return caller.enterprise_id


def _one(session: Session, call: Call, webhook_id: int) -> Webhook:
    return webhooks.one(session, led_firm(call), webhook_id)


def _told(hook: Webhook) -> dict[str, Any]:
    names = ("id", "url", "triggers", "made_at", "failing_since", "paused_at")
    return {name: getattr(hook, name) for name in names}
