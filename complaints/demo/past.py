"""What ended in the demo world before its stories begin: enough for a record whose figures may be shown and ranked.

Told in waves: all cases of a wave are filed, answered and ended at the same hours. The two months that are over are
taken and published as workers would have done it, each on its day.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import select

from complaints import clock, db
from complaints.delivery import outbox
from complaints.demo.cast import KETTLE, PHONE, SOFA, TABLE
from complaints.demo.samples import SampleEnterprise
from complaints.demo.stories import CONSUMER, ENTERPRISE, INTAKE, Step, Story
from complaints.demo.timeline import standing_at
from complaints.insight import record_taking
from complaints.models import RecordMonth
from complaints.workflow.workdays import Calendar

HOUR = 9
OFFER = {"remedy": "已为您更换新品，旧品已收回。", "nothing_to_perform": True}


def _settled(against: SampleEnterprise, filed: int, many: int, *, answered: int = 2, rating: int = 0) -> list[Story]:
    """Offered after so many working days, accepted on the next one, rated where there is a mark."""
    accept = {"release": ["name", "phone", "address"], "longer_agreed": True}
    steps = [Step(filed, INTAKE, "admit")] if not against.participant else []
    steps += [
        Step(filed - answered, ENTERPRISE, "offer", OFFER),
        Step(filed - answered - 1, CONSUMER, "accept_offer", accept),
    ]
    steps += [Step(filed - answered - 2, CONSUMER, "rate", {"rating": rating})] if rating else []
    return [Story(against, filed, tuple(steps), hour=HOUR)] * many


def _ended_otherwise(against: SampleEnterprise, filed: int, many: int) -> list[Story]:
    """Half of them withdrawn; half of them refused and not pursued."""
    withdrawn = Step(filed - 1, CONSUMER, "withdraw", {"reason": "已与门店自行协商解决。"})
    refused = Step(filed - 3, ENTERPRISE, "decline", {"reason": "经检测，故障由使用不当造成，不在保修范围内。"})
    return [Story(against, filed, (step,), hour=HOUR) for step in (withdrawn, refused) for _ in range(many)]


# So many working days ago; the last of them has ended before the month before last was over, whatever day it is today.
PAST = (
    *_ended_otherwise(KETTLE, 75, 5),
    *_settled(KETTLE, 70, 12),
    *_settled(PHONE, 69, 16, answered=1),
    *_settled(KETTLE, 62, 8, answered=4, rating=4),
    *_settled(PHONE, 60, 17),
    *_settled(KETTLE, 55, 8, rating=5),
    *_settled(TABLE, 54, 7, answered=3),
    *_settled(SOFA, 54, 6),
)


def publish(present: datetime, calendar: Calendar) -> None:
    """The record of the two months that are over: the first is published, the second one perhaps still a draft."""
    month = clock.local_date(present).replace(day=1)
    for first in ((month - timedelta(days=1)).replace(day=1), month):
        at: datetime | None = _begins(first, calendar)
        while at is not None and at <= present and record_taking.work(standing_at(at)):
            outbox.deliver_due(now=standing_at(at))  # nothing is published before those who may object were told
            at = _may_be_published()


def _may_be_published() -> datetime | None:
    """The morning after the time to object to the newest month; None where it is published."""
    with db.reading() as session:
        newest = session.scalars(select(RecordMonth).order_by(RecordMonth.month.desc()).limit(1)).one()
        over = newest.object_until if newest.published_at is None else None
    return over + timedelta(hours=HOUR) if over is not None else None


def _begins(first: date, calendar: Calendar) -> datetime:
    """The first working morning of a month."""
    return clock.at_local(calendar.next_working_day(first - timedelta(days=1)), HOUR)
