"""Who sees what (law 10): cases, private texts, and the log of who read them.

An enterprise sees its own cases once the content has reached it; the consumer's contact only with the consumer's
consent, or what accepting an offer released. Until then phones, identity numbers and mail addresses in free text are
masked.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from complaints.models import AccessLog, Account, Event, Evidence, PrivateItem
from complaints.registry import uploads
from complaints.workflow.case import OFFICERS, Actor, Case, Role

CONTACT = ("name", "phone", "email", "address")
TOLD = (
    "amount", "perform_by", "wanted_amount", "wanted_by", "missing", "ground", "release", "old_day", "new_day",
    "agreed_on", "payer", "party", "until", "day", "time", "into", "rating", "result",
)  # fmt: skip
TOLD_TO_OFFICERS = ("flags", "consumer_authorised")
STORY = ("narrative", "request")  # in which people name themselves and others
INTERNAL = ("note", "flag")  # of the log, what the centre keeps to itself
REPORTED = (*INTERNAL, "split")  # a report of an offence is not announced to whom it is about, nor to a bystander
HIDDEN = {Role.CONSUMER: INTERNAL, Role.ENTERPRISE: REPORTED, Role.PARTNER: REPORTED}
# Every repetition is bounded and begins at the edge of a word, so that a long text costs no more than its length.
_MAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}\s{0,2}@\s{0,2}[A-Za-z0-9-]{1,63}(?:\s?[.。]\s?[A-Za-z0-9-]{1,63}){1,5}"
)
_PHONE = re.compile(
    r"(?<!\d)(?:"
    r"(?:\(?(?:\+|00)?86\)?[\s-]?)?\(?1\s?[3-9](?:[\s\-.·()/,_]{0,2}\d){9}"  # mobile
    r"|\(?0\d{2,3}[\s\-)]{0,2}\d{3,4}[\s-]?\d{4}"  # landline with its area
    r"|[48]00[\s-]?\d{3}[\s-]?\d{4}"  # service line
    r"|\+\d(?:[\s\-().]?\d){6,14}"  # from abroad
    r"|(?!20[0-3]\d[01]\d)[2-8]\d{6,7}(?![.,]\d|元)"  # local number; not a date, not an amount
    r")(?!\d)"
)
# A resident's identity number: area, day of birth, three digits, check digit or X; in groups as people write it.
_IDENTITY = re.compile(
    r"(?<![0-9A-Za-z])[1-9]\d{5}[\s-]?(?:19|20)\d{2}[\s-]?(?:0[1-9]|1[0-2])[\s-]?(?:0[1-9]|[12]\d|3[01])[\s-]?\d{3}[\dXx]"
    r"(?![0-9A-Za-z])"
)
# Full-width forms become plain ones, one for one, so that places in the text stay the same.
_PLAIN = (
    {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
    | dict.fromkeys(map(ord, "—–―−‐‑"), ord("-"))
    | dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"), ord(" "))  # nobody sees them
    | {code: ord(str(unicodedata.digit(chr(code)))) for code in range(0x660, 0x3000) if chr(code).isdigit()}
)


@dataclass(frozen=True, slots=True)
class Text:
    """One private text as this reader may see it; `masked` when phones or mails in it were hidden."""

    seq: int
    kind: str
    value: str
    masked: bool


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file that a side added, with its name as this reader may see it."""

    id: int
    seq: int
    name: str
    media_type: str
    size: int
    role: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """A private text that an entry of the log stands for, with the salt of its hash where the whole text is shown."""

    seq: int
    kind: str
    value: str | None  # None: erased
    salt: str | None
    masked: bool


def may_see(case: Case, actor: Actor) -> bool:
    """Whether the case exists for this actor."""
    if actor.role is Role.CONSUMER:
        return actor.complaint_id == case.id
    if actor.role is Role.ENTERPRISE:
        return case.enterprise_told and actor.enterprise_id is not None and actor.enterprise_id == case.enterprise_id
    if actor.role is Role.PARTNER:
        return actor.account_id is not None and actor.account_id == case.partner_id
    return True


def texts(session: Session, case: Case, actor: Actor, at: datetime, what: str) -> Sequence[Text]:
    """The private texts of a case for one reader, oldest first; reading another's contact data is logged."""
    items = session.scalars(
        select(PrivateItem)
        .where(PrivateItem.complaint_id == case.id, PrivateItem.value.is_not(None))
        .order_by(PrivateItem.id)
    )
    shown = [_shown(case, actor, item) for item in items if _may_read(case, actor, item)]
    personal = CONTACT if actor.role is Role.ENTERPRISE else (*CONTACT, *STORY)
    if actor.role is not Role.CONSUMER and any(text.kind in personal for text in shown):
        record(session, case, actor, at, what)
    return shown


def kept(session: Session, case: Case, actor: Actor) -> Iterator[Kept]:
    """The private texts of a case that this reader may see, as its log can prove them; whoever asks records it."""
    query = select(PrivateItem).where(PrivateItem.complaint_id == case.id).order_by(PrivateItem.id)
    for item in session.scalars(query):
        if _may_read(case, actor, item):
            shown = _shown(case, actor, item)
            value = shown.value if item.value is not None else None
            yield Kept(item.seq, item.kind, value, None if shown.masked else item.salt, shown.masked)


def provable(event: Event, actor: Actor) -> bool:
    """Whether an entry may be shown whole. What officers suspect is for officers; an enterprise is not even told
    that there was nothing to suspect."""
    if actor.role in OFFICERS:
        return True
    facts = event.payload["facts"]
    if actor.role is Role.CONSUMER:
        return not any(facts.get(name) for name in TOLD_TO_OFFICERS)
    return not any(name in facts for name in TOLD_TO_OFFICERS)


def record(session: Session, case: Case, actor: Actor, at: datetime, what: str) -> None:
    """Log that somebody had to do with another's personal data."""
    role = _read_as(session, case, actor).value
    session.add(AccessLog(complaint_id=case.id, account_id=actor.account_id, role=role, what=what, read_at=at))


def _read_as(session: Session, case: Case, actor: Actor) -> Role:
    """As whom an officer who holds several roles reads: the mediator of the case, else a supervisor wherever one is."""
    account = session.get(Account, actor.account_id) if actor.role in OFFICERS and actor.account_id else None
    if account is None:
        return actor.role
    if case.mediator_id == account.id:
        return Role.MEDIATOR
    return Role.SUPERVISOR if Role.SUPERVISOR.value in account.roles else actor.role


def told(facts: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    """What of an event's facts this reader can use; what officers suspect, and on whose word, is for officers."""
    names = (*TOLD, *TOLD_TO_OFFICERS) if actor.role in OFFICERS else TOLD
    return {name: facts[name] for name in names if facts.get(name) not in (None, "", [], False)}


def events(session: Session, case: Case, actor: Actor, *, after: int = 0, limit: int | None = None) -> Sequence[Event]:
    """The log of a case behind entry `after`, oldest first, as far as it is this reader's to know.

    What was read once in a transaction is not asked for again: the log only grows, and its length is in the key.
    """
    read: dict[tuple[Any, ...], Sequence[Event]] = session.info.setdefault("log", {})
    key = (case.id, case.chain_seq, case.enterprise_from_seq, actor.role, after, limit)
    if key not in read:
        query = select(Event).where(Event.complaint_id == case.id, Event.seq > after, *_open_to(case, actor))
        read[key] = session.scalars(query.order_by(Event.seq).limit(limit)).all()
    return read[key]


def _open_to(case: Case, actor: Actor) -> Iterator[ColumnElement[bool]]:
    """Which entries of a log are this reader's to know."""
    if actor.role in HIDDEN:
        yield Event.trigger.not_in(HIDDEN[actor.role])
    if actor.role is Role.ENTERPRISE:
        yield or_(Event.seq == 1, Event.seq >= case.enterprise_from_seq)


def findable(session: Session, case: Case, actor: Actor) -> list[str]:
    """The private texts by which an enterprise or an officer may find a case: what its page tells them, never contact
    data, and masked whatever was agreed, so that nobody finds a case by a number that they do not see."""
    known = select(Event.seq).where(Event.complaint_id == case.id, *_open_to(case, actor))
    query = select(PrivateItem).where(
        PrivateItem.complaint_id == case.id,
        PrivateItem.value.is_not(None),
        PrivateItem.kind.not_in(CONTACT),
        or_(PrivateItem.kind.in_(STORY), PrivateItem.seq.in_(known)),
    )
    found = session.scalars(query.order_by(PrivateItem.id))
    return [mask(item.value or "") for item in found if _may_read(case, actor, item)]


def files(session: Session, case: Case, actor: Actor) -> Iterator[FileLine]:
    """The files that this reader may see, oldest first."""
    if actor.role is Role.PARTNER:
        return  # as with the texts
    named = and_(
        PrivateItem.complaint_id == Evidence.complaint_id,
        PrivateItem.seq == Evidence.seq,
        PrivateItem.kind == "file_name",
    )
    query = select(Evidence, PrivateItem).join(PrivateItem, named).where(Evidence.complaint_id == case.id)
    for row, item in session.execute(query.order_by(Evidence.id)):
        if actor.role is Role.ENTERPRISE and item.seen_by != "parties":
            continue  # what one enterprise added is not the next one's to see
        name = _file_name(case, actor, item) or f"{row.seq}{uploads.KINDS.get(row.media_type, uploads.UNKNOWN)[0]}"
        yield FileLine(row.id, row.seq, name, row.media_type, row.size, row.role, row.added_at)


def concerns(case: Case, actor: Actor, seq: int) -> bool:
    """Whether an entry of the log is this reader's business: not what passed with another enterprise before."""
    return actor.role is not Role.ENTERPRISE or seq == 1 or seq >= case.enterprise_from_seq


def release(session: Session, case: Case, kinds: list[str]) -> None:
    """Let the enterprise see these items of the contact, because performing the settlement needs them."""
    mine = (PrivateItem.complaint_id == case.id, PrivateItem.kind.in_(kinds), PrivateItem.seen_by == "contact")
    session.execute(update(PrivateItem).where(*mine).values(seen_by="released"))


def take_back(session: Session, case: Case) -> None:
    """Another enterprise begins without what was released to the one before, and without what that one wrote."""
    mine = PrivateItem.complaint_id == case.id
    released = (mine, PrivateItem.seen_by == "released")
    session.execute(update(PrivateItem).where(*released).values(seen_by="contact"))
    theirs = (mine, PrivateItem.written_by == Role.ENTERPRISE.value, PrivateItem.seen_by == "parties")
    session.execute(update(PrivateItem).where(*theirs).values(seen_by="consumer"))


def mask(text: str) -> str:
    """The text with phone, identity numbers and mail addresses hidden, also those written in full-width forms."""
    without_mails = _hide(_MAIL, text, lambda _: "***@***")
    without_identities = _hide(_IDENTITY, without_mails, lambda _: "******")
    return _hide(_PHONE, without_identities, lambda found: f"{re.sub('[^0-9]', '', found)[:3]}****")


def _hide(pattern: re.Pattern[str], text: str, instead: Callable[[str], str]) -> str:
    """Replace what the pattern finds in the plain form of the text, leaving all else as it was written."""
    parts, end = [], 0
    for match in pattern.finditer(text.translate(_PLAIN)):
        parts += [text[end : match.start()], instead(match.group())]
        end = match.end()
    return "".join([*parts, text[end:]])


def _may_read(case: Case, actor: Actor, item: PrivateItem) -> bool:
    if actor.role in OFFICERS or actor.role is Role.CLOCK:
        return True
    if actor.role is Role.PARTNER:
        return False  # it follows where the case stands; what was said in it is the parties'
    if actor.role is Role.CONSUMER:
        return item.seen_by in ("contact", "released", "parties", "consumer")
    return item.seen_by in ("parties", "released", "enterprise") or (item.seen_by == "contact" and case.contact_consent)


def _shown(case: Case, actor: Actor, item: PrivateItem) -> Text:
    value = item.value or ""
    hidden = actor.role is Role.ENTERPRISE and item.written_by != actor.role.value and item.kind not in CONTACT
    masked = mask(value) if hidden and not case.contact_consent else value
    return Text(item.seq, item.kind, masked, masked != value)


def _file_name(case: Case, actor: Actor, item: PrivateItem) -> str:
    """A telephone number in a name is hidden as it is in the texts."""
    stem, dot, ending = (item.value or "").rpartition(".")
    plain = case.contact_consent or actor.role is not Role.ENTERPRISE or item.written_by == actor.role
    return f"{stem if plain else mask(stem)}{dot}{ending}"
