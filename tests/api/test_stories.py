"""Whole lives of cases through the API alone: an enterprise's work, a partner's, the centre's."""

import io
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine

from complaints import db
from tests.api.conftest import Installation, install
from tests.api.program import PERSONAL, STORY, Program, problem, token_of
from tests.web.samples import JPEG

Programs = Callable[..., Program]


@pytest.fixture
def installation(database: Engine, monday: None) -> Installation:
    """On both databases."""
    return install()


def test_an_enterprise_works_off_its_inbox(agent: Program, mei: Program, number: str) -> None:
    inbox = agent.get("/complaints").json
    assert [line["number"] for line in inbox["items"]] == [number]
    assert inbox["items"][0]["state"] == "with_enterprise"
    assert not any(word in agent.get("/complaints").text for word in PERSONAL)

    before = agent.get(f"/complaints/{number}/deadline").json
    assert before["explanation"]["rule"] == "working_days"
    assert before["sentences"]
    agent.did(number, "extend", reason="The workshop's report comes on Monday.")
    after = agent.get(f"/complaints/{number}/deadline").json
    assert after["last_day"] > before["last_day"]
    assert [move["why"] for move in after["explanation"]["moves"]] == ["extend"]
    assert after["explanation"]["moves"][0]["from"] == before["last_day"]

    offered = agent.did(number, "offer", remedy="Your money back.", amount="129.00", perform_by="2026-07-15")
    assert offered["state"] == "with_consumer"
    assert mei.case(number)["offer"] == {"amount": "129.00", "perform_by": "2026-07-15"}
    assert "accept_offer" in mei.case(number)["actions"]
    assert mei.did(number, "accept_offer", release=["name", "phone"])["state"] == "performing"
    assert {text["kind"] for text in agent.case(number)["texts"]} >= {"name", "phone", "remedy", "narrative"}

    file = {"file": (io.BytesIO(JPEG), "receipt.jpg")}
    added = agent.raw("POST", f"/complaints/{number}/evidence", data=file, headers={"Idempotency-Key": "proof"})
    assert added.status_code == 201, added.text
    said = agent.post(f"/complaints/{number}/statements", {"text": "Paid on 8 July."})
    assert said.status_code == 201, said.text
    agent.did(number, "report_performance", text="Paid, see the file.")
    assert mei.did(number, "confirm_performance")["outcome"] == "settled"
    assert mei.did(number, "rate", rating=5, text="Quick.")["state"] == "closed"
    assert [line["number"] for line in agent.get("/complaints", state="closed").json["items"]] == [number]


def test_a_partner_files_for_a_consumer_and_follows(program: Programs, agent: Program) -> None:
    hotline, stranger = program("hotline"), program("other_hotline")
    refused = problem(hotline.post("/complaints", STORY), 422, "bad_input")
    assert refused["errors"][0]["field"] == "consumer_authorised"
    refused = problem(hotline.post("/complaints", STORY | {"consumer_authorised": False}), 422, "bad_input")
    assert refused["errors"][0]["code"] == "must_be_yes"

    filed = hotline.post("/complaints", STORY | {"consumer_authorised": True})
    assert filed.status_code == 201, filed.text
    assert filed.json["link"] is None, "the link is the consumer's alone"
    number = filed.json["number"]
    assert filed.headers["Location"] == f"/api/v1/complaints/{number}"
    assert [line["number"] for line in hotline.get("/complaints").json["items"]] == [number]
    assert stranger.get("/complaints").json["items"] == []
    problem(stranger.get(f"/complaints/{number}"), 404, "not_found")

    agent.did(number, "offer", remedy="A voucher.", perform_by="2026-07-15")
    case = hotline.get(f"/complaints/{number}")
    assert case.json["state"] == "with_consumer"
    assert (case.json["texts"], case.json["actions"]) == ([], [])
    events = hotline.get(f"/complaints/{number}/events")
    assert [entry["trigger"] for entry in events.json["items"]] == ["file", "offer"]
    for answer in (filed, case, events, hotline.get(f"/complaints/{number}/deadline"), hotline.get("/complaints")):
        assert not any(word in answer.text for word in PERSONAL)
    problem(hotline.act(number, "accept_offer"), 403, "not_for_role")


def test_the_consumers_authority_is_in_the_log(program: Programs) -> None:
    number = program("hotline").post("/complaints", STORY | {"consumer_authorised": True}).json["number"]
    first = program("desk").get(f"/complaints/{number}/events").json["items"][0]
    assert first["facts"]["consumer_authorised"] is True
    assert first["role"] == "partner"


def test_the_centre_takes_in_assigns_mediates_and_concludes(program: Programs, app: Flask) -> None:
    intake, supervisor, mediator = program("intake"), program("supervisor"), program("medi")
    taken = intake.post("/complaints", {"enterprise": "Nobody Knows", "narrative": "It burst.", "name": "王梅"})
    assert taken.status_code == 201, taken.text
    assert taken.json["link"] is None
    number = taken.json["number"]
    assert [line["number"] for line in intake.get("/complaints").json["items"]] == [number]
    assert (
        intake.did(number, "ask_information", missing=["phone", "address", "request"])["state"] == "needs_information"
    )
    assert [line["number"] for line in intake.get("/complaints", queue="information").json["items"]] == [number]
    problem(intake.post(f"/complaints/{number}/link"), 409, "no_address")

    number = intake.post("/complaints", STORY | {"enterprise": "Outside Traders"}).json["number"]
    standing = intake.case(number)
    if standing["state"] == "received":
        standing = intake.did(number, "admit")
    agent = program("outside")
    agent.did(number, "decline", reason="Not ours.")
    mei = Program(app, _link_of(number))
    mei.did(number, "reject")
    assert [line["number"] for line in supervisor.get("/complaints").json["items"]] == [number]
    assert supervisor.did(number, "assign")["state"] == "awaiting_consent"
    assert agent.did(number, "consent")["state"] == "in_mediation"
    assert [line["number"] for line in mediator.get("/complaints").json["items"]] == [number]
    mediator.did(number, "request_evidence", text="The receipt, please.", party="consumer", until="2026-07-20")
    task = mei.case(number)["tasks"][0]
    assert mei.did(number, "do_task", task_id=task["id"], result="given")["state"] == "in_mediation"
    mediator.did(number, "hearing", day="2026-07-21", time="14:00", place="Room 3")
    done = mediator.did(number, "conclude", agreement="Half each.", amount="64.50", perform_by="2026-07-20")
    assert done["state"] == "performing"
    assert mediator.case(number)["perform_by"] == "2026-07-20"


def _link_of(number: str) -> str:
    """What the consumer's letter says."""
    with db.reading() as session:
        return token_of(session, number)
