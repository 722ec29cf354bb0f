"""Pledges of the demo world: this year's campaign with a few that are announced, and next year's that is open."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.clock import at_local, local_date
from complaints.demo import cast
from complaints.models import Campaign, Enterprise
from complaints.registry import campaigns, pledges, promises
from complaints.registry.pledges import Wording
from complaints.workflow.case import Actor, Role

PLEDGED = (cast.KETTLE, cast.PHONE, cast.TABLE, cast.CAR)
OPEN_SINCE = timedelta(days=7)
OFFICER = Actor(Role.INTAKE)
HOUR = 10


def announce(session: Session, at: datetime) -> None:
    """Make both campaigns and announce the pledges of the running one, unless that was done."""
    if session.scalar(select(Campaign.id).limit(1)) is not None:
        return
    today = local_date(at)
    year = today.year if today >= campaigns.usual(today.year)["publish_on"] else today.year - 1
    running = campaigns.make(session, year, campaigns.usual(year), promises.template(), None, at)
    following = campaigns.usual(year + 1)
    opens = min(following["opens_on"], today - OPEN_SINCE)
    closes = max(following["closes_on"], today)
    days = following | {"opens_on": opens, "closes_on": min(closes, following["publish_on"])}
    campaigns.make(session, year + 1, days, promises.template(), None, at)
    for sample in PLEDGED:
        firm = session.scalar(select(Enterprise).where(Enterprise.name == sample.name))
        if firm is not None:
            _pledge(session, firm.id, running, sample.promised_answer_days, running.publish_on)


def _pledge(session: Session, enterprise_id: int, campaign: Campaign, days: int | None, day: date) -> None:
    """Entered, reviewed and announced on the campaign's day, in the words that the campaign offers."""
    at = at_local(day, HOUR)
    words = {each["kind"]: each["zh"] for each in campaign.template if each["zh"]}
    pledge = pledges.begin(session, enterprise_id, campaign.id, OFFICER, at)
    pledges.submit(session, pledge.id, Wording(words, days, mediation_consent=True), [], OFFICER, at)
    pledges.approve(session, pledge.id, OFFICER, at)
