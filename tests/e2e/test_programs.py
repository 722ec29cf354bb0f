"""A manager connects a program, looks at the figures and takes the cases home."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest

from tests.e2e.people import Person
from tests.receiving import Receiver, receiver

PAGES = {"figures": "/portal/figures?days=365", "tokens": "/portal/tokens", "settings": "/portal/settings",
         "webhooks": "/portal/webhooks"}  # fmt: skip


@pytest.fixture
def crm() -> Iterator[Receiver]:
    with receiver() as told:
        yield told


@pytest.mark.parametrize("scripts", [True, False])
def test_a_program_is_connected_and_hears(
    person: Callable[..., Person], pictures: Path, crm: Receiver, scripts: bool
) -> None:
    boss = person(language="en", scripts=scripts)
    page = boss.log_in("qinghe")
    boss.open("/portal?lang=en")  # an account has a language of its own
    page.goto("/portal/webhooks")
    page.fill("#url", crm.url)
    page.click("main form[method=post] button[type=submit]")
    secret = page.inner_text(".once code")
    boss.picture(pictures, f"webhook-new-{'scripts' if scripts else 'plain'}")
    page.get_by_role("button", name="Send a test message").click()
    assert "The test message was delivered." in page.inner_text("main")
    assert crm.got[0].signed_by(secret)
    page.get_by_role("button", name="Send again").first.click()
    crm.wait_for(2)
    assert crm.got[1].headers["webhook-id"] == crm.got[0].headers["webhook-id"]
    page.reload()
    boss.picture(pictures, f"webhook-{'scripts' if scripts else 'plain'}")
    if scripts:
        assert boss.violations() == []
    page.get_by_text("Delete this webhook").click()
    page.get_by_role("button", name="Delete").click()
    assert crm.url not in page.inner_text("main")


def test_a_token_is_issued_and_revoked_and_a_file_opens(person: Callable[..., Person], pictures: Path) -> None:
    boss = person(language="en")
    page = boss.log_in("qinghe")
    boss.open("/portal?lang=en")  # an account has a language of its own
    page.goto("/portal/tokens")
    page.fill("#name", "A customer relations system with a very long name that goes on")
    page.get_by_role("button", name="Issue a token").click()
    token = page.inner_text(".once code")
    boss.picture(pictures, "tokens-new")
    answer = boss.context.request.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status == 200
    page.get_by_role("button", name="Revoke").first.click()
    answer = boss.context.request.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status == 401
    page.goto("/portal/figures")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="XLSX").click()
    book = openpyxl.load_workbook(io.BytesIO(Path(waiting.value.path()).read_bytes()))
    assert book.active is not None
    assert book.active.max_row > 1


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("language", "phone"), [("zh", True), ("zh", False), ("en", True), ("en", False)])
def test_the_pages_look_right(
    person: Callable[..., Person], pictures: Path, language: str, phone: bool, dark: bool
) -> None:
    boss = person(phone=phone, language=language, dark=dark)
    boss.log_in("qinghe")
    boss.open(f"/portal?lang={language}")  # an account has a language of its own
    found = []
    for name, path in PAGES.items():
        boss.open(path)
        boss.picture(pictures, f"{name}-{language}-{'phone' if phone else 'wide'}-{'dark' if dark else 'light'}")
        found += boss.violations()
    assert found == []
