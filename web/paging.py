"""Lists by pages: where the next one begins stands in the address."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import abort, request

from complaints.errors import BadInput


@contextmanager
def cursor() -> Iterator[str | None]:
    """The cursor of the address, none on the first page. One that is not of this list is a bad request."""
    try:
        yield request.args.get("cursor") or None
    except BadInput:
        abort(400)
