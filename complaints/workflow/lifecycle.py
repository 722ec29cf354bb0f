"""THE SCREEN: the whole life of a complaint, as two tables.

STATES says for each state who owns it, which clock of the policy runs, and which trigger the clock fires when it
runs out. TABLE says for each trigger where from, where to, by whom, under which condition, spending which counter,
with which effect. Rows of one trigger and state are tried from top to bottom. `dest=None` stays in the state.

Nothing else moves a case: `engine.fire()` runs MACHINE, `verify.py` searches it, `diagram.py` draws it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal, cast

from transitions import EventData, Machine

from complaints.workflow import conditions as c
from complaints.workflow.case import OFFICERS, OPEN, PARTIES, Actor, Case, Move, Outcome, Role, State

Condition = Callable[[Case, Move], bool]
Effect = Callable[[Case, Move], None]

CONSUMER, ENTERPRISE = Role.CONSUMER, Role.ENTERPRISE
INTAKE, MEDIATOR, SUPERVISOR = Role.INTAKE, Role.MEDIATOR, Role.SUPERVISOR
PARTNER, CLOCK = Role.PARTNER, Role.CLOCK
NEW, RECEIVED, NEEDS_INFORMATION = State.NEW, State.RECEIVED, State.NEEDS_INFORMATION
WITH_ENTERPRISE, WITH_CONSUMER = State.WITH_ENTERPRISE, State.WITH_CONSUMER
PERFORMING, REPORTED = State.PERFORMING, State.PERFORMANCE_REPORTED
AWAITING_MEDIATOR, AWAITING_CONSENT = State.AWAITING_MEDIATOR, State.AWAITING_CONSENT
IN_MEDIATION, RECUSAL_PENDING = State.IN_MEDIATION, State.RECUSAL_PENDING
UNDER_APPRAISAL, CLOSED = State.UNDER_APPRAISAL, State.CLOSED
TERMINATED = Outcome.TERMINATED

Owner = Literal["intake", "consumer", "enterprise", "supervisor", "missing_consent", "mediator", "laboratory"]


@dataclass(frozen=True, slots=True)
class StateRow:
    """One state: whose move it is, the clock of the policy that runs, and the trigger that silence fires."""

    state: State
    owner: Owner | None
    clock: str | None
    on_silence: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """One way to move. `clock`: a new state starts a new clock; in place, "move" shifts the running one."""

    trigger: str
    source: tuple[State, ...]
    dest: State | None
    by: tuple[Role, ...]
    when: Condition | None = None
    spends: str | Callable[[Move], str] | None = None
    then: Effect | None = None
    outcome: Outcome | None = None
    clock: Literal["follow", "move"] = "follow"

    def counter(self, move: Move) -> str | None:
        """The name of the counter that this move spends, or None."""
        return self.spends(move) if callable(self.spends) else self.spends


def row(
    trigger: str, source: State | tuple[State, ...], dest: State | None, by: Role | tuple[Role, ...], **more: Any
) -> Row:
    """A row of the table; a single state or role needs no brackets."""
    sources = (source,) if isinstance(source, State) else source
    return Row(trigger, sources, dest, (by,) if isinstance(by, Role) else by, **more)


# fmt: off
STATES = (
    StateRow(RECEIVED,             "intake",          "received",             "admit"),
    StateRow(NEEDS_INFORMATION,    "consumer",        "needs_information",    "lapse"),
    StateRow(WITH_ENTERPRISE,      "enterprise",      "with_enterprise",      "escalate"),
    StateRow(WITH_CONSUMER,        "consumer",        "with_consumer",        "leave_unanswered"),
    StateRow(PERFORMING,           "enterprise",      "performing",           "break_promise"),
    StateRow(REPORTED,             "consumer",        "performance_reported", "presume_performed"),
    StateRow(AWAITING_MEDIATOR,    "supervisor",      "awaiting_mediator",    "assign"),
    StateRow(AWAITING_CONSENT,     "missing_consent", "awaiting_consent",     "refuse_mediation"),
    StateRow(IN_MEDIATION,         "mediator",        "in_mediation",         "terminate"),
    StateRow(RECUSAL_PENDING,      "supervisor",      "recusal_pending",      "decide_recusal"),
    StateRow(UNDER_APPRAISAL,      "laboratory",      "under_appraisal",      "receive_appraisal"),
    StateRow(CLOSED,               None,              None,                   None),
)

AT_DESK     = (RECEIVED, AWAITING_MEDIATOR)
BEFORE_DEAL = (AWAITING_MEDIATOR, AWAITING_CONSENT, IN_MEDIATION)
ENDABLE     = (AWAITING_MEDIATOR, AWAITING_CONSENT, IN_MEDIATION, RECUSAL_PENDING, UNDER_APPRAISAL)
AT_INTAKE   = (INTAKE, SUPERVISOR)
TO_ASSIGN   = (SUPERVISOR, CLOCK)
TO_FILE     = (CONSUMER, INTAKE, PARTNER)
TO_REFUSE   = (RECEIVED, NEEDS_INFORMATION, AWAITING_MEDIATOR)
REFUSABLE   = (AWAITING_CONSENT, IN_MEDIATION)

TABLE = (
    # intake
    row("file",  NEW,      WITH_ENTERPRISE,   TO_FILE, when=c.green_channel),
    row("file",  NEW,      RECEIVED,          TO_FILE),
    row("admit", RECEIVED, WITH_ENTERPRISE,   INTAKE, when=c.may_send, then=c.take_intake),
    row("admit", RECEIVED, AWAITING_MEDIATOR, INTAKE, when=c.another_officer, then=c.take_intake),
    row("admit", RECEIVED, WITH_ENTERPRISE,   CLOCK,  when=c.nothing_missing),
    row("admit", RECEIVED, AWAITING_MEDIATOR, CLOCK),
    row("ask_information", RECEIVED, NEEDS_INFORMATION, INTAKE, when=c.another_officer, spends="ask_information"),
    row("supply_information", NEEDS_INFORMATION, RECEIVED, CONSUMER, then=c.supplied),
    row("lapse", NEEDS_INFORMATION, CLOSED, CLOCK, outcome=Outcome.LAPSED),
    row("refuse", TO_REFUSE, CLOSED, AT_INTAKE, when=c.another_officer, then=c.bar_officer, outcome=Outcome.REFUSED),
    row("merge",            AT_DESK, CLOSED, AT_INTAKE, when=c.another_officer, outcome=Outcome.MERGED),
    row("return_to_sender", AT_DESK, CLOSED, AT_INTAKE, when=c.another_officer, outcome=Outcome.RETURNED),

    # between enterprise and consumer
    row("redirect", WITH_ENTERPRISE, RECEIVED,          ENTERPRISE, spends="redirect"),
    row("extend",   WITH_ENTERPRISE, None,              ENTERPRISE, spends="extend", clock="move"),
    row("offer",    WITH_ENTERPRISE, WITH_CONSUMER,     ENTERPRISE, then=c.keep_offer),
    row("decline",  WITH_ENTERPRISE, WITH_CONSUMER,     ENTERPRISE, then=c.keep_decline),
    row("escalate", WITH_ENTERPRISE, AWAITING_MEDIATOR, CLOCK),
    row("accept_offer",     WITH_CONSUMER, PERFORMING,        CONSUMER, when=c.offer_stands, then=c.promise),
    row("accept_offer",     WITH_CONSUMER, CLOSED,            CONSUMER, when=c.nothing_to_do, outcome=Outcome.SETTLED),
    row("counter",          WITH_CONSUMER, WITH_ENTERPRISE,   CONSUMER, spends="counter", then=c.drop_offer),
    row("reject",           WITH_CONSUMER, AWAITING_MEDIATOR, CONSUMER, then=c.drop_offer),
    row("leave_unanswered", WITH_CONSUMER, CLOSED, CLOCK, when=c.offer_unanswered, outcome=Outcome.UNCONFIRMED),
    row("leave_unanswered", WITH_CONSUMER, CLOSED, CLOCK, outcome=Outcome.DECLINED_NOT_PURSUED),

    # performance
    row("report_performance", PERFORMING, REPORTED, ENTERPRISE),
    row("confirm_performance", (PERFORMING, REPORTED), CLOSED, CONSUMER, outcome=Outcome.SETTLED),
    row("dispute_performance", REPORTED, AWAITING_MEDIATOR, CONSUMER, spends="performance", then=c.drop_promise),
    row("dispute_performance", REPORTED, CLOSED, CONSUMER, when=c.return_spent, outcome=Outcome.SETTLEMENT_BROKEN),
    row("presume_performed",   REPORTED, CLOSED, CLOCK, outcome=Outcome.SETTLED_UNCONFIRMED),
    row("break_promise", PERFORMING, AWAITING_MEDIATOR, CLOCK, spends="performance", then=c.drop_promise),
    row("break_promise", PERFORMING, CLOSED, CLOCK, when=c.return_spent, outcome=Outcome.SETTLEMENT_BROKEN),

    # appeals centre
    row("assign", AWAITING_MEDIATOR, IN_MEDIATION,     TO_ASSIGN, when=c.can_begin, then=c.take_mediator),
    row("assign", AWAITING_MEDIATOR, AWAITING_CONSENT, TO_ASSIGN, when=c.mediator_found, then=c.take_mediator),
    row("assign", AWAITING_MEDIATOR, CLOSED,           CLOCK, then=c.give_up, outcome=TERMINATED),
    row("consent", AWAITING_CONSENT, IN_MEDIATION, PARTIES, when=c.completes_consents, then=c.give_consent),
    row("consent", AWAITING_CONSENT, AWAITING_CONSENT, CONSUMER, when=c.has_not_consented, then=c.give_consent),
    row("consent", AWAITING_CONSENT, None, ENTERPRISE, when=c.has_not_consented, then=c.give_consent),
    row("refuse_mediation", REFUSABLE, CLOSED, PARTIES, then=c.take_consent_back, outcome=TERMINATED),
    row("refuse_mediation", AWAITING_CONSENT, CLOSED, CLOCK, outcome=Outcome.CONSENT_UNANSWERED),
    row("settle", BEFORE_DEAL, PERFORMING, CONSUMER, when=c.late_offer_stands, then=c.take_late_offer),
    row("request_recusal", IN_MEDIATION, RECUSAL_PENDING, PARTIES, spends=c.recusal_counter, then=c.ask_recusal),
    row("request_recusal", IN_MEDIATION, None,            PARTIES, when=c.later_recusal),
    row("decide_recusal", RECUSAL_PENDING, IN_MEDIATION, TO_ASSIGN, when=c.granted, then=c.change_mediator),
    row("decide_recusal", RECUSAL_PENDING, CLOSED, TO_ASSIGN, when=c.nobody_left, then=c.give_up, outcome=TERMINATED),
    row("decide_recusal", RECUSAL_PENDING, IN_MEDIATION, SUPERVISOR, when=c.denied, then=c.keep_mediator),
    row("order_appraisal",   IN_MEDIATION,    UNDER_APPRAISAL, MEDIATOR, spends="appraisal", then=c.order_appraisal),
    row("receive_appraisal", UNDER_APPRAISAL, IN_MEDIATION,    (MEDIATOR, CLOCK)),
    row("conclude",  IN_MEDIATION, PERFORMING, MEDIATOR, then=c.agree),
    row("terminate", ENDABLE,      CLOSED,     OFFICERS, then=c.keep_ground, outcome=TERMINATED),
    row("terminate", IN_MEDIATION, CLOSED,     CLOCK,    then=c.time_is_up,  outcome=TERMINATED),

    # the consumer's own
    row("withdraw", OPEN, CLOSED, CONSUMER, outcome=Outcome.WITHDRAWN),
    row("reopen", CLOSED, AWAITING_MEDIATOR, CONSUMER, when=c.reopen_to_mediator, spends="reopen", then=c.begin_again),
    row("reopen", CLOSED, RECEIVED,          CONSUMER, when=c.reopen_to_intake,   spends="reopen", then=c.begin_again),

    # beside the state: recorded and told, moving nothing
    row("statement",        OPEN,         None, (*PARTIES, *OFFICERS, CLOCK)),
    row("evidence",         OPEN,         None, (*PARTIES, *OFFICERS)),
    row("late_offer",       BEFORE_DEAL,  None, ENTERPRISE, then=c.keep_late_offer),
    row("note",             (*OPEN, CLOSED), None, OFFICERS),
    row("route",            AT_DESK,      None, AT_INTAKE, then=c.route),
    row("split",            RECEIVED,     None, INTAKE),
    row("reassign",         ENDABLE[1:],  None, TO_ASSIGN, when=c.mediator_found, then=c.take_mediator),
    row("request_evidence", IN_MEDIATION, None, MEDIATOR),
    row("hearing",          IN_MEDIATION, None, MEDIATOR),
    row("join",             OPEN,         None, OFFICERS),
    row("answer_joint",     OPEN,         None, CONSUMER),
    row("flag",             OPEN,         None, AT_INTAKE, then=c.keep_flags),
    row("contact_consent",  (*OPEN, CLOSED), None, CONSUMER, then=c.keep_contact_consent),
    row("rate",             CLOSED,       None, CONSUMER, when=c.in_rating_window, then=c.keep_rating),
    row("do_task",          (*OPEN, CLOSED), None, (*PARTIES, *OFFICERS, CLOCK)),
    row("move_deadline",    OPEN,         None, CLOCK, clock="move"),
)
# fmt: on

STATE_ROW = {state_row.state: state_row for state_row in STATES}
GENEROUS = {"reopen_ground": "breach", "granted": True, "mediator_id": 0}  # facts that an action may bring with it
TRIGGERS = tuple(dict.fromkeys(each.trigger for each in TABLE))


def owners(case: Case) -> tuple[Role, ...]:
    """Whose move it is; the mediator answers for the laboratory, and nobody owns a closed case.

    Where consents are missing, the consumer is asked first: without that yes nothing may reach the enterprise.
    """
    owner = STATE_ROW[case.state].owner
    if owner == "missing_consent":
        return (ENTERPRISE,) if case.consumer_consents and case.share_consent else (CONSUMER,)
    if owner == "laboratory":
        return (MEDIATOR,)
    return (Role(owner),) if owner else ()


def rows_for(trigger: str, state: State) -> tuple[Row, ...]:
    """The rows of a trigger that start in a state, in the order in which they are tried."""
    return _ROWS.get((trigger, state), ())


def rows_from(trigger: str) -> frozenset[State]:
    """The states from which a trigger can be pulled."""
    return frozenset(state for each in TABLE if each.trigger == trigger for state in each.source)


def may_run(each: Row, case: Case, move: Move) -> bool:
    """Role, counter and condition of one row."""
    if move.actor.role not in each.by:
        return False
    counter = each.counter(move)
    if counter is not None and case.spent(counter) >= move.limits[limit_of(counter)]:
        return False
    return each.when is None or each.when(case, move)


def actions(case: Case, actor: Actor, move: Move) -> list[str]:
    """What this role could do now, in table order; facts that an action brings with it are taken as given."""
    generous = Move(move.actor, move.at, GENEROUS | move.facts, move.limits)
    mine = _ROWS_OF.get((case.state, move.actor.role), ())
    return list(dict.fromkeys(each.trigger for each in mine if may_run(each, case, generous)))


def limit_of(counter: str) -> str:
    """The policy's name for a counter: each party has a recusal of its own."""
    return "recusal" if counter.startswith("recusal_") else counter


def _subject(event: EventData) -> tuple[Case, Move]:
    return cast(Case, event.model), cast(Move, event.kwargs["move"])


def _ready(each: Row) -> Callable[[EventData], bool]:
    return lambda event: may_run(each, *_subject(event))


def _apply(each: Row) -> Callable[[EventData], None]:
    """Spend, write the effect, and remember the row, before the machine sets the state."""

    def apply(event: EventData) -> None:
        case, move = _subject(event)
        counter = each.counter(move)
        if counter is not None:
            case.counters = case.counters | {counter: case.spent(counter) + 1}
        if each.then is not None:
            each.then(case, move)
        case.outcome = each.outcome or case.outcome
        move.row = each

    return apply


def build_machine(table: Iterable[Row]) -> Machine:
    """One machine for the process; every model is passed in, none is kept (a kept one costs 18 kB)."""
    machine = Machine(model=None, states=State, initial=State.NEW, auto_transitions=False, send_event=True)
    for each in table:
        for source in each.source:
            machine.add_transition(each.trigger, source, each.dest, conditions=[_ready(each)], before=[_apply(each)])
    return machine


def _index(table: Iterable[Row]) -> dict[tuple[str, State], tuple[Row, ...]]:
    index: dict[tuple[str, State], tuple[Row, ...]] = {}
    for each in table:
        for source in each.source:
            index[each.trigger, source] = (*index.get((each.trigger, source), ()), each)
    return index


def _index_by_role(table: Iterable[Row]) -> dict[tuple[State, Role], tuple[Row, ...]]:
    index: dict[tuple[State, Role], tuple[Row, ...]] = {}
    for trigger in TRIGGERS:
        for each in (each for each in table if each.trigger == trigger):
            for source, role in product(each.source, each.by):
                index[source, role] = (*index.get((source, role), ()), each)
    return index


_ROWS = _index(TABLE)
_ROWS_OF = _index_by_role(TABLE)
MACHINE = build_machine(TABLE)
