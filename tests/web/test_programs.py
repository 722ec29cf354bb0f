"""Tokens, webhooks and settings in the portal: who may, what is shown once, and what is refused by name."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from complaints import clock, db
from complaints.config import settings
from complaints.models import Account, ApiToken, Enterprise, WebhookDelivery
from complaints.registry import tokens
from complaints.workflow import publishing
from tests.people import World
from tests.receiving import Receiver, receiver
from tests.web.browser import Browser, Page


@pytest.fixture
def boss(app: Flask, world: World) -> Browser:
    """Who leads Hongyun's agents, logged in."""
    with db.transaction() as session:
        account = session.scalars(select(Account).where(Account.login == "baiyu")).one()
        account.enterprise_id, account.roles = world.hongyun, ["enterprise", "manager"]
    return Browser(app).log_in("baiyu")


@pytest.fixture
def agent(app: Flask) -> Browser:
    """One of Hongyun's agents, logged in."""
    return Browser(app).log_in("hongyun")


@pytest.fixture
def crm(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A program of Hongyun's on this machine."""
    monkeypatch.setenv("COMPLAINTS_WEBHOOK_LOCAL", "1")
    settings.cache_clear()
    with receiver() as told:
        yield told


def secret_on(page: Page) -> str:
    found = re.search(r"whsec_[A-Za-z0-9+/=]+", page.words)
    assert found is not None, page.words
    return found[0]


def post(browser: Browser, page: str, address: str, **typed: object) -> Page:
    """Press a button of a page."""
    key = browser.get(page).hidden()["csrf_token"]
    return browser.send(address, {"csrf_token": key, **typed})


def test_only_managers_come_to_webhooks_and_nobody_else_to_the_portal(
    boss: Browser, agent: Browser, app: Flask
) -> None:
    assert boss.get("/portal/webhooks").status == 200
    assert agent.get("/portal/webhooks").status == 403
    assert "/portal/webhooks" not in list(agent.get("/portal/tokens").links())
    for path in ("/portal/webhooks", "/portal/tokens", "/portal/settings"):
        assert Browser(app).get(path).path == "/login"
        assert Browser(app).log_in("desk").get(path).status == 403


def test_a_webhook_is_subscribed_tested_replayed_and_deleted(boss: Browser, crm: Receiver, case: str) -> None:
    made = boss.submit("/portal/webhooks", url=crm.url)
    secret = secret_on(made)
    assert "whsec_" not in boss.get("/portal/webhooks/1").text  # shown once
    tested = post(boss, "/portal/webhooks/1", "/portal/webhooks/1/test")
    assert "The test message was delivered." in tested.text
    assert crm.got[0].signed_by(secret)
    with db.reading() as session:
        (ping,) = session.scalars(select(WebhookDelivery))
    again = post(boss, "/portal/webhooks/1", "/portal/webhooks/1/replay", delivery=ping.id)
    assert "1 message is sent again." in again.text
    assert "waiting" in again.words
    renewed = secret_on(post(boss, "/portal/webhooks/1", "/portal/webhooks/1/secret"))
    assert renewed != secret
    gone = post(boss, "/portal/webhooks/1", "/portal/webhooks/1/end")
    assert "There are no webhooks yet." in gone.words
    assert boss.get("/portal/webhooks/1").status == 404


def test_a_test_that_fails_says_so_and_a_wrong_span_is_named(boss: Browser, crm: Receiver) -> None:
    boss.submit("/portal/webhooks", url=crm.url)
    crm.answers = [500]
    failed = post(boss, "/portal/webhooks/1", "/portal/webhooks/1/test")
    assert "The test message was not delivered." in failed.text
    assert "500" in failed.words
    wrong = post(boss, "/portal/webhooks/1", "/portal/webhooks/1/replay", since="yesterday", until="")
    assert wrong.status == 422
    assert 'href="#since"' in wrong.text
    span = post(boss, "/portal/webhooks/1", "/portal/webhooks/1/replay", since="2026-07-06", until="2026-07-06")
    assert "1 message is sent again." in span.text
    assert post(boss, "/portal/webhooks/1", "/portal/webhooks/1/replay", delivery=99).status == 404


def test_an_address_that_cannot_be_used_is_named_and_kept_in_its_box(boss: Browser, world: World) -> None:
    page = boss.submit("/portal/webhooks", url="http://crm.example.com/", triggers="offer")
    assert page.status == 422
    assert 'href="#url"' in page.text
    assert 'value="http://crm.example.com/"' in page.text
    assert re.search(r'value="offer" checked', page.text)


def test_another_enterprises_webhook_is_not_there(boss: Browser, app: Flask, crm: Receiver, world: World) -> None:
    boss.submit("/portal/webhooks", url=crm.url)
    with db.transaction() as session:
        stranger = session.scalars(select(Account).where(Account.login == "outside")).one()
        stranger.roles = ["enterprise", "manager"]
    other = Browser(app).log_in("outside")
    assert other.get("/portal/webhooks/1").status == 404
    for act in ("test", "replay", "secret", "end", "resume"):
        assert post(other, "/portal/webhooks", f"/portal/webhooks/1/{act}", delivery=1).status == 404


def test_the_log_of_deliveries_shows_cases_and_no_personal_data(
    boss: Browser, crm: Receiver, consumer: Browser, case: str
) -> None:
    boss.submit("/portal/webhooks", url=crm.url)
    answer = consumer.submit(f"{case}/do/statement", text="My phone is 13812345678.", as_it_is="yes")
    assert answer.status == 200
    publishing.publish()
    page = boss.get("/portal/webhooks/1")
    assert "C26-" in page.words
    assert "13812345678" not in page.text


def test_an_agent_sees_and_revokes_own_tokens_and_a_manager_everybodys(
    boss: Browser, agent: Browser, app: Flask
) -> None:
    shown = agent.submit("/portal/tokens", name="CRM", days="30")
    found = re.search(r"cpl_[\w-]+", shown.words)
    assert found is not None
    answer = app.test_client().get("/api/v1/me", headers={"Authorization": f"Bearer {found[0]}"})
    assert answer.status_code == 200
    assert "cpl_" not in agent.get("/portal/tokens").text
    boss.submit("/portal/tokens", name="Robot", days="90")
    assert "Robot" not in agent.get("/portal/tokens").words
    assert "CRM" in boss.get("/portal/tokens").words
    with db.reading() as session:
        rows = {row.name: row for row in session.scalars(select(ApiToken))}
    assert rows["CRM"].used_at is not None
    post(agent, "/portal/tokens", f"/portal/tokens/{rows['Robot'].id}/revoke")
    assert "Robot" in boss.get("/portal/tokens").words  # it was not the agent's
    post(boss, "/portal/tokens", f"/portal/tokens/{rows['CRM'].id}/revoke")
    answer = app.test_client().get("/api/v1/me", headers={"Authorization": f"Bearer {found[0]}"})
    assert answer.status_code == 401


def test_a_token_without_a_name_is_refused_by_name(agent: Browser) -> None:
    page = agent.submit("/portal/tokens", name=" ", days="30")
    assert page.status == 422
    assert 'href="#name"' in page.text


def test_a_use_is_noted_once_an_hour(world: World) -> None:
    at = clock.wall()
    with db.transaction() as session:
        account = session.scalars(select(Account).where(Account.login == "hongyun")).one()
        row, _text = tokens.issue(session, account, "CRM", at)
        assert tokens.unnoted(row, at)
        row.used_at = at
        assert not tokens.unnoted(row, at + timedelta(minutes=59))
        assert tokens.unnoted(row, at + timedelta(hours=1))


def test_a_manager_chooses_how_letters_come_and_an_agent_only_sees_it(
    boss: Browser, agent: Browser, world: World
) -> None:
    saved = boss.submit("/portal/settings", digest_hour="14", bundle_news="yes", locale="en")
    assert "Saved." in saved.text
    with db.reading() as session:
        firm = session.get_one(Enterprise, world.hongyun)
    assert (firm.digest_hour, firm.bundle_news, firm.locale) == (14, True, "en")
    assert "from 14:00" in agent.get("/portal/settings").words
    assert agent.send("/portal/settings", agent.get("/portal/settings").hidden() | {"locale": "zh"}).status == 403
    wrong = boss.submit("/portal/settings", digest_hour="23", locale="en")
    assert wrong.status == 422
    assert 'href="#digest_hour"' in wrong.text
