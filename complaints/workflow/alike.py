"""Replies that say nearly what an earlier one said: a form letter answers nobody. The writer is asked, and decides.

A reply is compared with the newest replies of the same enterprise, and with its templates. Those of other enterprises
are nobody's business. All work is bounded: so many cases, so many characters.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz, process
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.models import Complaint, PrivateItem, ReplyTemplate
from complaints.workflow.case import OPEN, Case, Role, State

# Measured on made-up replies (tests/workflow/test_alike.py), folded as here: one form letter with another product,
# amount, date and number comes to 88-100, with a greeting before or after it to 89-99; a letter adapted in one
# sentence to 64-73; honest answers about the same fault of the same product to 45 at most.
NEARLY_THE_SAME = 85
LEAST = 12  # folded characters: "We refund the price in full" has nothing in it to be adapted
LONGEST = 2_000
CASES = 60  # the newest of each state
BOXES = {"offer": "remedy", "late_offer": "remedy", "decline": "reason", "extend": "reason", "statement": "text"}
KINDS = ("remedy", "reason", "statement")
MOST = 400  # texts
_NUMBER = re.compile(r"C\d\d-[0-9A-Z]{4}-[0-9A-Z]{4}")  # of a case
_FOLDED = re.compile(r"[\W\d_]+")


@dataclass(frozen=True, slots=True)
class Alike:
    """An earlier text that says nearly the same: of which case, or of a template's name; how like it is, in percent."""

    text: str
    number: str
    template: str
    likeness: int
    product: str = ""  # of that case


def find(session: Session, case: Case, trigger: str, facts: Mapping[str, Any]) -> Alike | None:
    """The earlier reply or template that the text of this action is most like, where it is too like it."""
    text = str(facts.get(BOXES.get(trigger, ""), ""))
    folded = fold(text, case.product)
    if len(folded) < LEAST or case.enterprise_id is None:
        return None
    known = [*_templates(session, case), *_replies(session, case)]
    best = process.extractOne(folded, [fold(each.text, each.product) for each in known], scorer=fuzz.ratio,
                              score_cutoff=NEARLY_THE_SAME)  # fmt: skip
    return Alike(known[best[2]].text, known[best[2]].number, known[best[2]].template, round(best[1])) if best else None


def fold(text: str, product: str) -> str:
    """A reply as it is compared: without its case's product and number, figures, dates, marks and spaces."""
    plain = _NUMBER.sub("", text).casefold()
    plain = plain.replace(product.casefold(), "") if product else plain
    return _FOLDED.sub("", plain)[:LONGEST]


def _templates(session: Session, case: Case) -> Iterator[Alike]:
    mine = select(ReplyTemplate).where(ReplyTemplate.enterprise_id == case.enterprise_id).limit(MOST)
    for each in session.scalars(mine):
        yield Alike(re.sub(r"\{[^{}]*\}", "", each.text), "", each.name, 0)


def _replies(session: Session, case: Case) -> Iterator[Alike]:
    """What this enterprise wrote in its cases of late, as far as it was not erased."""
    texts = select(PrivateItem.value, Complaint.number, Complaint.product)
    said = texts.join(Complaint, Complaint.id == PrivateItem.complaint_id).where(
        PrivateItem.complaint_id.in_(_cases(session, case)), PrivateItem.kind.in_(KINDS),
        PrivateItem.written_by == Role.ENTERPRISE.value, PrivateItem.seen_by == "parties",
        PrivateItem.value.is_not(None),
    )  # fmt: skip
    for row in session.execute(said.order_by(PrivateItem.id.desc()).limit(MOST)):
        yield Alike(row.value or "", row.number, "", 0, row.product)


def _cases(session: Session, case: Case) -> Sequence[int]:
    """The newest cases of the enterprise in each state, but for this one, out of the indexes of its lists."""
    found: list[int] = []
    for state in (*OPEN, State.CLOSED):
        newest = Complaint.closed_at if state is State.CLOSED else Complaint.due_at
        theirs = (Complaint.enterprise_id == case.enterprise_id, Complaint.enterprise_told, Complaint.id != case.id)
        query = select(Complaint.id).where(*theirs, Complaint.state == state.value)
        found += session.scalars(query.order_by(newest.desc(), Complaint.id.desc()).limit(CASES))
    return found
