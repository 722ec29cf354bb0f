"""Letters already written: the text of a decision, put together from words and from what is known of the case.

A draft is the paragraphs `draft.<trigger>.*` of the words (`<locale>-desk.toml`) in their order; one whose facts
are not known yet (no ground chosen, no date given) is left out. The officer changes it at will, and what is left is
what is sent. It holds no name and no contact: whoever reads it knows who they are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from string import Formatter
from typing import Any

from sqlalchemy.orm import Session

from complaints import calendars
from complaints.clock import local_date
from complaints.delivery.content import money_text, names
from complaints.models import Enterprise
from complaints.registry import enterprises
from complaints.words import has, say, texts
from complaints.words.days import day_text
from complaints.workflow import afterwards, deadlines, lifecycle, notices, rows
from complaints.workflow.case import Actor, Case, Move, Outcome, State
from complaints.workflow.conditions import REOPENABLE
from complaints.workflow.policy import load

BOXES = {  # trigger -> the box that holds its letter
    "admit": "text",
    "ask_information": "text",
    "refuse": "text",
    "merge": "reason",
    "return_to_sender": "reason",
    "split": "reason",
    "decide_recusal": "reason",
    "order_appraisal": "text",
    "receive_appraisal": "text",
    "conclude": "agreement",
    "terminate": "text",
    "request_evidence": "text",
    "hearing": "text",
}
BOTH = (
    "decide_recusal",
    "order_appraisal",
    "receive_appraisal",
    "conclude",
    "terminate",
    "hearing",
)  # by both sides


def reader(trigger: str, facts: Mapping[str, Any]) -> str:
    """Who reads the letter: a role, or "parties"."""
    if trigger == "request_evidence":
        return str(facts.get("party") or "parties")
    return "parties" if trigger in BOTH else "consumer"


def draft(
    session: Session, case: Case, trigger: str, facts: Mapping[str, Any], actors: Sequence[Actor], at: datetime
) -> str:
    """The letter of a trigger with these facts, as far as they are given; empty where the trigger has none."""
    if trigger not in BOXES:
        return ""
    locale = _locale(session, case, reader(trigger, facts))
    known = {name: value for name, value in _known(session, case, trigger, facts, actors, at, locale) if value}
    return "\n\n".join(_paragraphs(locale, trigger, known))


def _paragraphs(locale: str, trigger: str, known: Mapping[str, Any]) -> Iterator[str]:
    for section in ("draft_opening", f"draft.{trigger}", "draft_closing"):
        for key in texts(locale):
            if key.startswith(f"{section}.") and _needs(locale, key) <= known.keys():
                yield say(locale, key, **known)


def _needs(locale: str, key: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(texts(locale)[key]) if name}


def _locale(session: Session, case: Case, to: str) -> str:
    """The consumer's language; that of the enterprise where only it reads."""
    if to == "enterprise" and case.enterprise_id is not None:
        return session.get_one(Enterprise, case.enterprise_id).locale
    return case.locale


def _known(
    session: Session, case: Case, trigger: str, facts: Mapping[str, Any], actors: Sequence[Actor], at: datetime,
    locale: str,
) -> Iterator[tuple[str, Any]]:  # fmt: skip
    """What a paragraph may name; what is not known is empty."""
    yield "number", case.number
    yield from names(locale, {"product": case.product, "enterprise": case.enterprise_given}).items()
    yield "filed", day_text(locale, local_date(case.filed_at)) if case.filed_at else ""
    yield "confirm_days", afterwards.confirmation_days(case)
    yield "today", day_text(locale, local_date(at))
    yield "routes", _list(say(locale, f"route.{route}") for route in notices.ROUTES)
    yield from _chosen(locale, facts)
    dest = _destination(session, case, trigger, facts, actors, at)
    if dest is not None:
        yield f"to_{dest.value}", " "  # a paragraph for this way only
        yield "due", _due(session, case, dest, at, locale)
    if dest is State.CLOSED:
        yield "reopen_until", _reopen(case, trigger, at, locale)


def _chosen(locale: str, facts: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What the officer has chosen so far, in words."""
    if has(locale, f"ground.{facts.get('ground')}"):
        yield "ground", say(locale, f"ground.{facts['ground']}")
        yield str(facts["ground"]), " "  # a paragraph for this ground only
    missing = [say(locale, f"missing.{each}") for each in facts.get("missing") or () if has(locale, f"missing.{each}")]
    yield "missing", _list(missing)
    for name in ("until", "day", "perform_by", "agreed_on"):
        value = facts.get(name)
        yield name, day_text(locale, value) if isinstance(value, date) else ""
    for name in ("time", "place", "laboratory", "into"):
        yield name, str(facts.get(name) or "")
    yield "payer", say(locale, f"draft_payer.{facts['payer']}") if facts.get("payer") else ""
    yield "amount", money_text(locale, facts["amount"]) if facts.get("amount") is not None else ""
    if facts.get("granted") is not None:
        yield "granted" if facts["granted"] else "denied", " "


def _list(lines: Iterator[str] | Sequence[str]) -> str:
    return "\n".join(f"{n}. {line}" for n, line in enumerate(lines, 1))


def _destination(
    session: Session, case: Case, trigger: str, facts: Mapping[str, Any], actors: Sequence[Actor], at: datetime
) -> State | None:
    """Where the case would go, by the table; None where it stays or cannot move so."""
    known = {"enterprise_reachable": enterprises.reachable(session, case.enterprise_id)}
    limits = load(case.policy).counters
    ways = lifecycle.rows_for(trigger, case.state)
    for way in ways:
        moves = (Move(actor, at, lifecycle.GENEROUS | dict(facts) | known, limits) for actor in actors)
        if any(lifecycle.may_run(way, case, move) for move in moves):
            return way.dest
    return None


def _due(session: Session, case: Case, dest: State, at: datetime, locale: str) -> str:
    """The last day of whoever has the move then, counted as the engine will count it."""
    if dest not in (State.NEEDS_INFORMATION, State.WITH_ENTERPRISE, State.AWAITING_MEDIATOR):
        return ""
    then, past = replace(case, state=dest), rows.stays(session, case.id, at)
    deadline = deadlines.for_state(load(case.policy), calendars.current(session), then, at, past)
    return day_text(locale, deadline.day) if deadline else ""


def _reopen(case: Case, trigger: str, at: datetime, locale: str) -> str:
    """Until when the consumer may have it taken up again, where that is possible after this end."""
    outcome = {"refuse": Outcome.REFUSED, "terminate": Outcome.TERMINATED}.get(trigger)
    policy = load(case.policy)
    if outcome not in REOPENABLE or case.spent("reopen") >= policy.counters["reopen"]:
        return ""
    return day_text(locale, local_date(at) + timedelta(days=policy.windows["reopen_days"]))
