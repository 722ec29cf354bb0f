"""What an enterprise promises, word for word, by version: the one being written, the one in force, the one asked for.

A version that was in force is never changed; a change is a new version that the association accepts or refuses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.clock import at_local, end_of_day, local_date
from complaints.errors import BadInput
from complaints.models import Campaign, Pledge, PledgeVersion
from complaints.registry import promises
from complaints.workflow import policy
from complaints.workflow.case import State

MANDATE = "association"  # a pledge shortens the clock of the association's own policy


@dataclass(frozen=True, slots=True)
class Wording:
    """What an enterprise types: a text by kind, working days (None: as the policy), consent to mediation."""

    promises: Mapping[str, str]
    answer_days: int | None
    mediation_consent: bool


@dataclass(frozen=True, slots=True)
class Stood:
    """A version and its pledge, as they stood on a day."""

    pledge: Pledge
    version: PledgeVersion


def usual_answer_days(day: date) -> int:
    """Working days in which the policy in force on a day asks for an answer."""
    return policy.in_force(MANDATE, day).clocks[State.WITH_ENTERPRISE.value].working_days or 0


def write(
    session: Session, pledge: Pledge, number: int, wording: Wording, by: int | None, at: datetime
) -> PledgeVersion:  # fmt: skip
    """Write a version that is not in force: anew, or over the one with this number.

    Raises BadInput: promises of another campaign, too long; an answering time that is not shorter than the policy's.
    """
    campaign = session.get_one(Campaign, pledge.campaign_id)
    most = usual_answer_days(local_date(at)) - 1
    if wording.answer_days is not None and not 1 <= wording.answer_days <= most:
        raise BadInput("only a shorter time is a promise", {"answer_days": [f"out_of_range:1-{most}"]})
    kept = promises.check(wording.promises, campaign.template)
    found = numbered(session, pledge, number)
    if found is None:
        found = PledgeVersion(pledge_id=pledge.id, version=number)
        session.add(found)
    assert found.in_force_from is None, "what was in force is never changed"
    found.promises, found.answer_days, found.mediation_consent = kept, wording.answer_days, wording.mediation_consent
    found.made_at, found.made_by = at, by
    session.flush()
    return found


def ready(session: Session, pledge: Pledge, version: PledgeVersion) -> None:
    """Raises BadInput where a version cannot be handed in: a required promise or the consent is missing."""
    promises.whole(version.promises, session.get_one(Campaign, pledge.campaign_id).template)
    if not version.promises:
        raise BadInput("a pledge without a promise", {"promises": ["empty_list"]})
    if not version.mediation_consent:
        raise BadInput("a pledge needs the consent to mediation", {"mediation_consent": ["consent_in_advance"]})


def numbered(session: Session, pledge: Pledge, number: int) -> PledgeVersion | None:
    """One version of a pledge."""
    mine = (PledgeVersion.pledge_id == pledge.id, PledgeVersion.version == number)
    return session.scalars(select(PledgeVersion).where(*mine)).one_or_none()


def newest(session: Session, pledge: Pledge) -> PledgeVersion:
    """The version written last, in force or not."""
    found = numbered(session, pledge, pledge.version)
    assert found is not None, f"pledge {pledge.id} has no version {pledge.version}"
    return found


def all_of(session: Session, pledge: Pledge) -> Sequence[PledgeVersion]:
    """Every version of a pledge, the oldest first."""
    mine = select(PledgeVersion).where(PledgeVersion.pledge_id == pledge.id)
    return session.scalars(mine.order_by(PledgeVersion.version)).all()


def in_force(session: Session, pledge: Pledge) -> PledgeVersion | None:
    """The version that stands or, of a pledge that has ended, stood last."""
    mine = (PledgeVersion.pledge_id == pledge.id, PledgeVersion.in_force_from.is_not(None))
    return session.scalars(
        select(PledgeVersion).where(*mine).order_by(PledgeVersion.version.desc()).limit(1)
    ).one_or_none()


def asked_for(session: Session, pledge: Pledge) -> PledgeVersion | None:
    """The change that the association has not decided on yet."""
    return newest(session, pledge) if pledge.changing else None


def promised_on(session: Session, enterprise_id: int, day: date) -> Stood | None:
    """What an enterprise promised on a day: the version that stood at its end, else the last one that stood in it.

    A pledge that was suspended on that day still says what was promised.
    """
    return _stood(session, enterprise_id, at_local(day, 0), end_of_day(day))


def promised_at(session: Session, enterprise_id: int, at: datetime) -> Stood | None:
    """What an enterprise promises at an instant, whether its pledge is suspended or not."""
    return _stood(session, enterprise_id, at, at)


def _stood(session: Session, enterprise_id: int, begins: datetime, ends: datetime) -> Stood | None:
    """The version that stood last among those that stood at all between two instants."""
    stood = (
        select(Pledge, PledgeVersion)
        .join(PledgeVersion, PledgeVersion.pledge_id == Pledge.id)
        .where(Pledge.enterprise_id == enterprise_id, Pledge.valid_until > begins)
        .where(PledgeVersion.in_force_from < ends if begins < ends else PledgeVersion.in_force_from <= ends)
        .where((PledgeVersion.in_force_until.is_(None)) | (PledgeVersion.in_force_until > begins))
        .order_by(PledgeVersion.in_force_from.desc(), PledgeVersion.id.desc())
        .limit(1)
    )
    row = session.execute(stood).first()
    return Stood(row[0], row[1]) if row else None


def begin(version: PledgeVersion, at: datetime) -> None:
    """From now on it stands."""
    version.in_force_from = at


def end(session: Session, pledge: Pledge, at: datetime) -> None:
    """What stands of a pledge stands no more."""
    version = in_force(session, pledge)
    if version is not None and version.in_force_until is None:
        version.in_force_until = at


def again(session: Session, pledge: Pledge, at: datetime) -> None:
    """What stood last stands again, as a version of its own: the days between stay without a promise."""
    stood = in_force(session, pledge)
    assert stood is not None, f"pledge {pledge.id} was never in force"
    pledge.version += 1
    words = {name: getattr(stood, name) for name in ("promises", "answer_days", "mediation_consent", "made_by")}
    session.add(PledgeVersion(pledge_id=pledge.id, version=pledge.version, made_at=at, in_force_from=at, **words))
    session.flush()


def summary(version: PledgeVersion) -> dict[str, Any]:
    """What the log says of a version: no text of it, for that is kept beside."""
    return {"version": version.version, "promises": len(version.promises), "answer_days": version.answer_days}
