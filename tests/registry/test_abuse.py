"""Files that mean harm: bombs, pictures that are something else too, scripts, huge pictures, names that lead away."""

import struct
import time
import tracemalloc
import zlib
from contextlib import suppress
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from PIL import Image

from complaints.errors import BadInput
from tests.sending import upload
from tests.web.samples import JPEG, PDF

pytestmark = pytest.mark.usefixtures("settings_env")
SCRIPT = b"<script>alert(document.domain)</script>"


def png(width: int, height: int, *parts: tuple[bytes, bytes]) -> bytes:
    """A PNG that claims this size, with these parts before its end."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = [(b"IHDR", head), *parts, (b"IEND", b"")]
    chunks = (struct.pack(">I", len(c)) + kind + c + struct.pack(">I", zlib.crc32(kind + c)) for kind, c in body)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def bomb() -> bytes:
    """Ten megabytes of nothing, in ten kilobytes."""
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", bytes(10_000_000))
    return packed.getvalue()


def photo(**saved: object) -> bytes:
    taken = BytesIO()
    Image.new("RGB", (8, 8), "red").save(taken, "JPEG", **saved)
    return taken.getvalue()


@pytest.mark.parametrize("name", ["photo.jpg", "scan.pdf", "film.mp4", "note.txt", "a.zip"])
def test_a_bomb_is_no_picture_whatever_its_name(name: str) -> None:
    with pytest.raises(BadInput) as refused:
        upload(bomb(), name)
    assert refused.value.fields == {"file": ["wrong_kind_of_file"]}


def test_a_picture_of_a_million_million_points_is_never_unpacked() -> None:
    huge = png(1_000_000, 1_000_000, (b"IDAT", zlib.compress(bytes(20_000_000), 9)))
    tracemalloc.start()
    began = time.process_time()
    kept = upload(huge, "huge.png")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert kept.media_type == "image/png"
    assert most < 5 * len(huge) + 2_000_000  # not the twenty megabytes inside, let alone the picture
    assert time.process_time() - began < 5


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt", b"tEXt"])
def test_packed_words_of_a_picture_are_thrown_away_unread(kind: bytes) -> None:
    words = kind + b"\0\0" + zlib.compress(bytes(30_000_000), 9)
    tracemalloc.start()
    kept = upload(png(8, 8, (kind, words), (b"IDAT", zlib.compress(bytes(200)))), "a.png")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert kind not in kept.path.read_bytes()
    assert most < 2_000_000


def test_an_exif_part_that_says_it_is_enormous_is_dropped() -> None:
    tiff = b"MM\0*\0\0\0\x08" + struct.pack(
        ">HHHII", 1, 0x010F, 2, 0xFFFFFFF0, 8
    )  # a maker of four thousand million letters
    segment = b"Exif\0\0" + tiff
    wrong = b"\xff\xd8\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + photo()[2:]
    kept = upload(wrong, "a.jpg")
    assert len(kept.path.read_bytes()) < len(wrong) + 100
    Image.open(BytesIO(kept.path.read_bytes())).verify()


def test_a_web_page_behind_a_photo_is_cut_off_or_kept_as_a_photo_only() -> None:
    """A polyglot: a browser that guessed would see a page. It is only ever handed out as an attachment, unguessed."""
    kept = upload(photo() + SCRIPT, "a.html")
    assert kept.media_type == "image/jpeg"
    assert kept.name == "a.html.jpg"
    commented = upload(photo(comment=SCRIPT), "b.jpg")
    assert SCRIPT not in commented.path.read_bytes()


def test_a_zip_behind_a_photo_or_pdf_stays_what_it_is_called() -> None:
    for content, media_type, ending in ((photo(), "image/jpeg", ".jpg"), (PDF, "application/pdf", ".pdf")):
        kept = upload(content + bomb(), "archive.zip")
        assert (kept.media_type, kept.name) == (media_type, f"archive.zip{ending}")


@pytest.mark.parametrize(
    "content",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"\xef\xbb\xbf<svg onload=alert(1)>",
        b"<!-- %PDF-1.7 --><html>" + SCRIPT,
        b"hello\n<img src=x onerror=alert(1)>",
        b"hello\n<a href='javascript:alert(1)'>x</a>",
        b"GIF89a/*" + SCRIPT + b"*/",
        "<script>alert(1)</script>".encode("utf-16"),
        "text <ſcript>alert(1)</ſcript> <math><mtext></mtext></math>".encode(),
    ],
)
def test_what_a_browser_might_run_is_no_text(content: bytes) -> None:
    with pytest.raises(BadInput):
        upload(content, "note.txt")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../../../etc/cron.d/x.jpg", "x.jpg"),
        ("..\\..\\windows\\system32\\x.jpg", "x.jpg"),
        ("/etc/passwd", "passwd.jpg"),
        ("a.jpg\0.exe", "a.jpg.exe.jpg"),
        ("a.php%00.jpg", "a.php_00.jpg"),
        ("....//x.jpg", "x.jpg"),
        ("x.jpg/", "file.jpg"),
        ("photo.exe", "photo.exe.jpg"),
        ("a" * 5000 + ".jpg", "a" * 80 + ".jpg"),
        ("x\u202egpj.exe", "xgpj.exe.jpg"),
        ("\r\nX-Header: 1.jpg", "X-Header_ 1.jpg"),
        ("nul", "_nul.jpg"),
    ],
)
def test_a_name_leads_nowhere_and_its_ending_tells_the_truth(name: str, kept: str) -> None:
    assert upload(JPEG, name).name == kept


@pytest.mark.parametrize("cut", [2, 3, 4, 11, 12, 20, 40])
def test_files_cut_short_are_handled_without_an_accident(cut: int) -> None:
    for whole in (photo(), png(8, 8), PDF, b"RIFF\x24\x00\x00\x00WEBPVP8X" + bytes(16)):
        with suppress(BadInput):  # it may be refused, and nothing else may happen
            upload(whole[:cut], "a.bin")
