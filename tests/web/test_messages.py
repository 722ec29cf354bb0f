"""What is wrong with an input is said in words: every key has some, and no page shows a name of the code."""

import ast
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from complaints.errors import BadInput
from complaints.messages import message
from complaints.registry import views
from tests.people import MONDAY, World
from tests.playing import file_complaint
from tests.web.browser import Browser
from tests.workflow.expected import walk
from web import labels

RAISED = re.compile(r"[a-z][a-z_]+(:.*)?", re.DOTALL)
RAISES = re.compile(r"BadInput|ValidationError|refused\(")
OTHERS = ("complaints/calendar_file.py",)  # tells in sentences
TYPES = ("string", "number")  # of JSON, in what a field says of itself


def _text(node: ast.AST) -> str | None:
    """A text of the code; what is only known at run time is a number."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)
    return None


def _texts(node: ast.AST | None) -> Iterator[str]:
    for each in node.elts if isinstance(node, ast.List) else ():
        chosen = (each.body, each.orelse) if isinstance(each, ast.IfExp) else (each,)
        yield from (text for one in chosen if (text := _text(one)) is not None)


def _found(node: ast.AST) -> Iterator[str]:
    """Keys where code names what is wrong: lists by field, and what is raised or said outright."""
    if isinstance(node, ast.Dict):
        for value in node.values:
            yield from _texts(value)
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
        yield from _texts(node.value)
    elif isinstance(node, ast.Call) and node.args and (text := _text(node.args[0])):
        called = getattr(node.func, "id", getattr(node.func, "attr", ""))
        yield from [text] if called in ("ValidationError", "refused", "fault") else []


def raised() -> set[str]:
    """Every key that the code raises."""
    sources = [path for top in ("complaints", "web") for path in Path(top).rglob("*.py") if str(path) not in OTHERS]
    texts = [text for path in sources if RAISES.search(text := path.read_text(encoding="utf-8"))]
    keys = {key for text in texts for node in ast.walk(ast.parse(text)) for key in _found(node)}
    return {key for key in keys if RAISED.fullmatch(key)} - set(TYPES)


def test_every_key_that_is_raised_has_words() -> None:
    found = raised()
    assert len(found) > 60
    assert [key for key in sorted(found) if message("en", key) == key] == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_page_shows_a_name_that_only_programs_know(app: Flask, language: str) -> None:
    details = {"stands_beside:7": "stands_beside:enterprise", "not_one_of:7": "not_one_of:reached, not_reached"}
    with app.test_request_context(f"/?lang={language}"):
        for key in sorted(raised()):
            said, detail = labels.fault(details.get(key, key)), details.get(key, key).partition(":")[2]
            assert not re.search(r"[a-z]_[a-z]", said), said
            assert not detail or language == "en" or not re.search(r"[a-z]{2}", detail) or detail not in said, said


@pytest.mark.parametrize(
    ("key", "english", "chinese"),
    [
        ("out_of_days:60", "must lie within 60 days", "必须在 60 天之内"),
        ("contradicts:made_on", "contradicts “Made on”", "与 “生产日期” 矛盾"),
        ("contradicts:roles", "contradicts “Roles”", "与 “角色” 矛盾"),
        ("stands_beside:enterprise", "is only held together with “the enterprise”", "只能与 “企业” 一起担任"),
        ("too_early:2026-09-01", "is before Tuesday 1 September 2026", "早于 2026年9月1日 星期二"),
        ("not_one_of:reached, given", "is not one of the choices", "不在可选范围内"),
        ("too_many_views:20", "20 views are kept already; delete one of them first", None),
    ],
)
def test_labels_stand_in_the_texts(app: Flask, key: str, english: str, chinese: str | None) -> None:
    with app.test_request_context("/?lang=en"):
        assert labels.fault(key) == english
    with app.test_request_context("/?lang=zh"):
        assert chinese is None or labels.fault(key) == chinese


def test_an_appraisal_that_takes_too_long_is_told_in_days(world: World) -> None:
    playing = walk(file_complaint(world), "decline reject assign")
    with pytest.raises(BadInput) as wrong:
        playing.mediator(
            "order_appraisal", laboratory="L", agreed_on=(MONDAY + timedelta(days=400)).date(), payer="centre",
            both_agreed=True,
        )  # fmt: skip
    assert wrong.value.fields == {"agreed_on": ["out_of_days:60"]}


def test_one_view_too_many_is_told_in_words(
    world: World, agent: Browser, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MOST", 0)
    form = agent.get("/portal").hidden()
    assert "0 views are kept already" in agent.send("/portal/views", form | {"name": "A", "query": ""}).words
