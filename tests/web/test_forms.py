"""Forms: what is wrong is named, nothing typed is lost, every box and choice has words in both languages."""

from collections.abc import Callable

import pytest
from flask import Flask
from marshmallow.fields import Field
from werkzeug.datastructures import MultiDict

from complaints.schemas import FACTS, FilingSchema
from tests.web.browser import Browser
from tests.web.conftest import STORY
from web import forms, labels
from web.filing import NAMES


def test_what_is_wrong_is_named_and_linked_and_what_was_typed_stays(consumer: Browser) -> None:
    answer = consumer.submit("/file/all", **STORY | {"phone": "12", "amount": "a lot", "name": "", "request": ""})
    assert answer.status == 422
    for name in ("phone", "amount", "name", "request"):
        assert f'<a href="#{name}">' in answer.text
        assert f'id="{name}"' in answer.text
        assert f'id="{name}-error"' in answer.text
    assert 'value="a lot"' in answer.text
    assert "hotline 021-55556666" in answer.text
    assert 'name="share_consent" value="yes" checked' in answer.text
    assert "<title>Error:" in answer.text
    assert "Telephone number: is not a telephone number" in answer.words


def test_the_same_in_chinese(browser: Callable[..., Browser]) -> None:
    answer = browser("zh").submit("/file/all", **STORY | {"phone": "12"})
    assert "电话号码：不是有效电话号码" in answer.words
    assert 'lang="zh-CN"' in answer.text


def test_an_offer_too_late_is_explained_at_its_box(agent: Browser, number: str) -> None:
    answer = agent.submit(f"/portal/cases/{number}/do/offer", remedy="Soon.", perform_by="2026-12-24")
    assert answer.status == 422
    assert "must lie within 60 days" in answer.words
    assert "Soon.</textarea>" in answer.text


def test_a_longer_time_has_to_be_agreed(agent: Browser, consumer: Browser, case: str, number: str) -> None:
    agent.submit(f"/portal/cases/{number}/do/offer", remedy="In a month.", perform_by="2026-08-06")
    refused = consumer.submit(f"{case}/do/accept_offer")
    assert refused.status == 422
    assert consumer.submit(f"{case}/do/accept_offer", longer_agreed="yes").status == 200


def test_reopening_a_settled_case_needs_a_ground(agent: Browser, consumer: Browser, case: str, number: str) -> None:
    agent.submit(f"/portal/cases/{number}/do/offer", remedy="Done.", nothing_to_perform="yes")
    consumer.submit(f"{case}/do/accept_offer")
    assert consumer.submit(f"{case}/do/reopen", reason="It broke again.").status == 422
    again = consumer.submit(f"{case}/do/reopen", reason="It broke again.", ground="breach")
    assert again.status == 200
    assert "waiting for a mediator" in again.words


def test_the_desk_files_on_behalf(browser: Callable[..., Browser]) -> None:
    desk = browser().log_in("desk")
    receipt = desk.submit("/desk/file", **STORY)
    assert "C26-" in receipt.words


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_box_and_choice_has_words(app: Flask, language: str) -> None:
    schemas = {trigger: schema() for trigger, schema in FACTS.items()} | {"file": FilingSchema()}
    with app.test_request_context(f"/?lang={language}"):
        for trigger, schema in schemas.items():
            names = NAMES if trigger == "file" else _shown(schema.load_fields)
            form = forms.build(trigger, schema, names, MultiDict())
            for box in form.boxes:
                assert f"{trigger}.{box.name}" in labels.BOXES or box.name in labels.BOXES
                for option in box.options:
                    assert option.text != option.value or option.value.isdecimal(), (
                        f"{trigger}.{box.name}: {option.value}"
                    )


def _shown(fields: dict[str, Field[object]]) -> list[str]:
    return [name for name in fields if name not in ("locale", "mandate", "task_id")]
