"""Pledges by the API: begun, worded, submitted, decided; read by anybody; certificates by their code."""

import json
from collections.abc import Callable
from io import BytesIO

import pytest
from sqlalchemy import update

from complaints import db
from complaints.documents import certifying
from complaints.models import Account
from complaints.registry import campaigns, promises, signing
from tests.api.conftest import Installation
from tests.api.program import Answer, Program, fields, problem
from tests.people import MONDAY, on
from tests.pledging import TEXTS
from tests.web.samples import PDF

WORDS = {"promises": TEXTS, "answer_days": 4, "mediation_consent": True}
DAYS = {"opens_on": "2026-06-01", "closes_on": "2026-07-10", "publish_on": "2026-07-13", "valid_until": "2027-03-14"}


@pytest.fixture
def campaign(installation: Installation) -> int:
    """A campaign of 2026 that is open."""
    days = {name: on(day) for name, day in DAYS.items()}
    with db.transaction() as session:
        session.execute(update(Account).where(Account.login == "hongyun").values(roles=["enterprise", "manager"]))
        return campaigns.make(session, 2026, days, promises.template(), None, MONDAY).id


def act(who: Program, pledge: int, trigger: str, version: int, **body: object) -> Answer:
    return who.post(f"/pledges/{pledge}/actions/{trigger}", body, If_Match=f'"{version}"')


def test_an_agent_reads_and_a_manager_acts(campaign: int, program: Callable[..., Program]) -> None:
    hongyun = program("hongyun")
    begun = hongyun.post("/campaigns/2026/pledges").json
    with db.transaction() as session:
        session.execute(update(Account).where(Account.login == "hongyun").values(roles=["enterprise"]))
    assert hongyun.get(f"/pledges/{begun['id']}").json["actions"] == []
    problem(act(hongyun, begun["id"], "withdraw", 1, reason=""), 403, "not_for_role")
    problem(hongyun.post("/campaigns/2026/pledges"), 403, "not_for_role")


def test_a_pledge_from_its_beginning_to_its_certificate(
    campaign: int, program: Callable[..., Program], anybody: Program
) -> None:
    hongyun, desk = program("hongyun"), program("desk")
    begun = hongyun.post("/campaigns/2026/pledges", key="once")
    assert begun.status_code == 201, begun.text
    assert begun.headers["Location"] == "/api/v1/pledges/1"
    assert begun.headers["ETag"] == '"1"'
    assert begun.json["actions"] == ["edit", "submit", "withdraw"]
    again = hongyun.post("/campaigns/2026/pledges", key="once")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert fields(problem(hongyun.post("/campaigns/2026/pledges"), 422, "bad_input")) == {"campaign": "pledged_already"}
    kept = act(hongyun, 1, "edit", 1, promises={"safety": "Safe."}, answer_days=4)
    assert kept.json["versions"][0]["promises"] == [{"kind": "safety", "text": "Safe."}]
    missing = act(hongyun, 1, "submit", 2, **WORDS | {"mediation_consent": False})
    assert fields(problem(missing, 422, "bad_input")) == {"mediation_consent": "consent_in_advance"}
    sent = act(hongyun, 1, "submit", 2, **WORDS)
    assert (sent.status_code, sent.json["state"]) == (200, "submitted")
    problem(act(hongyun, 1, "approve", 3), 403, "not_for_role")
    late = problem(act(desk, 1, "approve", 2), 412, "stale_version")
    assert (late["course"]["state"], late["course"]["version"]) == ("submitted", 3)
    assert "approve" in late["course"]["actions"]
    problem(desk.post("/pledges/1/actions/approve"), 428, "version_required")
    assert [each["id"] for each in desk.get("/pledges/all").json["items"]] == [1]
    assert act(desk, 1, "approve", 3).json["state"] == "approved"
    problem(anybody.get("/enterprises/1/pledge"), 404, "not_found")
    assert act(desk, 1, "publish", 4).json["number"] == "315-2026-00001"
    [line] = anybody.get("/pledges").json["items"]
    assert (line["enterprise"], line["standing"]) == ("Hongyun Kettles", "in_force")
    told = anybody.get("/enterprises/1/pledge").json
    assert (told["promised"]["answer_days"], told["pledge"]["number"]) == (4, "315-2026-00001")
    assert anybody.get("/enterprises/1/pledge", on="2026-07-05").json["promised"] is None
    assert certifying.issue_due(lambda: MONDAY) == 2
    with db.reading() as session:
        [first, _other] = certifying.listed(session, 1)
    checked = anybody.get(f"/certificates/{first.code}").json
    assert checked["state"] == "in_force"
    assert signing.verified(certifying.content(first), checked["signature"], checked["key"].encode())
    for name in ("suspend", "restore", "strike_off"):  # by measures alone
        assert act(desk, 1, name, 5, reason="I say so.").status_code == 404
    log = [(each["trigger"], each["role"]) for each in hongyun.get("/pledges/1").json["log"]]
    assert log == [("begin", "enterprise"), ("edit", "enterprise"), ("submit", "enterprise"), ("approve", "intake"),
                   ("publish", "supervisor")]  # fmt: skip
    gone = act(hongyun, 1, "withdraw", 5)
    assert gone.json["actions"] == []
    assert anybody.get(f"/certificates/{first.code}").json["state"] == "withdrawn"


def test_what_is_wrong_is_named_and_others_find_nothing(
    campaign: int, program: Callable[..., Program], anybody: Program
) -> None:
    hongyun = program("hongyun")
    hongyun.post("/campaigns/2026/pledges")
    for body, name in (
        ({"promises": ["x"]}, "promises"), ({"promises": {"safety": 1}}, "promises"), ({}, "promises"),
        ({"promises": {"flying": "x"}}, "promises.flying"), ({"promises": {}, "answer_days": 10}, "answer_days"),
    ):  # fmt: skip
        assert list(fields(problem(act(hongyun, 1, "edit", 1, **body), 422, "bad_input"))) == [name]
    assert act(hongyun, 1, "edit", 1, promises={"safety": "a\x00b\ud800"}).status_code == 200
    problem(program("baiyu").get("/pledges/1"), 404, "not_found")
    problem(act(program("baiyu"), 1, "withdraw", 2), 404, "not_found")
    problem(program("medi").get("/pledges/all"), 403, "not_for_role")
    problem(program("desk").post("/campaigns/2026/pledges"), 403, "not_for_role")
    problem(hongyun.post("/campaigns/2029/pledges"), 404, "not_found")
    problem(anybody.get("/pledges/1"), 401, "not_authenticated")
    problem(anybody.get("/certificates/x"), 404, "not_found")
    assert anybody.get("/pledges", year=2026, q="hongyun").json["items"] == []
    problem(anybody.get("/enterprises/1/pledge", on="2030-01-01"), 422, "bad_input")


def test_files_of_proof_come_with_the_words_and_are_fetched_by_both_sides(
    campaign: int, program: Callable[..., Program]
) -> None:
    hongyun, desk = program("hongyun"), program("desk")
    hongyun.post("/campaigns/2026/pledges")
    said = {"promises": json.dumps(TEXTS), "answer_days": "4", "mediation_consent": "true"}

    def submit(key: str, **changed: str) -> Answer:
        parts = said | changed | {"file": (BytesIO(PDF), "report.pdf")}
        headers = {"If-Match": '"1"', "Idempotency-Key": key}
        return hongyun.raw("POST", "/pledges/1/actions/submit", data=parts, headers=headers,
                           content_type="multipart/form-data")  # fmt: skip

    for text, code in (("no json", "not_an_object"), ("[1]", "not_an_object"), ('{"safety": 1}', "not_text")):
        assert fields(problem(submit(code + str(len(text)), promises=text), 422, "bad_input")) == {"promises": code}
    sent = submit("once")
    assert (sent.status_code, sent.json["state"]) == (200, "submitted"), sent.text
    assert submit("once").json == sent.json
    [proof] = sent.json["proofs"]
    assert (proof["name"], proof["media_type"], proof["size"]) == ("report.pdf", "application/pdf", len(PDF))
    for who in (hongyun, desk):
        fetched = who.get(f"/pledges/1/proofs/{proof['id']}")
        assert fetched.data == PDF
        assert fetched.headers["Content-Disposition"].startswith("attachment")
    problem(program("baiyu").get(f"/pledges/1/proofs/{proof['id']}"), 404, "not_found")
    problem(hongyun.get("/pledges/1/proofs/999"), 404, "not_found")


def test_campaigns_are_listed_for_enterprises_and_the_association(
    campaign: int, program: Callable[..., Program], anybody: Program
) -> None:
    for login in ("hongyun", "desk", "intake", "root"):
        (one,) = program(login).get("/campaigns").json["items"]
        assert (one["year"], one["open"]) == (2026, True)
        assert one["promises"][0].keys() == {"kind", "required", "zh", "en"}
        assert one["opens_on"] <= MONDAY.date().isoformat() <= one["closes_on"]
    problem(program("medi").get("/campaigns"), 403, "not_for_role")
    problem(anybody.get("/campaigns"), 401, "not_authenticated")
