"""Enterprises found by what people type of them on a keyboard without Chinese letters."""

import pytest
from sqlalchemy import Engine

from complaints import db
from complaints.errors import BadInput
from complaints.registry import enterprises, spelling
from tests.people import FOUNDED


@pytest.mark.parametrize(
    ("name", "pinyin", "initials"),
    [
        ("晨曦电器", "chenxidianqi", "cxdq"),
        ("重庆绿地", "chongqinglvdi", "cqld"),
        ("ＡＢＣ 晨曦 3号店", "abcchenxi3haodian", "acx3hd"),
        ("Hongyun Kettles", "", "hk"),
        ("!!!", "", ""),
    ],
)
def test_a_name_as_it_is_typed(name: str, pinyin: str, initials: str) -> None:
    assert spelling.spell(name) == spelling.Spelling(pinyin, initials)


def test_long_names_fit_their_columns() -> None:
    spelled = spelling.spell("装" * 200)
    assert (len(spelled.pinyin), len(spelled.initials)) == (400, 200)


@pytest.mark.parametrize(
    ("query", "letters"), [("Chen Xi", "chenxi"), ("lü'di", "lvdi"), ("晨x", ""), ("", ""), ("cx\n", "cx"), ("c%", "")]
)
def test_what_counts_as_pinyin(query: str, letters: str) -> None:
    assert spelling.typed(query) == letters


@pytest.fixture
def firms(database: Engine) -> None:
    with db.transaction() as session:
        chenxi = enterprises.create(session, "晨曦电器有限公司", FOUNDED)
        chenxi.credit_code = valid_code()
        enterprises.add_name(session, chenxi, "former", "上海灯塔厂")
        enterprises.create(session, "上海晨曦家居有限公司", FOUNDED, participant=True)
        enterprises.create(session, "Zhenxi Tools", FOUNDED, participant=True)


def valid_code() -> str:
    """A code of which only the check digit had to be found."""
    body = "91310115MA1K3WXY1"
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(alphabet.index(char) * pow(3, place, 31) for place, char in enumerate(body))
    return body + alphabet[-total % 31]


def found(query: str) -> list[str]:
    with db.reading() as session:
        return [firm.name for firm in enterprises.search(session, query).firms]


@pytest.mark.usefixtures("firms")
def test_by_pinyin_initials_and_code_what_begins_with_it_first() -> None:
    assert found("chenxi") == ["晨曦电器有限公司", "上海晨曦家居有限公司"]  # the participant only has it inside
    assert found("chen xi") == found("chenxi")
    assert found("cxdq") == ["晨曦电器有限公司"]
    assert found("cx") == ["晨曦电器有限公司", "上海晨曦家居有限公司"]
    assert found("shdtc") == ["晨曦电器有限公司"]
    assert found("shanghai") == ["上海晨曦家居有限公司", "晨曦电器有限公司"]  # one by its former name
    assert found("zt") == ["Zhenxi Tools"]
    assert found("晨曦")[0] == "晨曦电器有限公司"
    assert found(valid_code()) == found(valid_code().lower()) == found(valid_code()[:9]) == ["晨曦电器有限公司"]
    assert found("c") == ["晨曦电器有限公司"]
    assert found("e") == []


@pytest.mark.usefixtures("firms")
def test_a_wrong_check_digit_is_named() -> None:
    right = valid_code()
    wrong = right[:-1] + ("0" if right[-1] != "0" else "1")
    with pytest.raises(BadInput) as caught:
        found(wrong)
    assert caught.value.fields == {"q": ["wrong_check_digit"]}


@pytest.mark.usefixtures("firms")
def test_pages_lead_from_the_first_way_into_the_second() -> None:
    names: list[str] = []
    cursor = None
    with db.reading() as session:
        for _ in range(3):
            page = enterprises.search(session, "chenxi", cursor=cursor, limit=1)
            names += [firm.name for firm in page.firms]
            cursor = page.next
            if cursor is None:
                break
    assert names == found("chenxi")
