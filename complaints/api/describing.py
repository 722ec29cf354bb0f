"""How an operation is told in the OpenAPI document: parameters, body, answers, refusals."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from marshmallow import Schema

from complaints.api import attached
from complaints.inputs import Input

if TYPE_CHECKING:
    from complaints.api.operations import Operation


class Query(Input):
    """Base of what stands after the question mark."""


ALWAYS = (400, 422, 500, 503)
VERSION_TEXT = '"3"'
HEADERS: dict[str, dict[str, Any]] = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "description": "Chosen by you, random, one for each thing you want done. Sent again with the same body within "
        "24 hours it is answered as before and nothing is done twice; with another body it is refused (422).",
        "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]{1,200}$"},
        "example": "1f0e7c9a-2b1d-4c55-9d0e-6a7f3c1b2a90",
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "required": True,
        "description": "The ETag of the case as you saw it. Where somebody else changed it since: 412.",
        "schema": {"type": "string", "pattern": '^"[1-9][0-9]{0,8}"$'},
        "example": VERSION_TEXT,
    },
}
HEADERS["IfMatchOptional"] = HEADERS["IfMatch"] | {"required": False}
ETAG = {"description": "The version of the case.", "schema": {"type": "string"}, "example": VERSION_TEXT}
REPLAYED = {
    "description": "`true` where this answers a request that was carried out before.",
    "schema": {"type": "string", "enum": ["true"]},
}
NUMBER = {
    "in": "path",
    "name": "number",
    "description": "The number of the case.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 20},
    "example": "C26-7K3M-Q2XA",
}
LOCATION = {"description": "The address of what was made.", "schema": {"type": "string"}}


def operation(op: "Operation") -> dict[str, Any]:
    """The documentation of one operation."""
    told: dict[str, Any] = {"operationId": op.name, "responses": _responses(op), "security": _security(op)}
    parameters = [*_headers(op), *_query(op)]
    if parameters:
        told["parameters"] = parameters
    if op.body:
        told["requestBody"] = _body(op.body, op.says.get("example"))
        if op.files and not isinstance(op.body, Sequence):
            told["requestBody"]["content"] |= attached.described(op.body)
    return told | dict(op.says.get("operation", {}))


def path(op: "Operation") -> list[dict[str, Any]]:
    """The parts of an address that need words."""
    return [NUMBER] if ":number>" in op.path else []


def _security(op: "Operation") -> list[dict[str, list[str]]]:
    """Either kind of token; or none, where everybody may."""
    kinds: tuple[str, ...] = op.says.get("security", ("account", "consumer"))
    free: list[dict[str, list[str]]] = [{}] if op.everyone else []
    return free + [{kind: []} for kind in kinds]


def _headers(op: "Operation") -> list[str]:
    return [
        *(["IdempotencyKey"] if op.keyed else []),
        *(["IfMatch" if op.version == "required" else "IfMatchOptional"] if op.version else []),
    ]


def _query(op: "Operation") -> list[dict[str, Any]]:
    return [{"in": "query", "schema": op.query}] if op.query._declared_fields else []


def _body(body: type[Schema] | Sequence[type[Schema]], example: Mapping[str, Any] | None) -> dict[str, Any]:
    several = isinstance(body, Sequence)
    kinds = list(body) if isinstance(body, Sequence) else [body]
    schema: Any = {"anyOf": kinds} if several else body
    content = {"schema": schema} | ({"example": dict(example)} if example else {})
    needed = several or any(field.required for field in kinds[0]().load_fields.values())
    return {"required": needed, "content": {"application/json": content}}


def _responses(op: "Operation") -> dict[str, Any]:
    refused = {*ALWAYS, *op.refuses, *_implied(op)}
    good = {str(op.status): _good(op)} | dict(op.says.get("responses", {}))
    return good | {str(status): HTTPStatus(status).name for status in sorted(refused)}


def _implied(op: "Operation") -> set[int]:
    """What follows from how the operation is made."""
    found = {401}
    found |= {404} if "<" in op.path else set()
    found |= {413, 415} if op.body else set()
    found |= {412} if op.version else set()
    found |= {428} if op.version == "required" else set()
    return found | ({429} if op.limit else set())


def _good(op: "Operation") -> dict[str, Any]:
    told: dict[str, Any] = {"description": op.says.get("answers", HTTPStatus(op.status).phrase)}
    if op.answer is not None:
        told["content"] = {"application/json": {"schema": op.answer}}
    headers = dict(op.says.get("headers", {})) | ({"Idempotency-Replayed": REPLAYED} if op.keyed else {})
    return told | ({"headers": headers} if headers else {})
