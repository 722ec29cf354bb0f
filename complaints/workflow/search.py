"""Finding cases by the words in them: one way for the enterprise's portal and the centre's desk.

Each word of the index stands after who may find by it, so that a reader's question meets nothing of others, and one
enterprise's hundred thousand cases do not slow another's search. What is found is checked once more against whose
case it is now, for the index follows a little later (`indexing.py`). Newest cases first.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, bindparam, select, text
from sqlalchemy.orm import Session

from complaints.models import Complaint
from complaints.registry import cursors
from complaints.registry.marks import contact_mark, email_mark
from complaints.workflow import bigrams, lists
from complaints.workflow.case import OFFICERS, Actor, Role
from complaints.workflow.lists import Page

ORDER = "found"
DESK = "d"  # whose words: the centre's; an enterprise's are e<id>
BETWEEN = "x"
NUMBER = re.compile(r"C\d\d-[0-9A-Z]{4}-[0-9A-Z]{4}")
_PHONE = re.compile(r"(?:\+?86)?(\d{7,15})", re.ASCII)
_MAIL = re.compile(r"\S{1,100}@\S{1,150}", re.ASCII)

_HITS = {
    "sqlite": text(
        "SELECT rowid FROM search_fts WHERE search_fts MATCH :words AND rowid < :before ORDER BY rowid DESC LIMIT :most"
    ),
    "postgresql": text(
        "SELECT complaint_id FROM search_text WHERE words @@ CAST(:words AS tsquery) AND complaint_id < :before"
        " ORDER BY complaint_id DESC LIMIT :most"
    ),
}
_BEYOND = 2**62
_MOST = bindparam("most", type_=Integer)


def find(
    session: Session, query: str, actors: Sequence[Actor], at: datetime, *, cursor: str | None = None,
    limit: int = lists.PAGE,
) -> Page:  # fmt: skip
    """Cases with all these words that somebody may see, newest first; empty where no word is asked for.

    A case's number finds it. An officer also finds by the consumer's telephone number or mail address, whole.
    Raises BadInput where the cursor is none of this list.
    """
    limit = max(1, min(limit, lists.MOST))
    before = cursors.read(cursor, ORDER, int)[0] if cursor is not None else None
    found = hits(session, query, actors, before, limit + 1)
    seen = theirs(session, found, actors)
    ids = [each for each in found[:limit] if each in seen]
    if before is None:
        ids = list(dict.fromkeys([*exactly(session, query, actors), *ids]))
    suspected = actors[0].role in OFFICERS
    more = cursors.write(ORDER, found[limit - 1]) if len(found) > limit else None
    return Page(lists.lines(session, ids, at, suspected=suspected), more)


def hits(session: Session, query: str, actors: Sequence[Actor], before: int | None, most: int) -> list[int]:
    """The ids that the index has for these words, newest first, below `before`; to be checked with `theirs`."""
    scope, asked = scope_of(actors), bigrams.asked(query)
    if scope is None or not asked:
        return []
    dialect = session.get_bind().dialect.name
    given = {"words": _question(dialect, scope, asked), "before": before or _BEYOND, "most": most}
    return list(session.execute(_HITS[dialect].bindparams(_MOST), given).scalars())


def theirs(session: Session, ids: Sequence[int], actors: Sequence[Actor]) -> set[int]:
    """Those of these cases that somebody may see as the cases stand now."""
    return set(session.scalars(select(Complaint.id).where(Complaint.id.in_(ids), *_seen(actors))))


def scope_of(actors: Sequence[Actor]) -> str | None:
    """Whose words somebody finds by; None: nobody's."""
    if any(actor.role in OFFICERS for actor in actors):
        return DESK
    firms = [actor.enterprise_id for actor in actors if actor.role is Role.ENTERPRISE]
    return f"e{firms[0]}" if firms and firms[0] else None


def exactly(session: Session, query: str, actors: Sequence[Actor]) -> Sequence[int]:
    """The case of this number; for officers, the newest cases of this telephone number or mail address."""
    where = _marked(query.strip()) if scope_of(actors) == DESK else None
    if NUMBER.fullmatch(query.strip().upper()):
        where = Complaint.number == query.strip().upper()
    if where is None or scope_of(actors) is None:
        return []
    known = select(Complaint.id).where(where, *_seen(actors))
    return session.scalars(known.order_by(Complaint.id.desc()).limit(lists.PAGE)).all()


def _question(dialect: str, scope: str, asked: Sequence[tuple[str, bool]]) -> str:
    """All the words, in the language of each index; they are letters and digits and nothing that it could take for
    a command."""
    whole = [(f"{scope}{BETWEEN}{word}", beginning) for word, beginning in asked]
    if dialect == "sqlite":
        return " AND ".join(f'"{word}"{" *" if beginning else ""}' for word, beginning in whole)
    return " & ".join(f"'{word}'{':*' if beginning else ''}" for word, beginning in whole)


def _seen(actors: Sequence[Actor]) -> list[ColumnElement[bool]]:
    """As `sight.may_see`, for many cases at once."""
    if scope_of(actors) == DESK:
        return []
    firms = [actor.enterprise_id for actor in actors if actor.role is Role.ENTERPRISE]
    told: ColumnElement[bool] = Complaint.enterprise_told.expression  # as the partial index is written
    return [Complaint.enterprise_id.in_(firms), told]


def _marked(query: str) -> Any:
    """The cases of a contact, found by its mark: the index holds none of these."""
    phone = _PHONE.fullmatch(re.sub(r"[\s()-]", "", query))
    if phone:
        return Complaint.contact_mark == contact_mark(phone[1])
    return Complaint.email_mark == email_mark(query) if _MAIL.fullmatch(query) else None
