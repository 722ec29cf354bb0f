"""Large files on pages: in pieces for scripts, whole for those without, streamed in and out."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from complaints.registry import pieces, uploads
from tests.sending import SECRET, film, long_film
from tests.web.attaching import add, evidence, links, on_disk, reads
from tests.web.browser import Browser
from tests.web.conftest import STORY
from tests.web.samples import BAD

MEGABYTE = 1024 * 1024
FILM = film(b"isom")
KEY = f"{len(FILM)}.1782000000000.video.mp4"


def piece(person: Browser, page: str, address: str, at: int, content: bytes, key: str = KEY) -> TestResponse:
    """One piece, with the key of the form on a page."""
    csrf = person.get(page).hidden()["csrf_token"]
    headers = {"X-CSRFToken": csrf, "Upload-Key": key, "Upload-Offset": str(at)}
    return person.client.post(address, data=content, headers=headers, content_type="application/octet-stream")


def here(person: Browser, address: str, key: str = KEY) -> int:
    """How much the server says it has."""
    answer = person.client.get(address, headers={"Upload-Key": key})
    assert answer.status_code == 204
    return int(answer.headers["Upload-Offset"])


def test_a_draft_takes_a_file_that_came_in_pieces(consumer: Browser) -> None:
    page, address = "/file/evidence", "/file/evidence/pieces"
    assert here(consumer, address) == 0
    assert not consumer.client.get_cookie("draft", path="/file")  # to ask begins no draft
    assert piece(consumer, page, address, 0, FILM[:99]).headers["Upload-Offset"] == "99"
    assert here(consumer, address) == 99
    early = consumer.submit(page, held=KEY)
    assert early.status == 422
    assert "“video.mp4”: has not arrived whole" in early.words
    assert piece(consumer, page, address, 99, FILM[99:]).status_code == 204
    for _ in range(2):  # the first answer was lost
        assert "video.mp4 Video · 1 KB" in consumer.submit(page, held=KEY).words
    consumer.submit("/file/enterprise", enterprise=STORY["enterprise"])
    for step, boxes in (("purchase", ("product", "amount")), ("happened", ("narrative",)), ("request", ("request",)),
                        ("person", ("name", "phone", "email", "address")),
                        ("consents", ("consumer_consents", "share_consent"))):  # fmt: skip
        consumer.submit(f"/file/{step}", **{name: STORY[name] for name in boxes}, go="next")
    filed = consumer.submit("/file/review")
    assert filed.path.endswith("/receipt"), filed.words
    assert [(row.name, row.size) for row in evidence()] == [("video.mp4", len(FILM))]
    assert SECRET not in on_disk()[0].read_bytes()


def test_what_is_taken_away_from_a_draft_is_gone(consumer: Browser) -> None:
    page, address = "/file/evidence", "/file/evidence/pieces"
    piece(consumer, page, address, 0, FILM)
    kept = consumer.submit(page, held=KEY)
    (number,) = [part.split('"')[0] for part in kept.text.split('name="remove" value="')[1:]]
    assert "No files yet" in consumer.submit(page, remove=number).words
    assert here(consumer, address) == 0


def test_each_side_of_a_case_sends_pieces_and_nobody_else(
    consumer: Browser, agent: Browser, browser: Callable[..., Browser], case: str, number: str
) -> None:
    portal = f"/portal/cases/{number}"
    for person, base in ((consumer, case), (agent, portal)):
        form = f"{base}/do/evidence"
        assert f'data-pieces="{base}/pieces"' in person.get(form).text
        assert here(person, f"{base}/pieces") == 0  # what the other sends is the other's
        piece(person, form, f"{base}/pieces", 0, FILM[:50])
        assert here(person, f"{base}/pieces") == 50
        assert piece(person, form, f"{base}/pieces", 50, FILM[50:]).status_code == 204
        assert "Recorded" in person.submit(form, held=KEY).words
    assert [row.role for row in evidence()] == ["consumer", "enterprise"]
    assert len(on_disk()) == 1
    stranger = browser().log_in("baiyu")
    assert stranger.client.get(f"{portal}/pieces", headers={"Upload-Key": KEY}).status_code == 404
    assert browser().client.get("/c/nobody/pieces").status_code == 404
    forged = {"Upload-Key": KEY, "Upload-Offset": "0"}
    assert consumer.client.post(f"{case}/pieces", data=b"x", headers=forged).status_code == 400
    consumer.submit(f"{case}/do/withdraw")
    assert consumer.client.get(f"{case}/pieces", headers={"Upload-Key": KEY}).status_code == 409


def test_a_piece_that_cannot_be_used_is_said_so(browser: Callable[..., Browser], case: str) -> None:
    person, form, address = browser("zh"), f"{case}/do/evidence", f"{case}/pieces"
    large = piece(person, form, address, 0, FILM, f"{201 * MEGABYTE}.1.%E8%A7%86%E9%A2%91.mp4")
    assert (large.status_code, large.text) == (422, "“视频.mp4”：超过 200 MB")
    assert piece(person, form, address, 0, b"x" * (pieces.PIECE + 1)).status_code == 413
    csrf = person.get(form).hidden()["csrf_token"]
    odd = {"X-CSRFToken": csrf, "Upload-Key": KEY, "Upload-Offset": "-1"}
    assert person.client.post(address, data=b"x", headers=odd).status_code == 400
    assert person.client.get(address).status_code == 422


def test_without_scripts_a_large_video_is_taken_whole_and_no_other_file(
    consumer: Browser, desk: Browser, case: str, number: str, tmp_path: Path
) -> None:
    content = long_film(tmp_path / "film", 30).read_bytes()
    assert "30.0 MB" in add(consumer, case, content, "VID.mp4").words
    assert "is larger than 20 MB" in add(consumer, case, BAD["zip"].ljust(21 * MEGABYTE, b"\0"), "VID.mp4").words
    (link,) = links(desk.get(f"/desk/cases/{number}"))
    whole = desk.client.get(link, buffered=True)
    assert (whole.status_code, len(whole.data)) == (200, len(content))
    assert SECRET not in whole.data
    some = desk.client.get(link, headers={"Range": f"bytes={10 * MEGABYTE}-"}, buffered=True)
    assert some.status_code == 206
    assert some.headers["Content-Range"] == f"bytes {10 * MEGABYTE}-{len(content) - 1}/{len(content)}"
    assert some.data == whole.data[10 * MEGABYTE :]
    assert some.headers["ETag"] == whole.headers["ETag"] == f'"{evidence()[0].sha256}"'
    assert some.headers["Content-Disposition"] == whole.headers["Content-Disposition"]
    assert len(reads()) == 2


def test_several_together_are_no_larger_than_one_video(
    settings_env: Callable[..., None], consumer: Browser, case: str, tmp_path: Path
) -> None:
    content = long_film(tmp_path / "film", 120).read_bytes()
    for at in range(0, len(content), pieces.PIECE):
        piece(consumer, f"{case}/do/evidence", f"{case}/pieces", at, content[at : at + pieces.PIECE],
              f"{len(content)}.1.long.mp4")  # fmt: skip
    beside = (BytesIO(content[: -len(content) // 4]), "other.mp4")
    both = consumer.submit(f"{case}/do/evidence", held=f"{len(content)}.1.long.mp4", file=beside)
    assert both.status == 422
    assert "are together larger than 200 MB" in both.words
    assert evidence() == []


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "a video up to 200 MB: about 1 to 3 minutes filmed by a phone"),
        ("zh", "视频不超过 200 MB，手机全高清（1080p）拍摄约 1 至 3 分钟"),
    ],
)
def test_the_page_says_beforehand_how_long_a_video_may_be(
    browser: Callable[..., Browser], case: str, language: str, said: str
) -> None:
    person = browser(language)
    for page in ("/file/evidence", f"{case}/do/evidence"):
        assert said in person.get(page).words


def test_pieces_of_a_draft_go_with_it(consumer: Browser) -> None:
    piece(consumer, "/file/evidence", "/file/evidence/pieces", 0, FILM[:50])
    assert len(list(uploads.folder().rglob("*.part"))) == 1
    consumer.send("/file/forget", consumer.get("/file/evidence").hidden())
    assert list(uploads.folder().rglob("*.part")) == []
