"""Two who act on one version: exactly one wins, the other is told where the case stands now."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from complaints import db
from complaints.workflow import rows
from tests.api.conftest import Installation, install
from tests.api.program import Program, problem

Programs = Callable[..., Program]
OFFER: dict[str, Any] = {"remedy": "Your money back.", "amount": "129.00", "perform_by": "2026-07-15"}


@pytest.fixture
def installation(postgres: Engine, monday: None) -> Installation:
    """On PostgreSQL, where writers really meet."""
    return install()


def together(*tasks: Callable[[], Any]) -> list[Any]:
    """All at once, each in a thread of its own."""
    start, answers = threading.Barrier(len(tasks)), [None] * len(tasks)

    def run(n: int) -> None:
        start.wait(10)
        answers[n] = tasks[n]()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(tasks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def log(number: str) -> tuple[int, list[str]]:
    with db.reading() as session:
        case = rows.load(session, number=number, lock=False)
        assert case is not None
        return case.version, [case.state.value]


@pytest.mark.parametrize("_round", range(3))
def test_exactly_one_of_many_wins(
    app: Flask, installation: Installation, number: str, mei: Program, _round: int
) -> None:
    agents = [Program(app, installation.tokens["hongyun"]) for _ in range(5)]
    answers = together(*(lambda a=agent: a.act(number, "offer", version=1, **OFFER) for agent in agents))
    won = [answer for answer in answers if answer.status_code == 200]
    lost = [answer for answer in answers if answer.status_code != 200]
    assert (len(won), len(lost)) == (1, 4), [answer.text for answer in answers]
    for answer in lost:
        told = problem(answer, 412, "stale_version")
        assert told["current"]["version"] == 2
        assert told["current"]["state"] == "with_consumer"
        assert told["current"]["actions"] == agents[0].case(number)["actions"]
    assert won[0].headers["ETag"] == '"2"'
    assert [entry["trigger"] for entry in mei.get(f"/complaints/{number}/events").json["items"]] == ["file", "offer"]


def test_two_sides_at_once(number: str, mei: Program, agent: Program) -> None:
    answers = together(
        lambda: mei.act(number, "withdraw", version=1), lambda: agent.act(number, "offer", version=1, **OFFER)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    assert log(number)[0] == 2


def test_one_key_sent_twice_at_once_acts_once(app: Flask, installation: Installation, number: str) -> None:
    def send() -> Any:
        agent = Program(app, installation.tokens["hongyun"])
        return agent.post(f"/complaints/{number}/actions/offer", OFFER, key="once", If_Match='"1"')

    answers = together(*[send] * 4)
    assert [answer.status_code for answer in answers] == [200] * 4, [answer.text for answer in answers]
    assert len({answer.data for answer in answers}) == 1
    assert sorted("Idempotency-Replayed" in answer.headers for answer in answers) == [False, True, True, True]
    assert log(number)[0] == 2


def test_a_key_used_for_another_action_is_refused(number: str, agent: Program) -> None:
    agent.post(f"/complaints/{number}/actions/extend", {"reason": "later"}, key="once", If_Match='"1"')
    again = agent.post(f"/complaints/{number}/actions/decline", {"reason": "later"}, key="once", If_Match='"2"')
    problem(again, 422, "key_reused")


def test_a_replay_is_answered_though_the_version_is_old_by_now(number: str, agent: Program) -> None:
    first, again = (
        agent.post(f"/complaints/{number}/actions/extend", {"reason": "later"}, key="once", If_Match='"1"')
        for _ in range(2)
    )
    assert first.json == again.json
    assert again.status_code == 200


def test_what_cannot_be_done_now_is_told_with_the_standing(number: str, mei: Program, agent: Program) -> None:
    told = problem(mei.act(number, "accept_offer"), 409, "not_allowed")
    assert told["current"]["state"] == "with_enterprise"
    assert "withdraw" in told["current"]["actions"]
    agent.did(number, "extend", reason="later")
    assert problem(agent.act(number, "extend", reason="again"), 409, "not_now")["current"]["version"] == 2
    assert problem(mei.act(number, "offer", **OFFER), 403, "not_for_role")["current"]["version"] == 2
    assert (
        problem(mei.post(f"/complaints/{number}/actions/withdraw"), 428, "version_required")["current"]["version"] == 2
    )


def test_a_statement_needs_no_version_but_minds_one(number: str, mei: Program) -> None:
    said = mei.post(f"/complaints/{number}/statements", {"text": "Please hurry."})
    assert (said.status_code, said.headers["ETag"]) == (201, '"2"')
    late = mei.post(f"/complaints/{number}/statements", {"text": "Please."}, If_Match='"1"')
    assert problem(late, 412, "stale_version")["current"]["version"] == 2
