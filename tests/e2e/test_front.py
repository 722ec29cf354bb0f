"""The front page and the log-in, in both languages, themes and widths, with and without scripts."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.people import Person

PAGES = {"front": "/", "log-in": "/login", "lost-link": "/lost", "demo": "/demo"}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("phone", [False, True])
def test_public_pages_look_right(
    person: Callable[..., Person], pictures: Path, language: str, dark: bool, phone: bool
) -> None:
    visitor = person(phone=phone, language=language, dark=dark)
    found = []
    for name, path in PAGES.items():
        visitor.open(path)
        visitor.picture(pictures, f"{name}-{language}-{'phone' if phone else 'wide'}-{'dark' if dark else 'light'}")
        found += visitor.violations()
    assert found == []


@pytest.mark.parametrize("scripts", [True, False])
def test_somebody_logs_in_and_out(person: Callable[..., Person], scripts: bool) -> None:
    agent = person(language="en", scripts=scripts)
    page = agent.log_in("qinghe")
    assert page.url.endswith("/portal")
    page.click("header button")
    page.goto("/portal")
    assert "/login" in page.url
