"""The body, the query and the headers of a request, read strictly and then parsed by the schemas of the product.

The schemas forgive what people type; a program is held to the type that the specification names, so that a mistake is
seen when it is made. The types come from the schemas themselves.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from flask import request
from marshmallow import Schema, ValidationError, fields

from complaints.api.problems import Problem
from complaints.errors import BadInput
from complaints.schemas import parse

JSON = "application/json"
TYPES: dict[str, tuple[type | tuple[type, ...], str]] = {
    "string": (str, "not_text"),
    "number": ((int, float), "not_an_amount"),
    "boolean": (bool, "not_yes_or_no"),
    "integer": (int, "not_a_number"),
    "array": (list, "not_a_list"),
}
_VERSION = re.compile(r'"([1-9][0-9]{0,8})"', re.ASCII)
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z"
_KEY = re.compile(r"[!-~]{1,200}", re.ASCII)


def sent() -> Any:
    """The JSON that was sent; nothing at all is an empty object."""
    content = request.get_data()
    if not content:
        return {}
    if request.mimetype != JSON:
        raise Problem("wrong_content_type", {"Content-Type": [f"not_one_of:{JSON}"]})
    try:
        return json.loads(content.decode("utf-8"), parse_constant=_not_json, object_pairs_hook=_each_once)
    except (ValueError, RecursionError):  # no JSON, no UTF-8, a number without end, brackets without end
        raise Problem("bad_request", {"body": ["not_json"]}) from None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object. A name that stands in it twice means two things, or one of them by mistake."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _not_json(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def read(schema: Schema, data: object) -> Any:
    """What the schema makes of a JSON value. Raises BadInput, naming the fields."""
    if isinstance(data, Mapping):
        wrong = {name: [key] for name, value in data.items() if (key := _mistyped(schema, name, value))}
        if wrong:
            raise BadInput("a value has another type than the specification says", wrong)
    return parse(schema, data)


def _mistyped(schema: Schema, name: str, value: object) -> str | None:
    """The message key for a value of another type than the field's, or longer or other than it may be."""
    field = schema.load_fields.get(name)
    if field is None or value is None:
        return None  # unknown fields and null are the schema's own business
    rule = field.metadata
    kinds = rule.get("type", ())
    named = [TYPES[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds) if kind in TYPES]
    if named and not any(_is(value, types) for types, _key in named):
        return named[0][1]
    if isinstance(value, str) and len(value) > rule.get("maxLength", len(value)):
        return f"too_long:{rule['maxLength']}"
    if "enum" in rule and value not in rule["enum"]:
        return f"not_one_of:{', '.join(rule['enum'])}"
    return _misformed(field, value) if isinstance(value, str) else None


def _misformed(field: fields.Field[Any], value: str) -> str | None:
    """The message key for a date or an amount in another form, such as an empty one, though the field would take it."""
    pattern = _DAY if field.metadata.get("format") == "date" else field.metadata.get("pattern")
    if pattern is None or re.search(pattern, value, re.ASCII):
        return None
    try:
        field.deserialize(value)
    except ValidationError:
        return None  # the field itself says better what is wrong
    return "not_a_date" if pattern is _DAY else "not_an_amount"


def _is(value: object, types: type | tuple[type, ...]) -> bool:
    """In Python a bool is an int; in JSON it is not."""
    return isinstance(value, types) and (types is bool or not isinstance(value, bool))


def query(schema: Schema) -> dict[str, Any]:
    """The parameters after the question mark. Raises BadInput, naming the parameters."""
    twice = {name: ["given_twice"] for name, values in request.args.lists() if len(values) > 1}
    if twice:
        raise BadInput("a parameter was given twice", twice)
    found: dict[str, Any] = parse(schema, request.args.to_dict())
    return found


def key() -> str:
    """The Idempotency-Key, which every write needs that could otherwise be done twice."""
    value = request.headers.get("Idempotency-Key")
    if value is None or not _KEY.fullmatch(value):
        raise Problem("bad_request", {"Idempotency-Key": ["required" if not value else "not_a_key"]})
    return value


def version() -> int | None:
    """The version that the caller saw, from If-Match; None where it is not said."""
    value = request.headers.get("If-Match")
    if value is None:
        return None
    match = _VERSION.fullmatch(value.strip())
    if match is None:
        raise Problem("bad_request", {"If-Match": ["not_a_version"]})
    return int(match[1])
