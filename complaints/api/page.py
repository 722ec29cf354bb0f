"""The specification for programs, and the same as a page for people: no script, nothing from elsewhere."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import Blueprint, Flask, Response, current_app, json, render_template, request

from complaints.api import bodies, problems

EXTENSION = "complaints-specification"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
METHODS = ("get", "post", "delete")
SAID = {
    "title": ("Programming interface", "编程接口"),
    "machine": ("The same for programs: the OpenAPI document", "供程序读取：OpenAPI 文档"),
    "contents": ("Contents", "目录"),
    "tokens": ("Tokens", "令牌"),
    "sends": ("Sends", "发送"),
    "answers": ("Answers", "返回"),
    "errors": ("Errors", "错误"),
    "field": ("Field", "字段"),
    "type": ("Type", "类型"),
    "about": ("What it is", "说明"),
    "must": ("must", "必填"),
    "everyone": ("Also without a token.", "无需令牌。"),
    "shapes": ("Objects", "对象"),
    "other": ("中文", "English"),
}
pages = Blueprint("api_page", __name__, url_prefix=problems.PREFIX, template_folder="templates")


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation as the page shows it."""

    method: str
    path: str
    told: dict[str, Any]
    parameters: list[dict[str, Any]]
    bodies: list[tuple[str, str]]  # media type, object
    example: str
    answers: list[tuple[str, str, str]]  # status, words, object


def init_app(app: Flask, document: Callable[[], dict[str, Any]]) -> None:
    """Serve what `document` makes; it is made once, on first use."""
    app.extensions[EXTENSION] = cache(document)
    app.register_blueprint(pages)


def _document() -> dict[str, Any]:
    made: dict[str, Any] = current_app.extensions[EXTENSION]()
    return made


@pages.get("/openapi.json")
def openapi() -> Response:
    """The OpenAPI document."""
    return Response(json.dumps(_document(), ensure_ascii=False, sort_keys=False), mimetype=bodies.JSON)


@pages.get("/docs")
def docs() -> Response:
    """The documentation, in the words of this reader's language; the operations themselves are told in English."""
    asked = request.args.get("lang")
    chinese = asked == "zh" if asked in ("zh", "en") else problems.language() == "zh"
    document = _document()
    page = render_template(
        "api.html",
        say={name: texts[chinese] for name, texts in SAID.items()},
        lang="zh" if chinese else "en",
        document=document,
        groups=[(tag, list(_entries(document, tag["name"]))) for tag in document["tags"]],
        shapes=_shapes(document),
        codes=[(code, status, words[chinese]) for code, (status, *words) in problems.CODES.items()],
    )
    return Response(page, mimetype="text/html", headers={"Content-Security-Policy": POLICY})


def _entries(document: dict[str, Any], tag: str) -> Iterator[Entry]:
    for path, operations in document["paths"].items():
        for method in METHODS:
            told = operations.get(method)
            if told and tag in told["tags"]:
                yield _entry(document, method, path, told, operations.get("parameters", []))


def _entry(document: dict[str, Any], method: str, path: str, told: dict[str, Any], shared: list[Any]) -> Entry:
    contents = told.get("requestBody", {}).get("content", {})
    example = next((content["example"] for content in contents.values() if "example" in content), None)
    return Entry(
        method.upper(),
        path,
        told,
        [_resolved(document, each) for each in (*shared, *told.get("parameters", []))],
        [(media, kind) for media, content in contents.items() for kind in _names(content["schema"])],
        json.dumps(example, ensure_ascii=False, indent=2, sort_keys=False) if example else "",
        [(status, *_answer(document, answer)) for status, answer in sorted(told["responses"].items())],
    )


def _answer(document: dict[str, Any], answer: dict[str, Any]) -> tuple[str, str]:
    found = _resolved(document, answer)
    kinds = [kind for content in found.get("content", {}).values() for kind in _names(content["schema"])]
    return found["description"], ", ".join(kinds)


def _resolved(document: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in told:
        return told
    _hash, *steps = told["$ref"].split("/")
    found: Any = document
    for step in steps:
        found = found[step]
    resolved: dict[str, Any] = found
    return resolved


def _names(schema: dict[str, Any]) -> list[str]:
    """The objects that a schema names."""
    if "$ref" in schema:
        return [str(schema["$ref"]).rpartition("/")[2]]
    return [name for each in schema.get("anyOf", []) for name in _names(each)]


def _shapes(document: dict[str, Any]) -> list[tuple[str, list[tuple[str, str, str, bool]]]]:
    """Every object with its fields: name, type, words, whether it must be there."""
    return [
        (
            name,
            [
                (field, _type(told), told.get("description", ""), field in shape.get("required", ()))
                for field, told in shape.get("properties", {}).items()
            ],
        )
        for name, shape in sorted(document["components"]["schemas"].items())
    ]


def _type(told: dict[str, Any]) -> str:
    """A field's type in a few words."""
    if "enum" in told:
        return " | ".join(str(word) if word is not None else "null" for word in told["enum"])
    names = _names(told)
    kinds = told.get("type", [])
    if kinds == "array":
        return f"[{_type(told['items'])}]"
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    kinds += ["null"] if any(each.get("type") == "null" for each in told.get("anyOf", ())) else []
    shown = [f"{kind} ({told['format']})" if kind == "string" and "format" in told else kind for kind in kinds]
    return " | ".join([*names, *shown])
