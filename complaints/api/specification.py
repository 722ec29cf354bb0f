"""The API put together: its operations at their addresses, and the OpenAPI document about them."""

from functools import partial
from http import HTTPStatus
from typing import Any

from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask
from flask_smorest import Api
from marshmallow import fields

from complaints import __name__ as product
from complaints.api import (
    acting,
    cases,
    describing,
    documents,
    enterprises,
    errands,
    evidence,
    explaining,
    filing,
    links,
    marks,
    objections,
    packets,
    page,
    pledges,
    problems,
    quality,
    record,
    shapes,
    statements,
    stories,
    tokens,
    webhooks,
)
from complaints.api.explaining import Explain
from complaints.api.operations import blueprint
from complaints.api.packets import Pack
from complaints.fields import Choices, Flag, Text
from complaints.inputs import Input

VERSION = "1.0.0"
PARTS = (
    filing,
    cases,
    acting,
    statements,
    evidence,
    documents,
    packets,
    enterprises,
    marks,
    pledges,
    tokens,
    links,
    webhooks,
    quality,
    errands,
    record,
    objections,
    stories,
)  # whose operations these are
TAGS = {
    "filing": "Filing a complaint.",
    "cases": "Reading cases and lists.",
    "actions": "Acting in a case: one operation for each trigger of the lifecycle. A case's `actions` say which of "
    "them this caller may pull now.",
    "statements": "What the sides and the centre say to each other.",
    "evidence": "Files.",
    "documents": "Issued documents, checking one by its code, and the packet of a whole case.",
    "enterprises": "The registry of enterprises.",
    "marks": "Marks on goods: what a code says, and the batches of an enterprise.",
    "pledges": "Pledges of enterprises: what is promised, whether it stands, applying, deciding; certificates.",
    "tokens": "Logging in, and who one is.",
    "links": "Private links of consumers.",
    "quality": "Quality signals, measures, benchmark enterprises: for the enterprise that they are about and for the "
    "supervisor; errands of the centre to tell an enterprise by phone or post.",
    "record": "The honest record of complaints: drafts, objections, what is published, corrections, and open data.",
    "stories": "Stories that consumers let be published as open data.",
    "webhooks": "Where your programs hear of events. For managers of an enterprise.",
}
ABOUT = (
    "Consumer complaints from filing to a closed case. Errors are RFC 9457 problem documents. Every write to a case "
    "takes an `Idempotency-Key`, every action the version that you saw (`If-Match`). Instants carry the offset of "
    "Shanghai, amounts are yuan as text. Words follow `Accept-Language` (zh or en)."
)
SCHEMES = {
    "account": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of an account (`cpl_...`), from `POST /tokens` or from the operator.",
    },
    "consumer": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token of a consumer's private link. It opens one case.",
    },
}


class ProblemApi(Api):  # type: ignore[misc]  # flask-smorest has no types
    """flask-smorest's, but errors are told as problems (see `problems.py`)."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """They are the application's: pages and API share them."""

    def _register_etag_headers(self) -> None:
        """Ours are in `describing.py`."""

    def _register_pagination_header(self) -> None:
        """Pages are in the body."""

    def _register_responses(self) -> None:
        """Each refusal once, by its name; operations refer to it."""
        for status in sorted(problems.STATUSES):
            told = {"description": HTTPStatus(status).phrase, "content": _PROBLEM}
            if status == 401:
                told["headers"] = {"WWW-Authenticate": {"description": "Bearer", "schema": {"type": "string"}}}
            if status == 429:
                told["headers"] = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
            self.spec.components.response(HTTPStatus(status).name, told, lazy=True)


_PROBLEM: dict[str, Any] = {problems.MEDIA_TYPE: {"schema": shapes.Problem}}


def init_app(app: Flask, explain: Explain, pack: Pack) -> None:
    """Serve the API under /api/v1. `explain` puts a deadline's explanation into sentences, `pack` a case in a file."""
    app.extensions[explaining.EXTENSION] = explain
    app.extensions[packets.EXTENSION] = pack
    app.config.update(API_TITLE=product, API_VERSION=VERSION, OPENAPI_VERSION="3.1.0")
    plugin = MarshmallowPlugin(schema_name_resolver=_named)
    api = ProblemApi(app, spec_kwargs=_about() | {"marshmallow_plugin": plugin})
    if plugin.converter is not None:  # it is there since the API was made
        plugin.converter.add_attribute_function(_inputs)  # type: ignore[no-untyped-call]
    for name, told in describing.HEADERS.items():
        api.spec.components.parameter(name, "header", told)
    for name, scheme in SCHEMES.items():
        api.spec.components.security_scheme(name, scheme)
    for name, says in TAGS.items():
        api.spec.tag({"name": name, "description": says})
    api.register_blueprint(blueprint)
    page.init_app(app, partial(_document, api))
    app.register_error_handler(problems.Problem, problems.answer)


def _about() -> dict[str, Any]:
    return {
        "info": {"description": ABOUT, "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"}},
        "servers": [{"url": "/"}],
    }


def _named(schema: Any) -> str:
    """What is sent is an input, so that it is not taken for what is answered."""
    kind = schema if isinstance(schema, type) else type(schema)
    name = kind.__name__.removesuffix("Schema").removesuffix("Input")
    return f"{name}Input" if issubclass(kind, Input) else name


def _document(api: Api) -> dict[str, Any]:
    document: dict[str, Any] = api.spec.to_dict()
    document["tags"] = [tag for tag in document["tags"] if tag["name"] in TAGS]  # without the blueprint's own
    return document


def _given(field: fields.Field[Any], ret: dict[str, Any]) -> dict[str, Any]:
    """What must be given is not empty; where only yes will do, it is yes."""
    if isinstance(field, Text):
        return {} if "enum" in ret else {"minLength": 1}
    if isinstance(field, Flag) and field.yes:
        return {"enum": [True]}
    return {"minItems": 1} if isinstance(field, Choices) else {}


def _inputs(_converter: Any, field: fields.Field[Any], ret: dict[str, Any], **_: Any) -> dict[str, Any]:
    """What holds for every field that is sent: null is "not given", and what must be given is not empty."""
    if not isinstance(field.parent, Input):
        return {}
    if field.required:
        return _given(field, ret)
    if isinstance(field.parent, describing.Query):
        ret.pop("default", None)
        return {"default": field.load_default} if field.load_default else {}
    kinds = ret.get("type", "string")
    told: dict[str, Any] = {"type": [*([kinds] if isinstance(kinds, str) else kinds), "null"]}
    if "null" in kinds:
        told = {}
    ret.pop("default", None)
    return told | ({"enum": [*ret["enum"], None]} if "enum" in ret and None not in ret["enum"] else {})
