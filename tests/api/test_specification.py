"""The OpenAPI document says what there is, once, and so that programs can use it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from complaints.api.problems import CODES
from complaints.messages import _TEXTS
from complaints.schemas import FACTS


@pytest.fixture
def document(app: Flask) -> dict[str, Any]:
    """The document."""
    answer = app.test_client().get("/api/v1/openapi.json")
    assert answer.content_type == "application/json"
    found: dict[str, Any] = answer.get_json()
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            if method != "parameters":
                yield method, path, told


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
        for each in part.values():
            yield from references(each)
    elif isinstance(part, list):
        for each in part:
            yield from references(each)


def test_it_is_of_version_3_1_and_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    for reference in set(references(document)):
        found = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


def test_nothing_is_described_that_nobody_uses(document: dict[str, Any]) -> None:
    used = set(references(document))
    for kind in ("schemas", "responses", "parameters"):
        assert {name for name in document["components"][kind] if f"#/components/{kind}/{name}" not in used} == set()


def test_operations_have_names_of_their_own_and_words(document: dict[str, Any]) -> None:
    names = [told["operationId"] for _, _, told in operations(document)]
    assert len(names) == len(set(names))
    assert {"file_complaint", "list_complaints", "offer", "accept_offer", "add_evidence"} <= set(names)
    assert all(told["summary"] and told["tags"] and "security" in told for _, _, told in operations(document))


def test_there_is_one_operation_for_each_trigger_with_its_own_body(document: dict[str, Any]) -> None:
    for trigger, schema in FACTS.items():
        told = document["paths"][f"/api/v1/complaints/{{number}}/actions/{trigger}"]["post"]
        body = told["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        assert set(document["components"]["schemas"][body]["properties"]) == set(schema().load_fields)
        assert {"200", "401", "403", "404", "409", "412", "422", "428", "429"} <= set(told["responses"])
        headers = {each["$ref"].rpartition("/")[2] for each in told["parameters"]}
        assert headers == {"IdempotencyKey", "IfMatch"}


def test_every_write_to_a_case_needs_a_key(document: dict[str, Any]) -> None:
    without = {
        told["operationId"]
        for method, _, told in operations(document)
        if method == "post" and {"$ref": "#/components/parameters/IdempotencyKey"} not in told.get("parameters", [])
    }
    of_webhooks = {"subscribe_webhook", "resume_webhook", "change_webhook_secret", "test_webhook", "replay_deliveries"}
    once = {"ask_for_link", "create_token", "make_document"}  # a document is made once, whoever asks
    assert without == once | of_webhooks  # an address is subscribed once; ids tell repeats


def test_every_refusal_is_a_problem(document: dict[str, Any]) -> None:
    for _, _, told in operations(document):
        for status, answer in told["responses"].items():
            if status >= "400":
                name = answer["$ref"].rpartition("/")[2]
                content = document["components"]["responses"][name]["content"]
                assert list(content) == ["application/problem+json"]


def test_the_page_is_the_document_for_people(app: Flask, document: dict[str, Any]) -> None:
    page = app.test_client().get("/api/v1/docs")
    assert page.content_type.startswith("text/html")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "<script" not in page.text
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page.text)
    assert 'name="viewport"' in page.text
    for _, path, told in operations(document):
        assert told["operationId"] in page.text
        assert path in page.text
    for code in CODES:
        assert f'id="{code}"' in page.text
    targets = set(re.findall(r'id="([^"]+)"', page.text))
    assert set(re.findall(r'href="#([^"]+)"', page.text)) <= targets
    assert "编程接口" in app.test_client().get("/api/v1/docs?lang=zh").text


def test_every_message_of_the_api_has_words(document: dict[str, Any]) -> None:
    for key in ("not_json", "not_a_key", "not_a_version", "given_twice", "not_for_role", "not_a_cursor"):
        assert all(_TEXTS[key])
