"""A whole installation with the demo world, and Chromium to look at it.

`site`      `complaints run --demo` with everything it starts, one for each file of tests; its clock only goes forward
`person`    opens windows: `person(phone=True, language="zh", scripts=False, dark=True)` is somebody at a machine of
            their own (cookies included). Whatever the page's console complains of fails the test.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.e2e.people import Person
from tests.e2e.running import Site, running

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")  # fmt: skip


def program() -> str | None:
    """The Chromium of this machine: CHROMIUM, one on PATH, else None for the one that Playwright brought."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running_one:
        yield running_one


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=program(), args=list(QUIET))
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("site")) as started:
        yield started


@pytest.fixture
def person(chromium: Browser, site: Site, request: pytest.FixtureRequest) -> Iterator[Callable[..., Person]]:
    """Somebody at a machine of their own; what their pages' consoles said is looked at in the end."""
    people: list[Person] = []

    def arrive(**traits: object) -> Person:
        people.append(Person.arrive(chromium, site, request.node.name, **traits))  # type: ignore[arg-type]
        return people[-1]

    yield arrive
    complaints = [line for each in people for line in each.leave()]
    assert complaints == []


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where screenshots go: E2E_PICTURES, else build/pictures."""
    folder = Path(os.environ.get("E2E_PICTURES", "build/pictures"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
