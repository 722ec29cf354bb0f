"""A browser without JavaScript: follows links, fills in forms as they stand on the page, keeps its cookies."""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.test import TestResponse

PASSWORD = "correct horse"
_LINK = re.compile(r'<(?:a|link|iframe)\b[^>]*?(?:href|src)="([^"]+)"')
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
_MAIN = re.compile(r"<main.*?</main>", re.DOTALL)


@dataclass
class Page:
    """What came back."""

    answer: TestResponse

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.answer.status_code

    @property
    def text(self) -> str:
        """The page as it was sent."""
        return self.answer.text

    @property
    def words(self) -> str:
        """What a reader sees in the main part, in one line."""
        main = _MAIN.search(self.text)
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main[0] if main else self.text)).split())

    @property
    def path(self) -> str:
        """Where we are, after redirects."""
        return self.answer.request.path

    def links(self) -> Iterator[str]:
        """Every address of this site that the page leads to."""
        for address in map(html.unescape, _LINK.findall(self.text)):
            parts = urlsplit(address)
            if parts.netloc in ("", "localhost") and parts.path:
                yield parts.path + (f"?{parts.query}" if parts.query else "")

    def actions(self) -> list[str]:
        """The triggers that the page offers."""
        return [address.rpartition("/do/")[2] for address in self.links() if "/do/" in address]

    def hidden(self) -> dict[str, str]:
        """The hidden boxes of the main part's form, or of the whole page where it has none."""
        main = _MAIN.search(self.text)
        return dict(_HIDDEN.findall(main[0] if main else self.text)) or dict(_HIDDEN.findall(self.text))


class Browser:
    """One person at one machine."""

    def __init__(self, app: Flask, language: str = "en") -> None:
        self.client = app.test_client()
        self.client.set_cookie("lang", language)

    def get(self, address: str) -> Page:
        """Open a page, following redirects."""
        return Page(self.client.get(address, follow_redirects=True, buffered=True))

    def send(self, address: str, data: Mapping[str, object]) -> Page:
        """Post exactly this, and follow where it leads."""
        answer = self.client.post(address, data=dict(data), follow_redirects=True, buffered=True)
        for each in (*answer.history, answer):
            each.request.environ["wsgi.input"].close()  # a big one is a file, which nobody else closes
        return Page(answer)

    def submit(self, address: str, /, **typed: object) -> Page:
        """Open a form, fill it in, and send it with its hidden boxes."""
        page = self.get(address)
        assert page.status == 200, f"{address}: {page.status} {page.words}"
        return self.send(address, page.hidden() | typed)

    def log_in(self, login: str) -> "Browser":
        """Log in with the tests' password."""
        page = self.submit("/login", login=login, password=PASSWORD)
        assert page.status == 200, page.words
        assert page.path != "/login"
        return self

    def crawl(self, *starts: str) -> dict[str, int]:
        """Open everything that can be reached by links from here; address → status."""
        seen: dict[str, int] = {}
        waiting = list(starts)
        while waiting:
            address = waiting.pop()
            if address in seen or address.startswith("/static"):
                continue
            page = self.get(address)
            seen[address] = page.status
            if page.answer.mimetype == "text/html":
                waiting += [link for link in page.links() if "lang=" not in link]
        return seen
