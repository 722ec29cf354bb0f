"""The enterprise portal in a real browser: the inbox, a form opened in the page, a draft that survives."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.people import Person
from tests.e2e.test_stories import filed


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("phone", [False, True])
def test_the_inbox_and_a_case_look_right(
    person: Callable[..., Person], pictures: Path, phone: bool, dark: bool
) -> None:
    agent = person(phone=phone, dark=dark)
    agent.log_in("qinghe")
    found = []
    look = f"{'phone' if phone else 'wide'}-{'dark' if dark else 'light'}"
    for name, path in {
        "inbox": "/portal?state=",
        "none": "/portal?q=没有的词",
        "templates": "/portal/templates",
    }.items():
        agent.open(path)
        agent.picture(pictures, f"portal-{name}-{look}")
        found += agent.violations()
    agent.open(f"/portal/cases/{filed(person())[0]}")
    agent.page.locator("a[href$='/do/offer']").first.click()
    agent.page.locator("#doing form").wait_for()
    agent.picture(pictures, f"portal-offer-{look}")
    assert found + agent.violations() == []


@pytest.mark.parametrize("scripts", [True, False])
def test_a_draft_survives(person: Callable[..., Person], scripts: bool) -> None:
    agent = person(language="en", scripts=scripts)
    agent.log_in("qinghe")
    agent.open(f"/portal/cases/{filed(person())[0]}")
    case = agent.page.url
    agent.page.locator("a[href$='/do/statement']").first.click()
    agent.page.fill("#text", "Half a reply")
    if scripts:
        agent.page.locator("[data-said]:not(:empty)").wait_for()  # in the language of the account
        assert agent.page.url == f"{case}/do/statement"
        agent.page.go_back()
        agent.page.locator(".move .actions").wait_for()
        assert agent.page.locator("#doing form").count() == 0
    else:
        agent.page.click("button[value=keep]")
    agent.open(f"{case}/do/statement")
    assert agent.page.input_value("#text") == "Half a reply"


@pytest.mark.parametrize("scripts", [True, False])
def test_another_language_keeps_half_a_reply(person: Callable[..., Person], scripts: bool) -> None:
    agent = person(language="en", scripts=scripts)
    agent.log_in("qinghe")
    agent.open(f"/portal/cases/{filed(person())[0]}")
    agent.page.locator("a[href$='/do/statement']").first.click()
    agent.page.fill("#text", "Half a reply")
    agent.page.click("header button[lang='zh-CN']")
    agent.page.locator("html[lang='zh-CN']").wait_for()
    assert agent.page.input_value("#text") == "Half a reply"
    assert agent.page.locator(".summary").count() == 0
