"""Finding an enterprise by any name it goes by, and entering new ones.

Names are compared folded: without width, case, space, punctuation and legal form. What tells firms apart stays: the
place, 集团 (a group is not its subsidiary), and the legal form itself where both names state one.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from stdnum.cn import uscc

from complaints.errors import BadInput
from complaints.models import Enterprise, EnterpriseName
from complaints.registry import cursors

LONGEST_NAME = 200
MOST_FOUND = 100  # of one page

# Legal forms, longest first; those with the same word on the right are the same form written differently.
_CHINESE_FORMS = (
    ("有限责任公司", "limited"),
    ("股份有限公司", "joint stock"),
    ("有限公司", "limited"),
    ("股份公司", "joint stock"),
)
_LATIN_FORMS = (
    (r"(?:company|co)\W*(?:limited|ltd)|limited|ltd|pty\W*ltd|gmbh|llc|s\W?a\W?r\W?l", "limited"),
    (r"incorporated|inc|corporation|corp|plc|ag", "joint stock"),
)
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[^\w&+]+(?=\d)")  # 7-11 is 7.11, but not 711
_DROPPED = re.compile(r"[^\w&+]|_")


@dataclass(frozen=True, slots=True)
class Found:
    """Some enterprises, and the cursor of the next ones; None where there are no more."""

    firms: Sequence[Enterprise]
    next: str | None


def split_form(name: str) -> tuple[str, str]:
    """A name without its legal form, and the form ("limited", "joint stock", or "" where none is stated)."""
    text = unicodedata.normalize("NFKC", name).casefold().strip()
    for written, form in _CHINESE_FORMS:
        if text.endswith(written) and len(text) > len(written):
            return text.removesuffix(written), form
    for pattern, form in _LATIN_FORMS:
        match = re.fullmatch(rf"(.*?\w)[\s,.(]+(?:{pattern})[\s.)]*", text, re.DOTALL)
        if match:
            return match[1], form
    return text, ""


def fold(name: str) -> str:
    """A name as it is compared; empty where nothing is left that could tell one firm from another."""
    text, _ = split_form(name)
    return _DROPPED.sub("", _BETWEEN_DIGITS.sub("&", text))[:LONGEST_NAME]


def candidates(session: Session, name: str) -> list[Enterprise]:
    """Every enterprise that `name` (or credit code) may mean; one that bears exactly this name stands alone."""
    by_code = _by_credit_code(session, name)
    if by_code is not None:
        return [by_code]
    folded, form = fold(name), split_form(name)[1]
    if not folded:
        return []
    rows = session.execute(
        select(Enterprise, EnterpriseName)
        .join(EnterpriseName, EnterpriseName.enterprise_id == Enterprise.id)
        .where(EnterpriseName.folded == folded)
        .order_by(Enterprise.id)
    ).all()
    fitting = [(firm, known) for firm, known in rows if not _forms_differ(form, split_form(known.name)[1])]
    exact = [firm for firm, known in fitting if known.kind == "name" and split_form(known.name)[1] == form]
    return list({firm.id: firm for firm in exact or (firm for firm, _ in fitting)}.values())


def find(session: Session, name: str) -> Enterprise | None:
    """The enterprise that `name` means; None where none does, or several might: then a person decides."""
    found = candidates(session, name)
    return found[0] if len(found) == 1 else None


def search(session: Session, query: str, *, cursor: str | None = None, limit: int = 20) -> Found:
    """Enterprises whose name, brand or former name contains what was typed; all where nothing was. Participants first.

    Raises BadInput where the cursor is none of this list.
    """
    listed = select(Enterprise).where(*_after(cursor))
    if query.strip():
        folded = fold(query)
        if not folded:
            return Found([], None)
        named = select(EnterpriseName.enterprise_id).where(EnterpriseName.folded.contains(folded, autoescape=True))
        listed = listed.where(Enterprise.id.in_(named))
    limit = max(1, min(limit, MOST_FOUND))
    ordered = listed.order_by(Enterprise.participant.desc(), Enterprise.name).limit(limit + 1)
    firms = session.scalars(ordered).all()
    last = firms[limit - 1] if len(firms) > limit else None
    return Found(firms[:limit], cursors.write("name", last.participant, last.name) if last else None)


def _after(cursor: str | None) -> list[ColumnElement[bool]]:
    """What stands behind the last one shown; names are all different."""
    if cursor is None:
        return []
    participant, name = cursors.read(cursor, "name", bool, str)
    same = and_(Enterprise.participant.is_(participant), Enterprise.name > name)
    return [or_(same, Enterprise.participant.is_(False)) if participant else same]


def create(session: Session, name: str, at: datetime, participant: bool = False) -> Enterprise:
    """Enter an enterprise under its name. Raises BadInput where it is taken or says nothing.

    A participant's pledge, its consent in advance, is in force from `at`.
    """
    name = " ".join(name.split())
    if not fold(name) or len(name) > LONGEST_NAME:
        key = f"too_long:{LONGEST_NAME}" if len(name) > LONGEST_NAME else "required"
        raise BadInput(f"not a name for an enterprise: {name[:60]!r}", {"name": [key]})
    enterprise = Enterprise(
        name=name, participant=participant, benchmark=False, pledge_from=at if participant else None, joined_at=at
    )
    try:
        with session.begin_nested():  # somebody may enter the same name at this moment
            session.add(enterprise)
            session.flush()
    except IntegrityError:
        raise BadInput(f"there is an enterprise named {name} already", {"name": ["taken"]}) from None
    add_name(session, enterprise, "name", name)
    return enterprise


def add_name(session: Session, enterprise: Enterprise, kind: str, name: str) -> None:
    """Let an enterprise be found by one more name: `kind` is name, brand, former or alias."""
    session.add(EnterpriseName(enterprise_id=enterprise.id, kind=kind, name=name, folded=fold(name)))
    session.flush()


def standing(enterprise: Enterprise | None, at: datetime) -> tuple[bool, bool, int | None, bool]:
    """What an enterprise is at an instant: (participant, benchmark, promised answer days, consents in advance)."""
    if enterprise is None:
        return False, False, None, False
    return (
        enterprise.participant,
        enterprise.participant and enterprise.benchmark,
        enterprise.promised_answer_days,
        enterprise.participant and pledge_in_force(enterprise, at),
    )


def pledge_in_force(enterprise: Enterprise, at: datetime) -> bool:
    """Whether its pledge stands at an instant; the end is exclusive, and none means until further notice."""
    begun = enterprise.pledge_from is not None and enterprise.pledge_from <= at
    return begun and (enterprise.pledge_until is None or at < enterprise.pledge_until)


def _by_credit_code(session: Session, text: str) -> Enterprise | None:
    code = uscc.compact(unicodedata.normalize("NFKC", text))
    if not uscc.is_valid(code):
        return None
    return session.scalar(select(Enterprise).where(Enterprise.credit_code == code))


def _forms_differ(one: str, other: str) -> bool:
    """Whether both names state a legal form, and not the same."""
    return bool(one and other and one != other)


def reachable(session: Session, enterprise_id: int | None) -> bool:
    """Whether the enterprise has a mailbox that letters can go to."""
    enterprise = session.get(Enterprise, enterprise_id) if enterprise_id is not None else None
    return enterprise is not None and bool(enterprise.email)
