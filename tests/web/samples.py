"""The beginnings of files of every kind that is taken, and of some that are not."""


def brand(own: bytes, *others: bytes) -> bytes:
    """A file of boxes (HEIC, MP4, MOV) with these brands."""
    body = b"ftyp" + own + bytes(4) + b"".join(others)
    return (len(body) + 4).to_bytes(4, "big") + body + b"\x00\x00\x00\x08mdat"


JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(64)
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(17)
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"
TEXT = "客服：亲，不退的。\n我：为什么？\n".encode()

GOOD = [
    ("image/jpeg", JPEG),
    ("image/png", PNG),
    ("image/webp", b"RIFF\x24\x00\x00\x00WEBPVP8X" + bytes(16)),
    ("image/heic", brand(b"heic", b"mif1", b"heic")),
    ("image/heic", brand(b"mif1", b"mif1", b"heic")),
    ("application/pdf", PDF),
    ("video/mp4", brand(b"isom", b"isom", b"mp41")),
    ("video/mp4", brand(b"mp42", b"isom")),
    ("video/mp4", brand(b"3gp4")),
    ("video/quicktime", brand(b"qt  ", b"qt  ")),
    ("text/plain", TEXT),
    ("text/plain", "不退款 <3 1 < 2".encode("gb18030")),
    ("text/plain", "不退款".encode("utf-16")),
    ("text/plain", b"\xef\xbb\xbfHello\r\n"),
]
BAD = {
    "html": b"<!DOCTYPE html><html><script>alert(1)</script></html>",
    "html-behind-words": b"Dear Sir,\n<ScRiPt >alert(1)</sCrIpT>",
    "html-utf16": "<html><body>x</body></html>".encode("utf-16"),
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "svg-with-head": b'\xef\xbb\xbf \n<?xml version="1.0"?>\n<!-- x --><svg onload="alert(1)"/>',
    "xhtml": b'<x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>',
    "gif": b"GIF89a\x01\x00\x01\x00\x80\x00\x00",
    "avif": brand(b"avif", b"mif1"),
    "mif1-avif": brand(b"mif1", b"avif"),
    "audio": brand(b"M4A ", b"mp42"),
    "wave": b"RIFF\x24\x00\x00\x00WAVEfmt ",
    "zip": b"PK\x03\x04\x14\x00\x00\x00",
    "exe": b"MZ\x90\x00\x03\x00",
    "html-called-pdf": b"<html>%PDF-1.7",
    "escapes": b"plain \x1b[31m red",
    "noise": bytes(range(256)),
}
