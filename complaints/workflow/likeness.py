"""Cases that may be about the same dispute, and signs of possible abuse (Order 121 art 17), each with its reasons.

It only shows: a person merges, joins, flags or does nothing. What is looked at is bounded and found over indexes, so
that it costs the same among a thousand cases and a million; texts are compared here and never shown.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from rapidfuzz import fuzz
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from complaints.models import Complaint, Evidence, PrivateItem
from complaints.workflow.case import OPEN, Case, State
from complaints.workflow.policy import load

MOST_OF_CONTACT, MOST_OPEN, MOST_AT_INTAKE, MOST_CLOSED, MOST_BY_FILE = 50, 100, 100, 50, 50
MOST_SHOWN = 12
LETTERS = 600  # of a story are compared
ALIKE, SAME_WORDS, SAME_PRODUCT = 70, 90, 85  # of a hundred
SHARED_NAMES, ONE_TRADER, SAME_STORIES = 3, 3, 2  # from so many on it is a sign
_BESIDE_WORDS = re.compile(r"[\W_]+")
_COLUMNS = (Complaint.id, Complaint.number, Complaint.state, Complaint.outcome, Complaint.product,
            Complaint.enterprise_id, Complaint.contact_mark, Complaint.filed_at)  # fmt: skip
# Written as in the partial indexes, so that no database has to guess that they may be used.
_AT_INTAKE = text("complaint.state IN ('received', 'needs_information')")
_CLOSED = text("complaint.state = 'closed'")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a case is shown: the key of its words under [likeness], and a number that they say."""

    kind: str
    n: int = 0


@dataclass(frozen=True, slots=True)
class Like:
    """A case that may be about the same dispute."""

    number: str
    state: str
    outcome: str | None
    filed_at: datetime
    same_enterprise: bool
    reasons: tuple[Reason, ...]
    weight: int

    @property
    def open(self) -> bool:
        """Whether this one could go on there."""
        return self.state != State.CLOSED.value


@dataclass(frozen=True, slots=True)
class Likeness:
    """What was found about one case."""

    likes: list[Like] = field(default_factory=list)
    signs: list[Reason] = field(default_factory=list)


def find(session: Session, case: Case, at: datetime) -> Likeness:
    """Cases like this one, the likest first, and signs of possible abuse."""
    own = session.execute(select(*_COLUMNS).where(Complaint.id == case.id)).one()
    files = _by_file(session, case)
    others = {row.id: row for query in _candidates(own, files) for row in session.execute(query)}
    others.pop(case.id, None)
    stories = _stories(session, [case.id, *others])
    alike = {each: _ratio(stories.get(case.id, ""), stories.get(each, "")) for each in others}
    likes = [like for row in others.values() if (like := _like(own, row, alike[row.id], files.get(row.id, 0)))]
    likes.sort(key=lambda like: (like.weight, like.filed_at), reverse=True)
    return Likeness(likes[:MOST_SHOWN], list(_signs(session, case, own, others, alike, files, at)))


def _candidates(own: Any, files: Mapping[int, int]) -> Iterable[Any]:
    """The bounded questions, each over an index of its own."""
    chosen = select(*_COLUMNS).order_by(Complaint.id.desc())
    if own.contact_mark:
        yield chosen.where(Complaint.contact_mark == own.contact_mark).limit(MOST_OF_CONTACT)
    if files:
        yield chosen.where(Complaint.id.in_(files))
    if own.enterprise_id is None:
        return
    theirs = chosen.where(Complaint.enterprise_id == own.enterprise_id)
    moving = [state.value for state in OPEN if state not in (State.RECEIVED, State.NEEDS_INFORMATION)]
    yield theirs.where(Complaint.enterprise_told, Complaint.state.in_(moving)).limit(MOST_OPEN)
    yield theirs.where(_AT_INTAKE).limit(MOST_AT_INTAKE)
    closed = theirs.where(_CLOSED, Complaint.enterprise_told).order_by(None)
    yield closed.order_by(Complaint.closed_at.desc(), Complaint.id.desc()).limit(MOST_CLOSED)


def _by_file(session: Session, case: Case) -> dict[int, int]:
    """How many files of this case lie in which others, byte for byte."""
    mine = select(Evidence.sha256).where(Evidence.complaint_id == case.id)
    same = select(Evidence.complaint_id, func.count(Evidence.sha256.distinct())).where(
        Evidence.sha256.in_(mine), Evidence.complaint_id != case.id
    )
    return dict(session.execute(same.group_by(Evidence.complaint_id).limit(MOST_BY_FILE)).all())


def _stories(session: Session, ids: list[int]) -> dict[int, str]:
    kept = (PrivateItem.complaint_id.in_(ids), PrivateItem.kind == "narrative", PrivateItem.value.is_not(None))
    found = session.execute(select(PrivateItem.complaint_id, PrivateItem.value).where(*kept).order_by(PrivateItem.id))
    return {each: _folded(value or "")[:LETTERS] for each, value in found}


def _folded(text: str) -> str:
    """Letters and digits only: neither spaces nor punctuation make two stories differ."""
    return _BESIDE_WORDS.sub("", text.casefold())


def _ratio(one: str, other: str) -> int:
    return round(fuzz.ratio(one, other, score_cutoff=ALIKE)) if one and other else 0


def _like(own: Any, other: Any, alike: int, files: int) -> Like | None:
    """The case with its reasons; None where nothing but the enterprise is the same."""
    same_enterprise = own.enterprise_id is not None and own.enterprise_id == other.enterprise_id
    reasons, weight = [], 0
    if own.contact_mark and own.contact_mark == other.contact_mark:
        reasons, weight = [Reason("same_contact")], 3
    if alike >= ALIKE:
        reasons, weight = [*reasons, Reason("same_story", alike)], weight + 3
    if files:
        reasons, weight = [*reasons, Reason("same_file", files)], weight + 3
    if same_enterprise and _same_product(own.product, other.product):
        reasons, weight = [*reasons, Reason("same_product")], weight + 2
    if not reasons:
        return None
    told = (*reasons, Reason("same_enterprise")) if same_enterprise else tuple(reasons)
    return Like(other.number, other.state, other.outcome, other.filed_at, same_enterprise, told, weight)


def _same_product(one: str, other: str) -> bool:
    return bool(one and other) and fuzz.ratio(_folded(one), _folded(other)) >= SAME_PRODUCT


def _signs(
    session: Session,
    case: Case,
    own: Any,
    others: Mapping[int, Any],
    alike: Mapping[int, int],
    files: Mapping[int, int],
    at: datetime,
) -> Iterable[Reason]:
    """What a person should weigh, with the number that was seen (art 17)."""
    screening = load(case.policy).screening
    since = at - timedelta(days=screening["repeat_days"])
    contact = [row for row in others.values() if own.contact_mark and row.contact_mark == own.contact_mark]
    strangers = [row.id for row in others.values() if row.contact_mark != own.contact_mark]
    counted = {
        "frequency": (1 + sum(row.filed_at > since for row in contact), screening["repeat_filings"]),
        "one_trader": (1 + sum(row.enterprise_id == own.enterprise_id for row in contact), ONE_TRADER),
        "shared_contact": (_names(session, [case.id, *(row.id for row in contact)]), SHARED_NAMES),
        "shared_file": (sum(each in files for each in strangers), 1),
        "same_words": (sum(alike[each] >= SAME_WORDS for each in strangers), SAME_STORIES),
    }
    return [Reason(kind, n) for kind, (n, least) in counted.items() if n >= least]


def _names(session: Session, ids: list[int]) -> int:
    """How many different names stand in these cases."""
    given = (PrivateItem.complaint_id.in_(ids), PrivateItem.kind == "name", PrivateItem.value.is_not(None))
    return len({_folded(value or "") for value in session.scalars(select(PrivateItem.value).where(*given))})
