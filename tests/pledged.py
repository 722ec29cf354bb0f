"""A pledge in force, written down as it stands after it was announced; how it comes to be is tested elsewhere."""

from datetime import date, datetime

from complaints import db
from complaints.clock import end_of_day
from complaints.models import Campaign, Enterprise, Pledge, PledgeVersion
from tests.people import FOUNDED

YEAR = 2026
LAST = date(2027, 3, 14)


def in_force(enterprise_id: int, at: datetime = FOUNDED) -> int:
    """The enterprise's pledge of 2026, in force from `at` to 14 March 2027; its id."""
    until = end_of_day(LAST)
    with db.transaction() as session:
        campaign = session.query(Campaign).filter_by(year=YEAR).one_or_none() or Campaign(
            year=YEAR, opens_on=date(2026, 1, 1), closes_on=date(2026, 6, 30), publish_on=date(2026, 3, 15),
            valid_until=LAST, template=[], made_at=at,
        )  # fmt: skip
        session.add(campaign)
        session.flush()
        pledge = Pledge(
            enterprise_id=enterprise_id, campaign_id=campaign.id, number=f"315-2026-{enterprise_id:05}",
            valid_from=at, valid_until=until, made_at=at, state="published", since=at, due_at=until,
            deadline={}, counters={}, seq=1, policy="ring-2026-04",
        )  # fmt: skip
        session.add(pledge)
        session.flush()
        words = [{"kind": "lawfulness", "text": "We keep the law."}]
        session.add(
            PledgeVersion(
                pledge_id=pledge.id, version=1, promises=words, answer_days=None, mediation_consent=True, made_at=at,
                in_force_from=at,
            )
        )  # fmt: skip
        firm = session.get_one(Enterprise, enterprise_id)
        firm.pledge_from, firm.pledge_until = at, until
    return pledge.id
