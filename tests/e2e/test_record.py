"""The honest record in a real browser: read by the public, objected to in the portal, decided at the desk."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.people import Person

FIRM = "示例清禾电器有限公司"
LOOKS = [(False, False, "zh"), (True, True, "en"), (True, False, "zh"), (False, True, "en")]
PATIENCE = 30  # times a second: the month is taken by a worker when it comes by


@pytest.mark.parametrize(("phone", "dark", "language"), LOOKS)
def test_the_public_reads_figures_with_what_they_mean(
    person: Callable[..., Person], pictures: Path, phone: bool, dark: bool, language: str
) -> None:
    name = f"{language}-{'phone' if phone else 'wide'}-{'dark' if dark else 'light'}"
    reader = person(phone=phone, dark=dark, language=language)
    page = reader.open("/record")
    reader.picture(pictures, f"record-ranked-{name}")
    found = reader.violations()
    firms = page.locator("#list ~ table.list tbody th").all_inner_texts()
    assert FIRM in firms
    assert len(firms) == 2  # whoever has thirty ended cases, and no other
    page.click(f'main a:has-text("{FIRM}")')
    reader.picture(pictures, f"record-enterprise-{name}")
    found += reader.violations()
    assert page.locator("main svg").count() >= 1
    reader.open("/record?list=others")
    reader.picture(pictures, f"record-others-{name}")
    assert found + reader.violations() == []


def test_the_form_to_find_an_enterprise_works_without_scripts(person: Callable[..., Person]) -> None:
    reader = person(language="zh", scripts=False)
    page = reader.open("/record")
    page.fill("#q", "清禾")
    page.click("form.filter button")
    assert page.locator("#list ~ table.list tbody tr").count() == 1
    assert FIRM in page.inner_text("main")


@pytest.mark.parametrize("scripts", [False])
def test_a_draft_is_objected_to_and_the_objection_is_upheld(
    person: Callable[..., Person], pictures: Path, scripts: bool
) -> None:
    desk = person(language="en", scripts=scripts)
    desk.log_in("supervisor")
    firm = person(language="en", scripts=scripts)
    firm.log_in("qinghe")
    until_there_is_a_draft(desk, firm)
    firm.picture(pictures, "record-draft")
    page = firm.page
    page.select_option("#figure", "settled")
    page.click("main form[method=post] button[type=submit]")  # without a reason
    assert page.locator(".summary").count() == 1
    page.fill("#reason", "One of these was settled before it was filed.")
    page.click("main form[method=post] button[type=submit]")
    firm.picture(pictures, "record-objection")
    assert "/portal/objections/" in page.url
    number = page.url.rpartition("/")[2]
    desk.open("/desk/record")
    desk.picture(pictures, "record-desk")
    desk.page.click(f'main a[href$="/desk/objections/{number}"]')
    desk.page.fill("#reason", "So it was; the line is counted again.")
    desk.page.click('main button[value="uphold"]')
    desk.picture(pictures, "record-decided")
    page.reload()
    assert "So it was; the line is counted again." in page.inner_text("main")


def until_there_is_a_draft(desk: Person, firm: Person) -> None:
    """Move the clock over the end of the month, and wait until a worker has taken it."""
    for _week in range(6):
        for _second in range(PATIENCE // 5):
            if firm.open("/portal/record").locator("#figure").count():
                return
            firm.page.wait_for_timeout(1000)
        desk.open("/demo")
        desk.move_clock(5)
    pytest.fail("no month was taken")


@pytest.mark.parametrize(("phone", "dark", "language"), LOOKS)
def test_what_a_correction_would_change_is_seen_before_it_is_made(
    person: Callable[..., Person], pictures: Path, phone: bool, dark: bool, language: str
) -> None:
    name = f"{language}-{'phone' if phone else 'wide'}-{'dark' if dark else 'light'}"
    desk = person(phone=phone, dark=dark, language=language, scripts=False)
    desk.log_in("supervisor")
    page = desk.open("/desk/record")
    page.fill("#q", "清禾")
    page.click("form.filter button")
    page.click(f'main ul a:has-text("{FIRM}")')
    page.fill("#reason", "One case was filed twice." if language == "en" else "有一件重复提交。")
    page.click('main button[value="look"]')  # counted again, nothing is other than before
    desk.picture(pictures, f"record-correct-{name}")
    assert page.locator(".summary").count() == 1
    page.fill("#excluded", ended(desk))
    page.click('main button[value="look"]')
    desk.picture(pictures, f"record-correct-looked-{name}")
    page.click('main button[value="correct"]')
    desk.picture(pictures, f"record-corrected-{name}")
    assert ("One case was filed twice." if language == "en" else "有一件重复提交。") in page.inner_text("main")
    page = desk.open("/open-data")
    desk.picture(pictures, f"record-open-data-{name}")
    assert FIRM in page.inner_text("main")


def ended(desk: Person) -> str:
    """The number of a case that the newest published line of FIRM counts."""
    query = (
        "SELECT c.number FROM complaint c JOIN enterprise e ON e.id = c.enterprise_id, record_month m "
        "WHERE e.name = ? AND c.state = 'closed' AND c.enterprise_told AND c.outcome IN ('settled', 'withdrawn') "
        "AND m.published_at IS NOT NULL AND c.id NOT IN (SELECT complaint_id FROM record_exclusion) "
        "AND substr(datetime(c.closed_at, '+8 hours'), 1, 7) <= m.month ORDER BY c.closed_at DESC LIMIT 1"
    )
    (file,) = desk.site.folder.glob("data/*.db")
    with sqlite3.connect(file) as database:
        (number,) = database.execute(query, (FIRM,)).fetchone()
    return str(number)
