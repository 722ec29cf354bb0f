"""The yearly campaign: when enterprises apply, when what was approved is announced, until when its pledges stand.

Days are those of Shanghai, both ends included. What a campaign offers may be changed until its first pledge is
announced; raises BadInput, naming the field.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from complaints.clock import local_date
from complaints.errors import BadInput, NotFound
from complaints.models import Campaign, Pledge
from complaints.registry import course, promises, trail

DAYS = ("opens_on", "closes_on", "publish_on", "valid_until")
EARLIEST, LATEST = 2000, 2100
LONGEST_TEXT = promises.LONGEST


def usual(year: int) -> dict[str, date]:
    """The days of a year's campaign where nobody says otherwise: announced on 15 March, in force for a year."""
    return {
        "opens_on": date(year - 1, 12, 1),
        "closes_on": date(year, 2, 20),
        "publish_on": date(year, 3, 15),
        "valid_until": date(year + 1, 3, 14),
    }


def make(
    session: Session, year: int, days: Mapping[str, date], offered: Sequence[Mapping[str, Any]], by: int | None,
    at: datetime,
) -> Campaign:  # fmt: skip
    """A campaign of a year. Raises BadInput: the year is taken or none, days out of order, a promise without words."""
    if not EARLIEST <= year <= LATEST:
        raise BadInput("no year for a campaign", {"year": [f"out_of_range:{EARLIEST}-{LATEST}"]})
    _in_order(days)
    made = Campaign(year=year, template=_checked(offered), made_at=at, **{name: days[name] for name in DAYS})
    try:
        with session.begin_nested():  # somebody may make one of the same year at this moment
            session.add(made)
            session.flush()
    except IntegrityError:
        raise BadInput("this year has a campaign", {"year": ["taken"]}) from None
    trail.record(session, by, "campaign.made", trail.CAMPAIGN, year, at, {}, told(days))
    return made


def change(
    session: Session, campaign_id: int, days: Mapping[str, date], offered: Sequence[Mapping[str, Any]], by: int | None,
    at: datetime,
) -> Campaign:  # fmt: skip
    """Other days or other promises, while no pledge of it is announced. Raises NotFound, BadInput.

    The clocks of its pledges that wait for one of these days move along.
    """
    running = _running(session, campaign_id)  # locked before their campaign, as by whoever announces one
    found = locked(session, campaign_id)
    if announced(session, found.id):
        raise BadInput("pledges of this campaign are announced", {"": ["campaign_announced"]})
    _in_order(days)
    before, changed = told({name: getattr(found, name) for name in DAYS}), _checked(offered)
    for name in DAYS:
        setattr(found, name, days[name])
    reworded, found.template = changed != found.template, changed
    session.flush()
    after = told(days) | ({"template": trail.UNTOLD} if reworded else {})
    trail.record(session, by, "campaign.changed", trail.CAMPAIGN, found.year, at, before, after)
    for pledge in running if before != told(days) else ():
        course.recount(session, pledge, "campaign", at, fact=last_day(found, pledge.state, local_date(at)))
    return found


def last_day(campaign: Campaign, state: str, today: date) -> date:
    """The last day of a clock that waits for a day of the campaign: of a draft, or of what is approved."""
    if state == "draft":
        return max(campaign.closes_on, today)
    return max(campaign.publish_on, today) - timedelta(days=1)


def _running(session: Session, campaign_id: int) -> list[Pledge]:
    waiting = (Pledge.campaign_id == campaign_id, Pledge.state.in_(("draft", "approved")))
    ids = session.scalars(select(Pledge.id).where(*waiting).order_by(Pledge.enterprise_id, Pledge.id)).all()
    found = [course.lock(session, Pledge, each) for each in ids]
    return [each for each in found if each.state in ("draft", "approved")]


def announced(session: Session, campaign_id: int) -> bool:
    """Whether a pledge of it has been announced."""
    first = select(Pledge.id).where(Pledge.campaign_id == campaign_id, Pledge.number.is_not(None)).limit(1)
    return session.scalar(first) is not None


def locked(session: Session, campaign_id: int) -> Campaign:
    """One campaign, locked. Raises NotFound."""
    found = session.get(Campaign, campaign_id, with_for_update={"key_share": True}, populate_existing=True)
    if found is None:
        raise NotFound(f"there is no campaign {campaign_id}")
    return found


def get(session: Session, campaign_id: int) -> Campaign:
    """One campaign. Raises NotFound."""
    found = session.get(Campaign, campaign_id)
    if found is None:
        raise NotFound(f"there is no campaign {campaign_id}")
    return found


def listed(session: Session) -> Sequence[Campaign]:
    """All of them, the newest year first."""
    return session.scalars(select(Campaign).order_by(Campaign.year.desc())).all()


def of_year(session: Session, year: int) -> Campaign:
    """The campaign of a year. Raises NotFound."""
    found = session.scalars(select(Campaign).where(Campaign.year == year)).one_or_none()
    if found is None:
        raise NotFound(f"there is no campaign of {year}")
    return found


def open_on(session: Session, day: date) -> Sequence[Campaign]:
    """The campaigns to which enterprises apply on a day, the newest year first."""
    running = (Campaign.opens_on <= day, Campaign.closes_on >= day)
    return session.scalars(select(Campaign).where(*running).order_by(Campaign.year.desc())).all()


def told(days: Mapping[str, date]) -> dict[str, str]:
    """The days as the trail holds them."""
    return {name: days[name].isoformat() for name in DAYS}


def _in_order(days: Mapping[str, date]) -> None:
    for first, then in (("opens_on", "closes_on"), ("closes_on", "publish_on"), ("publish_on", "valid_until")):
        if days[then] < days[first]:
            raise BadInput("the days are out of order", {then: [f"too_early:{days[first]}"]})


def _checked(offered: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each kind once, with words in both languages (`other` needs none), in the order of `promises.KINDS`."""
    by_kind = {str(each["kind"]): each for each in offered}
    wrong: dict[str, list[str]] = {kind: ["unknown_field"] for kind in by_kind if kind not in promises.KINDS}
    for kind, each in by_kind.items():
        for language in ("zh", "en"):
            text = str(each[language]).strip()
            if len(text) > LONGEST_TEXT:
                wrong[f"{kind}_{language}"] = [f"too_long:{LONGEST_TEXT}"]
            elif not text and kind != promises.OTHER:
                wrong[f"{kind}_{language}"] = ["required"]
    if wrong:
        raise BadInput("the promises offered are not whole", wrong)
    if not by_kind:
        raise BadInput("a campaign offers promises", {"kinds": ["empty_list"]})
    kept = [by_kind[kind] for kind in promises.KINDS if kind in by_kind]
    return [
        {"kind": str(each["kind"]), "zh": str(each["zh"]).strip(), "en": str(each["en"]).strip(),
         "required": bool(each["required"]) and each["kind"] != promises.OTHER}
        for each in kept
    ]  # fmt: skip
