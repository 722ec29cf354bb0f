"""Pledges as tests give them: a campaign of 2027, Hongyun's promises, and how a pledge comes into force."""

from datetime import datetime

from complaints import db
from complaints.models import Campaign, Enterprise, Pledge
from complaints.registry import campaigns, measures, pledges, promises
from complaints.registry.pledges import Wording
from complaints.workflow.case import Actor, Role
from tests.people import World, moment

WINTER = moment("2027-01-11")  # a Monday while the campaign of 2027 is open
ANNOUNCED = moment("2027-03-15 00:00")
SPRING = moment("2027-04-12")

TEXTS = {
    "lawfulness": "Our kettles meet GB 4706.1.",
    "safety": "No kettle leaves without a dry-boil test.",
    "warranty": "Two years of repair, one year of exchange.",
    "liability": "We pay for what our kettles damage.",
}
WORDING = Wording(TEXTS, 5, mediation_consent=True)


def firm(enterprise_id: int) -> Actor:
    """An enterprise, acting by nobody in particular."""
    return Actor(Role.ENTERPRISE, None, enterprise_id)


def campaign(year: int = 2027, at: datetime = WINTER) -> int:
    """The usual campaign of a year."""
    with db.transaction() as session:
        return campaigns.make(session, year, campaigns.usual(year), promises.template(), None, at).id


def submitted(
    there: World, campaign_id: int, at: datetime = WINTER, wording: Wording = WORDING, enterprise: int | None = None
) -> int:
    """A pledge that waits for its review."""
    enterprise = enterprise or there.hongyun
    with db.transaction() as session:
        pledge = pledges.begin(session, enterprise, campaign_id, firm(enterprise), at)
        pledges.submit(session, pledge.id, wording, [], firm(enterprise), at)
        return pledge.id


def published(
    there: World, campaign_id: int, at: datetime = SPRING, wording: Wording = WORDING, enterprise: int | None = None
) -> int:
    """A pledge in force: begun by the association after the announcement, approved at once."""
    enterprise = enterprise or there.hongyun
    officer = intake(there)
    with db.transaction() as session:
        pledge = pledges.begin(session, enterprise, campaign_id, officer, at)
        pledges.submit(session, pledge.id, wording, [], officer, at)
        pledges.approve(session, pledge.id, officer, at)
        return pledge.id


def intake(there: World) -> Actor:
    """Li of the association."""
    return Actor(Role.INTAKE, there.li)


def supervisor(there: World) -> Actor:
    """Sun."""
    return Actor(Role.SUPERVISOR, there.sun)


def imposed(there: World, kind: str, at: datetime, reason: str = "It must be.") -> int:
    """A measure against Hongyun, proposed, heard and imposed at one instant."""
    with db.transaction() as session:
        made = measures.by_person(session, there.hongyun, kind, supervisor(there), at, reason, f"{kind}:{at}")
        measures.reply(session, made.id, firm(there.hongyun), at, "No.")
        measures.impose(session, made.id, supervisor(there), at, reason)
        return made.id


def lifted(there: World, measure_id: int, at: datetime) -> None:
    """It ends."""
    with db.transaction() as session:
        measures.lift(session, measure_id, supervisor(there), at, "It has answered all.")


def of(pledge_id: int) -> Pledge:
    """A pledge as it stands."""
    with db.reading() as session:
        return session.get_one(Pledge, pledge_id)


def standing(enterprise_id: int) -> tuple[bool, datetime | None, datetime | None, int | None]:
    """What stands on the enterprise: participant, from, until, days."""
    with db.reading() as session:
        found = session.get_one(Enterprise, enterprise_id)
        return found.participant, found.pledge_from, found.pledge_until, found.promised_answer_days


def year_of(campaign_id: int) -> int:
    """The year of a campaign."""
    with db.reading() as session:
        return session.get_one(Campaign, campaign_id).year
