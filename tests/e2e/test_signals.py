"""A quality signal answered; a proposal heard, imposed, objected to and lifted: in a real browser, and how it looks."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.people import Person

LOOKS = [(False, False, "zh"), (True, True, "en"), (True, False, "zh"), (False, True, "en")]


def look(phone: bool, dark: bool, language: str) -> str:
    return f"{language}-{'phone' if phone else 'wide'}-{'dark' if dark else 'light'}"


@pytest.mark.parametrize(("phone", "dark", "language"), LOOKS)
def test_pages_look_right(
    person: Callable[..., Person], pictures: Path, phone: bool, dark: bool, language: str
) -> None:
    found, name = [], look(phone, dark, language)
    firm = person(phone=phone, dark=dark, language=language)
    firm.log_in("qinghe")
    for path in ("/portal/signals", "/portal/tracking", "/benchmarks"):
        firm.open(path)
        firm.picture(pictures, f"signals{path.replace('/', '-')}-{name}")
        found += firm.violations()
    firm.open("/portal/signals")
    for kind in ("signals", "measures"):
        firm.open("/portal/signals")
        firm.page.click(f'main table a[href*="/portal/{kind}/"] >> nth=0')
        firm.picture(pictures, f"signals-portal-one-{kind}-{name}")
        found += firm.violations()
    desk = person(phone=phone, dark=dark, language=language)
    desk.log_in("supervisor")
    for path in ("/desk/signals", "/desk/measures", "/desk/benchmarks"):
        desk.open(path)
        desk.picture(pictures, f"signals{path.replace('/', '-')}-{name}")
        found += desk.violations()
    desk.page.click("main form.narrow button[type=submit]")  # with empty boxes
    desk.page.locator(".summary").wait_for()
    desk.picture(pictures, f"signals-benchmarks-error-{name}")
    assert found + desk.violations() == []


@pytest.mark.parametrize("scripts", [False])
def test_a_signal_is_answered_and_judged(person: Callable[..., Person], pictures: Path, scripts: bool) -> None:
    firm = person(language="en", scripts=scripts)
    page = firm.log_in("qinghe")
    page.goto("/portal/signals")
    page.click('main table a[href*="/portal/signals/"] >> nth=0')
    address = page.url
    page.fill("#reason", "The lid is glued otherwise since May; we glue it as before.")
    page.select_option("#action", "change_production")
    page.click(".doing button[type=submit]")
    assert "Recorded" in page.inner_text(".flash")
    desk = person(language="en", scripts=scripts)
    desk.log_in("supervisor")
    desk.open(address.replace("/portal/", "/desk/"))
    desk.page.check('input[name="trigger"][value="take_action"]')
    desk.page.fill("#reason", "Seen at the plant.")
    desk.page.click(".doing button[type=submit]")
    desk.page.locator(".flash").wait_for()
    desk.picture(pictures, "signals-judged")
    assert "acted on" in desk.page.inner_text(".move").lower()


def test_from_a_proposal_to_a_suspension_an_objection_and_its_end(
    person: Callable[..., Person], pictures: Path
) -> None:
    """The one supervisor proposes and imposes; nobody else decides the objection, so the clock lifts the measure."""
    desk = person(language="en")
    page = desk.log_in("supervisor")
    page.goto("/desk/measures")
    page.fill("#enterprise", "示例清禾电器有限公司")
    page.select_option("#kind", "suspension")
    page.fill("#reason", "Answers came late again.")
    page.click("main form.narrow button[type=submit]")
    page.locator(".move").wait_for()
    desk.picture(pictures, "signals-proposed")
    address = page.url
    firm = person(language="en")
    firm.log_in("qinghe")
    said(firm, address.replace("/desk/", "/portal/"), "Our workshop was flooded.")
    page.reload()
    page.check('input[name="trigger"][value="impose"]')
    page.fill("#reason", "Two of the answers were due before the flood.")
    page.click(".doing button[type=submit]")
    assert "in force" in page.inner_text(".move").lower()
    assert pledge_says(firm) == "suspended"
    said(firm, address.replace("/desk/", "/portal/"), "All three were due during the flood.")
    firm.picture(pictures, "signals-objected")
    page.reload()
    assert page.locator(".doing").count() == 0  # whoever imposed it does not decide on the objection
    for _each in range(4):
        desk.move_clock(3)
    page.goto(address)
    assert "is lifted" in page.inner_text("main")
    desk.picture(pictures, "signals-lifted")
    assert desk.violations() == []
    assert pledge_says(firm) == "in force"


def said(firm: Person, address: str, reason: str) -> None:
    """The enterprise gives its reason."""
    firm.open(address)
    firm.page.fill("#reason", reason)
    firm.page.click(".doing button[type=submit]")
    firm.page.locator(".flash").wait_for()


def pledge_says(firm: Person) -> str:
    """What the measure's own link to the pledge leads to: its state, live."""
    firm.open("/pledges")
    text = firm.page.inner_text("main").lower()
    return "suspended" if "suspended" in text else "in force"
