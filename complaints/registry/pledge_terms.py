"""What a pledge changes elsewhere when it comes into force, rests, or ends: its term, its number, and the enterprise.

What stands on the enterprise (participant, the term of its pledge, the shorter time to answer) is always written anew
from its newest pledge that runs, so that no older one takes back what a newer one gave. Filings pin it from there.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.clock import end_of_day
from complaints.models import Enterprise, Pledge
from complaints.registry import campaigns, pledge_changes, pledge_versions
from complaints.registry.lifecycle import OPEN
from complaints.workflow.case import CLOCK

RUNNING = ("published", "suspended")
PREFIX = "315"


def current(session: Session, enterprise_id: int, at: datetime) -> Pledge | None:
    """The newest pledge of an enterprise that is published or suspended, and whose term is not over."""
    return next(iter(running(session, enterprise_id, at)), None)


def running(session: Session, enterprise_id: int, at: datetime) -> Sequence[Pledge]:
    """All of these, the newest first: between two campaigns there may be two."""
    mine = (Pledge.enterprise_id == enterprise_id, Pledge.state.in_(RUNNING), Pledge.valid_until > at)
    return session.scalars(select(Pledge).where(*mine).order_by(Pledge.valid_from.desc(), Pledge.id.desc())).all()


def open_one(session: Session, enterprise_id: int, campaign_id: int) -> Pledge | None:
    """The pledge of a campaign that has not ended."""
    mine = (Pledge.enterprise_id == enterprise_id, Pledge.campaign_id == campaign_id)
    return session.scalars(select(Pledge).where(*mine, Pledge.state.in_(OPEN["pledge"]))).one_or_none()


def enter(session: Session, pledge: Pledge, at: datetime) -> None:
    """It is announced: number, term, its words in force from `at`, a certificate to be written."""
    campaign = campaigns.locked(session, pledge.campaign_id)  # numbers are given one after another
    pledge.number = _next_number(session, campaign.id, campaign.year)
    pledge.valid_from, pledge.valid_until = at, end_of_day(campaign.valid_until)
    pledge_versions.begin(pledge_versions.newest(session, pledge), at)
    pledge.certificate_due = at
    settle(session, pledge, at)


def change(session: Session, pledge: Pledge, at: datetime) -> None:
    """The newest version takes the place of the one in force."""
    pledge_versions.end(session, pledge, at)
    pledge_versions.begin(pledge_versions.newest(session, pledge), at)
    pledge.certificate_due = at if pledge.state == "published" else None
    settle(session, pledge, at)


def rest(session: Session, pledge: Pledge, at: datetime) -> None:
    """It is suspended: the consent in advance rests, the promised time to answer goes on to bind the enterprise."""
    pledge.certificate_due = None
    settle(session, pledge, at)


def wake(session: Session, pledge: Pledge, at: datetime) -> None:
    """It is restored: again to the end of its term."""
    pledge.certificate_due = at
    settle(session, pledge, at)


def leave(session: Session, pledge: Pledge, at: datetime) -> None:
    """It has ended, whether it was ever in force or not; what it asked for falls away."""
    pledge_changes.end(session, pledge, "fall_away", CLOCK, at)
    pledge.certificate_due = None
    pledge_versions.end(session, pledge, at)
    if pledge.number is not None:
        settle(session, pledge, at)


def settle(session: Session, pledge: Pledge, at: datetime) -> None:
    """Write on the enterprise what its newest running pledge says; without one, that it has none any more."""
    session.flush()
    firm = session.get_one(
        Enterprise, pledge.enterprise_id, with_for_update={"key_share": True}, populate_existing=True
    )
    governs = current(session, firm.id, at)
    if governs is None:
        firm.participant, firm.promised_answer_days = False, None
        firm.pledge_until = min(at, firm.pledge_until or at)
        return
    stands = pledge_versions.in_force(session, governs)
    firm.participant, firm.promised_answer_days = True, stands.answer_days if stands else None
    firm.pledge_from = governs.valid_from
    firm.pledge_until = governs.since if governs.state == "suspended" else governs.valid_until


def _next_number(session: Session, campaign_id: int, year: int) -> str:
    """As 315-2027-00012: the next of its year; a number is never given twice."""
    given = select(Pledge.number).where(Pledge.campaign_id == campaign_id, Pledge.number.is_not(None))
    last = session.scalar(given.order_by(Pledge.number.desc()).limit(1))
    return f"{PREFIX}-{year}-{int(last.rpartition('-')[2]) + 1 if last else 1:05}"
