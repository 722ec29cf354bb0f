"""Every day's look for quality signals: complaints are counted, what stands out is merged and told to the enterprise.

Complaints flagged for abuse (Order 121 art 17), merged, returned or refused are left out. One product of one enterprise
has one open signal: it grows. After it has ended, the same product is looked at again after REST, and only for what is
new; at once where what is new names a danger. Found again by two workers, nothing is added: the enterprise's row is
locked, and its signals are read under it.

All complaints are looked through, and the centre sees all of it. What the enterprise is told and shown is counted over
those that have reached it (PIPL art 23): it is asked from LEAST_CONSUMERS of these on. The others lie on the centre's
own desk anyway.

Consumer Protection Law art 19 and the recall of consumer goods (SAMR Order 19 of 2020), which letters and pages
explain where safety is named, are from memory: check them against the official text.
"""

import logging
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from complaints import db, logs
from complaints.clock import SHANGHAI, local_date
from complaints.insight import safety, signals
from complaints.insight.expecting import LOOKED_AT
from complaints.insight.signals import Case, Finding, Sighting
from complaints.models import Complaint, Enterprise, PrivateItem, QualitySignal
from complaints.models.signal import NOTHING
from complaints.registry import course, course_policy
from complaints.registry.lifecycle import OPEN
from complaints.workflow.case import CLOCK

log = logging.getLogger(__name__)
LEFT_OUT = ("merged", "returned", "refused")
REST = timedelta(days=28)  # after a signal has ended
CENTRE = "with_centre"  # the state in which the centre alone knows
MOST_CASES = 500  # kept as evidence, the newest
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


def theirs(session: Session, seen: Sighting, at: datetime) -> Sighting | None:
    """The same sighting over the complaints that have reached the enterprise; None where too few people are left."""
    reached = (Complaint.enterprise_id == seen.firm, Complaint.enterprise_told)
    cases = list(_cases(session, at, defaultdict(Counter), *reached))
    left = (_recounted(finding, cases, local_date(at)) for finding in seen.findings)
    return next(iter(signals.merge(each for each in left if each.observed >= signals.LEAST_CONSUMERS)), None)


def _recounted(finding: Finding, cases: Sequence[Case], last: date) -> Finding:
    key = tuple(fold(word) for word in finding.key[1:])
    mine = [each for each in cases if all(not w or w == own for w, own in zip(key, _words(each), strict=True))]
    ago = [(last - each.day).days // 7 for each in mine]
    recent = {each.consumer: each.id for each, week in zip(mine, ago, strict=True) if week < finding.weeks}
    weeks = Counter(ago)
    series = tuple(weeks[week] for week in reversed(range(len(finding.series))))
    return replace(finding, observed=len(recent), cases=tuple(recent.values()), series=series)


def _words(case: Case) -> tuple[str, str, str]:
    return case.product, case.fault, case.batch


def _cases(session: Session, at: datetime, spellings: dict[str, Counter[str]], *only: Any) -> Iterator[Case]:
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
    rows = session.execute(select(*columns).where(*counted, *only).execution_options(yield_per=5000))
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
    """Begin a signal, or let the open one grow; False where nothing is new.

    Where too few of its complaints were passed on, the centre alone knows of it and acts by itself.
    """
    firm = session.get(Enterprise, seen.firm, with_for_update={"key_share": True}, populate_existing=True)
    if firm is None:
        return False
    newest, told = _newest(session, firm.id, seen.product), theirs(session, seen, at)
    fresh = _beyond(newest.evidence["cases"] if newest is not None else (), seen.cases)
    if newest is not None and newest.state in OPEN["signal"]:
        reached = _beyond(newest.told["cases"], told.cases if told else ())
        return bool(fresh or reached) and _grow(session, newest, seen, told, at)
    if newest is not None and _rests(session, newest, fresh, at):
        return False
    if told is None:
        return _notice(session, firm.id, seen, at)
    _find(session, firm.id, seen, told, at)
    return True


def _beyond(kept: Collection[int], cases: Collection[int]) -> set[int]:
    """What is not among the kept ones. Where those are full, the older ones were let go, and are no news."""
    oldest = min(kept) if len(kept) >= MOST_CASES else 0
    return {each for each in cases if each > oldest} - set(kept)


def _rests(session: Session, ended: QualitySignal, fresh: Collection[int], at: datetime) -> bool:
    """Whether an ended signal is left alone: little is new, or it ended lately and nothing new names a danger."""
    if len(fresh) < signals.LEAST_CONSUMERS:
        return True
    return at - ended.since < REST and not _dangers(session, sorted(fresh))


def _newest(session: Session, enterprise_id: int, product: str) -> QualitySignal | None:
    mine = select(QualitySignal).where(QualitySignal.enterprise_id == enterprise_id).order_by(QualitySignal.id.desc())
    same = (each for each in session.scalars(mine) if fold(each.product) == fold(product))
    return next(same, None)


def _find(session: Session, enterprise_id: int, seen: Sighting, told: Sighting, at: datetime) -> None:
    evidence = evidence_of(session, seen, told, {*seen.cases, *told.cases}, at)
    signal = QualitySignal(
        enterprise_id=enterprise_id, product=seen.product[:200], batch=told.batch[:80] or None,
        fault=told.fault[:80] or None, safety=bool(evidence["told"]["words"]), evidence=evidence, found_at=at,
        last_case_at=_last_filed(session, told.cases) or at, passed_on_at=at,
    )  # fmt: skip
    danger = bool(evidence["words"])
    why, centre = _why(told, safe=not signal.safety), _why(seen, safe=not danger)
    course.begin(session, signal, "find", CLOCK, at, danger=danger, why=why, centre=centre)


def _notice(session: Session, enterprise_id: int, seen: Sighting, at: datetime) -> bool:
    """For the centre alone; not under an older policy, which knows no time for it."""
    if CENTRE not in course_policy.in_force(local_date(at)).clocks["signal"]:
        return False
    evidence = evidence_of(session, seen, None, seen.cases, at)
    signal = QualitySignal(
        enterprise_id=enterprise_id, product=seen.product[:200], batch=seen.batch[:80] or None,
        fault=seen.fault[:80] or None, safety=False, evidence=evidence, found_at=at,
        last_case_at=_last_filed(session, seen.cases) or at,
    )  # fmt: skip
    danger = bool(evidence["words"])
    course.begin(session, signal, "notice", CLOCK, at, danger=danger, centre=_why(seen, safe=not danger))
    return True


def _pass_on(session: Session, signal: QualitySignal, seen: Sighting, told: Sighting, at: datetime) -> None:
    """Enough has reached the enterprise by now: from here on it is asked, and shown what it has."""
    signal.batch, signal.fault, signal.passed_on_at = told.batch[:80] or None, told.fault[:80] or None, at
    signal.last_case_at = _last_filed(session, told.cases) or at
    danger = bool(signal.evidence["words"])
    why, centre = _why(told, safe=not signal.safety), _why(seen, safe=not danger)
    course.fire(session, signal, "pass_on", CLOCK, at, danger=danger, why=why, centre=centre)


def _grow(session: Session, signal: QualitySignal, seen: Sighting, told: Sighting | None, at: datetime) -> bool:
    """More of the same; where safety is named now and was not before, whoever may know it hears of it at once."""
    signal = course.lock(session, QualitySignal, signal.id)
    if signal.state not in OPEN["signal"]:  # it has ended meanwhile
        return False
    before, cases = signal.evidence, {*signal.evidence["cases"], *seen.cases, *(told.cases if told else ())}
    signal.evidence = evidence_of(session, seen, told, cases, at, signal.told)
    danger = bool(signal.evidence["words"]) and not before["words"]
    newly = bool(signal.told["words"]) and not signal.safety
    signal.safety = signal.safety or newly
    if signal.state == CENTRE and told is not None:
        _pass_on(session, signal, seen, told, at)
        return True
    signal.last_case_at = _last_filed(session, signal.told["cases"]) or signal.last_case_at
    if told is not None:
        _disagree(signal, told)
    facts: dict[str, Any] = {"loud": newly, "danger": danger or newly}
    if newly:
        facts["why"] = _why(told or seen, safe=False)
    if danger or newly:
        facts["centre"] = _why(seen, safe=False)
    course.fire(session, signal, "grow", CLOCK, at, **facts)
    return True


def _disagree(signal: QualitySignal, told: Sighting) -> None:
    """What findings no longer agree on is not named any more."""
    if fold(signal.fault or "") != fold(told.fault[:80]):
        signal.fault = None
    if fold(signal.batch or "") != fold(told.batch[:80]):
        signal.batch = None


def evidence_of(
    session: Session, seen: Sighting, told: Sighting | None, cases: Collection[int], at: datetime,
    before: Mapping[str, Any] = NOTHING,
) -> dict[str, Any]:  # fmt: skip
    """What was seen, as JSON: the findings, the complaints by id, the weeks for the picture, the words of danger.

    Under `told` the same as far as it has reached the enterprise: all that it is shown. `before` is what it was shown.
    """
    reached = (Complaint.id.in_(list(cases)), Complaint.enterprise_told, Complaint.enterprise_id == seen.firm)
    known = session.scalars(select(Complaint.id).where(*reached).order_by(Complaint.id)).all()
    counted = _counted(told, seen) if told is not None else before
    whole = {**_counted(seen, seen), **_behind(session, sorted(cases)), "through": local_date(at).isoformat()}
    return whole | {"told": {**counted, **_behind(session, known)}}


def _counted(seen: Sighting, whole: Sighting) -> dict[str, Any]:
    every = {(each.key, each.weeks): each.observed for each in whole.findings}
    first, shown = seen.findings[0], seen.findings[:MOST_FINDINGS]
    return {
        "findings": [_told(each, known=every[each.key, each.weeks] == each.observed) for each in shown],
        "series": list(first.series), "expected_a_week": round(first.expected / first.weeks, 4),
    }  # fmt: skip


def _behind(session: Session, cases: Sequence[int]) -> dict[str, Any]:
    return {"cases": list(cases)[-MOST_CASES:], "words": _dangers(session, cases)}


def _told(each: Finding, *, known: bool) -> dict[str, Any]:
    """One finding. How unlikely it is says how many there are: not to who does not know of all of them."""
    _firm, _product, fault, batch = each.key
    return {
        "fault": fault, "batch": batch, "weeks": each.weeks, "observed": each.observed,
        "expected": round(each.expected, 3), "p": each.p if known else None, "q": each.q if known else None,
        "compared": each.compared,
    }  # fmt: skip


def _dangers(session: Session, cases: Sequence[int]) -> dict[str, int]:
    """The words of danger in what consumers wrote, and in how many complaints each stands; never the text itself."""
    ids = list(cases)[-MOST_CASES:]
    texts = dict(session.execute(select(Complaint.id, Complaint.fault).where(Complaint.id.in_(ids))).all())
    told = (PrivateItem.complaint_id.in_(ids), PrivateItem.kind == "narrative", PrivateItem.value.is_not(None))
    for case_id, text in session.execute(select(PrivateItem.complaint_id, PrivateItem.value).where(*told)):
        texts[case_id] = f"{texts.get(case_id, '')}\n{text}"
    return safety.count(texts.values())


def _last_filed(session: Session, cases: Sequence[int]) -> datetime | None:
    return session.scalar(select(func.max(Complaint.filed_at)).where(Complaint.id.in_(list(cases)[-MOST_CASES:])))


def _why(seen: Sighting, *, safe: bool) -> list[dict[str, Any]]:
    """For the letters: what was counted, and the duty to recall where safety is named."""
    first = seen.findings[0]
    what = " · ".join(word for word in map(str, first.key[1:]) if word)
    counted = {
        "say": "more_than_expected", "product": what, "observed": first.observed, "weeks": first.weeks,
        "expected": f"{first.expected:.1f}",
    }  # fmt: skip
    return [counted] if safe else [counted, {"say": "recall"}]
