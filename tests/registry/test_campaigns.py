"""Campaigns: one a year, their days in order, their promises in both languages, fixed once one is announced."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from complaints import db
from complaints.errors import BadInput, NotFound
from complaints.registry import campaigns, promises, trail
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
