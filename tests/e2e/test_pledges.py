"""A pledge in a real browser: applied for, reviewed, announced, read by everybody, its certificate checked offline."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Page

from complaints.cli import cli
from tests.e2e.people import Person

Arrive = Callable[..., Person]
WAIT_SECONDS = 60


def saved(page: Page, link: str) -> bytes:
    """What a link gives to be saved."""
    with page.expect_download() as waiting:
        page.locator(link).first.click()
    return Path(waiting.value.path()).read_bytes()


def sound(who: Person, pictures: Path, name: str) -> None:
    who.picture(pictures, name)
    assert who.violations() == []


def certificate(who: Person, place: str) -> str:
    """The address of the certificate, once the worker has written it."""
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        who.open(place)
        links = who.page.locator("a[href^='/certificates/']")
        if links.count():
            return links.first.get_attribute("href") or ""
        time.sleep(1)
    raise AssertionError("no certificate was written")


def decide(who: Person, trigger: str, reason: str = "") -> None:
    """One decision on the desk's page of a pledge."""
    form = f"form[action$='/do/{trigger}']"
    if not who.page.locator(f"{form} button").is_visible():
        who.page.locator(f"details:has({form}) summary").click()
    if reason:
        who.page.fill(f"{form} textarea", reason)
    who.page.click(f"{form} button")


def say(who: Person, address: str, reason: str) -> None:
    """A reason on a measure's page; without an address on the one that is open."""
    if address:
        who.open(address)
    who.page.fill("#reason", reason)
    who.page.click(".doing button[type=submit]")
    who.page.locator(".flash").wait_for()


def test_an_enterprise_pledges_and_anybody_can_check_it(person: Arrive, pictures: Path, tmp_path: Path) -> None:
    agent, chief, anybody = person(language="zh"), person(language="en", dark=True), person(language="zh", phone=True)
    agent.log_in("muyu", "zh")
    agent.open("/portal/pledges")
    sound(agent, pictures, "pledges-portal")
    agent.page.click("form:has(input[name=campaign]) button")
    place = agent.page.url
    agent.page.uncheck("#promise_safety")
    agent.page.click("button:has-text('提交审核')")
    assert agent.page.locator(".summary a[href='#text_safety']").count() == 1
    sound(agent, pictures, "pledge-form-wrong")
    agent.page.check("#promise_safety")
    agent.page.fill("#text_other", "每把椅子附三年免费紧固服务，" * 6)
    agent.page.check("#promise_other")
    agent.page.select_option("#answer_days", "4")
    agent.page.set_input_files(
        "#file", {"name": "检验报告.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 x"}
    )
    agent.page.check("#mediation_consent")
    sound(agent, pictures, "pledge-form")
    agent.page.click("button:has-text('提交审核')")
    assert "审核中" in agent.page.locator(".move").inner_text()
    sound(agent, pictures, "pledge-submitted")

    chief.log_in("supervisor", "en")
    chief.open("/desk/pledges")
    sound(chief, pictures, "pledges-desk")
    chief.page.locator("table a").first.click()
    desk = chief.page.url
    sound(chief, pictures, "pledge-desk")
    decide(chief, "approve")
    decide(chief, "publish")
    assert "In force" in chief.page.locator(".move .tag").inner_text() or "in force" in chief.page.inner_text(".move")

    link = certificate(agent, place)
    sound(agent, pictures, "pledge-in-force")
    anybody.open("/pledges")
    sound(anybody, pictures, "pledges-public-phone")
    anybody.page.locator("table a").first.click()
    sound(anybody, pictures, "pledge-public-phone")
    anybody.open(link)
    assert "有效" in anybody.page.locator(".standing").inner_text()
    sound(anybody, pictures, "certificate-phone")
    names = [tmp_path / name for name in ("a.pdf", "a.sig", "key.pem")]
    for path, ending in zip(names, (".pdf", ".sig", "key.pem"), strict=True):
        path.write_bytes(saved(anybody.page, f"a[href*='{ending}']"))
    words = ["verify-certificate", str(names[0]), "--signature", str(names[1]), "--key", str(names[2])]
    assert CliRunner().invoke(cli, words).exit_code == 0

    chief.open(desk)
    chief.page.click("aside a[href='/desk/measures']")
    chief.page.fill("#enterprise", "示例木屿家居有限公司")
    chief.page.select_option("#kind", "suspension")
    chief.page.fill("#reason", "Three answers were missed.")
    chief.page.click("main form.narrow button[type=submit]")
    chief.page.locator(".move").wait_for()
    measure = chief.page.url
    say(agent, measure.replace("/desk/", "/portal/"), "三件投诉均已补复。")
    chief.page.reload()
    chief.page.check('input[name="trigger"][value="impose"]')
    say(chief, "", "They came too late.")
    anybody.open(link)
    assert "已暂停" in anybody.page.locator(".standing").inner_text()
    say(chief, measure, "All are answered now.")
    anybody.open(link)
    standing = anybody.page.locator(".standing").inner_text()
    assert "已由新版取代" in standing  # the days between are of no version; the pledge stands again in a new one


@pytest.mark.parametrize("dark", [False, True])
def test_campaigns_and_the_public_list_are_sound(person: Arrive, pictures: Path, dark: bool) -> None:
    root = person(language="en", dark=dark)
    root.log_in("admin", "en")
    root.open("/admin/campaigns")
    sound(root, pictures, f"campaigns-{'dark' if dark else 'light'}")
    root.page.locator("table a").first.click()
    sound(root, pictures, f"campaign-{'dark' if dark else 'light'}")
    reader = person(language="en", phone=not dark, dark=dark)
    for name, address in {"none": "/pledges?q=zzzz", "list": "/pledges", "year": "/pledges?year=2099"}.items():
        reader.open(address)
        sound(reader, pictures, f"pledges-{name}-{'dark' if dark else 'light'}")
