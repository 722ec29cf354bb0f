"""Enterprises by what was typed, page by page."""

import pytest
from sqlalchemy import Engine

from complaints import db
from complaints.errors import BadInput
from complaints.registry import cursors, enterprises
from tests.people import FOUNDED

NAMES = ("Acme Tools", "acme Toys", "Baiyu 白玉", "晨曦电器有限公司", "Zeta Acme", "100% Tea")


@pytest.fixture(autouse=True)
def firms(database: Engine) -> None:
    """Six, every second one a participant; one has a brand."""
    with db.transaction() as session:
        for n, name in enumerate(NAMES):
            firm = enterprises.create(session, name, FOUNDED, participant=n % 2 == 0)
            if name == "Zeta Acme":
                enterprises.add_name(session, firm, "brand", "Morgenrot")


def found(query: str, limit: int = 20) -> list[str]:
    """All names, by following the cursor."""
    names: list[str] = []
    cursor = None
    with db.reading() as session:
        while True:
            page = enterprises.search(session, query, cursor=cursor, limit=limit)
            assert len(page.firms) <= limit
            names += [firm.name for firm in page.firms]
            if page.next is None:
                return names
            cursor = page.next


@pytest.mark.parametrize("limit", [1, 2, 4, 20])
def test_every_one_once_participants_first(limit: int) -> None:
    names = found("", limit)
    assert sorted(names) == sorted(NAMES)
    assert set(names[:3]) == {"Acme Tools", "Baiyu 白玉", "Zeta Acme"}
    assert names == found("")


def test_by_part_of_any_name_folded() -> None:
    assert set(found("ACME", 1)) == {"Acme Tools", "acme Toys", "Zeta Acme"}
    assert found("晨 曦") == ["晨曦电器有限公司"]
    assert found("morgen") == ["Zeta Acme"]
    assert found("!!!") == []
    assert found("0% t") == ["100% Tea"]
    assert found("nobody") == []


@pytest.mark.parametrize(
    "bad",
    [
        "x", cursors.write("name", True), cursors.write("name", 1, "a"), cursors.write("due", 1, True, "a"),
        cursors.write("name", 1, True, 5), cursors.write("name", 1, True, "a\x00b"), "WyJuYW1lIix0cnVlLCJcdWQ4MDAiXQ",
    ],
)  # fmt: skip
def test_what_is_no_cursor_is_said(bad: str) -> None:
    with db.reading() as session, pytest.raises(BadInput) as caught:
        enterprises.search(session, "", cursor=bad)
    assert caught.value.fields == {"cursor": ["not_a_cursor"]}
