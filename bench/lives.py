"""One real case for each state and filing day, led there through the product's own verbs: what the rest is copied from.

The shares are those of a year's cases by where they stand; what is closed comes on top of the open ones.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from bench.town import MEASURED, Town, name_of
from complaints import calendars, clock, db
from complaints.models import Notice
from complaints.workflow import actions, sweeps
from complaints.workflow.case import Actor, Role, State
from complaints.workflow.filing import Filing

FILING_DAYS = 5
SHARES: dict[State, float] = {
    State.WITH_ENTERPRISE: 0.70,
    State.WITH_CONSUMER: 0.08,
    State.RECEIVED: 0.06,
    State.AWAITING_MEDIATOR: 0.06,
    State.IN_MEDIATION: 0.06,
    State.PERFORMING: 0.04,
    State.CLOSED: 0.10,
}
STRANGER = "A Market Stall Nobody Registered"
NARRATIVE = (
    "2026年11月在其网店购买电热水壶一把，收货第二天烧水时壶底开裂漏水，所幸无人受伤。"
    "当日联系客服，对方先要求寄回检测，运费由我承担；寄回后又称属人为损坏，不予退换。"
    "我保留了开箱视频、聊天记录和快递单。商品页面承诺七天无理由退货、一年质保，现在一概不认。"
    "三次致电售后，均答复会有专员联系，至今没有任何人来电。"
) * 2
REASON = "The part has to come from the works in Ningbo, which answers by the end of the week; we shall write at once."
REMEDY = "We replace the kettle by a new one of the same kind, and pay the postage of both parcels."


@dataclass(frozen=True, slots=True)
class Life:
    """A model case, and how many copies of it a world of so many open cases holds."""

    id: int
    number: str
    state: State
    share: float


def lead(town: Town) -> list[Life]:
    """The model cases, oldest filing day first. In the database of the settings."""
    days = _days()
    return [_live(town, state, day, SHARES[state] / len(_filed_on(state, days)))
            for day in days for state in SHARES if day in _filed_on(state, days)]  # fmt: skip


def _filed_on(state: State, days: Sequence[date]) -> Sequence[date]:
    """All days; but what waits for an answer falls due on one day, and what waits for a mediator is not overdue yet."""
    only = {State.WITH_ENTERPRISE: days[:1], State.AWAITING_MEDIATOR: days[-1:]}
    return only.get(state, days)


def filing(number: int, enterprise: str) -> Filing:
    """What one consumer brings."""
    return Filing(
        enterprise=enterprise,
        product="电热水壶 1.7 升",
        category="小家电",
        fault="壶底开裂",
        narrative=NARRATIVE,
        request="退还货款一百二十九元，并承担往返运费。",
        name="王小梅",
        phone=f"138{number:08}",
        email=f"buyer{number}@example.org",
        address="上海市杨浦区大学路 1 号 3 幢 502 室",
        consumer_consents=True,
        share_consent=True,
    )


def deliver(complaint_id: int, at: datetime) -> None:
    """The letters of a case that were due have arrived, and its clock knows."""
    due = (Notice.complaint_id == complaint_id, Notice.status == "waiting", Notice.next_at <= at)
    with db.transaction() as session:
        ids = session.scalars(select(Notice.id).where(*due)).all()
        sent = {"status": "sent", "sent_at": at, "settled_at": at, "attempts": 1, "address": "somebody@example.org"}
        session.execute(update(Notice).where(Notice.id.in_(ids)).values(sent))
    sweeps.run_due(lambda: at, budget_seconds=5)


def _days() -> list[date]:
    """The last working days, oldest first."""
    with db.reading() as session:
        calendar = calendars.current(session)
    days = [calendar.working_day_on_or_before(clock.local_date(clock.now()) - timedelta(days=1))]
    while len(days) < FILING_DAYS:
        days.append(calendar.working_day_on_or_before(days[-1] - timedelta(days=1)))
    return days[::-1]


def _live(town: Town, state: State, day: date, share: float) -> Life:
    """File, and do whatever leads to the state, a quarter of an hour apart, each letter having arrived."""
    at = clock.at_local(day, 10)
    enterprise = STRANGER if state is State.RECEIVED else name_of(MEASURED)
    with db.transaction() as session:
        serial = day.toordinal() * 100 + list(SHARES).index(state)
        case = actions.file(session, filing(serial, enterprise), Actor(Role.CONSUMER), at)
    deliver(case.id, at)
    for step, (actor, trigger, facts) in enumerate(_way(town, state, day, case.id), start=1):
        then = at + timedelta(minutes=15 * step)
        with db.transaction() as session:
            taken = actions.take(session, case.number, actor, then)
            actions.perform(session, taken, trigger, actor, then, facts)
        deliver(case.id, then)
    return Life(case.id, case.number, state, share)


def _way(town: Town, state: State, day: date, case_id: int) -> Iterator[tuple[Actor, str, dict[str, Any]]]:
    consumer = Actor(Role.CONSUMER, complaint_id=case_id)
    agent = Actor(Role.ENTERPRISE, town.accounts["agent"], MEASURED)
    offer = {"remedy": REMEDY, "amount": None, "perform_by": day + timedelta(days=14)}
    if state in (State.WITH_CONSUMER, State.PERFORMING):
        yield agent, "offer", offer
    if state is State.PERFORMING:
        yield consumer, "accept_offer", {}
    if state in (State.AWAITING_MEDIATOR, State.IN_MEDIATION):
        yield agent, "decline", {"reason": REASON}
        yield consumer, "reject", {}
    if state is State.IN_MEDIATION:
        supervisor = Actor(Role.SUPERVISOR, town.accounts["supervisor"])
        yield supervisor, "assign", {"mediator_id": town.mediators[0]}
    if state is State.CLOSED:
        yield agent, "offer", {"remedy": REMEDY, "nothing_to_perform": True}
        yield consumer, "accept_offer", {}


def planned(lives: Sequence[Life], cases: int) -> list[tuple[Life, int]]:
    """How many copies of each model make a world of `cases` open ones."""
    return [(life, round(cases * life.share)) for life in lives]
