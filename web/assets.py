"""Style sheets and scripts: sent compressed, and kept by browsers for a year under an address that names their content.

Only these are compressed. A page holds secrets beside what a stranger may have put into it, and the length of a
compressed one would tell of them.
"""

import gzip
from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Flask, Response, current_app, request

TEXTS = (".css", ".js", ".svg")
KEPT_SECONDS = 365 * 24 * 3600


def init_app(app: Flask) -> None:
    """Name every static file by its content, and compress what is text."""
    app.url_defaults(_versioned)
    app.after_request(_compressed)


def _versioned(endpoint: str, values: dict[str, object]) -> None:
    if endpoint == "static" and "v" not in values:
        values["v"] = _content(_path(str(values["filename"])))[0]


def _path(filename: str) -> Path:
    return Path(current_app.static_folder or "") / filename


@cache
def _content(path: Path) -> tuple[str, bytes]:
    """The beginning of a file's hash and, where it is text, its compressed content."""
    content = path.read_bytes() if path.is_file() else b""
    packed = gzip.compress(content, 9, mtime=0) if path.suffix in TEXTS else b""
    return sha256(content).hexdigest()[:12], packed


def _compressed(response: Response) -> Response:
    """A static file as the browser takes it; one asked for by its content is kept for long."""
    if request.endpoint != "static" or response.status_code != 200:
        return response
    version, packed = _content(_path((request.view_args or {}).get("filename", "")))
    if request.args.get("v") == version:
        response.cache_control.public, response.cache_control.max_age = True, KEPT_SECONDS
        response.cache_control.no_cache = None
    if packed:
        response.vary.add("Accept-Encoding")
        if request.accept_encodings["gzip"] > 0 and request.range is None:
            response.direct_passthrough = False
            response.set_data(packed)
            response.headers["Content-Encoding"] = "gzip"
            response.headers.pop("ETag", None)
    return response
