"""Programs list and fetch the documents of a case, and anybody checks one by its code."""

from hashlib import sha256

import pytest
from sqlalchemy import select

from complaints import db
from complaints.models import Document
from tests.api.program import Program


def test_listed_fetched_and_checked(mei: Program, agent: Program, anybody: Program, number: str) -> None:
    (line,) = mei.get(f"/complaints/{number}/documents").json["items"]
    assert (line["seq"], line["kind"]) == (1, "acceptance")
    answer = mei.get(f"/complaints/{number}/documents/1", language="en")
    assert answer.status_code == 200
    assert answer.data.startswith(b"%PDF-")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert mei.get(f"/complaints/{number}/documents/1", language="en").data == answer.data
    assert agent.get(f"/complaints/{number}/documents/1", language="en").data != answer.data
    digest = sha256(answer.data).hexdigest()
    with db.reading() as session:
        code = session.scalars(select(Document.code).where(Document.sha256 == digest)).one()
    found = anybody.get(f"/documents/{code.lower()}").json
    assert (found["sha256"], found["state"], found["language"]) == (digest, "valid", "en")
    assert number not in str(found)


@pytest.mark.parametrize("path", ["documents/2", "documents/99"])
def test_what_is_none_is_not_found(mei: Program, number: str, path: str) -> None:
    assert mei.get(f"/complaints/{number}/{path}").status_code == 404


def test_strangers_and_other_languages_are_refused(anybody: Program, mei: Program, number: str) -> None:
    assert anybody.get(f"/complaints/{number}/documents").status_code == 401
    assert mei.get(f"/complaints/{number}/documents/1", language="fr").status_code == 422
    assert anybody.get("/documents/0000-0000-0000-0000-0000").status_code == 404
