"""Marks in a real browser: ordered in the portal, opened on a phone, one tap to a complaint about these goods."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.people import Person

ORDER = {
    "product": "清禾恒温电热水壶 Pro 家用大容量不锈钢双层防烫款",
    "batch": "QH-202607-88120017",
    "place": "华东地区各门店及线上旗舰店",
    "size": "300",
    "plant": "示例市第二生产基地",
    "made_on": "2026-06-01",
    "route": "示例市中心仓\n上海分仓\n大学路门店",
}


@pytest.fixture
def code(person: Callable[..., Person]) -> str:
    """The path of a code of a batch that the manager of Qinghe has just ordered."""
    boss = person()
    boss.log_in("qinghe")
    boss.open("/portal/marks")
    boss.page.click("a[href='/portal/marks/new']")
    boss.fill(ORDER)
    boss.send()
    boss.page.wait_for_url(re.compile(r"/portal/marks/\d+$"))
    return str(boss.page.locator("main a[href^='/verify/']").get_attribute("href"))


def test_from_the_order_to_a_complaint_in_one_tap(person: Callable[..., Person], code: str) -> None:
    mei = person(phone=True)
    mei.open(code)
    assert "承诺有效" in mei.page.inner_text("h1")
    assert "QH-202607-88120017" in mei.page.inner_text("main")
    mei.page.click("form.tap button")
    mei.page.wait_for_url("**/file/purchase")
    assert mei.page.input_value("#product") == ORDER["product"]
    assert mei.page.input_value("#batch") == ORDER["batch"]
    mei.open("/file/enterprise")
    assert "清禾" in mei.page.input_value("#enterprise")


def test_a_code_is_typed_without_scripts(person: Callable[..., Person], code: str) -> None:
    mei = person(phone=True, scripts=False, language="en")
    mei.open("/verify")
    mei.page.fill("#code", code.removeprefix("/verify/").lower().replace("-", " ")[:-1])
    mei.page.click("main form button")
    assert "25 were typed" in mei.page.inner_text("main")
    mei.page.fill("#code", code.removeprefix("/verify/").lower().replace("-", " "))
    mei.page.click("main form button")
    assert "pledge, not a certificate" in mei.page.inner_text("main")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("phone", [False, True])
def test_the_pages_look_right(
    person: Callable[..., Person], pictures: Path, code: str, phone: bool, dark: bool
) -> None:
    look, found = f"{'phone' if phone else 'wide'}-{'dark' if dark else 'light'}", []
    anybody = person(phone=phone, dark=dark, language="en" if dark else "zh")
    for name, path in {"mark": code, "ask": "/verify", "unknown": "/verify/12345"}.items():
        anybody.open(path)
        anybody.picture(pictures, f"marks-{name}-{look}")
        found += anybody.violations()
    boss = person(phone=phone, dark=dark)
    boss.log_in("qinghe")
    boss.open("/portal/marks")
    boss.picture(pictures, f"marks-list-{look}")
    found += boss.violations()
    boss.page.locator("main table a").first.click()
    boss.picture(pictures, f"marks-batch-{look}")
    found += boss.violations()
    boss.open("/portal/marks/new")
    boss.send()
    boss.picture(pictures, f"marks-errors-{look}")
    found += boss.violations()
    officer = person(phone=phone, dark=dark)
    officer.log_in("supervisor")
    officer.open("/desk/marks")
    officer.picture(pictures, f"marks-desk-{look}")
    assert found + officer.violations() == []
