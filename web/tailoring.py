"""Which boxes a trigger's form shows for this case, and the choices that only the database knows.

The schemas say what may be sent; here is what is worth asking now. Nothing here allows or forbids an action.
"""

from collections.abc import Mapping, Sequence

from marshmallow import Schema
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.errors import BadInput
from complaints.models import Account, Enterprise, Event, Task
from complaints.registry import enterprises
from complaints.schemas import FACTS
from complaints.workflow import conditions, tasks
from complaints.workflow.case import OFFICERS, Case, Role
from complaints.workflow.policy import load
from web import labels
from web.forms import Option
from web.language import gettext as _

STORY = ("enterprise", "product", "bought_on", "amount", "narrative", "request", "name", "phone", "email", "address")

# What an enterprise is offered first: what helps the consumer most, then an answer, then more time, then none of it.
HELPFUL = ("offer", "report_performance", "consent", "late_offer", "decline", "extend", "request_recusal",
           "refuse_mediation", "redirect")  # fmt: skip
# What an officer is offered first: what takes the case on, then what is needed for it, then what ends it.
ONWARD = ("admit", "assign", "decide_recusal", "receive_appraisal", "conclude", "hearing", "request_evidence",
          "order_appraisal", "ask_information", "route", "reassign", "merge", "return_to_sender", "refuse",
          "terminate")  # fmt: skip
OFFERED = {Role.ENTERPRISE: HELPFUL, **dict.fromkeys(OFFICERS, ONWARD)}


def ordered(role: Role, triggers: Sequence[str]) -> list[str]:
    """The actions in the order in which this reader is offered them: the first is the button that stands out."""
    first = OFFERED.get(role, ())
    return sorted(triggers, key=lambda each: first.index(each) if each in first else len(first))


def schema_of(trigger: str) -> Schema | None:
    """The schema of a trigger's facts; None where nobody can pull it."""
    schema = FACTS.get(trigger)
    return schema() if schema else None


def names(session: Session, case: Case, trigger: str, schema: Schema) -> list[str]:
    """The boxes of a trigger's form, in the order in which they are asked."""
    if trigger == "supply_information":
        return _supply(session, case)
    if trigger in ("accept_offer", "settle"):
        return _accept(case, trigger)
    if trigger == "reopen" and not must(case, trigger):
        return ["reason"]
    if trigger == "statement":
        return [name for name in schema.load_fields if name != "for_members"]  # a group has a page of its own
    if trigger == "late_offer":
        return [name for name in schema.load_fields if name != "nothing_to_perform"]
    return list(schema.load_fields)


def must(case: Case, trigger: str) -> tuple[str, ...]:
    """Boxes that this case needs though the schema leaves them open."""
    if trigger == "reopen" and case.outcome in conditions.REOPEN_WITH_GROUND:
        return ("ground",)
    return ()


def numbers(case: Case) -> Mapping[str, int]:
    """What the texts of the boxes name of the rules that this case goes by."""
    return {"performance_days": load(case.policy).limits["performance_days"]}


def options(session: Session, trigger: str, query: str, task: Task | None) -> Mapping[str, Sequence[Option]]:
    """Choices that come from the registry, or from the task at hand."""
    if trigger == "route":
        return {"enterprise_id": [Option(str(firm.id), _firm(firm)) for firm in _found(session, query)]}
    if trigger in ("assign", "reassign"):
        return {"mediator_id": [Option("", _("The least loaded without a conflict")), *_mediators(session)]}
    if task is not None:
        return {"result": [Option(word, labels.choice("result", word)) for word in tasks.RESULTS[task.kind]]}
    return {}


def _found(session: Session, query: str) -> Sequence[Enterprise]:
    """What the registry knows by these words; a credit code with a wrong check digit is nobody's."""
    try:
        return enterprises.search(session, query).firms if query.strip() else []
    except BadInput:
        return []


def _firm(firm: Enterprise) -> str:
    return f"{firm.name} ({_('participant')})" if firm.participant else firm.name


def _mediators(session: Session) -> list[Option]:
    officers = select(Account).where(Account.active, Account.enterprise_id.is_(None))
    people = session.scalars(officers.order_by(Account.name))
    return [Option(str(each.id), each.name) for each in people if {Role.MEDIATOR, Role.SUPERVISOR} & set(each.roles)]


def _supply(session: Session, case: Case) -> list[str]:
    """What was asked for last, consent where it is missing, and a free text."""
    asked = session.scalars(
        select(Event)
        .where(Event.complaint_id == case.id, Event.trigger == "ask_information")
        .order_by(Event.seq.desc())
    ).first()
    missing = asked.payload["facts"].get("missing", []) if asked else STORY
    consent = [] if case.share_consent else ["share_consent"]
    return [*(name for name in STORY if name in missing), *consent, "text"]


def _accept(case: Case, trigger: str) -> list[str]:
    """Nothing is released where nothing is left to perform; a longer time is asked only where it is longer."""
    terms = (case.offer if trigger == "accept_offer" else case.late_offer) or {}
    if "perform_by" not in terms:
        return []
    longer = terms.get("days", 0) > load(case.policy).limits["performance_days"]
    return ["release", *(["longer_agreed"] if longer else [])]
