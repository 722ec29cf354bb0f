"""Filing: once, however often it is sent."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select

from complaints import clock, db
from complaints.models import Account, Complaint, IdempotencyKey
from complaints.workflow import idempotency
from tests.api.conftest import Installation, install
from tests.api.program import PERSONAL, STORY, Program, fields, problem
from tests.web.browser import Browser
from tests.web.conftest import STORY as PAGE_STORY

Programs = Callable[..., Program]


@pytest.fixture
def installation(database: Engine, monday: None) -> Installation:
    """On both databases."""
    return install()


def cases() -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(Complaint)) or 0


def test_the_link_is_in_the_answer_and_opens_the_case(app: Flask, anybody: Program) -> None:
    filed = anybody.post("/complaints", STORY)
    assert filed.status_code == 201
    assert filed.headers["Location"] == f"/api/v1/complaints/{filed.json['number']}"
    assert filed.headers["ETag"] == f'"{filed.json["version"]}"'
    assert filed.json["link"]["url"].endswith(filed.json["link"]["token"])
    assert "withdraw" in filed.json["actions"]
    case = Program(app, filed.json["link"]["token"]).case(filed.json["number"])
    assert {text["kind"]: text["value"] for text in case["texts"]}["phone"] == STORY["phone"]
    assert case["amount"] == "129.00"


def test_the_same_key_is_answered_as_before_and_files_nothing(anybody: Program) -> None:
    first, again = (anybody.post("/complaints", STORY, key="one") for _ in range(2))
    assert (first.status_code, first.json) == (again.status_code, again.json)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["ETag"] == first.headers["ETag"]
    assert cases() == 1


def test_the_same_key_with_another_body_is_refused(anybody: Program) -> None:
    anybody.post("/complaints", STORY, key="one")
    told = problem(anybody.post("/complaints", STORY | {"amount": "130"}, key="one"), 422, "key_reused")
    assert fields(told) == {"Idempotency-Key": "key_reused"}
    assert cases() == 1


def test_keys_of_different_callers_are_different_keys(anybody: Program, program: Programs) -> None:
    anybody.post("/complaints", STORY, key="one")
    for login in ("hotline", "other_hotline"):
        assert program(login).post("/complaints", STORY | {"consumer_authorised": True}, key="one").status_code == 201
    assert cases() == 3


def test_a_retry_after_the_kept_answer_is_gone_still_makes_no_second_case(
    anybody: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = anybody.post("/complaints", STORY, key="one")
    later = clock.wall() + timedelta(days=3)
    monkeypatch.setattr(clock, "wall", lambda: later)
    with db.transaction() as session:
        idempotency.forget(session, later)
        assert session.scalar(select(func.count()).select_from(IdempotencyKey)) == 0
    again = anybody.post("/complaints", STORY, key="one")
    assert (again.status_code, again.json["number"]) == (201, first.json["number"])
    assert again.json["link"] == first.json["link"]
    assert cases() == 1


def test_a_filing_that_broke_off_is_done_once_when_it_is_sent_again(
    anybody: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies after everything was written and before it was committed: nothing was filed."""
    monkeypatch.setattr("complaints.api.filing._shown", _die)
    with pytest.raises(ConnectionError):
        anybody.post("/complaints", STORY, key="one")
    assert cases() == 0
    monkeypatch.undo()
    assert anybody.post("/complaints", STORY, key="one").status_code == 201
    assert cases() == 1


def _die(*_: object) -> None:
    raise ConnectionError("gone")


def test_one_key_sent_by_many_at_once_files_one_case(app: Flask) -> None:
    answers: list[Any] = []
    start = threading.Barrier(6)

    def send() -> None:
        start.wait(10)
        answers.append(Program(app).post("/complaints", STORY, key="one"))

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [answer.status_code for answer in answers] == [201] * 6, [answer.text for answer in answers]
    assert len({answer.json["number"] for answer in answers}) == 1
    assert cases() == 1


def test_no_link_and_no_personal_data_is_kept_with_the_key(filed: dict[str, Any]) -> None:
    with db.reading() as session:
        kept = session.scalars(select(IdempotencyKey)).all()
    text = str([(row.answer, row.key_hash, row.body_hash) for row in kept])
    assert filed["number"] in text
    assert filed["link"]["token"] not in text
    assert not any(word in text for word in PERSONAL)


WRONG: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"phone": "12"}, {"phone": "not_a_phone"}),
    ({"name": None}, {"name": "required"}),
    ({"name": "  "}, {"name": "required"}),
    ({"name": "\ud800"}, {"name": "control_characters"}),
    ({"name": "a\x00b"}, {"name": "control_characters"}),
    ({"narrative": "x" * 20_001}, {"narrative": "too_long"}),
    ({"amount": -1}, {"amount": "negative"}),
    ({"amount": 10**400}, {"amount": "too_large"}),
    ({"amount": [1]}, {"amount": "not_text"}),
    ({"amount": True}, {"amount": "not_text"}),
    ({"share_consent": "yes"}, {"share_consent": "not_yes_or_no"}),
    ({"bought_on": "", "amount": ""}, {"bought_on": "not_a_date", "amount": "not_an_amount"}),
    ({"bought_on": "2026-1-5", "amount": " 5 "}, {"bought_on": "not_a_date", "amount": "not_an_amount"}),
    ({"bought_on": "2030-01-01"}, {"bought_on": "in_the_future"}),
    ({"enterprise": {"name": "x"}}, {"enterprise": "not_text"}),
    ({"locale": "fr"}, {"locale": "not_one_of"}),
    ({"mandate": "delegated"}, {"mandate": "unknown_field"}),
    ({"consumer_authorised": True}, {"consumer_authorised": "unknown_field"}),
    ({"\ud800": 1}, {"?": "unknown_field"}),
    ({"state": "closed", "version": 9}, {"state": "unknown_field", "version": "unknown_field"}),
]


def test_what_is_wrong_is_named_and_nothing_is_filed(anybody: Program) -> None:
    for wrong, named in WRONG:
        told = problem(anybody.post("/complaints", STORY | wrong), 422, "bad_input")
        assert fields(told) == named
        assert all(each["message"] for each in told["errors"])
    assert cases() == 0


def test_the_language_of_the_request_is_the_consumers_unless_said(app: Flask) -> None:
    for language, said, kept in (("en", None, "en"), ("zh", None, "zh"), ("en", "zh", "zh"), ("fr", None, "en")):
        body = STORY | ({"locale": said} if said else {})
        number = Program(app, language=language).post("/complaints", body).json["number"]
        with db.reading() as session:
            assert session.scalars(select(Complaint.locale).where(Complaint.number == number)).one() == kept


def test_errors_speak_chinese_where_asked(app: Flask) -> None:
    told = problem(Program(app, language="zh-CN,en;q=0.5").post("/complaints", {}), 422, "bad_input")
    assert {each["message"] for each in told["errors"]} == {"必须填写"}
    assert "无法使用" in told["title"]


def test_a_repeated_filing_never_shows_a_later_link(app: Flask, anybody: Program) -> None:
    """The link was made anew because others had seen the old one; they may have seen the filing, too."""
    first = anybody.post("/complaints", STORY, key="one").json
    consumer = Program(app, first["link"]["token"])
    renewed = consumer.post(f"/complaints/{first['number']}/link", key="new")
    assert renewed.status_code == 201
    again = anybody.post("/complaints", STORY, key="one")
    assert (again.status_code, again.json["number"], again.json["link"]) == (201, first["number"], None)


def test_a_renewal_whose_answer_was_lost_is_answered_again(app: Flask, anybody: Program) -> None:
    """The link that the request came with is revoked by then; it opens nothing, but the answer may be had again."""
    first = anybody.post("/complaints", STORY).json
    address = f"/complaints/{first['number']}/link"
    consumer = Program(app, first["link"]["token"])
    made = consumer.post(address, key="new")
    again = consumer.post(address, key="new")
    assert (made.status_code, again.status_code) == (201, 201)
    assert again.json == made.json
    assert consumer.post(address, key="another").status_code == 401
    assert consumer.get(f"/complaints/{first['number']}").status_code == 401
    newer = Program(app, made.json["link"]["token"]).post(address, key="newer")
    assert newer.status_code == 201
    assert consumer.post(address, key="new").json["link"] is None


def test_a_key_of_the_api_means_nothing_on_the_page(app: Flask, program: Programs) -> None:
    """An officer or a partner knows caller, key and body of what they filed; the page must not show them the link."""
    hotline = program("hotline")
    body = STORY | {"consumer_authorised": True}
    filed = hotline.post("/complaints", body, key="known")
    assert filed.json["link"] is None
    with db.reading() as session:
        account = session.scalars(select(Account.id).where(Account.login == "hotline")).one()
    page = Browser(app)
    form = page.get("/file/all").hidden()
    guess = db.to_json([f"account:{account}", "known", body])
    receipt = page.send("/file/all", form | PAGE_STORY | {"filing_key": guess})
    assert receipt.status == 200
    assert filed.json["number"] not in receipt.text
    assert cases() == 2


def test_the_link_just_received_makes_no_second_case(app: Flask, anybody: Program) -> None:
    """A client that shows the token from now on, also when it sends the filing again."""
    first = anybody.post("/complaints", STORY, key="one")
    again = Program(app, first.json["link"]["token"]).post("/complaints", STORY, key="one")
    assert (again.status_code, again.json) == (201, first.json)
    assert cases() == 1


@pytest.mark.parametrize(
    "sent",
    [
        b'{"share_consent": false, "share_consent": true}',
        '{"product": "kettle"}'.encode("utf-16"),
        b'\xef\xbb\xbf{"product": "kettle"}',
        b"[" * 200_000,
    ],
)
def test_what_is_not_json_in_utf8_or_says_a_thing_twice(app: Flask, sent: bytes) -> None:
    headers = {"Idempotency-Key": "k"}
    answer = app.test_client().post("/api/v1/complaints", data=sent, headers=headers, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["errors"][0]["field"] == "body"


def test_a_name_without_end_is_not_echoed_without_end(anybody: Program) -> None:
    told = problem(anybody.post("/complaints", STORY | {"x" * 100_000: 1}), 422, "bad_input")
    assert len(str(told)) < 5_000
