"""Two officers at one case are told of each other, for as long as both are there."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from complaints import db
from complaints.workflow import presence
from tests.people import MONDAY, world
from tests.playing import Playing, file_complaint


@pytest.fixture
def mei(database: Engine) -> Playing:
    """A complaint that two officers look at."""
    return file_complaint(world())


def names(playing: Playing, me: int, seconds: int) -> list[str]:
    with db.transaction() as session:
        return list(presence.others(session, playing.id, me, MONDAY + timedelta(seconds=seconds)))


def test_each_is_told_of_the_other_and_forgotten_after_a_minute(mei: Playing) -> None:
    li, zhao = mei.world.li, mei.world.zhao
    with db.transaction() as session:
        presence.seen(session, mei.id, li, MONDAY)
        presence.seen(session, mei.id, zhao, MONDAY + timedelta(seconds=30))
    assert names(mei, li, 31) == ["zhao"]
    assert names(mei, zhao, 31) == ["li"]
    assert names(mei, zhao, 61) == []
    with db.transaction() as session:
        presence.seen(session, mei.id, li, MONDAY + timedelta(seconds=62))
        assert presence.looked_at(session, zhao, MONDAY + timedelta(seconds=63)) == {mei.number: "li"}
        assert presence.looked_at(session, li, MONDAY + timedelta(seconds=63)) == {mei.number: "zhao"}


def test_nobody_is_told_of_themselves(mei: Playing) -> None:
    with db.transaction() as session:
        presence.seen(session, mei.id, mei.world.li, MONDAY)
        presence.seen(session, mei.id, mei.world.li, MONDAY)
    assert names(mei, mei.world.li, 1) == []
