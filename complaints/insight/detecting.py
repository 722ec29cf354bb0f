"""Every day's look for quality signals: complaints are counted, what stands out is merged and told to the enterprise.

Complaints flagged for abuse (Order 121 art 17), merged, returned or refused are left out. One product of one enterprise
has one open signal: it grows. After it has ended, the same product is looked at again after REST, and only for what is
new. Found again by two workers, nothing is added: the enterprise's row is locked, and its signals are read under it.

Consumer Protection Law art 19 and the recall of consumer goods (SAMR Order 19 of 2020), which letters and pages
explain where safety is named, are from memory: check them against the official text.
"""

import logging
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from complaints import db, logs
from complaints.clock import SHANGHAI, local_date
from complaints.insight import safety, signals
from complaints.insight.expecting import LOOKED_AT
from complaints.insight.signals import Case, Finding, Sighting
from complaints.models import Complaint, Enterprise, PrivateItem, QualitySignal
from complaints.registry import course
from complaints.registry.lifecycle import OPEN
from complaints.workflow.case import CLOCK

log = logging.getLogger(__name__)
LEFT_OUT = ("merged", "returned", "refused")
REST = timedelta(days=28)  # after a signal has ended
MOST_CASES = 500  # kept as evidence
MOST_FINDINGS = 12


def detect(at: datetime) -> int:
    """Look through what was filed up to `at`; returns how many signals are new or have grown.

    A sighting that fails is logged, holds up no other, and is seen again tomorrow.
    """
    with db.reading() as session:
        seen = look(session, at)
    return sum(logs.tried(log, f"a sighting of enterprise {each.firm}", partial(_announce, each, at)) for each in seen)


def _announce(seen: Sighting, at: datetime) -> bool:
    with db.transaction() as session:
        return announce(session, seen, at)


def look(session: Session, at: datetime) -> list[Sighting]:
    """What stands out, under the names that most consumers wrote. Reads sixty weeks of complaints."""
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    seen = signals.look(_cases(session, at, spellings), local_date(at))
    shown = {folded: names.most_common(1)[0][0] for folded, names in spellings.items()} | {"": ""}
    return [
        replace(
            each, product=shown[each.product], fault=shown[each.fault], batch=shown[each.batch],
            findings=tuple(_shown(finding, shown) for finding in each.findings),
        )
        for each in seen
    ]  # fmt: skip


def _shown(finding: Finding, shown: dict[str, str]) -> Finding:
    firm, *words = finding.key
    product, fault, batch = (shown[word] for word in words)
    return replace(finding, key=(firm, product, fault, batch))


def _cases(session: Session, at: datetime, spellings: dict[str, Counter[str]]) -> Iterator[Case]:
    """One row after the other, so that a million of them take no room."""
    columns = (
        Complaint.id, Complaint.filed_at, Complaint.enterprise_id, Complaint.product, Complaint.fault,
        Complaint.batch, Complaint.contact_mark,
    )  # fmt: skip
    counted = (
        Complaint.filed_at > at - timedelta(weeks=LOOKED_AT), Complaint.filed_at <= at,
        Complaint.enterprise_id.is_not(None), Complaint.product != "", Complaint.flagged.is_(False),
        or_(Complaint.outcome.is_(None), Complaint.outcome.not_in(LEFT_OUT)),
    )  # fmt: skip
    rows = session.execute(select(*columns).where(*counted).execution_options(yield_per=5000))
    for case_id, filed_at, firm, product, fault, batch, mark in rows:
        for word in (product, fault, batch):
            spellings[fold(word)][word] += 1
        day, who = filed_at.astimezone(SHANGHAI).date(), mark or "unknown"  # all unknown ones count as one
        yield Case(case_id, day, firm or 0, fold(product), fold(fault), fold(batch), who)


@lru_cache(maxsize=100_000)
def fold(word: str) -> str:
    """The form under which two spellings of one product are the same."""
    return " ".join(unicodedata.normalize("NFKC", word).casefold().split())


def announce(session: Session, seen: Sighting, at: datetime) -> bool:
    """Begin a signal, or let the open one grow; False where nothing is new."""
    firm = session.get(Enterprise, seen.firm, with_for_update={"key_share": True}, populate_existing=True)
    if firm is None:
        return False
    newest = _newest(session, firm.id, seen.product)
    known = set(newest.evidence["cases"]) if newest is not None else set()
    fresh = [case for case in seen.cases if case not in known]
    if newest is not None and newest.state in OPEN["signal"]:
        return bool(fresh) and _grow(session, newest, seen, at)
    if newest is not None and (at - newest.since < REST or len(fresh) < signals.LEAST_CONSUMERS):
        return False
    _find(session, firm.id, seen, at)
    return True


def _newest(session: Session, enterprise_id: int, product: str) -> QualitySignal | None:
    mine = select(QualitySignal).where(QualitySignal.enterprise_id == enterprise_id).order_by(QualitySignal.id.desc())
    same = (each for each in session.scalars(mine) if fold(each.product) == fold(product))
    return next(same, None)


def _find(session: Session, enterprise_id: int, seen: Sighting, at: datetime) -> None:
    evidence = evidence_of(session, seen, seen.cases, at)
    signal = QualitySignal(
        enterprise_id=enterprise_id, product=seen.product[:200], batch=seen.batch[:80] or None,
        fault=seen.fault[:80] or None, safety=bool(evidence["words"]), evidence=evidence, found_at=at,
        last_case_at=_last_filed(session, seen.cases),
    )  # fmt: skip
    course.begin(session, signal, "find", CLOCK, at, why=_why(seen, safe=not signal.safety))


def _grow(session: Session, signal: QualitySignal, seen: Sighting, at: datetime) -> bool:
    """More of the same; where safety is named now and was not before, everybody hears of it at once."""
    signal = course.lock(session, QualitySignal, signal.id)
    if signal.state not in OPEN["signal"]:  # it has ended meanwhile
        return False
    cases = sorted({*signal.evidence["cases"], *seen.cases})
    evidence = evidence_of(session, seen, cases, at)
    newly = bool(evidence["words"]) and not signal.safety
    signal.evidence, signal.safety = evidence, signal.safety or newly
    signal.last_case_at = _last_filed(session, cases)
    signal.fault = signal.fault if fold(signal.fault or "") == fold(seen.fault) else None
    loud: dict[str, Any] = {"loud": True, "why": _why(seen, safe=False)} if newly else {}
    course.fire(session, signal, "grow", CLOCK, at, cases=len(cases), **loud)
    return True


def evidence_of(session: Session, seen: Sighting, cases: Sequence[int], at: datetime) -> dict[str, Any]:
    """What was seen, as JSON: the findings, the complaints by id, the weeks for the picture, the words of danger."""
    told = [_told(each) for each in seen.findings[:MOST_FINDINGS]]
    first = seen.findings[0]
    return {
        "findings": told, "cases": list(cases)[-MOST_CASES:], "series": list(first.series),
        "expected_a_week": round(first.expected / first.weeks, 4), "words": _dangers(session, cases),
        "through": local_date(at).isoformat(),
    }  # fmt: skip


def _told(each: Finding) -> dict[str, Any]:
    _firm, _product, fault, batch = each.key
    return {
        "fault": fault, "batch": batch, "weeks": each.weeks, "observed": each.observed,
        "expected": round(each.expected, 3), "p": each.p, "q": each.q, "compared": each.compared,
    }  # fmt: skip


def _dangers(session: Session, cases: Sequence[int]) -> dict[str, int]:
    """The words of danger in what consumers wrote, and in how many complaints each stands; never the text itself."""
    ids = list(cases)[-MOST_CASES:]
    texts = dict(session.execute(select(Complaint.id, Complaint.fault).where(Complaint.id.in_(ids))).all())
    told = (PrivateItem.complaint_id.in_(ids), PrivateItem.kind == "narrative", PrivateItem.value.is_not(None))
    for case_id, text in session.execute(select(PrivateItem.complaint_id, PrivateItem.value).where(*told)):
        texts[case_id] = f"{texts.get(case_id, '')}\n{text}"
    return safety.count(texts.values())


def _last_filed(session: Session, cases: Sequence[int]) -> datetime:
    query = select(Complaint.filed_at).where(Complaint.id.in_(list(cases)[-MOST_CASES:]))
    return max(session.scalars(query))


def _why(seen: Sighting, *, safe: bool) -> list[dict[str, Any]]:
    """For the letters: what was counted, and the duty to recall where safety is named."""
    first = seen.findings[0]
    counted = {
        "say": "more_than_expected", "product": seen.product, "observed": first.observed, "weeks": first.weeks,
        "expected": f"{first.expected:.1f}",
    }  # fmt: skip
    return [counted] if safe else [counted, {"say": "recall"}]
