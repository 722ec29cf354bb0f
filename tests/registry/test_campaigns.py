"""Campaigns: one a year, their days in order, their promises in both languages, fixed once one is announced."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, select

from complaints import db
from complaints.clock import at_local, local_date
from complaints.delivery import letter, outbox
from complaints.errors import BadInput, NotFound
from complaints.models import Notice
from complaints.registry import campaigns, course, pledges, promises, sweeping, trail
from complaints.words import LOCALES
from tests import pledging
from tests.people import World, on, world
from tests.pledging import WINTER

USUAL = campaigns.usual(2027)


@pytest.fixture
def there(database: Engine) -> World:
    """The usual people, once on each database."""
    return world()


def make(year: int, days: dict[str, date], offered: list[dict[str, Any]]) -> None:
    with db.transaction() as session:
        campaigns.make(session, year, days, offered, None, WINTER)


def test_a_campaign_is_made_found_and_in_the_trail(there: World) -> None:
    make(2027, USUAL, promises.template())
    with db.reading() as session:
        assert campaigns.of_year(session, 2027).publish_on == on("2027-03-15")
        assert [each.year for each in campaigns.listed(session)] == [2027]
        assert [each.year for each in campaigns.open_on(session, on("2027-02-20"))] == [2027]
        assert list(campaigns.open_on(session, on("2027-02-21"))) == []
        with pytest.raises(NotFound):
            campaigns.of_year(session, 2028)
        entry = trail.listed(session).entries[0]
    assert (entry.what, entry.subject_name, entry.after["publish_on"]) == ("campaign.made", "2027", "2027-03-15")


def test_of_two_who_make_one_years_campaign_at_once_one_is_told(
    postgres: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_order = campaigns._in_order

    def slowly(days: Mapping[str, date]) -> None:
        monkeypatch.setattr(campaigns, "_in_order", in_order)
        make(2027, USUAL, promises.template())  # somebody else, meanwhile

    monkeypatch.setattr(campaigns, "_in_order", slowly)
    with pytest.raises(BadInput) as wrong:
        make(2027, USUAL, promises.template())
    assert wrong.value.fields == {"year": ["taken"]}
    with db.reading() as session:
        assert [each.year for each in campaigns.listed(session)] == [2027]


@pytest.mark.parametrize(
    ("year", "days", "offered", "field"),
    [
        (2027, {}, {}, "year"),
        (1999, {}, {}, "year"),
        (2028, {"publish_on": on("2027-01-01")}, {}, "publish_on"),
        (2028, {"valid_until": on("2027-02-01")}, {}, "valid_until"),
        (2028, {}, {"safety": {"en": ""}}, "safety_en"),
        (2028, {}, {"safety": {"zh": "安" * 1001}}, "safety_zh"),
    ],
)
def test_what_is_wrong_is_named(there: World, year: int, days: Any, offered: Any, field: str) -> None:
    make(2027, USUAL, promises.template())
    words = [each | offered.get(each["kind"], {}) for each in promises.template()]
    with pytest.raises(BadInput) as refused:
        make(year, campaigns.usual(2028) | days, words)
    assert list(refused.value.fields) == [field]


def test_it_is_changed_until_a_pledge_of_it_is_announced(there: World) -> None:
    campaign_id = pledging.campaign()
    fewer = [each for each in promises.template() if each["kind"] != "recall"]
    with db.transaction() as session:
        campaigns.change(session, campaign_id, USUAL | {"closes_on": on("2027-02-28")}, fewer, None, WINTER)
    pledging.published(there, campaign_id)
    with db.transaction() as session, pytest.raises(BadInput) as refused:
        campaigns.change(session, campaign_id, USUAL, promises.template(), None, WINTER)
    assert refused.value.fields == {"": ["campaign_announced"]}
    with db.reading() as session:
        found = campaigns.of_year(session, 2027)
    assert (found.closes_on, len(found.template)) == (on("2027-02-28"), 10)


def change(campaign_id: int, **days: date) -> None:
    with db.transaction() as session:
        campaigns.change(session, campaign_id, USUAL | days, promises.template(), None, WINTER)


def reminders(pledge_id: int) -> list[tuple[str, date]]:
    """Those that still wait: step and day."""
    mine = (Notice.key.startswith(f"course:pledge:{pledge_id}:"), Notice.status == "waiting", Notice.at_once.is_(False))
    with db.reading() as session:
        return [(each.step, local_date(each.send_at)) for each in session.scalars(select(Notice).where(*mine))]


def test_drafts_move_along_with_the_days_of_their_campaign(there: World) -> None:
    campaign_id = pledging.campaign()
    with db.transaction() as session:
        pledge_id = pledges.begin(session, there.hongyun, campaign_id, pledging.firm(there.hongyun), WINTER).id
    change(campaign_id, closes_on=on("2027-02-26"))
    found = pledging.of(pledge_id)
    assert (found.due_at, found.deadline["fact"]) == (at_local(on("2027-02-27"), 0), "2027-02-26")
    assert [each["why"] for each in found.deadline["moves"]] == ["campaign"]
    assert ("last_day", on("2027-02-26")) in reminders(pledge_id)
    assert len({day for _step, day in reminders(pledge_id)}) == len(reminders(pledge_id)) == 3
    with db.reading() as session:
        assert [each.trigger for each in course.log(session, found)] == ["begin", "move_deadline"]
        told = session.scalars(select(Notice).where(Notice.step == "news_2")).one()
        for told.locale in LOCALES:
            assert "2027-02-26" in letter.render(told, "https://example.org/portal/pledges/1").text
    change(campaign_id, closes_on=on("2027-02-26"))  # nothing that a draft waits for
    assert pledging.of(pledge_id).seq == 2
    change(campaign_id, opens_on=on("2026-12-01"), closes_on=on("2027-01-02"))  # over already
    assert course.last_day(pledging.of(pledge_id)) == on("2027-01-12")  # no day that is today is taken away


def test_what_is_approved_is_announced_on_the_day_that_was_set_last(there: World) -> None:
    campaign_id = pledging.campaign()
    pledge_id = pledging.submitted(there, campaign_id)
    with db.transaction() as session:
        pledges.approve(session, pledge_id, pledging.intake(there), WINTER)
    change(campaign_id, publish_on=on("2027-03-01"))
    announced = at_local(on("2027-03-01"), 0)
    assert pledging.of(pledge_id).due_at == announced
    change(campaign_id, closes_on=on("2027-01-10"), publish_on=on("2027-01-11"))  # today
    assert pledging.of(pledge_id).due_at == at_local(on("2027-01-11"), 0)
    outbox.deliver_due(now=lambda: WINTER)  # nothing runs out before it was told
    sweeping.run_due(lambda: WINTER)
    assert pledging.of(pledge_id).state == "published"
