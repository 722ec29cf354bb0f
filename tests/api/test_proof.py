"""A report of performance with its files, as a form of several parts: all of it, or nothing."""

import uuid
from io import BytesIO
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from tests.api.program import Answer, Program
from tests.web.attaching import evidence, triggers
from tests.web.samples import BAD, JPEG, PDF

TEXT = "Refunded on 8 July, receipt 20260708-1."


@pytest.fixture
def promised(agent: Program, mei: Program, number: str) -> str:
    """A case in which a refund has been promised."""
    agent.did(number, "offer", remedy="We refund the price.", amount="129.00")
    mei.did(number, "accept_offer", release=[])
    return number


def report(agent: Program, number: str, *files: tuple[bytes, str], key: str = "", **facts: Any) -> Answer:
    version = agent.get(f"/complaints/{number}").json["version"]
    sent = [("file", (BytesIO(content), name)) for content, name in files]
    headers = {"If-Match": f'"{version}"', "Idempotency-Key": key or uuid.uuid4().hex}
    path = f"/complaints/{number}/actions/report_performance"
    return agent.raw("POST", path, data=MultiDict([*facts.items(), *sent]), headers=headers,
                     content_type="multipart/form-data")  # fmt: skip


def test_report_and_files_are_one_request(agent: Program, promised: str) -> None:
    key = uuid.uuid4().hex
    done = report(agent, promised, (PDF, "bank.pdf"), (JPEG, "parcel.jpg"), key=key, text=TEXT)
    assert done.status_code == 200, done.text
    assert triggers()[-3:] == ["report_performance", "evidence", "evidence"]
    assert done.json["version"] == agent.get(f"/complaints/{promised}").json["version"]  # with the files in it
    again = report(agent, promised, (PDF, "bank.pdf"), (JPEG, "parcel.jpg"), key=key, text=TEXT)
    assert again.headers["Idempotency-Replayed"] == "true"
    other = report(agent, promised, (JPEG, "parcel.jpg"), key=key, text=TEXT)
    assert other.json["errors"][0]["code"] == "key_reused"
    assert len(evidence()) == 2


def test_a_bad_file_is_named_and_nothing_is_done(agent: Program, promised: str) -> None:
    before = triggers()
    wrong = report(agent, promised, (PDF, "bank.pdf"), (BAD["exe"], "b.pdf"), text=TEXT)
    assert wrong.status_code == 422
    assert [(each["field"], each["code"]) for each in wrong.json["errors"]] == [("file", "wrong_kind_of_file")]
    assert report(agent, promised, (PDF, "bank.pdf")).json["errors"][0]["field"] == "text"
    assert report(agent, promised, (PDF, "bank.pdf"), text=TEXT, more="x").json["errors"][0]["field"] == "more"
    assert (triggers(), evidence()) == (before, [])


def test_json_is_taken_as_before_and_other_actions_take_no_parts(agent: Program, promised: str) -> None:
    version = agent.get(f"/complaints/{promised}").json["version"]
    headers = {"If-Match": f'"{version}"', "Idempotency-Key": uuid.uuid4().hex}
    path = f"/complaints/{promised}/actions/statement"
    parts = agent.raw("POST", path, data={"text": "x"}, headers=headers, content_type="multipart/form-data")
    assert parts.status_code == 415
    agent.did(promised, "report_performance", text=TEXT)
