"""Files: adding one, listing them, fetching one. What somebody sent is never shown under our name, only saved."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Response, request, send_file
from flask_smorest.fields import Upload
from marshmallow import Schema

from complaints import clock, db
from complaints.api import acting, attached, describing, shapes
from complaints.api.attached import MULTIPART
from complaints.api.cases import CASE, etag, looking
from complaints.api.limits import FILES
from complaints.api.operations import Call, Reply, operation
from complaints.api.problems import Problem
from complaints.errors import BadInput
from complaints.registry import uploads
from complaints.workflow import attempts, evidence, idempotency, sight

BINARY = "application/octet-stream"


def to_save(what: str) -> dict[str, Any]:
    """What the specification says of an answer that is a file."""
    described = {
        "description": f"{what}, to be saved.",
        "content": {BINARY: {"schema": {"type": "string", "format": "binary"}}},
        "headers": {"Content-Disposition": {"description": "Its name.", "schema": {"type": "string"}}},
    }
    return {"responses": {"200": described}}


class FileUploadSchema(Schema):
    """One file; what it is is told by its content."""

    file = Upload(required=True, metadata={"description": attached.SIZES})


@operation("list_evidence", "GET", f"{CASE}/evidence", "evidence", answer=shapes.Files)
def list_evidence(call: Call, number: str) -> Reply:
    """List the files of a case"""
    with db.reading() as session:
        case = attempts.look(session, number, call.caller.actors, clock.now())
        return Reply({"items": list(sight.files(session, case, call.caller.actors[0]))})


@operation(
    "add_evidence",
    "POST",
    f"{CASE}/evidence",
    "evidence",
    answer=shapes.Added,
    status=201,
    keyed=True,
    version="optional",
    refuses=(403, 409, 413, 415),
    limit=FILES,
    says={
        "headers": {"ETag": describing.ETAG},
        "operation": {"requestBody": {"required": True, "content": {MULTIPART: {"schema": FileUploadSchema}}}},
    },
)
def add_evidence(call: Call, number: str) -> Reply:
    """Add a file

    JPEG, PNG, WebP, HEIC, PDF, MP4, MOV or plain text, as the field `file`. The same file of the same side is kept
    once.
    """
    upload = _received()
    asked = ["evidence", number, upload.sha256, upload.name]
    with acting.honest(call, number, "evidence"), db.transaction() as session:
        at = clock.now()
        attempts.lock(session, number, call.caller.actors)

        def do() -> dict[str, Any]:
            case, new = evidence.add(session, number, call.caller.actors, upload, at, call.version)
            return attempts.standing(case, call.caller.actors, at) | {"evidence_id": new}

        answer, replayed = idempotency.answer(session, call.caller.scope, call.key, asked, do)
    return Reply(answer, etag(answer["version"]) | (acting.REPLAYED if replayed else {}))


def _received() -> uploads.Upload:
    """The file of the form, and nothing beside it. Raises BadInput, naming the field."""
    if not attached.here():
        raise Problem("wrong_content_type", {"Content-Type": [f"not_one_of:{MULTIPART}"]})
    files = attached.received()
    others = {name: ["unknown_field"] for name in request.form}
    if others:
        raise BadInput("not a field of this form", others)
    if len(files) != 1:
        raise uploads.refused("given_twice" if files else "no_file")
    return files[0]


@operation(
    "get_evidence",
    "GET",
    f"{CASE}/evidence/<int(max={db.MOST_ID}):evidence_id>",
    "evidence",
    says=to_save("The file"),
)
def get_evidence(call: Call, number: str, evidence_id: int) -> Response:
    """Fetch a file

    Always as an attachment. Another's reading it is recorded.
    """
    with looking(call.caller) as session:
        at = clock.now()
        case = attempts.look(session, number, call.caller.actors, at)
        line, content = evidence.read(session, case, call.caller.actors, evidence_id, at)
    return attached_file(line.name, content)


def attached_file(name: str, content: Path) -> Response:
    """A kept file as a download and nothing else, whatever it would like to be; a part of it for who asks for one."""
    answer = send_file(content, mimetype=BINARY, conditional=True, etag=content.name)
    answer.headers.update(_to_save(name))
    return answer


def attachment(name: str, content: bytes) -> Response:
    """The same of what is in memory."""
    answer = attachment_named(name, [content])
    answer.headers["Content-Length"] = str(len(content))
    return answer


def attachment_named(name: str, content: Iterable[bytes]) -> Response:
    """The same of what comes in pieces."""
    return Response(content, headers=_to_save(name), mimetype=BINARY)


def _to_save(name: str) -> dict[str, str]:
    plain = "".join(char if char.isascii() and char not in '"\\' else "_" for char in name)
    named = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return {
        "Content-Disposition": named,
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
