"""Large files piece by piece, for scripts of pages that take files. What of them is kept, a form says at the end."""

from urllib.parse import unquote

from flask import Response, abort, request

from complaints.errors import BadInput
from complaints.registry import pieces
from complaints.registry.uploads import FIELD
from web import uploads

OFFSET, KEY = "Upload-Offset", "Upload-Key"


def answer(owner: str) -> Response:
    """How much of a file is here (GET), or that much more of it (POST), as a number of bytes in a header; what is wrong
    with it, in words."""
    key = unquote(request.headers.get(KEY, ""))
    try:
        file = pieces.coming(owner, key)
        here = file.arrived() if request.method == "GET" else pieces.add(file, _offset(), _piece())
    except BadInput as error:
        said = [uploads.named(key.split(".", 2)[-1], each) for each in error.fields[FIELD]]
        return Response("\n".join(said), 422, mimetype="text/plain")
    return Response(status=204, headers={OFFSET: str(here)})


def _offset() -> int:
    offset = request.headers.get(OFFSET, "")
    if not (offset.isascii() and offset.isdigit() and len(offset) <= 12):
        abort(400)
    return int(offset)


def _piece() -> bytes:
    return request.get_data(cache=False, parse_form_data=False)
