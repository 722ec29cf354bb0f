"""What a file is told to be by its content, and how its name is made harmless."""

import pytest

from complaints.registry.uploads import KINDS, clean_name, sniff
from tests.web import samples


@pytest.mark.parametrize(("media_type", "content"), samples.GOOD)
def test_content_says_what_it_is(media_type: str, content: bytes) -> None:
    assert sniff(content) == media_type


@pytest.mark.parametrize("content", samples.BAD.values(), ids=samples.BAD.keys())
def test_nothing_else_is_taken(content: bytes) -> None:
    assert sniff(content) is None


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("photo.jpg", "photo.jpg"),
        ("Receipt.JPEG", "Receipt.jpeg"),
        ("C:\\Users\\mei\\photo.jpg", "photo.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("发票 2026.jpg", "发票 2026.jpg"),
        ("invoice.pdf.exe", "invoice.pdf.exe.jpg"),
        ("page.html", "page.html.jpg"),
        ("gpj.\u202eexe.jpg", "gpj.exe.jpg"),
        ("a\r\nSet-Cookie: x.jpg", "aSet-Cookie_ x.jpg"),
        ("a\x00b.jpg", "ab.jpg"),
        ('"<img>".jpg', "__img__.jpg"),
        ("...", "file.jpg"),
        (".jpg", "file.jpg"),
        ("/", "file.jpg"),
        ("con.jpg", "_con.jpg"),
        ("\ud800.jpg", "file.jpg"),
    ],
)
def test_names_are_made_harmless(given: str, kept: str) -> None:
    assert clean_name(given, "image/jpeg") == kept


def test_long_names_fit_every_system() -> None:
    name = clean_name("长" * 500 + ".jpeg", "image/jpeg")
    assert name.endswith("长.jpeg")
    assert len(name.encode()) < 255


def test_every_kind_gives_its_own_ending() -> None:
    for media_type, endings in KINDS.items():
        assert clean_name("x", media_type) == f"x{endings[0]}"
