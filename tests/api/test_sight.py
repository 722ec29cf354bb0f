"""Nobody reads through the API what is not theirs; whoever reads another's contact data leaves a trace."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from complaints import db
from complaints.models import AccessLog
from tests.api.program import PERSONAL, STORY, Program, fields, problem
from tests.sending import long_film
from tests.web.samples import BAD, JPEG, TEXT

Programs = Callable[..., Program]


def reads() -> list[str]:
    with db.reading() as session:
        return list(session.scalars(select(AccessLog.role).order_by(AccessLog.id)))


def attach(program: Program, number: str, content: bytes = JPEG, name: str = "photo.jpg", key: str = "file") -> Any:
    data = {"file": (io.BytesIO(content), name)}
    return program.raw("POST", f"/complaints/{number}/evidence", data=data, headers={"Idempotency-Key": key})


def test_an_enterprise_sees_no_contact_before_it_may(agent: Program, mei: Program, number: str) -> None:
    case = agent.get(f"/complaints/{number}")
    for secret in ("王梅", "13812345678", "mei@example.org", "大学路", "55556666"):
        assert secret not in case.text
    assert [text["masked"] for text in case.json["texts"] if text["kind"] == "narrative"] == [True]
    assert reads() == []
    mei.did(number, "contact_consent", contact_consent=True)
    assert "13812345678" in agent.get(f"/complaints/{number}").text
    assert reads() == ["enterprise"]


def test_an_officer_reading_leaves_a_trace_and_a_consumer_none(program: Programs, mei: Program, number: str) -> None:
    assert "13812345678" in mei.get(f"/complaints/{number}").text
    assert reads() == []
    assert "13812345678" in program("desk").get(f"/complaints/{number}").text
    assert reads() == ["supervisor"]  # who does intake, too


def test_lists_events_and_deadlines_hold_no_personal_data(program: Programs, agent: Program, number: str) -> None:
    desk = program("desk")
    pages = [
        agent.get("/complaints"),
        desk.get("/complaints", queue="open"),
        desk.get("/tasks"),
        *(who.get(f"/complaints/{number}/{part}") for who in (agent, desk) for part in ("events", "deadline")),
    ]
    for page in pages:
        assert page.status_code == 200, page.text
        assert not any(word in page.text for word in PERSONAL)


def test_notes_and_signs_of_abuse_stay_in_the_centre(
    program: Programs, agent: Program, mei: Program, number: str
) -> None:
    desk = program("desk")
    desk.did(number, "note", text="Seen this one before.")
    desk.did(number, "flag", flags=["frequency"])
    assert [entry["trigger"] for entry in desk.get(f"/complaints/{number}/events").json["items"]][1:] == [
        "note",
        "flag",
    ]
    for party in (agent, mei):
        assert len(party.get(f"/complaints/{number}/events").json["items"]) == 1
        assert "Seen this one" not in party.get(f"/complaints/{number}").text
    assert not any(line["flagged"] for line in agent.get("/complaints").json["items"])
    assert desk.get("/complaints", queue="open").json["items"][0]["flagged"]


def test_a_file_goes_in_once_and_comes_out_as_an_attachment(agent: Program, mei: Program, number: str) -> None:
    added = attach(mei, number)
    assert added.status_code == 201, added.text
    assert attach(mei, number).headers["Idempotency-Replayed"] == "true"
    assert attach(mei, number, key="other").json["evidence_id"] is None
    files = agent.get(f"/complaints/{number}/evidence").json["items"]
    assert [(file["media_type"], file["role"]) for file in files] == [("image/jpeg", "consumer")]
    fetched = agent.get(f"/complaints/{number}/evidence/{files[0]['id']}")
    assert fetched.data == JPEG
    assert fetched.headers["Content-Disposition"].startswith("attachment;")
    assert fetched.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in fetched.headers["Content-Security-Policy"]
    assert fetched.content_type == "application/octet-stream"
    assert reads() == ["enterprise"]
    problem(agent.get(f"/complaints/{number}/evidence/{files[0]['id'] + 1}"), 404, "not_found")


@pytest.mark.parametrize(
    ("content", "name", "code"), [(b"", "a.jpg", "empty_file"), (BAD["html"], "a.jpg", "wrong_kind_of_file")]
)
def test_a_file_that_is_not_taken(mei: Program, number: str, content: bytes, name: str, code: str) -> None:
    assert fields(problem(attach(mei, number, content, name), 422, "bad_input")) == {"file": code}
    assert mei.get(f"/complaints/{number}/evidence").json["items"] == []


def test_a_file_that_is_no_file(mei: Program, number: str) -> None:
    def send(**options: Any) -> Any:
        return mei.raw("POST", f"/complaints/{number}/evidence", headers={"Idempotency-Key": "k"}, **options)

    problem(send(json={"file": "x"}), 415, "wrong_content_type")
    problem(send(), 415, "wrong_content_type")
    problem(send(data={"other": (io.BytesIO(TEXT), "a.txt")}), 422, "bad_input")
    broken = {"data": b"no boundary", "content_type": "multipart/form-data"}
    assert fields(problem(send(**broken), 422, "bad_input")) == {"file": "no_file"}
    large = send(data={"file": (io.BytesIO(b"x" * (21 << 20)), "a.txt")})
    assert fields(problem(large, 422, "bad_input")) == {"file": "file_too_big"}


def test_more_than_a_request_may_have(settings_env: Callable[..., None], mei: Program, number: str) -> None:
    settings_env(VIDEO_MEGABYTES=20)
    much = {"file": (io.BytesIO(b"x" * (21 << 20)), "a.txt")}
    sent = mei.raw("POST", f"/complaints/{number}/evidence", headers={"Idempotency-Key": "k"}, data=much)
    problem(sent, 413, "too_large")


def test_a_large_video_goes_in_and_comes_out_in_parts(
    agent: Program, mei: Program, number: str, tmp_path: Path
) -> None:
    content = long_film(tmp_path / "film", 25).read_bytes()
    assert attach(mei, number, content, "VID.mp4").status_code == 201
    (file,) = agent.get(f"/complaints/{number}/evidence").json["items"]
    assert (file["media_type"], file["size"]) == ("video/mp4", len(content))
    some = agent.raw("GET", f"/complaints/{number}/evidence/{file['id']}", headers={"Range": "bytes=4-11"})
    assert (some.status_code, some.data) == (206, b"ftypisom")
    assert some.headers["Content-Disposition"].startswith("attachment;")


def test_files_with_any_name(mei: Program, number: str) -> None:
    for n, name in enumerate(("发票.jpg", 'a"b;\r\nX: y.jpg', "../../etc/passwd", "\u202egpj.exe")):
        assert attach(mei, number, JPEG + bytes([n]), name, key=f"k{n}").status_code == 201
    for file in mei.get(f"/complaints/{number}/evidence").json["items"]:
        fetched = mei.get(f"/complaints/{number}/evidence/{file['id']}")
        assert fetched.status_code == 200
        assert "X" not in fetched.headers


def test_statements_are_read_by_both_sides_masked_for_the_enterprise(
    agent: Program, mei: Program, number: str, program: Programs
) -> None:
    mei.post(f"/complaints/{number}/statements", {"text": "Call me: 13812345678."})
    agent.post(f"/complaints/{number}/statements", {"text": "We will."})
    seen = agent.get(f"/complaints/{number}/statements").json["items"]
    assert [(each["role"], each["masked"]) for each in seen] == [("consumer", True), ("enterprise", False)]
    assert "13812345678" not in str(seen)
    assert mei.get(f"/complaints/{number}/statements").json["items"][0]["text"].endswith("5678.")


def test_enterprises_are_public_as_far_as_they_are(anybody: Program, world: Any) -> None:
    found = anybody.get("/enterprises", q="kettle")
    assert [firm["name"] for firm in found.json["items"]] == ["Hongyun Kettles"]
    assert "@" not in found.text
    first = anybody.get("/enterprises", limit=1).json
    rest = anybody.get("/enterprises", limit=100, cursor=first["next"]).json
    names = [firm["name"] for firm in (*first["items"], *rest["items"])]
    assert len(names) == len(set(names)) == 4
    assert rest["next"] is None
    assert anybody.get(f"/enterprises/{world.baiyu}").json["benchmark"] is True
    for missing in (10**6, 2**63, 0):
        problem(anybody.get(f"/enterprises/{missing}"), 404, "not_found")


def test_pages_of_a_list_and_of_the_log(anybody: Program, agent: Program, number: str, mei: Program) -> None:
    for n in range(4):
        anybody.post("/complaints", STORY | {"phone": f"1390000000{n}"})
    page = agent.get("/complaints", limit=2).json
    seen = [line["number"] for line in page["items"]]
    while page["next"]:
        page = agent.get("/complaints", limit=2, cursor=page["next"]).json
        seen += [line["number"] for line in page["items"]]
    assert len(set(seen)) == len(seen) == 5
    for n in range(3):
        mei.post(f"/complaints/{number}/statements", {"text": str(n)})
    first = mei.get(f"/complaints/{number}/events", limit=3).json
    rest = mei.get(f"/complaints/{number}/events", limit=3, cursor=first["next"]).json
    assert [entry["seq"] for entry in (*first["items"], *rest["items"])] == [1, 2, 3, 4]
    assert rest["next"] is None


def test_reading_changes_nothing(agent: Program, mei: Program, number: str) -> None:
    before = agent.case(number)["version"]
    for who in (agent, mei):
        for part in ("", "/events", "/deadline", "/statements", "/evidence"):
            who.get(f"/complaints/{number}{part}")
    assert agent.case(number)["version"] == before
