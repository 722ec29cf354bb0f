"""Telephone numbers and mail addresses in free text, hidden from the other side until the consumer allows contact."""

import time
from typing import Any

import pytest
from sqlalchemy import Engine, select

from complaints import db
from complaints.models import AccessLog
from complaints.workflow import rows, sight
from complaints.workflow.case import Role
from complaints.workflow.sight import mask
from tests.people import World, world
from tests.playing import Playing, file_complaint

LONGEST = 20_000
NASTY = ("a", "1", "１", "a@", "a.", "a@a.", "a @ ", "138", "138 ", "13 ", "+1-", "1-1.", "0(", "+", "一")


@pytest.fixture
def there(sqlite: Engine) -> World:
    """The usual people, on SQLite."""
    return world()


def read(playing: Playing, role: Role, kind: str) -> str:
    """What this role reads under a kind of text."""
    with db.transaction() as session:
        case = rows.load(session, complaint_id=playing.id, lock=False)
        assert case is not None
        texts = sight.texts(session, case, playing.actor(role), playing.at, "page")
    return next(text.value for text in texts if text.kind == kind)


@pytest.mark.parametrize("repeated", NASTY)
def test_a_long_text_costs_no_more_than_its_length(repeated: str) -> None:
    text = (repeated * LONGEST)[:LONGEST]
    began = time.perf_counter()
    mask(text)
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize(
    "written",
    [
        "13812345678", "138 1234 5678", "138-1234-5678", "+86 138 1234 5678", "(+86)13812345678",
        "１３８１２３４５６７８", "008613812345678",
        "(138)12345678", "138—1234—5678", "138·1234·5678", "021-55556666", "(021)5555-6666", "（021）55556666",
        "400-820-8820", "62345678", "+44 20 7946 0958",
    ],
)  # fmt: skip
def test_a_number_is_hidden_however_it_is_written(written: str) -> None:
    shown = mask(f"电话{written}，谢谢")
    assert shown.startswith("电话")
    assert shown.endswith("****，谢谢")
    assert sum(letter.isdigit() for letter in shown) == 3


@pytest.mark.parametrize(
    "written", ["mei@example.org", "MEI.wang+1@mail.example.com.cn", "mei＠example。org", "mei @ example.org"]
)
def test_an_address_is_hidden_however_it_is_written(written: str) -> None:
    assert mask(f"邮箱{written}，谢谢") == "邮箱***@***，谢谢"


@pytest.mark.parametrize(
    "text",
    ["129.00元", "20260706", "2026-07-06", "2000000元", "6222021234567890123", "ｋｅｔｔｌｅ — ５ 升。", "@home"],
)
def test_what_is_neither_stays_as_it_was_written(text: str) -> None:
    assert mask(text) == text


def test_the_consumer_reads_the_officers_number(there: World) -> None:
    mei = file_complaint(there, against="outside")
    mei.intake("ask_information", missing=["address"], text="Ring us at 021-55556666, reference 62345678.")
    assert read(mei, Role.CONSUMER, "question") == "Ring us at 021-55556666, reference 62345678."


def test_the_consumer_reads_the_enterprises_number(there: World) -> None:
    mei = file_complaint(there)
    mei.enterprise("offer", remedy="Bring it to us; call 021-55556666 before.")
    assert read(mei, Role.CONSUMER, "remedy") == "Bring it to us; call 021-55556666 before."


def test_a_number_in_a_short_box_is_kept_nowhere_in_the_open(there: World) -> None:
    boxes: dict[str, Any] = dict.fromkeys(("product", "category", "fault"), "call 13812345678")
    mei = file_complaint(there, **boxes, enterprise="Nobody, 021-55556666")
    mei.consumer("statement", text="Hello.")
    with db.transaction() as session:
        stored = session.execute(select(rows.COMPLAINT)).mappings().one()
    told = [*dict(stored).values(), *(notice.facts for notice in mei.notices())]
    assert not [each for each in told if "13812345678" in str(each) or "55556666" in str(each)]
    assert mei.case.product == "call 138****"


def test_a_number_in_a_box_supplied_later_is_hidden_too(there: World) -> None:
    mei = file_complaint(there, against="outside", product="")
    mei.intake("ask_information", missing=["evidence"])
    assert mei.consumer("supply_information", product="kettle, call 13812345678").product == "kettle, call 138****"


def test_reading_a_story_without_contact_leaves_a_trace(there: World) -> None:
    mei = file_complaint(there, name="", phone="", email="", address="", narrative="I am 王梅, 13812345678.")
    assert "13812345678" in read(mei, Role.INTAKE, "narrative")
    with db.transaction() as session:
        assert session.scalars(select(AccessLog.role)).all() == ["intake"]
