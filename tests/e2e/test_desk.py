"""The desk in a real browser: by keys alone, without scripts, two officers at one case, and every page of it."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.people import Person
from tests.e2e.test_documents import send, sound
from tests.e2e.test_stories import filed

Arrive = Callable[..., Person]
SHOP = "没有登记的小店"  # nobody knows it, so that an officer has to look first
PATIENCE_SECONDS = 90
LOOKS = [
    pytest.param("zh", False, False, id="zh-wide-light"),
    pytest.param("en", True, True, id="en-phone-dark"),
]


def in_focus(page: Page) -> str:
    """What the keyboard's place is on: its address or name."""
    return str(page.evaluate("document.activeElement.getAttribute('href') || document.activeElement.name || ''"))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_officer_works_by_keys_alone(person: Arrive, pictures: Path, language: str) -> None:
    consumer, officer = person(language="zh", phone=True), person(language=language, dark=language == "en")
    number, _case = filed(consumer, enterprise=SHOP, email="")
    page, key = officer.log_in("intake", language), officer.page.keyboard
    page.wait_for_url("**/desk")
    key.press("?")
    expect(page.locator("#keys")).to_be_visible()
    sound(officer, pictures, f"desk-keys-over-{language}")
    key.press("n")  # behind the list of keys no key does anything
    key.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    key.press("j")
    first = in_focus(page)
    key.press("j")
    assert first.startswith("/desk/cases/")
    assert in_focus(page) != first
    key.press("k")
    assert in_focus(page) == first
    key.press("/")
    key.type(number)  # letters of a number press nothing while one types
    key.press("Enter")
    page.wait_for_url(f"**/desk/cases/{number}")
    sound(officer, pictures, f"desk-case-{language}")
    key.press("i")
    page.wait_for_url("**/do/ask_information")
    assert in_focus(page) == "missing"
    with page.expect_response("**/draft/ask_information"):
        key.press("Space")
    expect(page.locator(".letterbox textarea")).to_have_value(re.compile("1\\. "))
    sound(officer, pictures, f"desk-letter-{language}")
    key.press("Escape")
    page.locator(".letterbox textarea").focus()
    key.press("End")
    key.press("Control+Enter")
    page.wait_for_url(f"**/desk/cases/{number}")
    expect(page.locator(".flash")).to_be_visible()
    key.press("n")
    page.wait_for_url(lambda url: not url.endswith(number))
    for keys, path in (("gt", "/desk/tasks"), ("gl", "/desk/letters"), ("gi", "/desk?queue=intake")):
        for each in keys:
            key.press(each)
        page.wait_for_url(f"**{path}")
    somebody_is_phoned(officer, number, pictures, language)


def somebody_is_phoned(officer: Person, number: str, pictures: Path, language: str) -> None:
    """No mail reaches the consumer, so a task appears; it is opened, read and done by keys."""
    page, key = officer.page, officer.page.keyboard
    until = time.monotonic() + PATIENCE_SECONDS
    while page.goto("/desk/tasks") and not page.locator(f'tr:has-text("{number}")').count():
        assert time.monotonic() < until, "nobody was asked to phone"
        time.sleep(1)
    sound(officer, pictures, f"desk-tasks-{language}")
    page.locator(f'tr:has-text("{number}") th a').focus()
    key.press("Enter")
    page.wait_for_url("**/desk/tasks/*")
    sound(officer, pictures, f"desk-task-{language}")
    with page.expect_download() as waiting:
        key.press("p")
    assert Path(waiting.value.path()).read_bytes().startswith(b"%PDF-")
    page.goto("/desk/letters")
    sound(officer, pictures, f"desk-failed-letters-{language}")
    page.go_back()
    key.press("a")  # goes to the button and does not press it: a party's time would run from here
    expect(page.locator('button[value="reached"]')).to_be_focused()
    expect(page).to_have_url(re.compile("/desk/tasks/[0-9]+"))
    key.press("Enter")
    page.wait_for_url("**/desk/tasks")
    expect(page.locator(".flash")).to_be_visible()


def test_two_officers_are_told_of_each_other_and_nothing_is_overwritten(person: Arrive, pictures: Path) -> None:
    consumer, first, second = person(language="zh"), person(language="en"), person(language="zh")
    number, _case = filed(consumer, enterprise=SHOP)
    first.log_in("intake", "en")
    second.log_in("supervisor")
    case = f"/desk/cases/{number}"
    first.open(f"{case}/do/refuse")
    first.page.check('input[value="refuse_3"]')
    second.open(case)
    assert second.page.locator(".others").count() == 1
    second.picture(pictures, "desk-two-officers")
    second.open(f"{case}/do/note")
    second.fill({"text": "我来处理。"})
    send(second)
    with first.page.expect_response("**/here", timeout=45_000):  # the page asks by itself every twenty seconds
        pass
    expect(first.page.locator(".others")).to_be_visible()
    first.page.fill("#text", "My own words.")
    first.page.locator(".doing button[type=submit]").last.click()
    expect(first.page.locator(".summary")).to_contain_text("What happened meanwhile")
    expect(first.page.locator("#text")).to_have_value("My own words.")
    sound(first, pictures, "desk-stale")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_without_scripts_nothing_is_missing(person: Arrive, pictures: Path, language: str) -> None:
    consumer, officer = person(language="zh", scripts=False), person(language=language, scripts=False)
    number, _case = filed(consumer, enterprise=SHOP)
    page = officer.log_in("intake", language)
    page.fill("#q", number)
    page.click(".find button")
    page.click('a[href$="/do/ask_information"]')
    page.check('input[value="address"]')
    page.click("button[name=anew]")
    assert "1. " in page.input_value(".letterbox textarea")
    page.locator(".doing button[type=submit]").last.click()
    assert page.locator(".flash").count() == 1
    page.fill(".notes textarea", "电话里答应补寄。")
    page.click(".notes button")
    assert "电话里答应补寄。" in page.locator(".notes").inner_text()
    page.goto("/desk/keys")
    assert page.locator(".keys").first.is_visible()
    assert page.locator("dialog[open]").count() == 0
    officer.picture(pictures, f"desk-plain-{language}")


@pytest.mark.parametrize(("language", "phone", "dark"), LOOKS)
def test_every_page_of_the_desk_is_sound(
    person: Arrive, pictures: Path, language: str, phone: bool, dark: bool
) -> None:
    look = f"{language}-{'phone' if phone else 'wide'}-{'dark' if dark else 'light'}"
    officer = person(language=language, phone=phone, dark=dark)
    page = officer.log_in("supervisor", language)
    pages = {
        "queue": "/desk?queue=open", "closed": "/desk?queue=closed", "empty": "/desk?queue=information",
        "found": "/desk?q=水壶", "found-none": "/desk?q=没有这样的词", "keys": "/desk/keys", "surge": "/desk/surge",
        "tasks-filtered": "/desk/tasks?way=none", "letters": "/desk/letters", "hearings": "/desk/hearings",
    }  # fmt: skip
    for name, address in pages.items():
        officer.open(address)
        sound(officer, pictures, f"desk-{name}-{look}")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 1, address
    officer.open("/desk?queue=open")
    for n in (0, 7, 20):
        link = page.locator("tr[data-line] th a").nth(n)
        if link.count():
            page.goto(str(link.get_attribute("href")))
            sound(officer, pictures, f"desk-case-{n}-{look}")
            page.goto("/desk?queue=open")
