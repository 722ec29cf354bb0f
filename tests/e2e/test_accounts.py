"""Coming in, in a real browser: the second factor, sessions, a forgotten password, a colleague invited.

Each story is told in Chinese and in English, with and without JavaScript, and leaves the demo's log-ins as they were.
"""

import re
import secrets
import time
from collections.abc import Callable
from pathlib import Path

import pyotp
import pytest

from tests.e2e.people import Person

WAYS = [("zh", True, True), ("zh", False, False), ("en", True, False), ("en", False, True)]  # language, scripts, phone
NEW = "four words put together"
PAGES = ("/account", "/account/password", "/account/second-factor", "/account/sessions", "/portal/colleagues")


def into(person: Person, login: str, password: str) -> None:
    """Type log-in and password."""
    person.open("/login")
    person.page.fill("#login", login)
    person.page.fill("#password", password)
    person.page.click("main button[type=submit]")


def link_in_mail(person: Person, place: str) -> str:
    """The newest link of this kind in the demo's mails, as somebody clicks it."""
    for _try in range(40):
        person.open("/demo/outbox")
        first = person.page.locator("main tbody th a").first
        first.click()
        found = re.search(rf"/{place}/[\w-]+", person.page.inner_text("pre.mail"))
        if found:
            return found[0]
        time.sleep(0.5)
    raise AssertionError(f"no mail with a link to /{place}/")


def invite(boss: Person, guest: Person) -> str:
    """A colleague is invited by mail, comes in by the link, and is an agent; returns the log-in."""
    login = f"guest{secrets.token_hex(3)}"
    boss.open("/portal/colleagues")
    boss.page.fill("#email", f"{login}@example.com")
    boss.page.click("form[action$='/invite'] button[type=submit]")
    guest.open(link_in_mail(guest, "invited"))
    assert guest.page.input_value("#login") == login
    guest.fill({"name": "一位名字很长的新同事用来看看页面会不会被撑破", "password": NEW, "again": NEW})
    guest.page.click("main button[type=submit]")
    assert guest.page.url.endswith("/portal"), guest.page.inner_text("main")
    return login


@pytest.mark.parametrize(("language", "scripts", "phone"), WAYS)
def test_a_colleague_is_invited_and_secures_the_account(
    person: Callable[..., Person], pictures: Path, language: str, scripts: bool, phone: bool
) -> None:
    boss, guest = (person(language=language, scripts=scripts, phone=phone) for _ in range(2))
    boss.log_in("qinghe")
    login = invite(boss, guest)
    name = f"accounts-{language}-{'phone' if phone else 'wide'}"
    boss.open("/portal/colleagues")
    boss.picture(pictures, f"{name}-colleagues")
    codes = secured(guest, pictures, name)
    guest.page.click(".top form button")  # log out
    into(guest, login, NEW)
    guest.page.fill("#code", "000000")
    guest.page.click("main button[type=submit]")
    assert guest.page.locator(".summary").count() == 1
    guest.picture(pictures, f"{name}-wrong-code")
    guest.page.fill("#code", codes[0].lower())
    guest.page.click("main button[type=submit]")
    assert guest.page.url.endswith("/portal")
    sessions(guest, login, codes[1], person(language=language, scripts=scripts), pictures, name)
    boss.open("/portal/colleagues")
    row = boss.page.locator("tr", has_text=login)
    row.locator("form[action$='/close'] button").click()
    guest.open("/portal")
    assert "/login" in guest.page.url


def secured(guest: Person, pictures: Path, name: str) -> list[str]:
    """The second factor is switched on with a code of an app; returns the recovery codes."""
    page = guest.open("/account/second-factor")
    page.fill("#old", NEW)
    page.click("main form button[type=submit]")
    key = page.inner_text("ol code").replace(" ", "")
    guest.picture(pictures, f"{name}-set-up")
    page.fill("#code", pyotp.TOTP(key).now())
    page.click("main form button[type=submit]")
    codes = page.locator(".codes code").all_inner_texts()
    assert len(codes) == 10
    guest.picture(pictures, f"{name}-codes")
    return codes


def sessions(guest: Person, login: str, code: str, other: Person, pictures: Path, name: str) -> None:
    """A second window is seen in the list, and ended from the first."""
    into(other, login, NEW)
    other.page.fill("#code", code)
    other.page.click("main button[type=submit]")
    assert other.page.url.endswith("/portal")
    guest.open("/account/sessions")
    guest.picture(pictures, f"{name}-sessions")
    guest.page.locator("form[action$='/end'] button").first.click()
    other.open("/portal")
    assert "/login" in other.page.url
    assert guest.open("/portal").url.endswith("/portal")


@pytest.mark.parametrize(("language", "scripts"), [("zh", False), ("en", True)])
def test_a_forgotten_password_is_made_anew_by_mail(
    person: Callable[..., Person], pictures: Path, language: str, scripts: bool
) -> None:
    boss, guest = person(language=language, scripts=scripts), person(language=language, scripts=scripts)
    boss.log_in("qinghe")
    login = invite(boss, guest)
    anybody = person(language=language, scripts=scripts, phone=True)
    anybody.open("/login")
    anybody.page.click("main form a")
    anybody.page.fill("#who", login)
    anybody.page.click("main form button[type=submit]")
    address = link_in_mail(anybody, "reset")
    anybody.open(address)
    anybody.fill({"password": NEW, "again": "something else"})
    anybody.page.click("main button[type=submit]")
    assert anybody.page.locator(".summary a[href='#again']").count() == 1
    anybody.picture(pictures, f"accounts-{language}-reset-error")
    anybody.fill({"password": "another four words then", "again": "another four words then"})
    anybody.page.click("main button[type=submit]")
    anybody.page.fill("#login", login)
    anybody.page.fill("#password", "another four words then")
    anybody.page.click("main button[type=submit]")
    assert anybody.page.url.endswith("/portal")
    guest.open("/portal")  # every other session has ended
    assert "/login" in guest.page.url
    guest.open(address)
    assert guest.page.locator("main form").count() == 0
    guest.picture(pictures, f"accounts-{language}-reset-used")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("phone", [False, True])
def test_the_pages_look_right(person: Callable[..., Person], pictures: Path, phone: bool, dark: bool) -> None:
    boss = person(phone=phone, dark=dark, language="en" if dark else "zh")
    look = f"{'phone' if phone else 'wide'}-{'dark' if dark else 'light'}"
    found = []
    for path in ("/login", "/forgotten", "/reset/nothing", "/invited/nothing"):
        boss.open(path)
        boss.picture(pictures, f"accounts{path.replace('/', '-')}-{look}")
        found += boss.violations()
    boss.log_in("qinghe")
    for path in PAGES:
        boss.open(path)
        boss.picture(pictures, f"accounts{path.replace('/', '-')}-{look}")
        found += boss.violations()
    assert found == []
