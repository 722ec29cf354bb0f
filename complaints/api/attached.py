"""Files in a request of several parts: one as evidence, or some beside the facts of an action."""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from flask import request
from flask_smorest.fields import Upload as UploadField
from marshmallow import Schema, fields
from werkzeug.datastructures import FileStorage

from complaints.config import VIDEO_MEGABYTES
from complaints.errors import BadInput
from complaints.registry import uploads
from complaints.registry.uploads import FIELD, Upload

MULTIPART = "multipart/form-data"
SIZES = (
    f"A video may have {VIDEO_MEGABYTES} MB unless the installation says otherwise (COMPLAINTS_VIDEO_MEGABYTES), any "
    f"other file {uploads.MOST_MEGABYTES} MB."
)
MOST_AROUND = 100_000  # of a request, beside its files: facts, headers of the parts


def here() -> bool:
    """Whether this request comes in parts."""
    return request.mimetype == MULTIPART


def received() -> list[Upload]:
    """The files of the request, none or some. Raises BadInput, naming the field."""
    request.max_content_length = uploads.most_bytes() + MOST_AROUND
    others = {name: ["unknown_field"] for name in request.files if name != FIELD}
    if others:
        raise BadInput("not a field of this form", others)
    if FIELD in request.form:
        raise uploads.refused("given_twice" if FIELD in request.files else "no_file")
    sent: Sequence[FileStorage] = request.files.getlist(FIELD)
    if len(sent) > uploads.MOST_AT_ONCE:
        raise uploads.refused(f"more_than:{uploads.MOST_AT_ONCE}")
    return uploads.together([uploads.check(each.stream, each.filename or "") for each in sent])


def facts(body: type[Schema]) -> dict[str, Any]:
    """What stands beside the files, each once; what is no text is JSON. Raises BadInput, naming the field."""
    twice = {name: ["given_twice"] for name, values in request.form.lists() if len(values) > 1}
    if twice:
        raise BadInput("a field was given twice", twice)
    rules = {name: field.metadata.get("type") for name, field in body().load_fields.items()}
    return {
        name: value if rules.get(name, "string") == "string" else _parsed(value)
        for name, value in request.form.to_dict().items()
    }


def _parsed(text: str) -> object:
    """The JSON of a part; the text itself where it is none, for the schema to say what is wrong."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


@cache
def described(body: type[Schema]) -> dict[str, Any]:
    """The same body as a form of several parts, for the specification."""
    most = f"Up to {uploads.MOST_AT_ONCE} files, together no larger than one video may be. {SIZES}"
    files = fields.List(UploadField(), metadata={"description": most})
    name = f"{body.__name__.removesuffix('Schema')}WithFiles"
    return {MULTIPART: {"schema": type(name, (body,), {FIELD: files, "__doc__": body.__doc__})}}
