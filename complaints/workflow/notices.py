"""The one table of who hears what (law 11), and the planting of letters and reminders.

What to send is decided when the event happens and frozen in the notice's facts; `delivery/` only sends. The owner of
a new clock always gets the opening letter; HEARS says who hears besides. An enterprise hears nothing before the
content has reached it.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from complaints import clock
from complaints.config import settings
from complaints.workflow import lifecycle
from complaints.workflow.case import Actor, Case, Move, Outcome, Role, State
from complaints.workflow.deadlines import Reminder
from complaints.workflow.lifecycle import CONSUMER, ENTERPRISE, INTAKE, MEDIATOR, SUPERVISOR
from complaints.workflow.policy import load

BOTH = (CONSUMER, ENTERPRISE)
ALL = (CONSUMER, ENTERPRISE, MEDIATOR)

HEARS: dict[str, tuple[Role, ...]] = {
    "file": (CONSUMER,),
    "admit": (CONSUMER,),
    "ask_information": (CONSUMER,),
    "supply_information": (CONSUMER,),
    "lapse": (CONSUMER,),
    "refuse": BOTH,
    "merge": BOTH,
    "return_to_sender": BOTH,
    "redirect": (CONSUMER,),
    "extend": BOTH,
    "offer": (CONSUMER,),
    "decline": (CONSUMER,),
    "escalate": BOTH,
    "accept_offer": BOTH,
    "counter": BOTH,
    "reject": BOTH,
    "leave_unanswered": BOTH,
    "report_performance": (CONSUMER,),
    "confirm_performance": BOTH,
    "dispute_performance": BOTH,
    "presume_performed": BOTH,
    "break_promise": BOTH,
    "assign": ALL,
    "consent": ALL,
    "refuse_mediation": ALL,
    "settle": ALL,
    "request_recusal": BOTH,
    "decide_recusal": ALL,
    "order_appraisal": BOTH,
    "receive_appraisal": BOTH,
    "conclude": BOTH,
    "terminate": ALL,
    "withdraw": ALL,
    "reopen": BOTH,
    "statement": ALL,
    "evidence": ALL,
    "late_offer": (CONSUMER, MEDIATOR),
    "note": (),
    "route": (),
    "split": (CONSUMER,),
    "reassign": ALL,
    "request_evidence": BOTH,
    "hearing": ALL,
    "join": BOTH,
    "answer_joint": (MEDIATOR,),
    "flag": (),
    "contact_consent": (ENTERPRISE,),
    "rate": (ENTERPRISE,),
    "do_task": (),
    "move_deadline": BOTH,
}

OWN_BESIDE = ("statement", "evidence", "late_offer", "rate", "contact_consent")  # no letter to whoever did it
TOLD_BY = (State.WITH_ENTERPRISE, State.AWAITING_CONSENT, State.IN_MEDIATION)  # entering these, the content reaches it
CENTRE = (INTAKE, SUPERVISOR, MEDIATOR)

# Routes to show where a case ends unsolved (Consumer Protection Law art 39).
ROUTES = ["negotiate", "association", "agency", "arbitration", "court"]


def recipient(case: Case, role: Role) -> str | None:
    """The reader's name in the outbox; None when there is nobody in that role."""
    if role is CONSUMER:
        return f"consumer:{case.id}"
    if role is ENTERPRISE:
        return f"enterprise:{case.enterprise_id}" if case.enterprise_id and case.enterprise_told else None
    if role is MEDIATOR:
        return f"account:{case.mediator_id}" if case.mediator_id else None
    return f"desk:{role.value}"


def letters(
    case: Case, trigger: str, move: Move, seq: int, occurred_at: datetime, new_clock: bool, lapsed: Role | None
) -> list[dict[str, Any]]:
    """The letters of one event: to the new clock's owners, to whoever hears, and upwards after a lapse."""
    if trigger == "move_deadline" and move.fact("old_day") == move.fact("new_day"):
        return []  # the same day, now certain: nothing that anybody has to hear
    opening = lifecycle.owners(case) if new_clock else ()
    silent = move.actor.role if trigger in OWN_BESIDE else None
    rows = []
    for role in dict.fromkeys((*opening, *HEARS[trigger])):
        if role is not silent:
            step, at_once = ("opening" if role in opening else "news"), role not in (INTAKE, SUPERVISOR)
            facts = _facts(case, role, trigger, move, seq, occurred_at)
            rows.append(_notice(case, role, trigger, f"{step}_{seq}", at_once, facts, move.at))
    if lapsed is not None:
        facts = _facts(case, SUPERVISOR, trigger, move, seq, occurred_at) | {"lapsed": lapsed.value}
        notice = _notice(case, SUPERVISOR, "lapse_notice", f"lapse_{seq}", False, facts, move.at)
        rows.append(notice and notice | {"clock_id": None})  # hangs on no clock: nothing that follows takes it back
    return [each for each in rows if each is not None]


def reminders(case: Case, move: Move, seq: int, ladder: Iterable[Reminder]) -> list[dict[str, Any]]:
    """The reminders of the running clock, dated ahead, to each of its owners."""
    rows = []
    for role in lifecycle.owners(case):
        facts = _facts(case, role, "reminder", move, seq, move.at)
        for each in ladder:
            row = _notice(case, role, "reminder", each.step, False, facts, each.send_at)
            if row is not None:
                rows.append(row | {"stale_at": each.stale_at, "made_at": move.at})
    return rows


def _notice(
    case: Case, role: Role, letter: str, step: str, at_once: bool, facts: dict[str, Any], send_at: datetime
) -> dict[str, Any] | None:
    reader = recipient(case, role)
    if reader is None:
        return None
    return {
        "key": f"{case.id}:{case.clock_id or 0}:{step}:{reader}:email",
        "complaint_id": case.id,
        "clock_id": case.clock_id,
        "step": step,
        "letter": letter,
        "recipient": reader,
        "channel": "email",
        "locale": case.locale if role is CONSUMER else "zh",
        "zone": clock.SHANGHAI.key,
        "at_once": at_once,
        "facts": facts,
        "made_at": send_at,
        "send_at": send_at,
        "stale_at": None,
        "next_at": send_at,
        "status": "waiting",
        "attempts": 0,
        "message_id": f"<{case.number}.{secrets.token_hex(10)}@{settings().sender.rpartition('@')[2]}>",
    }


def _facts(case: Case, role: Role, trigger: str, move: Move, seq: int, occurred_at: datetime) -> dict[str, Any]:
    """Everything the letter may say, as it is now: what happened, and where the case stands. No personal data."""
    plain = (str, int, bool, list, type(None))
    told = {key: value for key, value in move.facts.items() if isinstance(value, plain)}
    happened = {
        "trigger": trigger,
        "actor": move.actor.role.value,
        "occurred_at": occurred_at.isoformat(),
        "seq": seq,
        "chain_head": case.chain_head,
        "reader": role.value,
        "actions": _actions(case, role, move),
    }
    return _terms(case) | told | happened | _standing(case, move)


def _standing(case: Case, move: Move) -> dict[str, Any]:
    """Which case, whose move it is, by when, what silence leads to, what is still open after the end."""
    unsolved = case.state is State.CLOSED and case.outcome is not Outcome.SETTLED
    return {
        "number": case.number,
        "product": case.product,
        "enterprise": case.enterprise_given,
        "state": case.state.value,
        "outcome": case.outcome.value if case.outcome else None,
        "ground": case.ground,
        "owner": lifecycle.STATE_ROW[case.state].owner or "nobody",
        "due_at": _iso(case.due_at),
        "provisional": case.provisional,
        "silence": silence(case, move),
        "routes": ROUTES if unsolved else [],
        "reopen_until": _iso(case.reopen_until),
        "rating_until": _iso(case.rate_until),
        "confirm_until": _confirm_until(case),
    }


def _actions(case: Case, role: Role, move: Move) -> list[str]:
    """What this reader may do now, as the table says."""
    reader = Actor(role, account_id=case.mediator_id, enterprise_id=case.enterprise_id, complaint_id=case.id)
    possible = lifecycle.actions(case, reader, Move(reader, move.at, {}, move.limits))
    return [trigger for trigger in possible if trigger not in ("note", "do_task", "answer_joint")]


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _terms(case: Case) -> dict[str, Any]:
    """Amount and date of the offer on the table, or of the promise being performed."""
    terms = dict(case.late_offer or case.offer or {})
    return terms | {"perform_by": case.perform_by.isoformat() if case.perform_by else terms.get("perform_by")}


def _confirm_until(case: Case) -> str | None:
    """The last day for applying jointly for judicial confirmation of the agreement (Civil Procedure Law 205-206)."""
    if case.agreement_at is None:
        return None
    days = load(case.policy).windows["judicial_confirmation_days"]
    return (clock.local_date(case.agreement_at) + timedelta(days=days)).isoformat()


def silence(case: Case, move: Move) -> str | None:
    """The word for what happens if nobody does anything, under [silence] of the words."""
    if case.state is State.CLOSED:
        return None
    if case.state is State.WITH_CONSUMER and case.answer == "decline":
        return "with_consumer_declined"
    if case.state is State.PERFORMING and case.spent("performance") >= move.limits["performance"]:
        return "performing_again"
    return case.state.value
