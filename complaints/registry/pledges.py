"""What people and the clock do with a pledge: one verb each, around `course.fire`, in the caller's transaction.

An enterprise begins, words and submits it; the association asks back, approves or refuses; what is approved is
announced on the campaign's day; then it may be changed, withdrawn, and it expires. What measures do to it:
`suspensions.py`. Verbs raise NotFound (also where it is another enterprise's), StaleVersion, NotAllowed, NotNow, and
BadInput naming the field. `at` is aware UTC. Nothing promised stands in the log: it is kept by version beside it.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.clock import local_date
from complaints.errors import BadInput, NotFound, NotNow
from complaints.models import Campaign, Enterprise, Pledge, PledgeVersion
from complaints.registry import (
    campaigns,
    course,
    pledge_changes,
    pledge_proofs,
    pledge_terms,
    pledge_versions,
    promises,
    suspensions,
)
from complaints.registry.lifecycle import REVIEWERS
from complaints.registry.pledge_terms import current as current
from complaints.registry.pledge_terms import open_one as open_one
from complaints.registry.pledge_versions import Wording as Wording
from complaints.registry.uploads import Upload
from complaints.workflow.case import CLOCK, Actor, Role

LONGEST_REASON = 1000
RUNS = ("published", "suspended")
ENDED = ("withdrawn", "struck_off", "expired")


def begin(session: Session, enterprise_id: int, campaign_id: int, actor: Actor, at: datetime) -> Pledge:
    """A draft, worded as the enterprise's last pledge was; the consent is asked anew.

    An enterprise has one open pledge a campaign, and begins while the campaign is open; the association may begin one
    for it until the campaign's last day.
    """
    if actor.role is Role.ENTERPRISE and actor.enterprise_id != enterprise_id:
        raise NotFound(f"there is no enterprise {enterprise_id}")
    firm = session.get(Enterprise, enterprise_id, with_for_update={"key_share": True}, populate_existing=True)
    campaign = session.get(Campaign, campaign_id)
    if firm is None or campaign is None:
        raise NotFound("there is no such enterprise or campaign")
    today = local_date(at)
    last = campaign.closes_on if actor.role is Role.ENTERPRISE else campaign.valid_until
    if not campaign.opens_on <= today <= last:
        raise NotNow("the campaign is not open")
    if open_one(session, enterprise_id, campaign_id) is not None:
        raise BadInput("it has an open pledge of this campaign", {"campaign": ["pledged_already"]})
    before = _last_words(session, enterprise_id, campaign)
    pledge = Pledge(enterprise_id=enterprise_id, campaign_id=campaign_id, version=1, changing=False, made_at=at)
    day = campaigns.last_day(campaign, "draft", today)
    course.begin(session, pledge, "begin", actor, at, clock_day=day, year=campaign.year)
    pledge_versions.write(session, pledge, 1, before, actor.account_id, at)
    return pledge


def edit(
    session: Session, pledge_id: int, wording: Wording, actor: Actor, at: datetime, version: int | None = None
) -> Pledge:  # fmt: skip
    """Write the draft anew."""
    pledge = _take(session, pledge_id, actor, at, version)
    course.fire(session, pledge, "edit", actor, at)
    pledge_versions.write(session, pledge, pledge.version, wording, actor.account_id, at)
    return pledge


def submit(
    session: Session, pledge_id: int, wording: Wording | None, given: Sequence[Upload], actor: Actor, at: datetime,
    version: int | None = None,
) -> Pledge:  # fmt: skip
    """Hand it in with its proof; with `wording` as it is worded now (a draft, or what was asked back)."""
    pledge = _take(session, pledge_id, actor, at, version)
    if "submit" in course.actions(pledge, actor, at):  # what is handed in already is never written over
        if wording is not None:
            pledge_versions.write(session, pledge, pledge.version, wording, actor.account_id, at)
        pledge_versions.ready(session, pledge, pledge_versions.newest(session, pledge))
    said = pledge_versions.summary(pledge_versions.newest(session, pledge))
    course.fire(session, pledge, "submit", actor, at, proofs=len(given), **said)
    pledge_proofs.keep(session, pledge, given, actor, at)
    return pledge


def ask_back(
    session: Session, pledge_id: int, actor: Actor, at: datetime, reason: str, version: int | None = None
) -> Pledge:  # fmt: skip
    """Say what is missing, all of it at once."""
    pledge = _take(session, pledge_id, actor, at, version)
    course.fire(session, pledge, "ask_back", actor, at, reason=_given(reason))
    return pledge


def approve(session: Session, pledge_id: int, actor: Actor, at: datetime, version: int | None = None) -> Pledge:
    """It is announced on the campaign's day; from that day on at once."""
    pledge = _take(session, pledge_id, actor, at, version)
    campaign, today = session.get_one(Campaign, pledge.campaign_id), local_date(at)
    if today > campaign.valid_until:
        raise NotNow("the term of this campaign is over")
    announced = today >= campaign.publish_on
    day = campaign.valid_until if announced else campaigns.last_day(campaign, "approved", today)
    course.fire(session, pledge, "approve", actor, at, clock_day=day, announced=announced)
    if announced:
        suspensions.announce(session, pledge, at, at)
    return pledge


def publish(session: Session, pledge_id: int, actor: Actor, at: datetime, version: int | None = None) -> Pledge:
    """Announce what is approved before its day; on the day itself the clock does it."""
    pledge = _take(session, pledge_id, actor, at, version)
    course.fire(session, pledge, "publish", actor, at, clock_day=_last(session, pledge))
    suspensions.announce(session, pledge, at, at)
    return pledge


def refuse(
    session: Session, pledge_id: int, actor: Actor, at: datetime, reason: str, version: int | None = None
) -> Pledge:  # fmt: skip
    """Not accepted, for a reason; while the campaign is open the enterprise may begin again."""
    pledge = _take(session, pledge_id, actor, at, version)
    course.fire(session, pledge, "refuse", actor, at, reason=_given(reason))
    return pledge


def propose_change(
    session: Session, pledge_id: int, wording: Wording, actor: Actor, at: datetime, given: Sequence[Upload] = (),
    version: int | None = None,
) -> PledgeVersion:  # fmt: skip
    """Ask for other words; what stands goes on to stand. A change that is not decided yet is written over."""
    pledge = _take(session, pledge_id, actor, at, version)
    course.fire(session, pledge, "propose_change", actor, at, proofs=len(given))
    pledge_changes.ask(session, pledge, actor, at)
    asked = pledge_versions.write(session, pledge, pledge.version, wording, actor.account_id, at)
    pledge_versions.ready(session, pledge, asked)
    pledge_proofs.keep(session, pledge, given, actor, at)
    return asked


def accept_change(session: Session, pledge_id: int, actor: Actor, at: datetime, version: int | None = None) -> Pledge:
    """The change stands from now on."""
    pledge = _take(session, pledge_id, actor, at, version)
    said = pledge_versions.summary(pledge_versions.newest(session, pledge))
    course.fire(session, pledge, "accept_change", actor, at, **said)
    pledge_changes.end(session, pledge, "accept", actor, at)
    pledge_terms.change(session, pledge, at)
    return pledge


def refuse_change(
    session: Session, pledge_id: int, actor: Actor, at: datetime, reason: str, version: int | None = None
) -> Pledge:  # fmt: skip
    """The change does not stand; its words are kept, and what stood goes on."""
    reason, pledge = _given(reason), _take(session, pledge_id, actor, at, version)
    course.fire(session, pledge, "refuse_change", actor, at, reason=reason)
    pledge_changes.end(session, pledge, "refuse", actor, at, reason=reason)
    return pledge


def withdraw_change(session: Session, pledge_id: int, actor: Actor, at: datetime, version: int | None = None) -> Pledge:
    """The enterprise asks for it no more; what stands goes on to stand."""
    pledge = _take(session, pledge_id, actor, at, version)
    course.fire(session, pledge, "withdraw_change", actor, at)
    pledge_changes.end(session, pledge, "withdraw", actor, at)
    return pledge


def withdraw(
    session: Session, pledge_id: int, actor: Actor, at: datetime, reason: str = "", version: int | None = None
) -> Pledge:  # fmt: skip
    """The enterprise takes it back: open cases keep what was pinned at their filing."""
    pledge = _take(session, pledge_id, actor, at, version)
    course.fire(session, pledge, "withdraw", actor, at, reason=_tidy(reason))
    pledge_terms.leave(session, pledge, at)
    return pledge


def run_out(session: Session, pledge: Pledge, at: datetime) -> bool:
    """Let the clock of a locked pledge run out, with what follows; what follows is dated at that instant."""
    due, before = pledge.due_at, pledge.state
    if due is None or due > at:
        return False
    if before in RUNS:
        _successor(session, pledge, at)  # so that nobody stands without a pledge between two campaigns
    term = {"clock_day": _last(session, pledge)} if before == "approved" else {}
    if not course.run_out(session, pledge, at, **term):
        return False
    if pledge.state == "published":
        suspensions.announce(session, pledge, due, at)
    elif pledge.state != "review_overdue":
        pledge_changes.end(session, pledge, "fall_away", CLOCK, at, occurred_at=due)
        pledge_terms.leave(session, pledge, due)
    return True


def standing_word(pledge: Pledge, at: datetime) -> str:
    """Where a pledge stands, for anybody: pending | in_force | suspended | withdrawn | struck_off | expired.

    Words: `pledge.standing.*`. Of one that was never announced nobody is told how it ended.
    """
    if pledge.number is None or pledge.valid_until is None:
        return "pending"
    if pledge.state in ENDED:
        return pledge.state
    if at >= pledge.valid_until:
        return "expired"
    return "suspended" if pledge.state == "suspended" else "in_force"


def look(session: Session, pledge_id: int, actors: Sequence[Actor]) -> Pledge:
    """A pledge as its enterprise and the association see it. Raises NotFound."""
    pledge = session.get(Pledge, pledge_id)
    if pledge is None or not any(_may_see(pledge, actor) for actor in actors):
        raise NotFound(f"there is no pledge {pledge_id}")
    return pledge


def _may_see(pledge: Pledge, actor: Actor) -> bool:
    return actor.role in REVIEWERS or (actor.role is Role.ENTERPRISE and actor.enterprise_id == pledge.enterprise_id)


def _take(session: Session, pledge_id: int, actor: Actor, at: datetime, version: int | None) -> Pledge:
    """The pledge, locked, after what was due; of others' pledges an enterprise learns nothing."""
    pledge = course.lock(session, Pledge, pledge_id, version=version)
    if actor.role is Role.ENTERPRISE and actor.enterprise_id != pledge.enterprise_id:
        raise NotFound(f"there is no pledge {pledge_id}")
    run_out(session, pledge, at)
    pledge_changes.run_out_of(session, pledge, at)
    return pledge


def _last(session: Session, pledge: Pledge) -> date:
    return session.get_one(Campaign, pledge.campaign_id).valid_until


def _successor(session: Session, pledge: Pledge, at: datetime) -> None:
    """Announce the next campaign's pledge of the same enterprise, where its day has come as well."""
    mine = (Pledge.enterprise_id == pledge.enterprise_id, Pledge.state == "approved", Pledge.due_at <= at)
    for each in session.scalars(select(Pledge.id).where(*mine)).all():
        run_out(session, course.lock(session, Pledge, each), at)


def _last_words(session: Session, enterprise_id: int, campaign: Campaign) -> Wording:
    """How the enterprise worded its last pledge, as far as this campaign offers the same kinds."""
    last = select(Pledge).where(Pledge.enterprise_id == enterprise_id, Pledge.number.is_not(None))
    pledge = session.scalars(last.order_by(Pledge.valid_from.desc(), Pledge.id.desc()).limit(1)).one_or_none()
    stood = pledge_versions.in_force(session, pledge) if pledge is not None else None
    if stood is None:
        return Wording({}, None, mediation_consent=False)
    kinds = {each["kind"] for each in campaign.template}
    return Wording({each["kind"]: each["text"] for each in stood.promises if each["kind"] in kinds}, None, False)


def _tidy(reason: str) -> str:
    reason = promises.plain(reason)
    if len(reason) > LONGEST_REASON:
        raise BadInput("too long a reason", {"reason": [f"too_long:{LONGEST_REASON}"]})
    return reason


def _given(reason: str) -> str:
    reason = _tidy(reason)
    if not reason:
        raise BadInput("a reason must be given", {"reason": ["required"]})
    return reason
