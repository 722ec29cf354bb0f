"""Somebody at a browser: opens pages, logs in, moves the demo's clock, and looks at pages as axe does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.e2e.running import Site

AXE = Path(__file__).with_name("vendor") / "axe-4.14.1.min.js"
PHONE = {"width": 390, "height": 844}
WIDE = {"width": 1280, "height": 900}
SERIOUS = ("serious", "critical")
EXPECTED = ("the server responded with a status of 4",)  # a refusal that a test asked for


@dataclass
class Person:
    """One person with a browser of their own."""

    context: BrowserContext
    page: Page
    site: Site
    scripts: bool
    language: str = "zh"
    console: list[str] = field(default_factory=list)

    @classmethod
    def arrive(
        cls,
        chromium: Browser,
        site: Site,
        name: str,
        *,
        phone: bool = False,
        language: str = "zh",
        scripts: bool = True,
        dark: bool = False,
        storage: Any = None,
    ) -> "Person":
        """Open an empty window. `scripts`: whether JavaScript runs; `storage`: what a closed window left behind."""
        context = chromium.new_context(
            viewport=PHONE if phone else WIDE,  # type: ignore[arg-type]
            has_touch=phone,
            locale="zh-CN" if language == "zh" else "en-GB",
            java_script_enabled=scripts,
            color_scheme="dark" if dark else "light",
            accept_downloads=True,
            base_url=site.url,
            storage_state=storage,
        )
        context.set_default_timeout(30_000)
        person = cls(context, context.new_page(), site, scripts, language)
        person.page.on("console", person.heard)
        person.page.on("pageerror", lambda error: person.console.append(f"{name}: {error}"))
        return person

    def heard(self, message: ConsoleMessage) -> None:
        """Remember what the console complains of, a violated content policy for instance."""
        if message.type == "error" and not any(each in message.text for each in EXPECTED):
            self.console.append(f"{self.page.url}: {message.text}")

    def leave(self) -> list[str]:
        """Close the window; returns what the console complained of."""
        self.context.close()
        return self.console

    def open(self, path: str) -> Page:
        """Go to a page of the site."""
        self.page.goto(path)
        return self.page

    def log_in(self, login: str, language: str | None = None) -> Page:
        """Log in as somebody of the demo world, and go on in one's own language (or this), not in the account's."""
        self.open(f"/login?lang={language or self.language}")
        self.page.fill("#login", login)
        self.page.fill("#password", f"demo-{login}")
        self.page.click("main button[type=submit]")
        return self.page

    def move_clock(self, days: int) -> None:
        """Move the demo's clock by working days, with everything that falls due on the way."""
        self.page.select_option("#demo-days", str(days))
        self.page.click(".demo button")

    def fill(self, typed: Mapping[str, str]) -> None:
        """Fill in the main form's boxes by name: text, a day, ticks and choices by value, lists by their words."""
        for name, value in typed.items():
            boxes = self.page.locator(f'main [name="{name}"]')
            kind = boxes.first.evaluate("box => box.type")
            if kind in ("radio", "checkbox"):
                self.page.locator(f'main [name="{name}"][value="{value}"]').check()
            elif kind.startswith("select"):
                boxes.first.select_option(label=value)
            else:
                boxes.first.fill(value)

    def send(self) -> None:
        """Press the main button of the action's form, or else of the page's form; buttons beside it have a name.

        Whoever is asked whether a reply fits, because it is like an earlier one, sends it all the same.
        """
        forms = ('.doing form[method="post"]', "main form:has(input[name=version])", 'main form[method="post"]')
        buttons = [self.page.locator(f'{form} button[type="submit"]:not([name])') for form in forms]
        with self.page.expect_navigation():
            next(each for each in buttons if each.count()).first.click()
        anyway = self.page.locator('main button[name="anyway"]')
        if anyway.count():
            with self.page.expect_navigation():
                anyway.first.click()

    def picture(self, folder: Path, name: str) -> None:
        """The whole page as it looks."""
        self.page.screenshot(path=folder / f"{name}.png", full_page=True)

    def violations(self) -> list[str]:
        """What axe finds on this page that is serious, in a line each. Needs scripts."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))  # not as a script of the page, which its policy forbids
        found: list[dict[str, Any]] = self.page.evaluate("axe.run().then(result => result.violations)")
        return [
            f"{self.page.url} {each['id']}: {each['help']}: {[node['html'][:160] for node in each['nodes']][:3]}"
            for each in found
            if each["impact"] in SERIOUS
        ]
