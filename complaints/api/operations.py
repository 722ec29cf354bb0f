"""One declaration for each operation: it documents the operation and it guards it, so the two cannot differ.

Every operation has the same shape: who calls, then headers, query and body, then the work, then the answer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from http import HTTPStatus
from typing import Any

from flask import Response, json
from flask_smorest import Blueprint
from marshmallow import Schema

from complaints import logs
from complaints.api import attached, bodies, describing
from complaints.api.auth import Caller, identify, look
from complaints.api.limits import limiter
from complaints.api.problems import PREFIX, Problem, language
from complaints.registry.uploads import Upload
from complaints.schemas import NothingSchema

blueprint = Blueprint("api", __name__, url_prefix=PREFIX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What an operation takes, answers and refuses."""

    name: str  # the operationId
    method: str
    path: str
    tag: str
    answer: type[Schema] | None = None
    status: int = 200
    files: bool = False  # the body may come as a form of several parts, with files
    body: type[Schema] | tuple[type[Schema], ...] | None = None
    query: type[Schema] = NothingSchema
    everyone: bool = False  # also without a token
    keyed: bool = False  # needs an Idempotency-Key
    revoked: bool = False  # a private link that this operation itself has revoked may repeat the request
    version: str | None = None  # If-Match: "required", "optional", or none
    refuses: tuple[int, ...] = ()
    limit: Any = None
    says: Mapping[str, Any] = field(default_factory=dict)  # more of the specification


@dataclass(frozen=True, slots=True)
class Call:
    """One request, read: who calls, what was sent, which version was seen, under which key."""

    caller: Caller
    locale: str
    body: Any
    query: Mapping[str, Any]
    version: int | None
    key: str
    files: Sequence[Upload] = ()

    def parsed(self, schema: Schema) -> Any:
        """The body as a schema of the product reads it. Raises BadInput, naming the fields."""
        return bodies.read(schema, self.body)


@dataclass(frozen=True, slots=True)
class Reply:
    """What an operation answers."""

    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None


Work = Callable[..., Reply | Response]


def operation(name: str, method: str, path: str, tag: str, **more: Any) -> Callable[[Work], Work]:
    """Make a function an operation of the API. It is called with the `Call` and the parts of the path."""

    def register(work: Work) -> Work:
        add(Operation(name=name, method=method, path=path, tag=tag, **more), work)
        return work

    return register


def add(op: Operation, work: Work) -> None:
    """Put an operation at its address, under its limit, into the specification."""

    def run(**path: Any) -> Response:
        return _run(op, work, path)

    run.__name__ = run.__qualname__ = op.name  # also what the limit is counted by
    run.__doc__ = work.__doc__
    guarded = limiter.limit(op.limit)(run) if op.limit else run

    @wraps(guarded)
    def view(**path: Any) -> Response:
        look(revoked=op.revoked)  # before anything is counted: whoever makes up a token is not counted by it
        return guarded(**path)

    documented = blueprint.doc(**describing.operation(op))(view)
    at = blueprint.route(op.path, methods=[op.method], endpoint=op.name, tags=[op.tag], parameters=describing.path(op))
    at(documented)


def _sent(op: Operation) -> tuple[Any, Sequence[Upload]]:
    """The body, and the files beside it."""
    if op.files and isinstance(op.body, type) and attached.here():
        files = attached.received()
        return attached.facts(op.body), files
    return bodies.sent() if op.body else None, ()


def _run(op: Operation, work: Work, path: Mapping[str, Any]) -> Response:
    caller = identify()
    logs.bind(role=",".join(caller.roles) or "public")
    if not (op.everyone or caller.known):
        raise Problem("not_authenticated")
    key = bodies.key() if op.keyed else ""
    version = bodies.version() if op.version else None
    query = bodies.query(op.query())
    body, files = _sent(op)
    reply = work(Call(caller, language(), body, query, version, key, files), **path)
    return reply if isinstance(reply, Response) else _answer(op, reply)


def _answer(op: Operation, reply: Reply) -> Response:
    status = reply.status or op.status
    if op.answer is None or status == HTTPStatus.NO_CONTENT:
        return Response(status=status, headers=dict(reply.headers))
    dumped = op.answer().dump(reply.body)
    return Response(
        json.dumps(dumped, ensure_ascii=False), status=status, headers=dict(reply.headers), mimetype=bodies.JSON
    )
