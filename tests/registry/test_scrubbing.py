"""The place where a file was made is gone before it is kept; picture, orientation and moment stay."""

import struct
import time
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from complaints.registry import uploads
from complaints.registry.scrubbing import scrubbed
from tests.sending import SECRET, box, film, upload
from tests.web.samples import GOOD

XMP = b"<x:xmpmeta exif:GPSLatitude='31,13.8N'>" + SECRET


def scrub(content: bytes, media_type: str) -> bytes:
    """As it is kept."""
    return b"".join(scrubbed(BytesIO(content), media_type))


def exif() -> Image.Exif:
    """Of a phone held upright at the Bund."""
    found = Image.Exif()
    found[0x0112], found[0x010F] = 6, "Phone Maker"
    found.get_ifd(0x8769)[0x9003] = "2026:07:05 10:00:00"
    found.get_ifd(0x8825).update({1: "N", 2: (31.0, 13.0, 49.44), 3: "E", 4: (121.0, 28.0, 25.32), 29: "2026:07:05"})
    return found


def picture(form: str, **more: object) -> bytes:
    out = BytesIO()
    image = Image.radial_gradient("L").resize((64, 48)).convert("RGB")
    image.save(out, form, exif=exif().tobytes(), **more)
    return out.getvalue()


def pixels(content: bytes) -> bytes:
    return Image.open(BytesIO(content)).convert("RGB").tobytes()


@pytest.mark.parametrize(("form", "media_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")])
def test_pictures_lose_the_place_and_nothing_else(form: str, media_type: str) -> None:
    before = picture(form, **({"xmp": XMP} if form != "PNG" else {}))
    assert dict(Image.open(BytesIO(before)).getexif().get_ifd(0x8825))
    after = scrub(before, media_type)
    image = Image.open(BytesIO(after))
    left = image.getexif()
    assert not dict(left.get_ifd(0x8825))
    assert (left[0x0112], left[0x010F]) == (6, "Phone Maker")
    assert left.get_ifd(0x8769)[0x9003] == "2026:07:05 10:00:00"
    assert SECRET not in after
    assert pixels(before) == pixels(after)
    assert uploads.sniff(after) == media_type
    assert scrub(after, media_type) == after


def test_texts_in_a_png_go() -> None:
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", XMP.decode())
    info.add_text("Comment", SECRET.decode(), zip=True)
    before = picture("PNG", pnginfo=info)
    after = scrub(before, "image/png")
    assert b"iTXt" in before
    assert b"iTXt" not in after
    assert b"zTXt" not in after
    assert pixels(before) == pixels(after)


def test_what_follows_a_jpeg_goes_and_padding_stays() -> None:
    plain = picture("JPEG")
    film = b"\0\0\0\x14ftypmp42" + SECRET
    assert SECRET not in scrub(plain + film, "image/jpeg")
    assert pixels(scrub(plain + film, "image/jpeg")) == pixels(plain)
    assert scrub(plain + bytes(9), "image/jpeg").endswith(bytes(9))


def test_progressive_and_comments() -> None:
    before = picture("JPEG", progressive=True, comment=SECRET)
    after = scrub(before, "image/jpeg")
    assert SECRET in before
    assert SECRET not in after
    assert pixels(before) == pixels(after)


@pytest.mark.parametrize(("brand", "media_type"), [(b"isom", "video/mp4"), (b"qt  ", "video/quicktime")])
def test_films_lose_the_place_and_keep_every_offset(brand: bytes, media_type: str) -> None:
    before = film(brand)
    after = scrub(before, media_type)
    assert before.count(SECRET) == 4
    assert SECRET not in after
    assert len(after) == len(before)
    assert after.index(b"the film") == before.index(b"the film")
    assert b"turned by ninety degrees" in after
    assert uploads.sniff(after) == media_type


def photo_of_boxes() -> bytes:
    """A HEIC with an Exif and an XMP item in its data, and a third that is the picture."""
    infe = [
        box(b"infe", b"\2\0\0\0", struct.pack(">HH", n, 0), kind, b"\0", more)
        for n, kind, more in ((1, b"hvc1", b""), (2, b"Exif", b""), (3, b"mime", b"application/rdf+xml\0"))
    ]
    data = [b"the picture", bytes(4) + exif().tobytes().removeprefix(b"Exif\0\0") + SECRET, XMP]
    head = box(b"ftyp", b"heic", bytes(4), b"mif1heic")

    def meta(first: int) -> bytes:
        places, at = b"", first
        for n, part in enumerate(data, start=1):
            places += struct.pack(">HHHII", n, 0, 1, at, len(part))
            at += len(part)
        iloc = box(b"iloc", bytes(4), b"\x44\x00", struct.pack(">H", len(data)), places)
        return box(b"meta", bytes(4), box(b"iinf", bytes(4), struct.pack(">H", 3), *infe), iloc)

    first = len(head) + len(meta(0)) + 8
    return head + meta(first) + box(b"mdat", *data)


def test_heic_loses_the_place_where_it_stands() -> None:
    before = photo_of_boxes()
    after = scrub(before, "image/heic")
    assert before.count(SECRET) == 2
    assert SECRET not in after
    assert b"GPSLatitude" not in after
    assert b"the picture" in after
    assert len(after) == len(before)
    assert uploads.sniff(after) == "image/heic"


@pytest.mark.parametrize(("media_type", "content"), GOOD)
def test_what_is_not_built_as_its_kind_is_kept_as_it_came(media_type: str, content: bytes) -> None:
    assert scrub(content, media_type) == content


def test_every_cut_of_a_file_is_taken_without_a_fault() -> None:
    for whole, media_type in (
        (picture("JPEG", xmp=XMP), "image/jpeg"),
        (picture("PNG"), "image/png"),
        (picture("WEBP", xmp=XMP), "image/webp"),
        (film(b"isom"), "video/mp4"),
        (photo_of_boxes(), "image/heic"),
    ):
        for end in range(12, len(whole), 7):
            scrub(whole[:end], media_type)


def test_what_is_taken_in_is_scrubbed(settings_env: Callable[..., None]) -> None:
    assert SECRET not in upload(film(b"isom"), "film.mp4").path.read_bytes()


def endless_places(version: int, body: bytes) -> bytes:
    """A photo of boxes whose list of places names more of them than the file has room for."""
    return box(b"ftyp", b"heic", bytes(8)) + box(
        b"meta", bytes(4), box(b"iinf", bytes(6)), box(b"iloc", bytes([version, 0, 0, 0]), body)
    )


def nested(depth: int) -> bytes:
    """Boxes in boxes."""
    inner = b""
    for _ in range(depth):
        inner = box(b"moov", inner)
    return box(b"ftyp", b"isom", bytes(4)) + inner


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        ("image/heic", endless_places(2, b"\0\0\xff\xff\xff\xff")),
        ("image/heic", endless_places(0, b"\0\0\xff\xff" + b"\0\1\0\0\xff\xff" * 60_000)),
        ("image/jpeg", b"\xff\xd8" + b"\xff\xe1\0\x08Exif\0\0" * 100_000 + b"\xff\xd9"),
        ("image/jpeg", b"\xff\xd8" + b"\xff\xe0\0\x02" * 1_000_000 + b"\xff\xd9"),
        ("video/mp4", box(b"ftyp", b"isom", bytes(4)) + box(b"free") * 500_000),
        ("video/mp4", nested(2000)),
    ],
    ids=["items", "pieces", "exifs", "segments", "boxes", "depth"],
)
def test_a_file_made_to_cost_time_is_left_as_it_came(media_type: str, content: bytes) -> None:
    began = time.process_time()
    assert scrub(content, media_type) == content
    assert time.process_time() - began < 1
