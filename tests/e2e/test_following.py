"""Following a case by its private link on a phone: files where the connection is bad, with scripts and without."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Route, expect

from tests.e2e.people import Person
from tests.sending import long_film
from tests.web.samples import JPEG

PHOTO = FilePayload(name="水壶.jpg", mimeType="image/jpeg", buffer=JPEG)
MARKUP = FilePayload(name="page.html", mimeType="text/html", buffer=b"<html><script>")


def my_case(consumer: Person) -> str:
    """The private link of somebody of the demo world."""
    page = consumer.open("/demo")
    link = page.locator('main a[href*="/c/"]').first.get_attribute("href")
    assert link is not None
    return link


def test_a_file_is_sent_again_after_a_lost_connection(person: Callable[..., Person], pictures: Path) -> None:
    consumer = person(phone=True, language="zh")
    case = my_case(consumer)
    page = consumer.open(f"{case}/do/evidence")
    consumer.picture(pictures, "following-evidence-phone")
    lost = iter([True, True])

    def line(route: Route) -> None:
        if route.request.method == "POST" and next(lost, False):
            route.abort()
        else:
            route.continue_()

    page.route("**/do/evidence", line)
    page.set_input_files("#file", files=[PHOTO])
    page.click("form.sends button[type=submit]")
    expect(page.locator("form.sends [role=status]")).to_contain_text("重试")
    expect(page.locator(".flash")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/c/[^/]+$"))
    assert "水壶.jpg" in page.inner_text("main")
    assert consumer.violations() == []
    assert [each for each in consumer.console if "ERR_FAILED" not in each] == []
    consumer.console.clear()


def test_a_video_goes_to_the_case_in_pieces_beside_a_photo(person: Callable[..., Person], tmp_path: Path) -> None:
    consumer = person(phone=True, language="zh")
    page = consumer.open(f"{my_case(consumer)}/do/evidence")
    video, photo = long_film(tmp_path / "水壶.mp4", 7), tmp_path / "水壶.jpg"
    photo.write_bytes(PHOTO["buffer"])
    starts: list[int] = []
    broken: list[bool] = []

    def line(route: Route) -> None:
        if route.request.method == "POST":
            starts.append(int(route.request.headers["upload-offset"]))
            if starts[-1] and not broken:  # the second piece
                broken.append(True)
        if broken == [True]:
            route.abort()
        else:
            route.continue_()

    page.route("**/pieces", line)
    page.set_input_files("#file", files=[video, photo])
    page.click("form.sends button[type=submit]")
    expect(page.locator("form.sends [role=status]")).to_contain_text("重试")
    broken.append(False)  # the line is there again
    expect(page.locator(".flash")).to_be_visible()
    assert "水壶.mp4" in page.inner_text("main")
    assert "水壶.jpg" in page.inner_text("main")
    assert starts == [n * 2 * 1024 * 1024 for n in (0, 1, 1, 2, 3)]
    assert [each for each in consumer.console if "ERR_FAILED" not in each] == []
    consumer.console.clear()


@pytest.mark.parametrize("scripts", [True, False])
def test_what_is_wrong_with_a_file_is_said_on_its_page(person: Callable[..., Person], scripts: bool) -> None:
    consumer = person(phone=True, language="en", scripts=scripts)
    page = consumer.open(f"{my_case(consumer)}/do/evidence")
    page.set_input_files("#file", files=[MARKUP])
    page.click("form.sends button[type=submit]")
    expect(page.locator(".summary")).to_contain_text("is not of a kind that we take")
    page.set_input_files("#file", files=[PHOTO])
    page.click("form.sends button[type=submit]")
    expect(page.locator(".flash")).to_be_visible()
