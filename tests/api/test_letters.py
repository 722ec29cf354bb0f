"""A decision takes its letter as the officer edited it, and does without one; a letter that is none is named."""

from collections.abc import Callable
from typing import Any

import pytest

from complaints.inputs import LETTER
from tests.api.program import STORY, Program, fields, problem

Programs = Callable[..., Program]
APPRAISAL: dict[str, Any] = {
    "laboratory": "Shanghai Institute", "agreed_on": "2026-07-20", "payer": "enterprise", "both_agreed": True,
}  # fmt: skip
BAD: list[tuple[Any, str]] = [(5, "not_text"), (["x"], "not_text"), ("a\x00b", "control_characters"),
                              ("x" * (LETTER + 1), "too_long")]  # fmt: skip


@pytest.fixture
def waiting(program: Programs) -> str:
    """A complaint at intake."""
    number = program("intake").post("/complaints", STORY | {"enterprise": "Outside Traders"}).json["number"]
    assert program("intake").case(number)["state"] == "received"
    return str(number)


@pytest.fixture
def mediated(program: Programs, mei: Program, agent: Program, number: str) -> str:
    """Mei's case, in mediation."""
    agent.did(number, "decline", reason="It fell.")
    mei.did(number, "reject")
    assert program("supervisor").did(number, "assign")["state"] == "in_mediation"
    return number


def read(program: Program, number: str) -> list[str]:
    return [text["value"] for text in program.case(number)["texts"]]


def test_an_admission_with_and_without_a_letter(program: Programs, waiting: str) -> None:
    intake = program("intake")
    for text, code in BAD:
        assert fields(problem(intake.act(waiting, "admit", text=text), 422, "bad_input")) == {"text": code}
    assert fields(problem(intake.act(waiting, "admit", words="x"), 422, "bad_input")) == {"words": "unknown_field"}
    assert intake.case(waiting)["state"] == "received"
    intake.did(waiting, "admit", text="已受理，请等候。")
    assert "已受理，请等候。" in read(intake, waiting)
    other = intake.post("/complaints", STORY | {"enterprise": "Outside Traders", "phone": "13900000001"}).json["number"]
    assert intake.did(other, "admit")["state"] == "with_enterprise"


def test_an_appraisal_with_its_letter(program: Programs, mei: Program, mediated: str) -> None:
    mediator = program("medi")
    for text, code in BAD:
        told = problem(mediator.act(mediated, "order_appraisal", **APPRAISAL, text=text), 422, "bad_input")
        assert fields(told) == {"text": code}
    mediator.did(mediated, "order_appraisal", **APPRAISAL, text="Please hand in the kettle.")
    assert "Please hand in the kettle." in read(mei, mediated)
