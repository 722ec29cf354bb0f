"""Stories as open data by the API: the consumer's choice by the private link, and the look of the centre."""

from collections.abc import Callable

from flask import Flask
from sqlalchemy import select

from complaints import db
from complaints.models import AccessLog, PublishedNarrative
from tests.api.program import STORY, Program, problem

Programs = Callable[..., Program]
TOLD = {"narrative": "It burst. My number is 13955556666."}


def filed(program: Programs, **more: object) -> tuple[str, dict[str, str]]:
    made = program().post("/complaints", STORY | TOLD | more)
    assert made.status_code == 201, made.text
    return made.json["number"], made.json["link"]


def test_a_consumer_chooses_after_filing_and_takes_it_back(program: Programs, app: Flask) -> None:
    number, link = filed(program)
    mine, one = Program(app, link["token"]), f"/complaints/{number}/story"
    assert mine.get(one).json["state"] == "none"
    chosen = mine.post(one, {"publish": True}, key="k1")
    assert (chosen.status_code, chosen.json["state"]) == (200, "waiting"), chosen.json
    assert "burst" in chosen.json["scrubbed"]
    assert "13955556666" not in chosen.json["scrubbed"]
    taken = mine.post(one, {"publish": False}, key="k2").json
    assert (taken["state"], taken["scrubbed"]) == ("withdrawn", None)
    mine.post(one, {"publish": True}, key="k1")  # a repeated request does nothing again
    assert mine.get(one).json["state"] == "withdrawn"
    problem(mine.post(one, {}), 422, "bad_input")
    with db.reading() as session:
        assert session.scalars(select(PublishedNarrative.scrubbed)).all() == [None]


def test_the_choice_is_nobody_elses(program: Programs, app: Flask) -> None:
    number, _link = filed(program)
    other, link = filed(program, narrative="Another story.", phone="13900001112", email="b@example.org")
    problem(Program(app, link["token"]).get(f"/complaints/{number}/story"), 404, "not_found")
    problem(program("hongyun").get(f"/complaints/{number}/story"), 403, "not_for_role")
    problem(program("hongyun").post(f"/complaints/{number}/story", {"publish": True}), 403, "not_for_role")
    problem(program("baiyu").get(f"/complaints/{number}/story"), 404, "not_found")
    problem(program().get(f"/complaints/{other}/story"), 401, "not_authenticated")


def test_the_centre_looks_and_decides(program: Programs, app: Flask) -> None:
    number, link = filed(program)
    mine, one = Program(app, link["token"]), f"/complaints/{number}/story"
    mine.post(one, {"publish": True})
    centre = program("intake")
    assert [each["number"] for each in centre.get("/stories").json["items"]] == [number]
    for login in ("hongyun", "medi", "hotline"):
        problem(program(login).get("/stories"), 403, "not_for_role")
        problem(program(login).get(f"/stories/{number}"), 403, "not_for_role")
        problem(program(login).post(f"/stories/{number}/actions", {"trigger": "publish"}), 403, "not_for_role")
    looked = centre.get(f"/stories/{number}").json
    assert "13955556666" in looked["story"]
    assert "13955556666" not in looked["scrubbed"]
    assert looked["removed"]
    with db.reading() as session:
        assert session.scalars(select(AccessLog.what).where(AccessLog.what == "story to be published")).all()
    decided = centre.post(f"/stories/{number}/actions", {"trigger": "publish"}, key="k1")
    assert (decided.status_code, decided.json["items"]) == (200, [])
    assert centre.post(f"/stories/{number}/actions", {"trigger": "publish"}, key="k1").status_code == 200
    problem(centre.post(f"/stories/{number}/actions", {"trigger": "refuse"}), 404, "not_found")
    problem(centre.get(f"/stories/{number}"), 404, "not_found")
    assert mine.get(one).json["state"] == "published"
    mine.post(one, {"publish": False})
    mine.post(one, {"publish": True})
    centre.post(f"/stories/{number}/actions", {"trigger": "refuse"})
    refused = mine.get(one).json
    assert (refused["state"], refused["scrubbed"]) == ("refused", None)
