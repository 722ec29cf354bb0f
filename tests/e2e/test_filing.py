"""Filing on a phone, as a person does it: one question a page, few taps, little on the wire, in both languages."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Request, Route, expect

from tests.e2e.people import Person
from tests.sending import long_film
from tests.servers import wait_until
from tests.web.samples import JPEG

Arrive = Callable[..., Person]
KETTLES = "示例清禾电器有限公司"
MOST_BYTES = 60_000  # of one page with all that it loads, but for pictures
MOST_TAPS = 20
PHONES = count(20_000_000, 7919)
PERSON = {"name": "王小梅", "email": "mei@example.org", "address": "示例市样板路 8 号 1 单元 302 室"}
STORY = "用了一周壶底漏水，联系客服两次，至今没有答复。"


@dataclass
class Hand:
    """One person's thumb: counts what it does, and what the pages weigh that it opens, each with an empty cache."""

    person: Person
    taps: int = 0
    typed: int = 0
    requests: list[tuple[str, Request]] = field(default_factory=list)
    look: Callable[[], None] = lambda: None

    def watch(self) -> None:
        """Weigh every page from here on."""
        wire = self.person.context.new_cdp_session(self.person.page)
        wire.send("Network.enable")
        wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
        self.person.page.on("requestfinished", lambda request: self.requests.append((self.person.page.url, request)))

    def tap(self, where: str) -> None:
        """Touch something and let the page follow."""
        self.taps += 1
        self.person.page.locator(where).first.click()

    def type(self, name: str, text: str) -> None:
        """Fill in one box."""
        self.typed += 1
        self.person.page.fill(f'main [name="{name}"]', text)

    def go_on(self) -> None:
        """The page's own way on; what stands on the page by then is looked at."""
        self.look()
        self.tap('main .buttons button[value="next"], main .buttons a.button')

    def weights(self) -> dict[str, int]:
        """Bytes on the wire of each page, with style sheets and scripts and without pictures."""
        found: dict[str, int] = {}
        for url, request in self.requests:
            if request.method == "GET" and request.resource_type in ("document", "stylesheet", "script"):
                own = request.url if request.resource_type == "document" else url
                page = re.sub(r"/c/[^/]+", "/c/…", own.split("?")[0].removeprefix(self.person.site.url))
                found[page] = found.get(page, 0) + request.sizes()["responseBodySize"]
        return found


def answered(hand: Hand) -> None:
    """From the front page to the page on which everything is checked."""
    page = hand.person.page
    hand.tap("a.start")
    hand.tap("main a.button")
    page.locator("#enterprise").press_sequentially("slqh", delay=20)  # initials of its pinyin
    hand.typed += 1
    if not hand.person.scripts:
        hand.tap('main button[value="search"]')
    expect(page.locator("#found button")).to_contain_text(KETTLES)
    hand.tap("#found button")
    expect(page).to_have_url(re.compile("/file/purchase$"))
    hand.type("product", "清禾电水壶")
    hand.tap('main label:has-text("家用电器"), main label:has-text("Household appliance")')
    hand.go_on()
    hand.tap('main label[for="how"], main label[for^="how-"]')
    hand.go_on()
    hand.type("amount", "299")
    hand.go_on()
    hand.tap('main [name="trouble"][value="broken"]')
    hand.type("narrative", STORY)
    hand.go_on()
    hand.tap('main button[value="ask:guarantee_return"]')
    expect(page.locator("#request")).not_to_have_value("")
    hand.go_on()
    hand.go_on()  # no files
    for name, text in PERSON.items():
        hand.type(name, text)
    hand.type("phone", f"139{next(PHONES):08}")
    hand.go_on()
    hand.tap("#consumer_consents")
    hand.tap("#share_consent")
    hand.go_on()
    expect(page).to_have_url(re.compile("/file/review$"))


@pytest.mark.parametrize(("language", "scripts", "dark"), [("zh", True, True), ("en", False, False)])
def test_every_page_of_filing_is_sound(
    person: Arrive, pictures: Path, language: str, *, scripts: bool, dark: bool
) -> None:
    """As it stands when it is filled in: steps, review, the way to go on later, the receipt."""
    consumer = person(phone=True, language=language, scripts=scripts, dark=dark)

    def look() -> None:
        name = consumer.page.url.rsplit("/", 1)[-1].split("?")[0]
        assert not scripts or consumer.violations() == [], name
        consumer.picture(pictures, f"filing-{name}-{language}-{'dark' if dark else 'light'}")

    hand = Hand(consumer, look=look)
    consumer.open("/")
    answered(hand)
    look()
    consumer.open("/file/later")
    look()
    hand.tap("main a.link")
    look()
    consumer.open("/file/review")
    hand.tap("main .buttons button")
    expect(consumer.page).to_have_url(re.compile("/receipt$"))
    look()


def test_going_on_waits_for_the_files(person: Arrive) -> None:
    consumer = person(phone=True, language="en")
    page = consumer.open("/file/evidence")
    wire = consumer.context.new_cdp_session(page)
    wire.send("Network.enable")
    slow = {"offline": False, "latency": 50, "downloadThroughput": 10**6, "uploadThroughput": 60_000}
    wire.send("Network.emulateNetworkConditions", slow)
    large = FilePayload(name="kettle.jpg", mimeType="image/jpeg", buffer=JPEG + bytes(300_000))
    page.set_input_files("#file", files=[large])
    page.click('main button[value="next"]')
    expect(page.locator(".holding")).to_be_visible()
    page.wait_for_url("**/file/person")
    page.goto("/file/review")
    expect(page.locator("main")).to_contain_text("kettle.jpg")


def test_a_video_goes_on_after_a_cut_in_the_middle_and_after_a_reload(
    person: Arrive, pictures: Path, tmp_path: Path
) -> None:
    """Nine megabytes over a slow line that breaks twice: no byte that has arrived is sent again."""
    consumer = person(phone=True, language="en")
    page = consumer.open("/file/evidence")
    video = long_film(tmp_path / "VID_20261129.mp4", 9)
    starts: list[int] = []
    page.on(
        "request",
        lambda sent: starts.append(int(sent.headers["upload-offset"])) if "upload-offset" in sent.headers else None,
    )
    wire = consumer.context.new_cdp_session(page)
    wire.send("Network.enable")
    slow = {"latency": 50, "downloadThroughput": 10**6, "uploadThroughput": 1_500_000}
    wire.send("Network.emulateNetworkConditions", slow | {"offline": False})
    page.set_input_files("#video", files=[video])
    share = partial(page.locator(".sending progress").evaluate, "bar => bar.value")
    wait_until(lambda: share() > 0.5, 60, "half of the video")
    wire.send("Network.emulateNetworkConditions", slow | {"offline": True})
    expect(page.locator(".sending")).to_contain_text("Trying again by itself")
    assert 0.4 < share() < 0.9
    consumer.picture(pictures, "filing-video-broken-off-en")
    wire.send("Network.emulateNetworkConditions", slow | {"offline": False})
    wait_until(lambda: share() > 0.7, 60, "more of the video")
    page.reload()  # which ends what was on its way
    page.set_input_files("#video", files=[video])
    expect(page.locator(".kept-files")).to_contain_text("VID_20261129.mp4 Video · 9.0 MB")
    expect(page.locator(".sending li")).to_have_count(0)
    assert starts == sorted(starts)  # never back
    assert starts[0] == 0
    assert starts.count(0) == 1
    assert len(starts) <= 5 + 2  # five pieces, of which two may have broken off
    assert [each for each in consumer.console if "ERR_INTERNET_DISCONNECTED" not in each] == []
    consumer.console.clear()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_complaint_in_a_few_taps_and_little_on_the_wire(person: Arrive, pictures: Path, language: str) -> None:
    consumer = person(phone=True, language=language)
    hand = Hand(consumer)
    hand.watch()
    consumer.open("/")
    answered(hand)
    hand.tap("main .buttons button")
    expect(consumer.page).to_have_url(re.compile("/receipt$"))
    weights = hand.weights()
    said = f"{hand.taps} taps, {hand.typed} boxes typed\n" + "\n".join(
        f"{n:6} bytes {page}" for page, n in weights.items()
    )
    (pictures / f"filing-weights-{language}.txt").write_text(said, encoding="utf-8")
    assert hand.taps <= MOST_TAPS
    assert len(weights) >= 13
    assert {page: n for page, n in weights.items() if n >= MOST_BYTES} == {}
    number = consumer.page.locator(".receipt .number").inner_text()
    with consumer.page.expect_download() as saved:
        hand.tap('a[href$="/receipt.pdf"]')
    assert number in saved.value.suggested_filename
    assert Path(str(saved.value.path())).read_bytes().startswith(b"%PDF-")
    consumer.page.locator(".receipt ~ .buttons a.secondary").click()
    assert number in consumer.page.locator("main").inner_text()


def test_a_photo_is_sent_again_after_a_lost_connection(person: Arrive) -> None:
    consumer = person(phone=True, language="zh")
    page = consumer.open("/file/evidence")
    lost = iter([True])

    def line(route: Route) -> None:
        if route.request.method == "POST" and next(lost, False):
            route.abort()
        else:
            route.continue_()

    page.route("**/file/evidence", line)
    page.set_input_files("#file", files=[FilePayload(name="水壶.jpg", mimeType="image/jpeg", buffer=JPEG)])
    expect(page.locator(".sending")).to_contain_text("重试")
    expect(page.locator(".kept-files")).to_contain_text("水壶.jpg")
    expect(page.locator(".sending li")).to_have_count(0)
    assert [each for each in consumer.console if "ERR_FAILED" not in each] == []
    consumer.console.clear()


@pytest.mark.parametrize("scripts", [True, False])
def test_another_language_keeps_what_is_typed(person: Arrive, *, scripts: bool) -> None:
    consumer = person(phone=True, language="en", scripts=scripts)
    page = consumer.open("/file/happened")
    page.check('main [name="trouble"][value="broken"]')
    page.fill("#narrative", STORY)
    page.click('header button[lang="zh-CN"]')
    expect(page.locator("h1")).to_have_text("出了什么问题？")
    expect(page.locator("#narrative")).to_have_value(STORY)
    expect(page.locator('main [name="trouble"][value="broken"]')).to_be_checked()
    expect(page.locator(".summary")).to_have_count(0)
    page.click('header button[lang="en"]')
    expect(page.locator("#narrative")).to_have_value(STORY)
    consumer.open("/file/amount")
    page.fill("#amount", "299")
    page.press("#amount", "Enter")  # goes on, in the same language
    expect(page.locator("h1")).to_have_text("What went wrong?")
    consumer.open("/file/enterprise")
    page.fill("#enterprise", "qinghe")
    page.press("#enterprise", "Enter")  # searches
    expect(page.locator("#found button").first).to_be_visible()
    assert page.url.endswith("/file/enterprise")
