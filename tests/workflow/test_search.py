"""Search: by Chinese words of two characters, by nothing that is hidden, and by nothing of another enterprise."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from complaints import db
from complaints.errors import BadInput
from complaints.models import PrivateItem, SearchDue, SearchText
from complaints.workflow import indexing, search
from complaints.workflow.case import Actor, Role
from tests import people
from tests.people import MONDAY, World
from tests.playing import Playing, file_complaint

OFFICER = Actor(Role.SUPERVISOR, account_id=1)


@pytest.fixture
def world(database: Engine) -> World:
    return people.world()


def agent(firm: int) -> Actor:
    return Actor(Role.ENTERPRISE, account_id=1, enterprise_id=firm)


def found(actor: Actor, query: str) -> list[str]:
    with db.reading() as session:
        return [line.number for line in search.find(session, query, [actor], MONDAY).lines]


def kettle(world: World, **more: Any) -> Playing:
    story = "用了两天就漏水，客服 13912345678 不接电话。"
    given: dict[str, Any] = {"product": "电热水壶", "narrative": story, "request": "退款"}
    return file_complaint(world, **(given | more))


def test_words_of_two_characters_are_found_by_those_who_may(world: World) -> None:
    case, other = kettle(world), kettle(world, against="baiyu", phone="13800000001")
    assert indexing.run_due() > 0
    assert found(agent(world.hongyun), "漏水") == [case.number]
    assert found(agent(world.hongyun), "水壶 退款") == [case.number]
    assert found(agent(world.hongyun), "水壶 冰箱") == []
    assert found(agent(world.outside), "漏水") == []
    assert found(OFFICER, "漏水") == [other.number, case.number]
    assert found(Actor(Role.CONSUMER, complaint_id=case.id), "漏水") == []
    assert found(Actor(Role.PARTNER, account_id=1), "漏水") == []


def test_nobody_finds_by_a_number_that_is_hidden(world: World) -> None:
    case = kettle(world)
    case.act(Role.CONSUMER, "contact_consent", contact_consent=True)
    indexing.run_due()
    for hidden in ("13912345678", "13812345678", "王梅", "大学路", "mei@example.org"):
        assert found(agent(world.hongyun), hidden) == []
    assert found(OFFICER, "13912345678") == []  # not even the centre by what is written somewhere in a story
    assert found(OFFICER, "138-1234-5678") == [case.number]  # but by the consumer's own number, through its mark
    assert found(OFFICER, "Mei@example.org") == [case.number]


def test_a_case_is_found_by_its_number_at_once(world: World) -> None:
    case = kettle(world)
    assert found(agent(world.hongyun), case.number.lower()) == [case.number]
    assert found(agent(world.baiyu), case.number) == []


def test_what_passed_with_another_enterprise_is_not_found(world: World) -> None:
    case = kettle(world)
    case.act(Role.CONSUMER, "statement", text="发票在红运手里")
    case.act(Role.ENTERPRISE, "redirect", reason="这是白玉的商品")
    indexing.run_due()
    assert found(agent(world.hongyun), "发票") in ([], [case.number])
    case.act(Role.INTAKE, "route", enterprise_id=world.baiyu)
    case.act(Role.INTAKE, "ask_information", missing=["consent_share"])
    case.act(Role.CONSUMER, "supply_information", share_consent=True)
    case.act(Role.INTAKE, "admit")
    assert found(agent(world.hongyun), "漏水") == []  # even before the index has followed
    indexing.run_due()
    assert found(agent(world.baiyu), "漏水") == [case.number]
    assert found(agent(world.baiyu), "发票") == []
    assert found(agent(world.baiyu), "白玉的商品") == []
    assert found(agent(world.hongyun), "漏水") == []
    assert found(OFFICER, "发票") == [case.number]


def test_notes_of_the_centre_are_the_centres(world: World) -> None:
    case = kettle(world)
    case.act(Role.INTAKE, "note", text="疑似职业索赔")
    indexing.run_due()
    assert found(OFFICER, "职业索赔") == [case.number]
    assert found(agent(world.hongyun), "职业索赔") == []


def test_an_erased_text_is_gone_in_the_same_transaction(world: World) -> None:
    case = kettle(world)
    indexing.run_due()
    story = update(PrivateItem).where(PrivateItem.complaint_id == case.id, PrivateItem.kind == "narrative")
    with db.transaction() as session:
        session.execute(story.values(value=None, salt=None, erased_at=MONDAY))
        assert session.get(SearchText, case.id) is None
    assert found(agent(world.hongyun), "漏水") == []
    assert indexing.run_due() == 1
    assert found(agent(world.hongyun), "漏水") == []
    assert found(agent(world.hongyun), "水壶") == [case.number]


def test_the_index_follows_the_log_and_can_be_made_anew(world: World) -> None:
    case = kettle(world)
    indexing.run_due()
    case.act(Role.ENTERPRISE, "statement", text="我们正在核实批次")
    assert found(agent(world.hongyun), "批次") == []
    with db.reading() as session:
        assert indexing.due_count(session) == 1
    assert (indexing.run_due(), indexing.run_due()) == (1, 0)
    assert found(agent(world.hongyun), "批次") == [case.number]
    with db.transaction() as session:
        assert indexing.rebuild(session) == 1
    indexing.run_due()
    assert found(agent(world.hongyun), "批次") == [case.number]
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(SearchDue)) == 0


def test_pages_follow_each_other_newest_first(world: World) -> None:
    cases = [kettle(world, phone=f"1380000000{n}").number for n in range(5)]
    indexing.run_due()
    seen, cursor = [], None
    while True:
        with db.reading() as session:
            page = search.find(session, "漏水", [agent(world.hongyun)], MONDAY, cursor=cursor, limit=2)
        seen += [line.number for line in page.lines]
        cursor = page.next
        if cursor is None:
            break
    assert seen == cases[::-1]
    with db.reading() as session, pytest.raises(BadInput):
        search.find(session, "漏水", [agent(world.hongyun)], MONDAY, cursor="x")


@pytest.mark.parametrize("odd", ["", "'", '"', "x' | 'y", 'a" OR "b', "*", "\\", "🙂", "a" * 5000, "漏" * 5000])
def test_odd_questions_are_answered(world: World, odd: str) -> None:
    kettle(world)
    indexing.run_due()
    assert found(agent(world.hongyun), odd) == []


def test_of_two_workers_the_one_who_read_later_has_the_last_word(world: World) -> None:
    case = kettle(world)
    with db.reading() as session:
        due = session.execute(select(SearchDue.id, SearchDue.complaint_id)).all()
    old = {case.id: [f"e{world.hongyun}xold"]}
    case.act(Role.ENTERPRISE, "statement", text="更新", at=MONDAY + timedelta(minutes=1))
    indexing.run_due()
    with db.transaction() as session:  # a slow worker comes with what it read before
        indexing._write(session, [row.id for row in due], {row.complaint_id: row.id for row in due}, old)
    assert found(agent(world.hongyun), "更新") == [case.number]
    assert found(agent(world.hongyun), "old") == []


@pytest.mark.parametrize("bad", ["\ud800", "x" * 3000])
def test_one_case_that_the_index_refuses_holds_up_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch, bad: str
) -> None:  # fmt: skip
    spoilt, case = kettle(world), kettle(world, phone="13800000001")
    honest = indexing.words_of
    monkeypatch.setattr(
        indexing,
        "words_of",
        lambda session, of: [*honest(session, of), *([bad] if of.number == spoilt.number else [])],
    )
    indexing.run_due()
    assert case.number in found(agent(world.hongyun), "漏水")
    with db.reading() as session:
        assert indexing.due_count(session) == 0
    monkeypatch.setattr(indexing, "words_of", honest)
    spoilt.act(Role.CONSUMER, "statement", text="再说一次")
    indexing.run_due()
    assert found(agent(world.hongyun), "再说") == [spoilt.number]
