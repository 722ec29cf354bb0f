"""What the design's tables say, written down by hand and not derived from `lifecycle`: the other half of the matrix.

One line a row: trigger | from | to | by. `=` stays in the state. Conditions are those that the cases of `gallery()`
meet: an outside enterprise, no consent yet, an offer with a day, counters unspent.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from complaints.workflow.case import Role, State
from tests.people import MONDAY, World, on
from tests.playing import Playing, file_complaint

CODES = {
    "rec": State.RECEIVED,
    "info": State.NEEDS_INFORMATION,
    "ent": State.WITH_ENTERPRISE,
    "con": State.WITH_CONSUMER,
    "perf": State.PERFORMING,
    "rep": State.PERFORMANCE_REPORTED,
    "am": State.AWAITING_MEDIATOR,
    "ac": State.AWAITING_CONSENT,
    "med": State.IN_MEDIATION,
    "rcs": State.RECUSAL_PENDING,
    "app": State.UNDER_APPRAISAL,
    "end": State.CLOSED,
}
OPEN = "rec info ent con perf rep am ac med rcs app"
OFFICERS = "intake mediator supervisor"

DESIGN = f"""
admit               | rec                | ent  | intake clock
ask_information     | rec                | info | intake
supply_information  | info               | rec  | consumer
lapse               | info               | end  | clock
refuse              | rec info am        | end  | intake supervisor
merge               | rec am             | end  | intake supervisor
return_to_sender    | rec am             | end  | intake supervisor
redirect            | ent                | rec  | enterprise
extend              | ent                | =    | enterprise
offer               | ent                | con  | enterprise
decline             | ent                | con  | enterprise
escalate            | ent                | am   | clock
accept_offer        | con                | perf | consumer
counter             | con                | ent  | consumer
reject              | con                | am   | consumer
leave_unanswered    | con                | end  | clock
report_performance  | perf               | rep  | enterprise
confirm_performance | perf rep           | end  | consumer
dispute_performance | rep                | am   | consumer
break_promise       | perf               | am   | clock
presume_performed   | rep                | end  | clock
assign              | am                 | ac   | supervisor clock
consent             | ac                 | =    | consumer enterprise
refuse_mediation    | ac                 | end  | consumer enterprise clock
refuse_mediation    | med                | end  | consumer enterprise
settle              | am ac med          | perf | consumer
request_recusal     | med                | rcs  | consumer enterprise
decide_recusal      | rcs                | med  | supervisor clock
order_appraisal     | med                | app  | mediator
receive_appraisal   | app                | med  | mediator clock
conclude            | med                | perf | mediator
terminate           | am ac med rcs app  | end  | {OFFICERS}
terminate           | med                | end  | clock
withdraw            | {OPEN}             | end  | consumer
reopen              | end                | am   | consumer
statement           | {OPEN}             | =    | consumer enterprise {OFFICERS} clock
evidence            | {OPEN}             | =    | consumer enterprise {OFFICERS}
late_offer          | am ac med          | =    | enterprise
note                | {OPEN} end         | =    | {OFFICERS}
route               | rec am             | =    | intake supervisor
split               | rec                | =    | intake
reassign            | ac med rcs app     | =    | supervisor clock
request_evidence    | med                | =    | mediator
hearing             | med                | =    | mediator
join                | {OPEN}             | =    | {OFFICERS}
answer_joint        | {OPEN}             | =    | consumer
flag                | {OPEN}             | =    | intake supervisor
contact_consent     | {OPEN} end         | =    | consumer
rate                | end                | =    | consumer
do_task             | {OPEN} end         | =    | consumer enterprise {OFFICERS} clock
move_deadline       | {OPEN}             | =    | clock
"""

# In these cases of the gallery nothing has reached the enterprise, so to it they do not exist.
UNHEARD = (State.RECEIVED, State.NEEDS_INFORMATION)
MEDIATED = (State.AWAITING_CONSENT, State.IN_MEDIATION, State.RECUSAL_PENDING, State.UNDER_APPRAISAL)


@dataclass(frozen=True)
class Allowed:
    """One cell of the matrix: this role may pull this trigger here, and then the case is there."""

    trigger: str
    source: State
    role: Role
    dest: State


def design() -> Iterator[Allowed]:
    """The table above, cell by cell."""
    for line in DESIGN.strip().splitlines():
        trigger, sources, dest, roles = (part.split() for part in line.split("|"))
        for source in sources:
            for role in roles:
                there = CODES[source if dest == ["="] else dest[0]]
                yield Allowed(trigger[0], CODES[source], Role(role), there)


def gallery(world: World) -> dict[State, Playing]:
    """One case in each state, all on the same Monday, played by the people themselves."""
    walks = {
        State.RECEIVED: "",
        State.NEEDS_INFORMATION: "ask",
        State.WITH_ENTERPRISE: "admit",
        State.WITH_CONSUMER: "admit offer",
        State.PERFORMING: "admit offer accept",
        State.PERFORMANCE_REPORTED: "admit offer accept report",
        State.AWAITING_MEDIATOR: "admit decline reject late",
        State.AWAITING_CONSENT: "admit decline reject late assign",
        State.IN_MEDIATION: "admit decline reject late assign yes agree",
        State.RECUSAL_PENDING: "admit decline reject late assign yes agree recusal",
        State.UNDER_APPRAISAL: "admit decline reject late assign yes agree laboratory",
    }
    cases = {}
    for n, (state, steps) in enumerate(walks.items(), start=10):  # from many phones, as no sign of abuse
        playing = file_complaint(world, against="outside", consumer_consents=False, phone=f"139000000{n}")
        cases[state] = walk(playing, steps)
    cases[State.CLOSED] = walk(file_complaint(world, against="outside"), "admit offer lapse")
    for state, playing in cases.items():
        assert playing.state is state, (state, playing.triggers())
    return cases


def walk(playing: Playing, steps: str) -> Playing:
    """Lead a case through named steps."""
    for step in steps.split():
        STEPS[step](playing)
    return playing


STEPS = {
    "ask": lambda p: p.intake("ask_information", missing=["evidence"]),
    "admit": lambda p: p.intake("admit"),
    "offer": lambda p: p.enterprise("offer", remedy="A new kettle.", perform_by=on("2026-07-16")),
    "decline": lambda p: p.enterprise("decline", reason="It fell down."),
    "accept": lambda p: p.consumer("accept_offer"),
    "counter": lambda p: p.consumer("counter", text="And the postage."),
    "reject": lambda p: p.consumer("reject"),
    "report": lambda p: p.enterprise("report_performance", text="Sent on Friday."),
    "late": lambda p: p.enterprise("late_offer", remedy="Half the price.", perform_by=on("2026-07-16")),
    "assign": lambda p: p.supervisor("assign"),
    "yes": lambda p: p.consumer("consent"),
    "agree": lambda p: p.enterprise("consent"),
    "recusal": lambda p: p.consumer("request_recusal", reason="He is a cousin."),
    "laboratory": lambda p: p.mediator(
        "order_appraisal", laboratory="Lab One", agreed_on=on("2026-08-20"), payer="enterprise", both_agreed=True
    ),
    "lapse": lambda p: p.let_lapse(),
}
AFTERNOON = MONDAY.replace(hour=8)  # of the same Monday, 16:00 in Shanghai
