"""The supervisor's overview and the administrator's pages in a real browser, in both languages, themes and widths."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.people import Person

ADMIN = ("", "/users", "/users/invite", "/enterprises", "/calendars", "/policies", "/trail")


@pytest.mark.parametrize(("phone", "dark", "language"), [(False, False, "zh"), (True, True, "en")])
def test_pages_look_right(
    person: Callable[..., Person], pictures: Path, phone: bool, dark: bool, language: str
) -> None:
    look = f"{language}-{'phone' if phone else 'wide'}-{'dark' if dark else 'light'}"
    found = []
    for login, paths in {
        "supervisor": ["/desk/overview", "/desk/overview/waiting"],
        "admin": [f"/admin{each}" for each in ADMIN],
    }.items():
        who = person(phone=phone, dark=dark, language=language)
        who.log_in(login, language)
        for path in paths:
            who.open(path)
            who.picture(pictures, f"oversight{path.replace('/', '-')}-{look}")
            found += who.violations()
    assert found == []


@pytest.mark.parametrize("scripts", [True, False])
def test_a_supervisor_hands_cases_over(person: Callable[..., Person], pictures: Path, scripts: bool) -> None:
    who = person(language="en", scripts=scripts)
    page = who.log_in("supervisor", "en")
    page.goto("/desk/overview")
    page.click('a[href*="/desk/overview/mediators/"] >> nth=0')
    if page.locator('input[name="case"]').count() == 0:
        return  # this world's mediators have nothing just now
    page.check('input[name="case"] >> nth=0')
    page.click("#hand-over button[type=submit]")
    assert "handed over" in page.inner_text(".results h2")
    who.picture(pictures, f"oversight-handed-{'scripts' if scripts else 'plain'}")


def test_an_administrator_enters_merges_and_imports(person: Callable[..., Person], pictures: Path) -> None:
    who = person(language="en")
    page = who.log_in("admin", "en")
    for name in ("Nordwind Stoves", "Nordwind Ovens Limited"):
        page.goto("/admin/enterprises")
        page.fill("#name", name)
        page.click("main form[method=post] button")
    who.picture(pictures, "oversight-enterprise")
    page.fill("#credit_code", "91350100M000100Y44")
    page.click("main form.narrow >> nth=0 >> button")
    assert "check digit" in page.inner_text(".summary")
    who.picture(pictures, "oversight-enterprise-error")
    page.goto("/admin/enterprises?q=Nordwind%20Stoves")
    page.click("table a")
    page.click("text=Merge into another")
    page.fill("#q", "Nordwind Ovens")
    page.click("main form button")
    page.click(".names a")
    who.picture(pictures, "oversight-merge")
    assert who.violations() == []
    page.click("text=Merge them")
    assert "Nordwind Ovens Limited" in page.inner_text("h1")
    assert "Nordwind Stoves" in page.inner_text(".names")
    page.goto("/admin/calendars")
    rows = "day,kind,name\n2031-01-01,statutory,New Year\n2031-10-01,statutory,National Day\n"
    page.set_input_files("#file", {"name": "2031.csv", "mimeType": "text/csv", "buffer": rows.encode()})
    page.click("main form button")
    who.picture(pictures, "oversight-calendar-preview")
    assert who.violations() == []
    page.click("text=Publish this calendar")
    assert "2031" in page.inner_text(".flash")
    page.goto("/admin/users?q=mediator1")
    page.click("table a")
    who.picture(pictures, "oversight-user")
    assert who.violations() == []
