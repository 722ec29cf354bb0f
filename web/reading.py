"""What a case page shows to one reader, gathered in one transaction. Nothing here changes a case."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from complaints import words
from complaints.models import Account, Complaint, Enterprise, Event
from complaints.workflow import afterwards, callers, lifecycle, notices, rows, sight, tasks
from complaints.workflow.case import OFFICERS, Actor, Case, Move, Role, State
from complaints.workflow.policy import load
from complaints.workflow.sight import CONTACT, STORY, FileLine, Text
from web import labels
from web.explain import Reasons, explain
from web.language import gettext as _
from web.language import locale
from web.wording import day, money, say

SAME_MOMENT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of the case, told to this reader."""

    seq: int
    trigger: str
    role: str
    headline: str
    told: str
    by: str
    own: bool
    at: datetime
    recorded: datetime | None  # where it was found later than it happened
    details: list[tuple[str, str]]
    texts: list[Text]

    @property
    def internal(self) -> bool:
        """Whether only the centre ever sees it."""
        return self.trigger in sight.INTERNAL


@dataclass(frozen=True, slots=True)
class Errand:
    """Something to be done beside the state."""

    id: int
    kind: str
    role: str
    party: str
    due_at: datetime
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Everything on a case page."""

    case: Case
    row: Complaint
    enterprise: str
    reader: Role
    owners: tuple[Role, ...]
    my_move: bool
    overdue: bool
    silence: str | None
    reasons: Reasons | None
    actions: list[str]
    contact: list[Text]
    contact_hidden: bool
    story: list[Text]
    masked: bool
    timeline: list[Entry]
    errands: list[Errand]
    files: list[FileLine]
    mediator: str
    terms: list[tuple[str, str]]
    offered: Text | None  # the offer that waits for the consumer's answer
    confirm_until: datetime | None
    routes: list[str]
    more: Mapping[str, Any]  # what only one of the places shows


def view(
    session: Session, case: Case, row: Complaint, actors: Sequence[Actor], at: datetime, what: str,
    more: Mapping[str, Any],
) -> View:  # fmt: skip
    """The page of `case` for somebody who holds `actors`; reading contact data is logged under `what`."""
    me = actors[0]
    texts = sight.texts(session, case, me, at, what)
    owners = lifecycle.owners(case)
    enterprise = session.get(Enterprise, case.enterprise_id) if case.enterprise_id else None
    closed = case.state is State.CLOSED
    return View(
        case=case,
        row=row,
        enterprise=enterprise.name if enterprise else case.enterprise_given,
        reader=me.role,
        owners=owners,
        my_move=any(_my_move(case, actor, owners) for actor in actors),
        overdue=case.due_at is not None and at >= case.due_at,
        silence=notices.silence(case, Move(me, at, {}, load(case.policy).counters)),
        reasons=explain(rows.clock(session, case.clock_id)["explanation"]) if case.clock_id and not closed else None,
        actions=callers.actions(case, actors, at),
        contact=[text for text in texts if text.kind in CONTACT],
        contact_hidden=me.role is Role.ENTERPRISE and not case.contact_consent,
        story=[text for text in texts if text.kind in STORY],
        masked=any(text.masked for text in texts),
        timeline=list(_timeline(session, case, me, texts)),
        errands=list(_errands(session, case, actors)),
        files=list(sight.files(session, case, me)),
        mediator=_name(session, case.mediator_id),
        terms=terms(case),
        offered=_offered(case, texts),
        confirm_until=afterwards.confirmable_until(case, at),
        routes=notices.ROUTES if closed and case.outcome is not None and case.outcome.value != "settled" else [],
        more=more,
    )


def _offered(case: Case, texts: Sequence[Text]) -> Text | None:
    """The words of the offer on the table, in time or late."""
    waiting = (case.state is State.WITH_CONSUMER and case.answer == "offer") or case.late_offer is not None
    remedies = [text for text in texts if text.kind == "remedy"]
    return remedies[-1] if waiting and remedies else None


def terms(case: Case) -> list[tuple[str, str]]:
    """Amount and date of what is on the table or promised."""
    offered = case.late_offer or case.offer or {}
    promised = case.perform_by.isoformat() if case.perform_by else offered.get("perform_by")
    lines = []
    if offered.get("amount"):
        lines.append((_("Amount offered"), money(offered["amount"])))
    if promised:
        lines.append((say("label.perform_by"), day(date.fromisoformat(promised))))
    return lines


def _my_move(case: Case, actor: Actor, owners: Sequence[Role]) -> bool:
    """A mediator's move is that of the mediator assigned."""
    return actor.role in owners and (actor.role is not Role.MEDIATOR or actor.account_id == case.mediator_id)


def _name(session: Session, account_id: int | None) -> str:
    account = session.get(Account, account_id) if account_id else None
    return account.name if account else ""


def _timeline(session: Session, case: Case, me: Actor, texts: Sequence[Text]) -> Iterator[Entry]:
    """The log, newest first, in words; what the centre keeps to itself is left out for the parties."""
    for event in reversed(sight.events(session, case, me)):
        own = [text for text in texts if text.seq == event.seq and text.kind not in (*CONTACT, *STORY)]
        late = event.recorded_at - event.occurred_at > SAME_MOMENT
        yield Entry(
            seq=event.seq,
            trigger=event.trigger,
            role=event.role,
            headline=say(f"headline.{_worded(event)}"),
            told=_told(case, event, me),
            by=_by(event),
            own=event.role == me.role,
            at=event.occurred_at,
            recorded=event.recorded_at if late else None,
            details=list(_details(event.payload["facts"], me)),
            texts=own,
        )


def _by(event: Event) -> str:
    """Who did it; what a representative said for the members stands in each member's log."""
    if event.payload["facts"].get("spoken_by"):
        return _("Representative of the members")
    return _("System") if event.role == Role.CLOCK else say(f"role.{event.role}")


def _told(case: Case, event: Event, me: Actor) -> str:
    """The sentence for this reader; "you" is for whoever the words have it for."""
    named = {
        "product": case.product or say("letter.unnamed_product"),
        "enterprise": case.enterprise_given or say("letter.unnamed_enterprise"),
    }
    if not words.has(locale(), f"happened.{_worded(event)}.everyone"):
        return ""
    return words.happened(locale(), _worded(event), me.role.value, **named)


def _worded(event: Event) -> str:
    """The words that tell of an event: its trigger's, or those of the kind of task that ended."""
    kind = event.payload["facts"].get("task") if event.trigger == "do_task" else None
    return f"did_{kind}" if kind else event.trigger


def _details(facts: dict[str, Any], me: Actor) -> Iterator[tuple[str, str]]:
    """The facts of an event that a reader can use, in words."""
    for name, value in sight.told(facts, me).items():
        write = _WRITTEN.get(name)
        if write is not None:
            yield labels.box("", name)[0] if name not in _LABELS else _(_LABELS[name]), write(value)


def _date(value: str) -> str:
    return day(date.fromisoformat(value))


def _choice(box: str) -> Callable[[Any], str]:
    """One choice of a box, or several."""
    return lambda value: say("letter.separator").join(
        labels.choice(box, each) for each in ([value] if isinstance(value, str) else value)
    )


_LABELS = {
    "amount": labels.N_("Amount"),
    "perform_by": labels.N_("To be done by"),
    "wanted_amount": labels.N_("Amount wanted"),
    "wanted_by": labels.N_("Wanted by"),
    "old_day": labels.N_("Old last day"),
    "new_day": labels.N_("New last day"),
    "release": labels.N_("Released to the enterprise"),
    "rating": labels.N_("Mark (1 to 5)"),
    "result": labels.N_("Result"),
}
_WRITTEN: dict[str, Any] = {
    "amount": money,
    "perform_by": _date,
    "wanted_amount": money,
    "wanted_by": _date,
    "missing": _choice("missing"),
    "ground": _choice("ground"),
    "release": _choice("release"),
    "old_day": _date,
    "new_day": _date,
    "agreed_on": _date,
    "payer": _choice("payer"),
    "party": _choice("party"),
    "until": _date,
    "day": _date,
    "time": str,
    "into": str,
    "rating": str,
    "flags": _choice("flags"),
    "result": _choice("result"),
}


def _errands(session: Session, case: Case, actors: Sequence[Actor]) -> Iterator[Errand]:
    """Open tasks: the centre sees all, a party those that are its own or about it."""
    roles = {actor.role for actor in actors}
    officer = bool(roles & set(OFFICERS))
    for task in tasks.open_for(session, case, actors):
        mine = task.role in roles or (officer and task.role in OFFICERS)
        yield Errand(task.id, task.kind, task.role, task.party or "", task.due_at, mine)
