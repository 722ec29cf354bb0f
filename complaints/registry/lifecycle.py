"""THE SECOND SCREEN: what runs beside the cases. Six small courses, each with one owner, one clock and one
consequence of silence a state. Nothing else moves them: `course.fire()` runs MACHINES.

    pledge     an enterprise applies, the association reviews, the pledge is in force until its term ends
    change     a pledge in force is to be worded anew: the association decides, what stands goes on to stand
    measure    a warning, or a proposal on which a person decides after hearing the enterprise; it may object
    signal     the enterprise is asked why there are more complaints than expected
    objection  an enterprise says that a figure of the record is wrong, before it is published
    errand     no letter reaches an enterprise: somebody tells it by phone or post that a clock runs
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from transitions import EventData, Machine

from complaints.models.course import OnCourse
from complaints.workflow.case import Actor, Role

ENTERPRISE, INTAKE, SUPERVISOR, CLOCK = Role.ENTERPRISE, Role.INTAKE, Role.SUPERVISOR, Role.CLOCK
REVIEWERS = (INTAKE, SUPERVISOR)
BY_RULE = (CLOCK, SUPERVISOR)
NEW = "new"


@dataclass(slots=True)
class Move:
    """One attempt to move a course: who, when, with which facts, under which counters; and which row it matched."""

    actor: Actor
    at: datetime
    facts: dict[str, Any]
    limits: dict[str, int]
    row: Any = None  # the Row that ran


@dataclass(frozen=True, slots=True)
class StateRow:
    """One state: whose move it is, and the trigger that silence pulls. An end has neither."""

    state: str
    owner: Role | None = None
    on_silence: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One way to move; `dest=None` stays, and the clock runs on."""

    trigger: str
    source: tuple[str, ...]
    dest: str | None
    by: tuple[Role, ...]
    when: Callable[[OnCourse, Move], bool] | None = None
    spends: str | None = None


def row(trigger: str, source: str | tuple[str, ...], dest: str | None, by: Role | tuple[Role, ...], **more: Any) -> Row:
    """A row of the table; a single state or role needs no brackets."""
    sources = (source,) if isinstance(source, str) else source
    return Row(trigger, sources, dest, (by,) if isinstance(by, Role) else by, **more)


def announced(subject: OnCourse, move: Move) -> bool:
    """Whether the campaign's day of publication is there already."""
    return bool(move.facts.get("announced"))


def change_waits(subject: OnCourse, move: Move) -> bool:
    """Whether the enterprise has asked for a change that is not decided yet."""
    return bool(cast(Any, subject).changing)


def by_measure(subject: OnCourse, move: Move) -> bool:
    """Whether a measure does it, on which the enterprise was heard: nobody suspends or strikes off by hand."""
    return "measure" in move.facts


def never_told(subject: OnCourse, move: Move) -> bool:
    """Whether nobody could tell its enterprise that the clock ran, by letter, phone or post."""
    return bool(move.facts.get("untold"))


def unheard_warning(subject: OnCourse, move: Move) -> bool:
    """A warning of which its enterprise never heard; on other measures it was heard before."""
    return never_told(subject, move) and cast(Any, subject).kind == "warning"


def another_person(subject: OnCourse, move: Move) -> bool:
    """Whoever imposed a measure does not decide on the objection to it."""
    imposed_by = cast(Any, subject).imposed_by
    return imposed_by is None or imposed_by != move.actor.account_id


# fmt: off
STATES: dict[str, tuple[StateRow, ...]] = {
    "pledge": (
        StateRow("draft",          ENTERPRISE, "lapse"),
        StateRow("submitted",      INTAKE,     "pass_up"),
        StateRow("review_overdue", SUPERVISOR, "leave_unreviewed"),
        StateRow("asked_back",     ENTERPRISE, "lapse"),
        StateRow("approved",       SUPERVISOR, "publish"),      # on the day of publication, by itself
        StateRow("published",      ENTERPRISE, "expire"),
        StateRow("suspended",      SUPERVISOR, "expire"),
        *(StateRow(end) for end in ("lapsed", "unreviewed", "refused", "withdrawn", "struck_off", "expired")),
    ),
    "change": (
        StateRow("asked",   INTAKE,     "pass_up"),
        StateRow("overdue", SUPERVISOR, "leave_undecided"),     # then it does not stand, and that is the association's
        *(StateRow(end) for end in ("accepted", "refused", "withdrawn", "undecided", "fallen_away")),
    ),
    "measure": (
        StateRow("proposed", ENTERPRISE, "close_hearing"),
        StateRow("heard",    SUPERVISOR, "drop"),
        StateRow("in_force", ENTERPRISE, "stand"),              # until then it may object
        StateRow("objected", SUPERVISOR, "lift"),
        *(StateRow(end) for end in ("dropped", "standing", "lifted")),
    ),
    "signal": (
        StateRow("with_centre",     SUPERVISOR, "leave_unjudged"),  # too little has been passed on to the enterprise
        StateRow("with_enterprise", ENTERPRISE, "leave_unanswered"),
        StateRow("answered",        SUPERVISOR, "leave_unjudged"),
        *(StateRow(end) for end in ("explained", "acted_on", "dismissed", "unanswered", "unjudged")),
    ),
    "objection": (
        StateRow("raised", SUPERVISOR, "hold_back"),            # what is not decided is not published until it is
        *(StateRow(end) for end in ("upheld", "rejected", "withdrawn", "held_back")),
    ),
    "errand": (
        StateRow("open", INTAKE, "leave_unreached"),            # silence never counts against who was not told
        *(StateRow(end) for end in ("reached", "unreached", "called_off")),
    ),
}

HOLDING = ("raised", "held_back")  # objections that keep their figure from being shown: late or not, one is decided
SIGNALLED = ("with_centre", "with_enterprise", "answered")
REVIEWED  = ("submitted", "review_overdue")
RUNS      = ("published", "suspended")
CHANGING  = ("asked", "overdue")
UNFINISHED = ("draft", "submitted", "review_overdue", "asked_back", "approved", "published", "suspended")

TABLES: dict[str, tuple[Row, ...]] = {
    "pledge": (
        row("begin",            NEW,          "draft",          (ENTERPRISE, *REVIEWERS)),
        row("edit",             "draft",      None,             (ENTERPRISE, *REVIEWERS)),
        row("submit",           ("draft", "asked_back"), "submitted", (ENTERPRISE, *REVIEWERS)),
        row("lapse",            ("draft", "asked_back"), "lapsed", CLOCK),
        row("pass_up",          "submitted",  "review_overdue", CLOCK),
        row("ask_back",         REVIEWED,     "asked_back",     REVIEWERS, spends="ask_back"),
        row("approve",          REVIEWED,     "published",      REVIEWERS, when=announced),
        row("approve",          REVIEWED,     "approved",       REVIEWERS),
        row("refuse",           REVIEWED,     "refused",        REVIEWERS),
        row("leave_unreviewed", "review_overdue", "unreviewed", CLOCK),
        row("publish",          "approved",   "published",      BY_RULE),
        row("propose_change",   "published",  None,             ENTERPRISE),
        row("accept_change",    RUNS,         None,             REVIEWERS, when=change_waits),
        row("refuse_change",    RUNS,         None,             REVIEWERS, when=change_waits),
        row("withdraw_change",  RUNS,         None,             ENTERPRISE, when=change_waits),
        row("leave_change",     RUNS,         None,             CLOCK, when=change_waits),
        row("suspend",          "published",  "suspended",      BY_RULE, when=by_measure),
        row("restore",          ("suspended", "struck_off"), "published", BY_RULE, when=by_measure),
        row("strike_off",       RUNS,         "struck_off",     SUPERVISOR, when=by_measure),
        row("expire",           RUNS,         "expired",        CLOCK),
        row("withdraw",         UNFINISHED,   "withdrawn",      ENTERPRISE),
        row("move_deadline",    UNFINISHED,   None,             CLOCK),
    ),
    "change": (
        row("ask",             NEW,       "asked",       ENTERPRISE),
        row("reword",          CHANGING,  None,          ENTERPRISE),
        row("accept",          CHANGING,  "accepted",    REVIEWERS),
        row("refuse",          CHANGING,  "refused",     REVIEWERS),
        row("withdraw",        CHANGING,  "withdrawn",   ENTERPRISE),
        row("pass_up",         "asked",   "overdue",     CLOCK),
        row("leave_undecided", "overdue", "undecided",   CLOCK),
        row("fall_away",       CHANGING,  "fallen_away", CLOCK),       # its pledge has ended
        row("move_deadline",   CHANGING,  None,          CLOCK),
    ),
    "measure": (
        row("propose",       NEW,        "proposed", BY_RULE),
        row("warn",          NEW,        "in_force", BY_RULE),
        row("reply",         "proposed", "heard",    ENTERPRISE),
        row("close_hearing", "proposed", "dropped",  CLOCK, when=never_told),
        row("close_hearing", "proposed", "heard",    CLOCK),
        row("impose",        "heard",    "in_force", SUPERVISOR),
        row("drop",          "heard",    "dropped",  (SUPERVISOR, CLOCK)),
        row("object",        "in_force", "objected", ENTERPRISE, spends="object"),
        row("stand",         "in_force", "lifted",   CLOCK, when=unheard_warning),
        row("stand",         "in_force", "standing", CLOCK),
        row("uphold",        "objected", "standing", SUPERVISOR, when=another_person),
        row("lift",          "objected", "lifted",   SUPERVISOR, when=another_person),
        row("lift",          "objected", "lifted",   CLOCK),
        row("lift",          ("in_force", "standing"), "lifted", SUPERVISOR),
        row("move_deadline", ("proposed", "heard", "in_force", "objected"), None, CLOCK),
    ),
    "signal": (
        row("find",             NEW,               "with_enterprise", CLOCK),
        row("notice",           NEW,               "with_centre",     CLOCK),
        row("pass_on",          "with_centre",     "with_enterprise", CLOCK),
        row("grow",             SIGNALLED,         None,              CLOCK),
        row("answer",           "with_enterprise", "answered",        ENTERPRISE),
        row("leave_unanswered", "with_enterprise", "unanswered",      CLOCK),
        row("ask_again",        "answered",        "with_enterprise", SUPERVISOR, spends="ask_again"),
        row("explain",          "answered",        "explained",       SUPERVISOR),
        row("take_action",      ("with_centre", "answered"), "acted_on", SUPERVISOR),
        row("dismiss",          SIGNALLED,         "dismissed",       SUPERVISOR),
        row("leave_unjudged",   ("with_centre", "answered"), "unjudged", CLOCK),
        row("move_deadline",    SIGNALLED,         None,              CLOCK),
    ),
    "objection": (
        row("raise",         NEW,      "raised",    ENTERPRISE),
        row("uphold",        HOLDING,  "upheld",    SUPERVISOR),
        row("reject",        HOLDING,  "rejected",  SUPERVISOR),
        row("withdraw",      "raised", "withdrawn", ENTERPRISE),
        row("hold_back",     "raised", "held_back", CLOCK),
        row("move_deadline", "raised", None,        CLOCK),
    ),
    "errand": (
        row("send",            NEW,    "open",       CLOCK),
        row("reach",           "open", "reached",    REVIEWERS),
        row("give_up",         "open", "unreached",  REVIEWERS),   # every known way was tried
        row("leave_unreached", "open", "unreached",  CLOCK),
        row("call_off",        "open", "called_off", CLOCK),       # the letter arrived, or nothing waits for it
        row("move_deadline",   "open", None,         CLOCK),
    ),
}
# fmt: on

STATE_ROW = {course: {each.state: each for each in states} for course, states in STATES.items()}
OPEN = {course: tuple(each.state for each in states if each.owner) for course, states in STATES.items()}


def may_run(each: Row, subject: OnCourse, move: Move) -> bool:
    """Role, counter and condition of one row."""
    if move.actor.role not in each.by:
        return False
    if each.spends is not None and subject.spent(each.spends) >= move.limits[each.spends]:
        return False
    return each.when is None or each.when(subject, move)


def actions(subject: OnCourse, actor: Actor, at: datetime, limits: dict[str, int]) -> list[str]:
    """What this role could do now, in table order."""
    move = Move(actor, at, {"announced": True}, limits)
    rows = (each for each in TABLES[subject.course] if subject.state in each.source)
    return list(dict.fromkeys(each.trigger for each in rows if may_run(each, subject, move)))


def _subject(event: EventData) -> tuple[OnCourse, Move]:
    return cast(OnCourse, event.model), cast(Move, event.kwargs["move"])


def _ready(each: Row) -> Callable[[EventData], bool]:
    return lambda event: may_run(each, *_subject(event))


def _apply(each: Row) -> Callable[[EventData], None]:
    def apply(event: EventData) -> None:
        subject, move = _subject(event)
        if each.spends is not None:
            subject.counters = subject.counters | {each.spends: subject.spent(each.spends) + 1}
        move.row = each

    return apply


def build_machine(course: str, table: Iterable[Row]) -> Machine:
    """One machine a course for the process; every subject is passed in."""
    names = [NEW, *(each.state for each in STATES[course])]
    machine = Machine(model=None, states=names, initial=NEW, auto_transitions=False, send_event=True)
    for each in table:
        for source in each.source:
            machine.add_transition(each.trigger, source, each.dest, conditions=[_ready(each)], before=[_apply(each)])
    return machine


MACHINES = {course: build_machine(course, table) for course, table in TABLES.items()}
