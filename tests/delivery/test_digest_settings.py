"""How letters come to an enterprise that has chosen: at its hour, with news among them, the last day never put off."""

from datetime import datetime

import pytest
from sqlalchemy import Engine, select

from complaints import clock, db
from complaints.delivery import outbox
from complaints.errors import BadInput
from complaints.models import Notice
from complaints.registry import mailboxes
from tests import people
from tests.delivery.planted import notice
from tests.people import MONDAY, World, moment


@pytest.fixture
def world(database: Engine, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(clock, "wall", lambda: MONDAY)
    return people.world()


def choose(firm: int, hour: int | None, *, news: bool = False) -> None:
    with db.transaction() as session:
        mailboxes.choose_letters(session, firm, hour, news, "en")


def plant(firm: int, **more: object) -> None:
    with db.transaction() as session:
        session.add(notice(recipient=f"enterprise:{firm}", **more))


def letters() -> list[Notice]:
    with db.reading() as session:
        return list(session.scalars(select(Notice).order_by(Notice.id)))


def at(text: str) -> list[str]:
    """Deliver at a moment; the states of all letters then."""
    instant: datetime = moment(text)
    outbox.deliver_due(now=lambda: instant)
    return [each.status for each in letters()]


def test_reminders_wait_for_the_hour_and_come_together(world: World) -> None:
    choose(world.hongyun, 14)
    for _ in range(2):
        plant(world.hongyun, at_once=False, step="before_3", due=moment("2026-07-06 09:00"))
    assert at("2026-07-06 10:00") == ["waiting", "waiting"]
    assert at("2026-07-06 14:01") == ["sent", "sent", "sent"]
    assert [each.step for each in letters()].count("digest") == 1


def test_the_last_days_reminder_and_decisions_wait_for_no_hour(world: World) -> None:
    choose(world.hongyun, 19, news=True)
    plant(world.hongyun, at_once=False, step="last_day", due=moment("2026-07-06 09:00"))
    plant(world.hongyun, step="news_4", letter="offer", due=moment("2026-07-06 09:00"))
    plant(world.hongyun, step="opening_4", letter="statement", due=moment("2026-07-06 09:00"))
    assert at("2026-07-06 09:30") == ["sent", "sent", "sent"]


def test_news_travel_in_the_digest_where_that_was_chosen(world: World) -> None:
    choose(world.hongyun, 14, news=True)
    for firm in (world.hongyun, world.baiyu):
        plant(firm, step="news_4", letter="statement", due=moment("2026-07-06 09:00"))
    assert at("2026-07-06 10:00") == ["waiting", "sent"]
    plant(world.hongyun, step="news_5", letter="evidence", due=moment("2026-07-06 16:00"))
    assert at("2026-07-06 16:05") == ["sent", "sent", "waiting"]  # after today's digest: with tomorrow's
    assert at("2026-07-07 13:00")[2] == "waiting"
    assert at("2026-07-07 14:01")[2] == "sent"


def test_without_a_choice_nothing_is_put_off(world: World) -> None:
    plant(world.hongyun, at_once=False, step="before_3", due=moment("2026-07-06 09:00"))
    plant(world.hongyun, step="news_4", letter="statement", due=moment("2026-07-06 09:00"))
    assert at("2026-07-06 09:01") == ["sent", "sent"]


@pytest.mark.parametrize("hour", [8, 20, 24])
def test_an_hour_outside_of_the_day_is_refused(world: World, hour: int) -> None:
    with pytest.raises(BadInput) as refused:
        choose(world.hongyun, hour)
    assert list(refused.value.fields) == ["digest_hour"]
