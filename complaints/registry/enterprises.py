"""Finding an enterprise by any name it goes by, and entering new ones.

Names are compared folded: without width, case, space, punctuation and legal form. What tells firms apart stays: the
place, 集团 (a group is not its subsidiary), and the legal form itself where both names state one. While somebody types,
pinyin and its initials find a name too, and the beginning of a unified social credit code.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session
from stdnum.cn import uscc

from complaints.errors import BadInput
from complaints.models import Enterprise, EnterpriseName
from complaints.registry import cursors, spelling

LONGEST_NAME = 200
LONGEST_CODE = 18
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
_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}")  # GB 32100: no I, O, S, V, Z
_CODE_BEGUN = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{0,9}")
LEAST_INITIALS, LEAST_PINYIN = 2, 3  # letters
LAST_LETTER = "\U0010ffff"


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
    """Enterprises by what was typed of a name, brand, former name, pinyin, initials or credit code; all for nothing.

    What begins with it comes first, then participants, then by name. Raises BadInput where the cursor is none of this
    list ("cursor"), and where a whole credit code has a wrong check digit ("q").
    """
    after = cursors.read(cursor, "name", int, bool, str) if cursor is not None else None
    limit = max(1, min(limit, MOST_FOUND))
    found: list[tuple[int, Enterprise]] = []
    for distance, wanted in enumerate(_ways(query), start=1):
        if len(found) <= limit and (after is None or distance >= after[0]):  # the second way reads every name
            behind = _behind(after) if after and distance == after[0] else []
            listed = select(Enterprise).where(*wanted, *behind)
            ordered = listed.order_by(Enterprise.participant.desc(), Enterprise.name).limit(limit + 1 - len(found))
            found += [(distance, firm) for firm in session.scalars(ordered)]
    last = found[limit - 1] if len(found) > limit else None
    following = cursors.write("name", last[0], last[1].participant, last[1].name) if last else None
    return Found([firm for _distance, firm in found[:limit]], following)


def _ways(query: str) -> list[list[ColumnElement[bool]]]:
    """Which enterprises a query may mean, the nearest first: they begin with it; they have it somewhere."""
    if not query.strip():
        return [[]]
    code = _as_code(query)
    if _CODE.fullmatch(code) or _CODE_BEGUN.fullmatch(code):
        check_code(code, "q")
        return [[Enterprise.credit_code.startswith(code)]]
    folded, letters = fold(query), spelling.typed(query)
    if not folded:
        return []
    begins = _any_name(_begins(EnterpriseName.folded, folded), *_typed_at_the_beginning(letters))
    inside = _any_name(*_inside(folded, letters))
    return [[begins], [inside, ~begins]]


def _any_name(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return Enterprise.id.in_(select(EnterpriseName.enterprise_id).where(or_(false(), *conditions)))


def _as_code(text: str) -> str:
    return uscc.compact(unicodedata.normalize("NFKC", text)).upper()


def check_code(text: str, field: str) -> None:
    """Raises BadInput, naming the field, where this is a whole credit code whose check digit is wrong."""
    code = _as_code(text)
    if _CODE.fullmatch(code) and len(code) == LONGEST_CODE and not uscc.is_valid(code):
        raise BadInput("the check digit of the credit code is wrong", {field: ["wrong_check_digit"]})


def _begins(column: InstrumentedAttribute[str], text: str) -> ColumnElement[bool]:
    """A range, which the index answers on both databases; they are compared by code point."""
    return and_(column >= text, column < text + LAST_LETTER)


def _typed_at_the_beginning(letters: str) -> list[ColumnElement[bool]]:
    return [_begins(each, letters) for each in (EnterpriseName.pinyin, EnterpriseName.initials) if letters]


def _inside(folded: str, letters: str) -> list[ColumnElement[bool]]:
    """Of few letters every second name has them somewhere: these are looked for at the beginning only."""
    has = [EnterpriseName.folded.contains(folded, autoescape=True)] if len(folded) > 1 or not folded.isascii() else []
    if len(letters) >= LEAST_INITIALS:
        has.append(EnterpriseName.initials.contains(letters))
    if len(letters) >= LEAST_PINYIN:
        has.append(EnterpriseName.pinyin.contains(letters))
    return has


def _behind(after: Sequence[Any]) -> list[ColumnElement[bool]]:
    """What stands behind the last one shown; names are all different."""
    _distance, participant, name = after
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
    session.add(EnterpriseName(enterprise_id=enterprise.id, kind=kind, name=name, **spellings(name)))
    session.flush()


def spellings(name: str) -> dict[str, str]:
    """The columns of a name by which it is found."""
    spelled = spelling.spell(split_form(name)[0])
    return {"folded": fold(name), "pinyin": spelled.pinyin, "initials": spelled.initials}


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
