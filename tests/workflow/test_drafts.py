"""Drafts: kept for one's own side, gone when they are not needed any more."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select

from complaints import db
from complaints.models import ActionDraft
from complaints.workflow import drafts
from complaints.workflow.case import Actor, Role
from tests import people
from tests.people import MONDAY, World
from tests.playing import file_complaint


@pytest.fixture
def world(database: Engine) -> World:
    return people.world()


def agent(world: World, account: int, firm: int | None = None) -> list[Actor]:
    return [Actor(Role.ENTERPRISE, account_id=account, enterprise_id=firm or world.hongyun)]


def test_a_colleague_goes_on_where_somebody_stopped(world: World) -> None:
    case = file_complaint(world).id
    li, zhao, other = agent(world, world.li), agent(world, world.zhao), agent(world, world.chen, world.baiyu)
    with db.transaction() as session:
        assert drafts.keep(session, case, "offer", li, {"remedy": ["We refund"], "amount": [""]}, MONDAY)
        assert drafts.keep(session, case, "offer", zhao, {"remedy": ["We refund all"]}, MONDAY + timedelta(hours=1))
    with db.reading() as session:
        found = drafts.find(session, case, "offer", li)
        assert found is not None
        assert (found.typed, found.by, found.saved_at) == (
            {"remedy": ["We refund all"]}, "zhao", MONDAY + timedelta(hours=1),
        )  # fmt: skip
        assert list(drafts.kept(session, case, zhao)) == ["offer"]
        assert drafts.find(session, case, "decline", li) is None
        assert drafts.find(session, case, "offer", other) is None
        assert drafts.find(session, case, "offer", [Actor(Role.MEDIATOR, world.chen)]) is None
        assert drafts.find(session, case, "offer", [Actor(Role.CONSUMER, complaint_id=case)]) is None


def test_the_centre_has_drafts_of_its_own(world: World) -> None:
    case = file_complaint(world).id
    with db.transaction() as session:
        drafts.keep(session, case, "note", [Actor(Role.INTAKE, world.li)], {"text": ["x"]}, MONDAY)
    with db.reading() as session:
        assert drafts.find(session, case, "note", [Actor(Role.SUPERVISOR, world.sun)]) is not None
        assert drafts.find(session, case, "note", agent(world, world.li)) is None


def test_what_is_empty_too_long_or_nobodys_is_not_kept(world: World) -> None:
    case, mine = file_complaint(world).id, agent(world, world.li)
    with db.transaction() as session:
        assert drafts.keep(session, case, "offer", mine, {"remedy": ["x"]}, MONDAY)
        assert drafts.keep(session, case, "offer", mine, {"remedy": [" \n"]}, MONDAY)
        assert not drafts.keep(session, case, "offer", mine, {"remedy": ["x" * 50_000]}, MONDAY)
        consumer = [Actor(Role.CONSUMER, complaint_id=case)]
        assert not drafts.keep(session, case, "statement", consumer, {"text": ["x"]}, MONDAY)
        assert session.scalar(select(func.count()).select_from(ActionDraft)) == 0


def test_drafts_end_when_sent_erased_or_old(world: World) -> None:
    case, mine = file_complaint(world).id, agent(world, world.li)
    with db.transaction() as session:
        for trigger in ("offer", "decline", "statement"):
            drafts.keep(session, case, trigger, mine, {"text": ["x"]}, MONDAY)
        drafts.drop(session, case, "offer", mine)
        assert list(drafts.kept(session, case, mine)) == ["decline", "statement"]
        drafts.forget(session, MONDAY + drafts.KEPT_FOR - timedelta(seconds=1))
        assert list(drafts.kept(session, case, mine)) == ["decline", "statement"]
        drafts.forget(session, MONDAY + drafts.KEPT_FOR)
        assert drafts.kept(session, case, mine) == {}
        drafts.keep(session, case, "offer", mine, {"text": ["x"]}, MONDAY)
        drafts.erase(session, case)
        assert drafts.kept(session, case, mine) == {}
