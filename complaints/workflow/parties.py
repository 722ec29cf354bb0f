"""One verb for each thing a party does. Called like those of `officers.py`, through `actions.perform()`."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import calendars
from complaints.clock import local_date
from complaints.errors import BadInput, NotAllowed
from complaints.models import Evidence
from complaints.registry import files
from complaints.registry.uploads import Upload
from complaints.workflow import filings, joint, officers, recompute, sight, tasks
from complaints.workflow.case import Actor, Case, Role, State
from complaints.workflow.engine import Private, fire
from complaints.workflow.policy import load

# -- consumer -----------------------------------------------------------------------------------------------------


def supply_information(
    session: Session, case: Case, actor: Actor, at: datetime, *, text: str = "", **given: Any
) -> Case:
    """What was missing, or some of it: any field of the filing, and a text."""
    facts: dict[str, Any] = {name: given[name] for name in filings.CONSENTS if name in given}
    facts |= {"complete": filings.supply(session, case, given), "given": sorted(given)}
    private = filings.private_part(given) | _text("supplement", text)
    return fire(session, case, "supply_information", actor, at, private=private, **facts)


def accept_offer(
    session: Session,
    case: Case,
    actor: Actor,
    at: datetime,
    *,
    release: list[str] | None = None,
    longer_agreed: bool = False,
) -> Case:
    """Accept the offer on the table and release the personal data that performing it needs."""
    return _accept(session, case, "accept_offer", case.offer, actor, at, release or [], longer_agreed)


def settle(
    session: Session,
    case: Case,
    actor: Actor,
    at: datetime,
    *,
    release: list[str] | None = None,
    longer_agreed: bool = False,
) -> Case:
    """Accept a late offer, made beside the state; the late answer stays late in the figures."""
    return _accept(session, case, "settle", case.late_offer, actor, at, release or [], longer_agreed)


def _accept(
    session: Session,
    case: Case,
    trigger: str,
    terms: dict[str, Any] | None,
    actor: Actor,
    at: datetime,
    release: list[str],
    longer_agreed: bool,
) -> Case:
    facts: dict[str, Any] = {"release": release, "longer_agreed": longer_agreed}
    if terms and "perform_by" in terms:
        facts["perform_by"] = _promised_day(session, case, terms, at, longer_agreed).isoformat()
    fire(session, case, trigger, actor, at, **facts)
    sight.release(session, case, release)
    return case


def _promised_day(session: Session, case: Case, terms: Mapping[str, Any], at: datetime, longer_agreed: bool) -> date:
    """The offered day; where it is over or today, the days that the enterprise had asked for, and at least one."""
    day = date.fromisoformat(terms["perform_by"])
    today = local_date(at)
    if day <= today:
        day = max(today + timedelta(days=terms["days"]), calendars.current(session).next_working_day(today))
    officers.check_promise(case, day, at, longer_agreed)
    return day


def counter(
    session: Session,
    case: Case,
    actor: Actor,
    at: datetime,
    *,
    text: str,
    amount: Decimal | None = None,
    perform_by: date | None = None,
) -> Case:
    """Say what would be acceptable instead; the enterprise has a full new time to answer."""
    terms: dict[str, Any] = {
        "wanted_amount": _money(amount),
        "wanted_by": perform_by.isoformat() if perform_by else None,
    }
    return fire(session, case, "counter", actor, at, private=_text("counter", text), **terms)


def dispute_performance(session: Session, case: Case, actor: Actor, at: datetime, *, reason: str) -> Case:
    """Say that what was promised was not done."""
    return fire(session, case, "dispute_performance", actor, at, private=_text("reason", reason))


def reopen(
    session: Session,
    case: Case,
    actor: Actor,
    at: datetime,
    *,
    reason: str,
    ground: str | None = None,
    evidence: str = "",
) -> Case:
    """Take a closed case up again, once, within the window; some outcomes need new evidence or a breach."""
    ground = ground or ("new_evidence" if evidence else None)
    private = _text("reason", reason) | _text("evidence_note", evidence)
    return fire(session, case, "reopen", actor, at, private=private, reopen_ground=ground)


def contact_consent(session: Session, case: Case, actor: Actor, at: datetime, *, contact_consent: bool) -> Case:
    """Let the enterprise see name, phone and address, or take that back."""
    return fire(session, case, "contact_consent", actor, at, contact_consent=contact_consent)


def rate(session: Session, case: Case, actor: Actor, at: datetime, *, rating: int, text: str = "") -> Case:
    """Rate the handling after the end, once."""
    return fire(session, case, "rate", actor, at, private=_text("rating", text), rating=rating)


# -- enterprise ---------------------------------------------------------------------------------------------------


def offer(
    session: Session,
    case: Case,
    actor: Actor,
    at: datetime,
    *,
    remedy: str,
    amount: Decimal | None = None,
    perform_by: date | None = None,
    nothing_to_perform: bool = False,
) -> Case:
    """Offer a remedy, with amount and date."""
    return _offer(session, case, "offer", actor, at, remedy, amount, perform_by, nothing_to_perform)


def late_offer(
    session: Session,
    case: Case,
    actor: Actor,
    at: datetime,
    *,
    remedy: str,
    amount: Decimal | None = None,
    perform_by: date | None = None,
    nothing_to_perform: bool = False,
) -> Case:
    """Offer after the time to answer is over: beside the state, until the case ends or the consumer settles."""
    if nothing_to_perform:
        raise BadInput("a late offer needs a day by which it is performed", {"perform_by": ["required"]})
    return _offer(session, case, "late_offer", actor, at, remedy, amount, perform_by, nothing_to_perform)


def _offer(
    session: Session,
    case: Case,
    trigger: str,
    actor: Actor,
    at: datetime,
    remedy: str,
    amount: Decimal | None,
    perform_by: date | None,
    nothing_to_perform: bool,
) -> Case:
    terms: dict[str, Any] = {"amount": _money(amount)}
    if not nothing_to_perform:
        day = perform_by or local_date(at) + timedelta(days=load(case.policy).limits["performance_days"])
        officers.check_promise(case, day, at, longer_agreed=True)
        terms |= {"perform_by": day.isoformat(), "days": (day - local_date(at)).days}
    return fire(session, case, trigger, actor, at, private=_text("remedy", remedy), terms=terms, **terms)


def decline(session: Session, case: Case, actor: Actor, at: datetime, *, reason: str) -> Case:
    """Refuse with reasons; the consumer may pursue it before a mediator."""
    return fire(session, case, "decline", actor, at, private=_text("reason", reason))


def redirect(session: Session, case: Case, actor: Actor, at: datetime, *, reason: str) -> Case:
    """Say that another enterprise is meant; intake looks again."""
    return fire(session, case, "redirect", actor, at, private=_text("reason", reason))


def extend(session: Session, case: Case, actor: Actor, at: datetime, *, reason: str) -> Case:
    """Take the policy's extra working days, once, with a reason that the consumer is told."""
    days = load(case.policy).limits["extension_working_days"]
    return recompute.extend(session, case, actor, at, days, _text("reason", reason))


def report_performance(session: Session, case: Case, actor: Actor, at: datetime, *, text: str) -> Case:
    """Report that the promise was performed, with the proof described and attached."""
    return fire(session, case, "report_performance", actor, at, private=_text("proof", text))


# -- either party -------------------------------------------------------------------------------------------------


def statement(
    session: Session, case: Case, actor: Actor, at: datetime, *, text: str, for_members: bool = False
) -> Case:
    """Say something to the other side and the centre, through the relay; a representative also for the members.

    Raises NotAllowed where somebody speaks for members who have not elected them.
    """
    spoken: dict[str, Any] = {"for_members": True} if for_members else {}
    fire(session, case, "statement", actor, at, private=_text("statement", text), **spoken)
    if for_members:
        if actor.role is not Role.CONSUMER:
            raise NotAllowed("only a consumer represents consumers")
        joint.speak(session, case, text, at)
    return case


def evidence(
    session: Session,
    case: Case,
    actor: Actor,
    at: datetime,
    *,
    upload: Upload,
    quiet: bool = False,
) -> Case:
    """Add a file, as either side may until the case is closed. The same file by the same side is kept once.

    `quiet`: another letter of this transaction tells the others of it.
    """
    files.adopt(upload.path, files.place(upload.sha256))
    same = (Evidence.complaint_id == case.id, Evidence.sha256 == upload.sha256, Evidence.role == actor.role.value)
    if any(sight.concerns(case, actor, seq) for seq in session.scalars(select(Evidence.seq).where(*same))):
        return case
    facts: dict[str, Any] = {"sha256": upload.sha256, "size": upload.size, "media_type": upload.media_type}
    fire(session, case, "evidence", actor, at, private={"file_name": (upload.name, "parties")}, quiet=quiet, **facts)
    session.add(
        Evidence(
            complaint_id=case.id, seq=case.chain_seq, role=actor.role.value, sha256=upload.sha256, name=upload.name,
            media_type=upload.media_type, size=upload.size, added_at=at,
        )
    )  # fmt: skip
    session.flush()
    return case


def request_recusal(session: Session, case: Case, actor: Actor, at: datetime, *, reason: str) -> Case:
    """Ask that the mediator step aside. The first request of a party suspends the mediation; a later one is a task."""
    fire(session, case, "request_recusal", actor, at, private=_text("reason", reason))
    if case.state is not State.RECUSAL_PENDING:
        tasks.open_recusal(session, case, actor.role, at)
    return case


def _plain(trigger: str) -> Callable[..., Case]:
    """A verb that needs nothing but, at most, a reason."""

    def verb(session: Session, case: Case, actor: Actor, at: datetime, *, reason: str = "") -> Case:
        return fire(session, case, trigger, actor, at, private=_text("reason", reason))

    verb.__name__ = trigger
    verb.__doc__ = f"The trigger `{trigger}` of the lifecycle, with an optional reason."
    return verb


reject, confirm_performance, consent, refuse_mediation, withdraw = (
    _plain(t) for t in ("reject", "confirm_performance", "consent", "refuse_mediation", "withdraw")
)


def _text(kind: str, text: str) -> Private:
    """A free text that both parties and the centre may read."""
    return {kind: (text, "parties")} if text else {}


def _money(amount: Decimal | None) -> str | None:
    return f"{amount:.2f}" if amount is not None else None


VERBS: dict[str, Callable[..., Case]] = {
    verb.__name__: verb
    for verb in (
        supply_information, accept_offer, settle, counter, reject, confirm_performance, dispute_performance, reopen,
        contact_consent, rate, withdraw, offer, late_offer, decline, redirect, extend, report_performance, statement,
        evidence, request_recusal, consent, refuse_mediation,
    )
}  # fmt: skip
