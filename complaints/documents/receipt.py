"""The receipt of a filing: number, private link with its QR code, what happens next and by when. Page and PDF say the
same, for both are made of this.

It shows the private link, so only whoever holds it gets one; no other personal data stands on it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import segno
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from complaints import calendars
from complaints.clock import SHANGHAI
from complaints.delivery.content import money_text, names
from complaints.documents.paper import Paper
from complaints.models import Enterprise, Evidence
from complaints.registry import contacts, enterprises
from complaints.words import say
from complaints.words.days import moment_text, until_text
from complaints.workflow import outlook, surge
from complaints.workflow.case import Case, State
from complaints.workflow.outlook import Ahead
from complaints.workflow.policy import load
from complaints.workflow.surge import Waiting

QR_MILLIMETRES = 38.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a receipt says of a case as it stands. `answer_days` (working days) where an enterprise has yet to answer;
    `waiting` while complaints come in faster than usual and this one waits for its first check."""

    case: Case
    enterprise: str
    files: int
    mailed: bool  # whether there is an address to which the link goes, too
    ahead: Sequence[Ahead]
    answer_days: int | None
    waiting: Waiting | None
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """One stay ahead, in words: its last day, whose move it is, what follows from silence."""

    until: str
    who: str
    silence: str


def gather(session: Session, case: Case, at: datetime) -> Receipt:
    """The receipt of a case, in the caller's look at it."""
    reachable = enterprises.reachable(session, case.enterprise_id)
    ahead = outlook.ahead(case, calendars.current(session), at, reachable=reachable)
    firm = session.get(Enterprise, case.enterprise_id) if case.enterprise_id else None
    files = select(func.count()).select_from(Evidence).where(Evidence.complaint_id == case.id)
    decides = load(case.policy).clocks[State.WITH_CONSUMER.value].working_days
    asked = any(each.state is State.WITH_ENTERPRISE for each in ahead)
    return Receipt(
        case=case,
        enterprise=firm.name if firm else case.enterprise_given,
        files=session.scalar(files) or 0,
        mailed=contacts.email(session, case.id) is not None,
        ahead=ahead,
        answer_days=decides if asked else None,
        waiting=surge.waiting(session, at) if case.state is State.RECEIVED else None,
        made_at=at,
    )


def steps(found: Receipt, language: str) -> list[Step]:
    """What lies ahead, in order."""
    return [_step(each, language) for each in found.ahead]


def _step(each: Ahead, language: str) -> Step:
    day = until_text(language, each.due_at)
    until = say(language, "receipt.provisional", day=day) if each.provisional else day
    state, owner = say(language, f"state.{each.state.value}"), say(language, f"role.{each.owner}")
    who = say(language, "receipt.step", state=state, owner=owner)
    return Step(until, who[:1].upper() + who[1:], say(language, f"silence.{each.silence}"))


def notes(found: Receipt, language: str) -> Iterator[str]:
    """What is to be known beside the dates."""
    if found.waiting is not None:
        known = found.waiting.working_days is not None
        key = "receipt.waiting" if known else "receipt.waiting_unknown"
        yield say(language, key, days=found.waiting.working_days, queue=found.waiting.queue)
    if found.answer_days is not None:
        yield say(language, "receipt.answered", days=found.answer_days)
    yield say(language, "receipt.latest" if found.ahead else "receipt.closed")


def facts(found: Receipt, language: str) -> Iterator[tuple[str, str]]:
    """What was filed."""
    case = found.case
    called = names(language, {"product": case.product, "enterprise": found.enterprise})
    yield say(language, "receipt.number"), case.number
    yield say(language, "receipt.filed"), moment_text(language, case.filed_at) if case.filed_at else ""
    yield say(language, "receipt.enterprise"), called["enterprise"]
    yield say(language, "receipt.product"), called["product"]
    yield say(language, "receipt.amount"), money_text(language, case.amount) if case.amount is not None else ""
    yield say(language, "receipt.files"), str(found.files or "")


def picture(link: str) -> str:
    """The QR code of a link, as an address that a page can show (black on white in both themes, for cameras)."""
    return str(segno.make(link, error="m", micro=False).svg_data_uri(scale=4, border=2, light="#ffffff", dark="#000"))


def pdf(found: Receipt, link: str, reasons: Sequence[str], language: str) -> bytes:
    """The receipt as PDF. `reasons`: why the first date, in the reader's words."""
    foot = say(language, "receipt.foot", number=found.case.number, zone=SHANGHAI.key)
    paper = Paper(say(language, "receipt.title"), found.made_at, foot=foot, language=language)
    paper.title_line(say(language, "receipt.title"))
    paper.facts(list(facts(found, language)))
    paper.heading(say(language, "receipt.link"))
    paper.key(link, [link, say(language, "receipt.keep")], size=QR_MILLIMETRES)
    paper.heading(say(language, "receipt.next"))
    head = (say(language, "receipt.until"), say(language, "receipt.then"))
    rows = [(each.until, f"{each.who}\n{each.silence}") for each in steps(found, language)]
    if rows:
        paper.rows(head, rows, widths=(52, 118))
    for text in notes(found, language):
        paper.paragraph(text)
    if reasons:
        paper.heading(say(language, "receipt.why"))
        paper.paragraph("\n".join(f"– {each}" for each in reasons))
    return paper.content()
