"""Marks by the API: ordered, fetched, looked up, void."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from complaints import clock, db
from complaints.models import Account, MarkBatch, MarkScan
from complaints.registry import tokens
from tests.api.program import STORY, Program, fields, problem

ORDER = {"product": "kettle", "batch": "K-2026-07", "place": "Shanghai", "size": 1500, "route": "Suzhou\nShanghai"}


@pytest.fixture
def boss(app: Flask) -> Program:
    """A program of who leads Hongyun's agents."""
    with db.transaction() as session:
        account = session.scalars(select(Account).where(Account.login == "hongyun")).one()
        account.roles = ["enterprise", "manager"]
        _row, text = tokens.issue(session, account, "boss", clock.wall())
    return Program(app, text)


def test_a_batch_from_its_order_to_its_end(boss: Program, program: Callable[..., Program], anybody: Program) -> None:
    made = boss.post("/mark-batches", ORDER, key="once")
    assert made.status_code == 201, made.text
    assert made.headers["Location"] == "/api/v1/mark-batches/1"
    assert (made.json["route"], made.json["flagged"]) == (["Suzhou", "Shanghai"], [])
    again = boss.post("/mark-batches", ORDER, key="once")
    assert again.headers["Idempotency-Replayed"] == "true"
    lines = boss.get("/mark-batches/1/codes").get_data(as_text=True).splitlines()
    assert len(lines) == 1501
    code = lines[1500].split(",")[1]
    told = anybody.get(f"/marks/{code.lower()}").json
    assert (told["serial"], told["pledge"]["state"], told["enterprise"]["name"]) == (
        1500,
        "in_force",
        "Hongyun Kettles",
    )
    assert (told["seen"]["scans"], told["record"], told["trace"]["batch"]) == (1, None, "K-2026-07")
    boss.get(f"/marks/{code}")
    with db.reading() as session:
        assert [row.scans for row in session.scalars(select(MarkScan))] == [1]
        assert len(session.scalars(select(MarkBatch.id)).all()) == 1
    assert [each["id"] for each in program("medi").get("/mark-batches").json["items"]] == [1]
    assert program("medi").get("/mark-batches/1").json["size"] == 1500
    assert boss.post("/mark-batches/1/void").json["voided_at"] is not None
    assert anybody.get(f"/marks/{code}").json["voided"] is True


def test_what_is_wrong_is_named_and_others_find_nothing(
    boss: Program, program: Callable[..., Program], anybody: Program
) -> None:
    wrong = boss.post("/mark-batches", {"product": "kettle", "batch": "K", "place": "x", "size": 0})
    assert fields(problem(wrong, 422, "bad_input")) == {"size": "out_of_range"}
    problem(program("baiyu").get("/mark-batches"), 403, "not_for_role")
    problem(program("medi").get("/mark-batches/1/codes"), 403, "not_for_role")
    problem(boss.get("/mark-batches/1"), 404, "not_found")
    problem(anybody.get("/mark-batches"), 401, "not_authenticated")
    for code in ("x", "0" * 26):
        problem(anybody.get(f"/marks/{code}"), 404, "not_found")


def test_only_misses_are_limited(boss: Program, anybody: Program) -> None:
    boss.post("/mark-batches", ORDER)
    code = boss.get("/mark-batches/1/codes").get_data(as_text=True).splitlines()[1].split(",")[1]
    statuses = [anybody.get(f"/marks/{n:026}").status_code for n in range(22)]
    assert (statuses[0], statuses[-1]) == (404, 429)
    assert anybody.get(f"/marks/{code}").status_code == 200


def test_a_complaint_names_its_batch(app: Flask, anybody: Program) -> None:
    filed = anybody.post("/complaints", STORY | {"batch": "K-2026-07"}).json
    assert Program(app, filed["link"]["token"]).case(filed["number"])["batch"] == "K-2026-07"
