"""One verb for each thing an officer of the centre does. Called like those of `actions.py`."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from complaints.clock import local_date
from complaints.errors import BadInput, NotAllowed
from complaints.models import Account, Enterprise
from complaints.registry import enterprises
from complaints.workflow import assignment, joint, rows, sight, tasks
from complaints.workflow.case import Actor, Case, Role
from complaints.workflow.engine import Private, fire
from complaints.workflow.policy import load


def admit(session: Session, case: Case, actor: Actor, at: datetime, *, text: str = "") -> Case:
    """Accept the complaint: to the enterprise where it can be reached, else to the appeals centre."""
    reachable = enterprises.reachable(session, case.enterprise_id)
    return fire(session, case, "admit", actor, at, private=_to_consumer("reason", text), enterprise_reachable=reachable)


def ask_information(
    session: Session, case: Case, actor: Actor, at: datetime, *, missing: list[str], text: str = ""
) -> Case:
    """Ask the consumer for everything that is missing, in one list."""
    return fire(session, case, "ask_information", actor, at, private=_to_consumer("question", text), missing=missing)


def refuse(session: Session, case: Case, actor: Actor, at: datetime, *, ground: str, text: str = "") -> Case:
    """Refuse with a ground of Order 121 art 16; the other routes are named in the letter."""
    return fire(session, case, "refuse", actor, at, private=_to_consumer("reason", text), ground=ground)


def merge(session: Session, case: Case, actor: Actor, at: datetime, *, into: str, reason: str = "") -> Case:
    """Close this case into another open one about the same dispute."""
    other = _other(session, case, into, "into")
    if None not in (case.enterprise_id, other.enterprise_id) and case.enterprise_id != other.enterprise_id:
        raise BadInput(f"{into} is about another enterprise", {"into": ["another_enterprise"]})
    return fire(session, case, "merge", actor, at, private=_to_consumer("reason", reason), into=into)


def return_to_sender(session: Session, case: Case, actor: Actor, at: datetime, *, reason: str) -> Case:
    """Return a case the centre has no authority for to whoever sent it (art 41)."""
    return fire(session, case, "return_to_sender", actor, at, private=_to_consumer("reason", reason))


def route(session: Session, case: Case, actor: Actor, at: datetime, *, enterprise_id: int) -> Case:
    """Name the enterprise that is meant, and pin its standing as of now."""
    enterprise = session.get(Enterprise, enterprise_id)
    if enterprise is None:
        raise BadInput(f"there is no enterprise {enterprise_id}", {"enterprise_id": ["unknown_enterprise"]})
    participant, benchmark, days, in_advance = enterprises.standing(enterprise, at)
    consents = in_advance and case.mandate == "association"
    if case.enterprise_id not in (None, enterprise.id):
        sight.take_back(session, case)
    facts: dict[str, Any] = {"participant": participant, "benchmark": benchmark, "promised_answer_days": days}
    return fire(session, case, "route", actor, at, enterprise_id=enterprise.id, enterprise_consents=consents, **facts)


def split(session: Session, case: Case, actor: Actor, at: datetime, *, reason: str) -> Case:
    """Take a report of an offence out of a mixed filing (art 9); the complaint goes on here."""
    return fire(session, case, "split", actor, at, private=_to_consumer("report", reason))


def flag(session: Session, case: Case, actor: Actor, at: datetime, *, flags: list[str], text: str = "") -> Case:
    """Set or clear the signs of possible abuse (art 17) that a person sees; nothing follows by itself."""
    return fire(session, case, "flag", actor, at, private=_centre("flag", text), flags=flags)


def assign(session: Session, case: Case, actor: Actor, at: datetime, *, mediator_id: int | None = None) -> Case:
    """Assign a mediator: the one named, or the least loaded without a conflict."""
    chosen = _mediator(session, case, mediator_id)
    return fire(session, case, "assign", actor, at, mediator_id=chosen)


def reassign(session: Session, case: Case, actor: Actor, at: datetime, *, mediator_id: int | None = None) -> Case:
    """Give the case to another mediator, beside the state."""
    chosen = _mediator(session, case, mediator_id, but_not=case.mediator_id)
    return fire(session, case, "reassign", actor, at, mediator_id=chosen)


def decide_recusal(session: Session, case: Case, actor: Actor, at: datetime, *, granted: bool, reason: str) -> Case:
    """Grant or deny the request that suspends the mediation."""
    mediator_id = case.mediator_id
    if granted:
        assignment.step_aside(session, case, at)
        mediator_id = assignment.choose(session, case)
    private = {"reason": (reason, "parties")}
    return fire(session, case, "decide_recusal", actor, at, private=private, granted=granted, mediator_id=mediator_id)


def order_appraisal(
    session: Session,
    case: Case,
    actor: Actor,
    at: datetime,
    *,
    laboratory: str,
    agreed_on: date,
    payer: str,
    both_agreed: bool,
    text: str = "",
) -> Case:
    """Send the goods to a laboratory that both sides agreed on; its time is excluded (art 22)."""
    longest = load(case.policy).limits["appraisal_days"]
    if not local_date(at) <= agreed_on <= local_date(at) + timedelta(days=longest):
        raise BadInput(f"an appraisal ends within {longest} days", {"agreed_on": [f"out_of_days:{longest}"]})
    facts: dict[str, Any] = {
        "agreed_on": agreed_on.isoformat(),
        "payer": payer,
        "both_agreed": both_agreed,
    }
    return fire(
        session,
        case,
        "order_appraisal",
        actor,
        at,
        private=_both("laboratory", laboratory) | _both("reason", text),
        **facts,
    )


def receive_appraisal(session: Session, case: Case, actor: Actor, at: datetime, *, text: str) -> Case:
    """The laboratory's report is in; mediation goes on."""
    return fire(session, case, "receive_appraisal", actor, at, private={"report": (text, "parties")})


def conclude(
    session: Session,
    case: Case,
    actor: Actor,
    at: datetime,
    *,
    agreement: str,
    perform_by: date,
    amount: Decimal | None = None,
    longer_agreed: bool = False,
    rule: str = "",
    waived: bool = False,
) -> Case:
    """Record the agreement of both sides (art 24); a longer time needs the consumer's agreement or a cited rule.

    `waived`: both waive a mediation agreement or it was performed at once, so that a written record is made instead.
    """
    check_promise(case, perform_by, at, longer_agreed or bool(rule))
    facts: dict[str, Any] = {"amount": f"{amount:.2f}" if amount is not None else None, "longer_agreed": longer_agreed}
    facts |= {"waived": True} if waived else {}
    private = {"agreement": (agreement, "parties")} | _both("rule", rule)
    return fire(session, case, "conclude", actor, at, private=private, perform_by=perform_by.isoformat(), **facts)


def terminate(session: Session, case: Case, actor: Actor, at: datetime, *, ground: str, text: str = "") -> Case:
    """End the mediation with a ground of art 23; both sides are told."""
    return fire(session, case, "terminate", actor, at, private=_both("reason", text), ground=ground)


def request_evidence(
    session: Session, case: Case, actor: Actor, at: datetime, *, text: str, party: str, until: date
) -> Case:
    """Ask one side for evidence by a date; the mediation goes on either way."""
    fire(
        session,
        case,
        "request_evidence",
        actor,
        at,
        private={"question": (text, "parties")},
        party=party,
        until=until.isoformat(),
    )
    tasks.open_evidence(session, case, Role(party), until, at)
    return case


def hearing(
    session: Session, case: Case, actor: Actor, at: datetime, *, day: date, time: str, place: str, text: str = ""
) -> Case:
    """Call both sides to a hearing on site, with prior notice of time, place and mediator (art 20).

    A later one replaces it. `time` is HH:MM in Shanghai.
    """
    private = _both("place", place) | _both("invitation", text)
    return fire(session, case, "hearing", actor, at, private=private, day=day.isoformat(), time=time)


def join(session: Session, case: Case, actor: Actor, at: datetime, *, into: str, reason: str = "") -> Case:
    """Propose to handle this case jointly with another of the same dispute and trader (art 12): each consumer is asked.

    Whoever is in a group is not asked again.
    """
    other = _other(session, case, into, "into")
    both = joint.propose(session, case, other, actor, at)
    fire(session, case, "join", actor, at, private=_centre("reason", reason), into=into)
    if both:
        fire(session, other, "join", actor, at, private=_centre("reason", reason), into=case.number)
    return case


def note(session: Session, case: Case, actor: Actor, at: datetime, *, text: str) -> Case:
    """An internal note, for the centre only."""
    return fire(session, case, "note", actor, at, private=_centre("note", text))


def check_promise(case: Case, day: date, at: datetime, longer_agreed: bool) -> None:
    """Hold a promised day against the limits: 15 days, longer (at most 60) only where agreed or a rule is cited."""
    limits = load(case.policy).limits
    most = limits["performance_days_agreed"] if longer_agreed else limits["performance_days"]
    if not 0 <= (day - local_date(at)).days <= most:
        raise BadInput(f"the promised day must lie within {most} days", {"perform_by": [f"out_of_days:{most}"]})


def _mediator(session: Session, case: Case, wanted: int | None, but_not: int | None = None) -> int:
    """The wanted mediator, checked for role and conflict, or the one the rule chooses. Raises NotAllowed, BadInput."""
    if wanted is None:
        chosen = assignment.choose(session, case, but_not)
        if chosen is None:
            raise NotAllowed("nobody without a conflict is there to mediate")
        return chosen
    account = session.get(Account, wanted)
    fit = account is not None and account.active and {"mediator", "supervisor"} & set(account.roles)
    if not fit:
        raise BadInput(f"account {wanted} does not mediate", {"mediator_id": ["not_a_mediator"]})
    if wanted in assignment.conflicted(session, case):
        raise BadInput(f"account {wanted} must step aside here (art 21)", {"mediator_id": ["conflict"]})
    return wanted


def _other(session: Session, case: Case, number: str, field: str) -> Case:
    """Another open case, locked with this one so that two officers cannot close each into the other."""
    other = rows.load(session, number=number, wait=False)
    if other is None or other.id == case.id or other.closed_at is not None:
        raise BadInput(f"{number} is not another open case", {field: ["not_an_open_case"]})
    return other


def _both(kind: str, text: str) -> Private:
    return {kind: (text, "parties")} if text else {}


def _to_consumer(kind: str, text: str) -> Private:
    return {kind: (text, "consumer")} if text else {}


def _centre(kind: str, text: str) -> Private:
    return {kind: (text, "centre")} if text else {}


VERBS: dict[str, Callable[..., Case]] = {
    verb.__name__: verb
    for verb in (
        admit, ask_information, refuse, merge, return_to_sender, route, split, flag, assign, reassign, decide_recusal,
        order_appraisal, receive_appraisal, conclude, terminate, request_evidence, hearing, join, note,
    )
} | {"do_task": tasks.do_task}  # fmt: skip
