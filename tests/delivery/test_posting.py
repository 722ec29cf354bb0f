"""Messages to webhooks: made from the log without a gap, sent until they get through, seen by nobody else."""

import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from complaints import clock, db
from complaints.config import settings
from complaints.delivery import letter, posting
from complaints.errors import BadInput, NotFound
from complaints.models import Event, Notice, Webhook, WebhookDelivery
from complaints.registry import webhooks
from complaints.workflow import actions, horizon, publishing
from complaints.workflow.case import Role
from tests import people
from tests.people import MONDAY, World
from tests.playing import Playing, file_complaint
from tests.receiving import Receiver, receiver

PERSONAL = ("王梅", "13812345678", "mei@example.org", "大学路", "burst", "129 yuan")


class Wall:
    """Real time, which only these tests move."""

    def __init__(self) -> None:
        self.at = MONDAY

    def __call__(self) -> datetime:
        return self.at

    def on(self, **span: float) -> None:
        self.at += timedelta(**span)


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    made = Wall()
    monkeypatch.setattr(clock, "wall", made)
    return made


@pytest.fixture
def world(database: Engine, wall: Wall, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("COMPLAINTS_WEBHOOK_LOCAL", "1")
    settings.cache_clear()
    return people.world()


@pytest.fixture
def crm(world: World) -> Iterator[Receiver]:
    with receiver() as told:
        yield told


def subscribe(firm: int, url: str, *triggers: str) -> tuple[int, str]:
    with db.transaction() as session:
        hook, secret = webhooks.subscribe(session, firm, url, triggers, clock.wall())
        return hook.id, secret


def deliveries(hook_id: int) -> list[WebhookDelivery]:
    with db.reading() as session:
        mine = select(WebhookDelivery).where(WebhookDelivery.webhook_id == hook_id)
        return list(session.scalars(mine.order_by(WebhookDelivery.id)))


def hook_row(hook_id: int) -> Webhook:
    with db.reading() as session:
        return session.get_one(Webhook, hook_id)


def bodies(told: Receiver) -> list[dict[str, Any]]:
    return [json.loads(each.body) for each in told.got]


def test_an_event_is_told_signed_and_without_personal_data(world: World, crm: Receiver) -> None:
    _, secret = subscribe(world.hongyun, crm.url)
    case = file_complaint(world)
    case.enterprise("offer", remedy="Your money back, Wang Mei.", amount=Decimal("129.00"))
    assert publishing.publish() == 2
    assert posting.deliver_due() == 2
    assert all(each.signed_by(secret) for each in crm.got)
    first, second = bodies(crm)
    assert (first["type"], second["type"]) == ("file", "offer")
    assert second["data"]["event"]["facts"]["amount"] == "129.00"
    assert second["data"]["case"]["number"] == case.number
    assert second["data"]["case"]["state"] == "with_consumer"
    assert second["timestamp"].endswith("+08:00")
    assert not any(each in got.body.decode() for got in crm.got for each in PERSONAL)


def test_a_stranger_cannot_sign_and_a_changed_body_is_seen(world: World, crm: Receiver) -> None:
    _, secret = subscribe(world.hongyun, crm.url)
    _, others = subscribe(world.baiyu, crm.url)
    file_complaint(world)
    publishing.publish()
    posting.deliver_due()
    (got,) = crm.got
    assert got.signed_by(secret)
    assert not got.signed_by(others)
    assert not type(got)(got.headers, got.body + b" ").signed_by(secret)
    assert secret not in str(deliveries(1)) + str(vars(hook_row(1)))


def test_nothing_is_told_twice_and_nothing_from_before(world: World, crm: Receiver) -> None:
    before = file_complaint(world)
    hook, _ = subscribe(world.hongyun, crm.url)
    file_complaint(world, at=MONDAY)
    assert [publishing.publish(), publishing.publish()] == [1, 0]
    posting.deliver_due()
    posting.deliver_due()
    assert len(crm.got) == 1
    before.enterprise("extend", reason="The workshop is slow.")
    assert publishing.publish() == 1
    assert [each.trigger for each in deliveries(hook)] == ["file", "extend"]


def test_only_what_was_asked_for_and_only_ones_own(world: World, crm: Receiver) -> None:
    hook, _ = subscribe(world.hongyun, crm.url, "offer", "decline")
    other, _ = subscribe(world.baiyu, crm.url)
    case = file_complaint(world)
    case.intake("note", text="Suspicious.")
    case.enterprise("decline", reason="Used on a stove.")
    publishing.publish()
    assert [each.trigger for each in deliveries(hook)] == ["decline"]
    assert deliveries(other) == []


def test_what_the_centre_keeps_to_itself_is_not_told(world: World, crm: Receiver) -> None:
    hook, _ = subscribe(world.hongyun, crm.url)
    case = file_complaint(world)
    case.intake("note", text="Suspicious.")
    case.intake("flag", flags=["crowd"])
    publishing.publish()
    assert [each.trigger for each in deliveries(hook)] == ["file"]
    assert "crowd" not in deliveries(hook)[0].body


def test_a_case_that_has_not_reached_the_enterprise_is_not_told(world: World, crm: Receiver) -> None:
    hook, _ = subscribe(world.outside, crm.url)
    case = file_complaint(world, against="outside")
    publishing.publish()
    assert deliveries(hook) == []
    case.intake("admit")
    publishing.publish()
    assert [each.trigger for each in deliveries(hook)] == ["admit"]


def test_a_case_that_went_elsewhere_meanwhile_is_not_told_any_more(world: World, crm: Receiver) -> None:
    hook, _ = subscribe(world.hongyun, crm.url)
    case = file_complaint(world)
    publishing.publish()
    case.enterprise("redirect", reason="Not ours.")
    case.intake("route", enterprise_id=world.baiyu)
    posting.deliver_due()
    assert crm.got == []
    assert {each.status for each in deliveries(hook)} == {"void"}


def test_a_failure_is_tried_again_for_a_day_and_then_given_up(world: World, crm: Receiver, wall: Wall) -> None:
    hook, _ = subscribe(world.hongyun, crm.url)
    file_complaint(world)
    publishing.publish()
    crm.answers = [500]
    began = wall.at
    for _ in range(40):
        posting.deliver_due()
        wall.on(hours=1)
    (one,) = deliveries(hook)
    assert (one.status, one.attempts, len(crm.got)) == ("dead", 10, 10)
    assert [each["code"] for each in one.tries] == [500] * 10
    assert one.settled_at is not None
    assert timedelta(hours=24) <= one.settled_at - began <= timedelta(hours=34)
    assert len({each.headers["webhook-id"] for each in crm.got}) == 1  # the receiver knows it again


def test_the_first_tries_follow_closely(world: World, crm: Receiver, wall: Wall) -> None:
    subscribe(world.hongyun, crm.url)
    file_complaint(world)
    publishing.publish()
    crm.answers = [500, 500, 204]
    posting.deliver_due()
    assert posting.deliver_due() == 0  # not at once
    wall.on(seconds=11)
    posting.deliver_due()
    wall.on(seconds=61)
    assert posting.deliver_due() == 1
    assert len(crm.got) == 3


def test_a_webhook_that_takes_nothing_for_a_day_is_paused_and_the_enterprise_hears_of_it(
    world: World, crm: Receiver, wall: Wall
) -> None:
    hook, _ = subscribe(world.hongyun, crm.url)
    case = file_complaint(world)
    publishing.publish()
    crm.answers = [500]
    for _ in range(40):
        posting.deliver_due()
        wall.on(hours=1)
    assert hook_row(hook).paused_at is not None
    with db.reading() as session:
        (told,) = session.scalars(select(Notice).where(Notice.letter == "webhook_paused"))
    assert (told.recipient, told.at_once) == (f"enterprise:{world.hongyun}", True)
    assert crm.url in letter.render(told, "https://here/portal").text
    case.enterprise("extend", reason="Slow.", at=MONDAY)
    publishing.publish()
    tried = len(crm.got)
    assert posting.deliver_due() == 0
    assert len(crm.got) == tried
    crm.answers = [204]
    with db.transaction() as session:
        webhooks.resume(session, world.hongyun, hook, wall.at)
    assert posting.deliver_due() == 1  # what happened meanwhile was kept
    assert bodies(crm)[-1]["type"] == "extend"


def test_a_receiver_that_wants_no_more_is_paused_at_once(world: World, crm: Receiver) -> None:
    hook, _ = subscribe(world.hongyun, crm.url)
    file_complaint(world)
    publishing.publish()
    crm.answers = [410]
    posting.deliver_due()
    assert hook_row(hook).paused_at is not None


def test_one_dead_receiver_holds_up_no_other(world: World, crm: Receiver) -> None:
    dead, _ = subscribe(world.hongyun, "http://127.0.0.1:1/")
    subscribe(world.hongyun, crm.url)
    for n in range(30):
        file_complaint(world, phone=f"1381234{n:04}")
    publishing.publish()
    assert posting.deliver_due() == 30
    assert len(crm.got) == 30
    tried = [each for each in deliveries(dead) if each.tries]
    assert len(tried) < 5  # and it was not asked again and again


def test_replaying_one_and_a_span_keeps_the_ids(world: World, crm: Receiver, wall: Wall) -> None:
    hook, _ = subscribe(world.hongyun, crm.url)
    for _ in range(3):
        file_complaint(world)
        publishing.publish()
        wall.on(hours=1)
    posting.deliver_due()
    ids = [each.headers["webhook-id"] for each in crm.got]
    with db.transaction() as session:
        row = webhooks.one(session, world.hongyun, hook)
        webhooks.replay(session, row, deliveries(hook)[1].id, wall.at)
    posting.deliver_due()
    assert [each.headers["webhook-id"] for each in crm.got[3:]] == [ids[1]]
    with db.transaction() as session:
        row = webhooks.one(session, world.hongyun, hook)
        assert webhooks.replay_span(session, row, MONDAY, MONDAY + timedelta(hours=2), wall.at) == 2
        with pytest.raises(BadInput) as wrong:
            webhooks.replay_span(session, row, MONDAY, MONDAY, wall.at)
        assert list(wrong.value.fields) == ["until"]
        with pytest.raises(NotFound):
            webhooks.replay(session, row, 99, wall.at)
    posting.deliver_due()
    assert [each.headers["webhook-id"] for each in crm.got[4:]] == ids[:2]


def test_the_old_secret_signs_for_a_day_beside_the_new_one(world: World, crm: Receiver, wall: Wall) -> None:
    hook, old = subscribe(world.hongyun, crm.url)
    with db.transaction() as session:
        new = webhooks.change_secret(session, world.hongyun, hook, wall.at)
    file_complaint(world)
    publishing.publish()
    posting.deliver_due()
    assert crm.got[0].signed_by(old)
    assert crm.got[0].signed_by(new)
    wall.on(hours=25)
    file_complaint(world)
    publishing.publish()
    posting.deliver_due()
    assert crm.got[1].signed_by(new)
    assert not crm.got[1].signed_by(old)


def test_a_deleted_webhook_hears_no_more(world: World, crm: Receiver, wall: Wall) -> None:
    hook, _ = subscribe(world.hongyun, crm.url)
    file_complaint(world)
    publishing.publish()
    with db.transaction() as session:
        webhooks.end(session, world.hongyun, hook, wall.at)
    file_complaint(world)
    assert publishing.publish() == 0
    assert posting.deliver_due() == 0
    with db.transaction() as session, pytest.raises(NotFound):
        webhooks.one(session, world.hongyun, hook)


def test_an_enterprise_touches_only_its_own(world: World, crm: Receiver, wall: Wall) -> None:
    hook, _ = subscribe(world.hongyun, crm.url)
    with db.transaction() as session:
        for act in (webhooks.one, lambda s, f, h: webhooks.end(s, f, h, wall.at)):
            with pytest.raises(NotFound):
                act(session, world.baiyu, hook)


def test_the_same_address_is_subscribed_once_and_not_more_than_ten(world: World) -> None:
    for n in range(webhooks.MOST):
        subscribe(world.hongyun, f"https://crm.example.com/{n}")
    with pytest.raises(BadInput) as full:
        subscribe(world.hongyun, "https://crm.example.com/more")
    assert full.value.fields == {"url": ["too_many:10"]}
    with pytest.raises(BadInput) as twice:
        subscribe(world.hongyun, "https://crm.example.com/1")
    assert twice.value.fields == {"url": ["taken"]}


def test_deliveries_are_forgotten_after_thirty_days(world: World, crm: Receiver, wall: Wall) -> None:
    hook, _ = subscribe(world.hongyun, crm.url)
    file_complaint(world)
    publishing.publish()
    posting.deliver_due()
    wall.on(days=29)
    assert posting.forget() == 0
    wall.on(days=2)
    assert posting.forget() == 1
    assert deliveries(hook) == []


def test_two_workers_at_once_send_each_message_once(world: World, crm: Receiver) -> None:
    subscribe(world.hongyun, crm.url)
    for n in range(40):
        file_complaint(world, phone=f"1381234{n:04}")
    crew = [threading.Thread(target=_publish_and_deliver) for _ in range(4)]
    for each in crew:
        each.start()
    for each in crew:
        each.join(60)
    _publish_and_deliver()
    ids = [each.headers["webhook-id"] for each in crm.got]
    assert (len(ids), len(set(ids))) == (40, 40)


def _publish_and_deliver() -> None:
    publishing.publish()
    posting.deliver_due()


def test_a_worker_that_dies_before_it_sends_loses_nothing(world: World, crm: Receiver, wall: Wall) -> None:
    hook, _ = subscribe(world.hongyun, crm.url)
    file_complaint(world)
    publishing.publish()
    assert posting._claim(hook, "dead worker", 10)
    assert posting.deliver_due() == 0  # it may still be at it
    wall.on(seconds=61)
    assert posting.deliver_due() == 1
    assert len(crm.got) == 1


def test_an_entry_that_commits_late_is_not_passed_over(
    postgres: Engine, wall: Wall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two write; the one with the lower number commits last. Reading up to the newest would lose it."""
    world = people.world()
    hook, _ = subscribe(world.hongyun, "https://crm.example.com/")
    slow, quick = file_complaint(world), file_complaint(world)
    publishing.publish()
    with db.transaction() as session:
        _extend_in(session, slow)
        quick.enterprise("extend", reason="Slow.")
        with db.reading() as other:
            assert horizon.newest(other) == _newest_of(quick)  # what a careless reader would take for the end
        assert horizon.settled(patience=0.2) is None
        assert publishing.publish() == 0
    assert publishing.publish() == 2
    assert {each.number for each in deliveries(hook) if each.trigger == "extend"} == {slow.number, quick.number}


def _extend_in(session: Session, case: Playing) -> None:
    found = actions.take(session, case.number, case.actor(Role.ENTERPRISE), MONDAY)
    actions.perform(session, found, "extend", case.actor(Role.ENTERPRISE), MONDAY, {"reason": "Slow."})
    session.flush()


def _newest_of(case: Playing) -> int:
    with db.reading() as session:
        return session.scalar(select(func.max(Event.id)).where(Event.complaint_id == case.id)) or 0
