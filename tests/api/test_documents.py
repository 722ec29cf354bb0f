"""Programs list and fetch the documents of a case, and anybody checks one by its code."""

from hashlib import sha256

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from complaints import db
from complaints.models import Document
from tests.api.program import Program


def made(program: Program, number: str, end: str = "1?language=en") -> TestResponse:
    """The file of a document that this program asks for."""
    return program.raw("POST", f"/complaints/{number}/documents/{end}")


def test_listed_fetched_and_checked(mei: Program, agent: Program, anybody: Program, number: str) -> None:
    (line,) = mei.get(f"/complaints/{number}/documents").json["items"]
    assert (line["seq"], line["kind"]) == (1, "acceptance")
    assert mei.get(f"/complaints/{number}/documents/1", language="en").status_code == 404  # nobody has asked for it
    answer = made(mei, number)
    assert answer.status_code == 200
    assert answer.data.startswith(b"%PDF-")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert mei.get(f"/complaints/{number}/documents/1", language="en").data == answer.data
    assert made(mei, number).data == answer.data  # asking again makes no other one
    assert made(agent, number).data != answer.data
    digest = sha256(answer.data).hexdigest()
    with db.reading() as session:
        code = session.scalars(select(Document.code).where(Document.sha256 == digest)).one()
    found = anybody.get(f"/documents/{code.lower()}").json
    assert (found["sha256"], found["state"], found["language"]) == (digest, "valid", "en")
    assert number not in str(found)


@pytest.mark.parametrize("seq", ["2", "99"])
def test_what_is_none_is_not_found(mei: Program, number: str, seq: str) -> None:
    assert mei.get(f"/complaints/{number}/documents/{seq}").status_code == 404
    assert made(mei, number, seq).status_code == 404


def test_strangers_and_other_languages_are_refused(anybody: Program, mei: Program, number: str) -> None:
    assert anybody.get(f"/complaints/{number}/documents").status_code == 401
    assert mei.get(f"/complaints/{number}/documents/1", language="fr").status_code == 422
    assert made(mei, number, "1?language=fr").status_code == 422
    assert made(anybody, number).status_code == 401
    assert anybody.get("/documents/0000-0000-0000-0000-0000").status_code == 404
