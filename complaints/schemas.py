"""What people and programs may send, parsed once for pages, API and importer.

The front door: `parse`, `FilingSchema`, and a schema for the facts of each trigger that a person uses. FACTS says
which schema belongs to which trigger of the table; what it loads are keyword arguments of the verb of that name.
"""

from itertools import chain
from typing import Any

from marshmallow import ValidationError, post_load, validates_schema

from complaints.db import MOST_ID
from complaints.fields import Amount, Choice, Choices, Day, Flag, Hour, Numbers, Text, Whole
from complaints.inputs import LETTER, STORY, FilingFields, Input
from complaints.inputs import FilingSchema as FilingSchema
from complaints.inputs import parse as parse
from complaints.workflow.filing import REQUIRED
from complaints.workflow.tasks import RESULTS

REFUSE_GROUNDS = tuple(f"refuse_{n}" for n in range(1, 8))  # Order 121 art 16
END_GROUNDS = tuple(f"end_{n}" for n in range(1, 9))  # art 23
MISSING = (*REQUIRED, "consent_share")  # what may be asked for; anything else goes into the text
RELEASE = ("name", "phone", "address")  # what performance may need to know of the consumer
FLAGS = ("frequency", "duplicate", "shared_contact")  # signs of abuse, art 17
MARGIN = 500


class SupplyInformationSchema(FilingFields):
    """What the consumer adds: any field of the filing and free text. Empty boxes are not given, never erased."""

    class Meta:
        exclude = ("mandate",)

    text = Text(LETTER, lines=True)

    @post_load
    def something(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The fields that were filled in."""
        given = {name: value for name, value in data.items() if value not in ("", None)}
        if not given:
            raise ValidationError("nothing_given")
        return given


def _text(most: int = LETTER) -> Text:
    return Text(most, lines=True, required=True)


def _optional_text(most: int = LETTER) -> Text:
    return Text(most, lines=True, load_default="")


def _by(*, required: bool = False) -> Day:
    return Day(future=True, required=True) if required else Day(future=True, load_default=None)


class NothingSchema(Input):
    """For triggers that need no facts."""


class ReasonSchema(Input):
    """A reason, if one is given."""

    reason = _optional_text()


class GivenReasonSchema(Input):
    """A reason, which must be given."""

    reason = _text()


class DeclineSchema(GivenReasonSchema):
    """The enterprise's reasoned refusal."""


class RedirectSchema(GivenReasonSchema):
    """The enterprise says that it is not the one."""


class ExtendSchema(GivenReasonSchema):
    """Why the enterprise needs more time; the consumer is told."""


class RecusalSchema(GivenReasonSchema):
    """Why the mediator should step aside (art 21)."""


class OfferSchema(Input):
    """A remedy: what, how much, by when; or that nothing is left to perform."""

    remedy = _text()
    amount = Amount(load_default=None)
    perform_by = _by()
    nothing_to_perform = Flag(load_default=False)

    @validates_schema
    def one_or_the_other(self, data: dict[str, Any], **_: Any) -> None:
        """What has been performed already has no date ahead."""
        if data.get("nothing_to_perform") and data.get("perform_by"):
            raise ValidationError("contradicts:nothing_to_perform", "perform_by")


class AdmitSchema(Input):
    """The letter to the consumer, if one is wanted."""

    text = _optional_text()


class AskInformationSchema(Input):
    """Everything that is missing, in one list."""

    missing = Choices(*MISSING, required=True)
    text = _optional_text()


class RefuseSchema(Input):
    """Refusal with its ground (art 16)."""

    ground = Choice(*REFUSE_GROUNDS, required=True)
    text = _optional_text()


class TerminateSchema(Input):
    """The end of mediation with its ground (art 23)."""

    ground = Choice(*END_GROUNDS, required=True)
    text = _optional_text()


class AcceptOfferSchema(Input):
    """What the enterprise may know in order to perform, and whether a longer time than usual is agreed."""

    release = Choices(*RELEASE, load_default=list)
    longer_agreed = Flag(load_default=False)


class CounterSchema(Input):
    """What the consumer would accept instead."""

    text = _text()
    amount = Amount(load_default=None)
    perform_by = _by()


class ReportPerformanceSchema(Input):
    """What was done, and how it is proven."""

    text = _text()


class ConcludeSchema(Input):
    """The mediation agreement (art 24)."""

    agreement = _text(STORY)
    amount = Amount(load_default=None)
    perform_by = _by(required=True)
    longer_agreed = Flag(load_default=False)
    rule = Text(MARGIN, load_default="")
    waived = Flag(load_default=False)  # both waive the agreement, or it was performed at once: a record instead


class DecideRecusalSchema(Input):
    """The supervisor's decision on a request to step aside."""

    granted = Flag(required=True)
    reason = _text()


class AppraisalSchema(Input):
    """Inspection by a laboratory that both sides agreed on (art 22)."""

    laboratory = Text(200, required=True)
    agreed_on = _by(required=True)
    payer = Choice("consumer", "enterprise", "centre", required=True)
    both_agreed = Flag(yes=True, required=True)
    text = _optional_text()


class MergeSchema(Input):
    """The case in which this one goes on."""

    into = Text(20, required=True)
    reason = _optional_text()


class ReopenSchema(Input):
    """Why the case should be taken up again; some outcomes need a ground, and evidence that is new is one."""

    reason = _text()
    ground = Choice("new_evidence", "breach", load_default=None)
    evidence = _optional_text()


class RateSchema(Input):
    """The consumer's mark for the handling."""

    rating = Whole(1, 5, required=True)
    text = _optional_text()


class StatementSchema(Input):
    """A statement to the other side and the centre."""

    text = _text(STORY)


class SayingSchema(StatementSchema):
    """A statement; an elected representative may make it for the members of a joint complaint, too (art 12)."""

    for_members = Flag(load_default=False)


class AnswerJointSchema(Input):
    """A consumer's answer to joint handling (art 12): whether they join, would represent, and whom they vote for."""

    joins = Flag(required=True)
    stands = Flag(load_default=False)
    votes = Numbers(2, load_default=list)


class NoteSchema(Input):
    """An officer's note, seen by the centre only."""

    text = _text()


class TaskSchema(Input):
    """How a task ended: a party reached or not, a late recusal decided, evidence given."""

    task_id = Whole(1, MOST_ID, required=True)
    result = Choice(*chain(*RESULTS.values()), required=True)


class ContactConsentSchema(Input):
    """Whether the enterprise may see name, phone and address."""

    contact_consent = Flag(required=True)


class FlagSchema(Input):
    """Signs of abuse that a person saw, or none (art 17)."""

    flags = Choices(*FLAGS, load_default=list)
    text = _optional_text()


class RouteSchema(Input):
    """Which enterprise a case is about: its number in the registry."""

    enterprise_id = Whole(1, MOST_ID, required=True)


class AssignSchema(Input):
    """The mediator, where the supervisor chooses one; otherwise the least loaded."""

    mediator_id = Whole(1, MOST_ID, load_default=None)


class RequestEvidenceSchema(Input):
    """What is to be shown, by whom and by when."""

    text = _text()
    party = Choice("consumer", "enterprise", required=True)
    until = _by(required=True)


class HearingSchema(Input):
    """Notice of an on-site hearing (art 20): when and where."""

    day = _by(required=True)
    time = Hour(required=True)
    place = Text(300, required=True)
    text = _optional_text()


FACTS: dict[str, type[Input]] = {
    "admit": AdmitSchema,
    "ask_information": AskInformationSchema,
    "supply_information": SupplyInformationSchema,
    "refuse": RefuseSchema,
    "merge": MergeSchema,
    "return_to_sender": GivenReasonSchema,
    "redirect": RedirectSchema,
    "extend": ExtendSchema,
    "offer": OfferSchema,
    "decline": DeclineSchema,
    "accept_offer": AcceptOfferSchema,
    "counter": CounterSchema,
    "reject": ReasonSchema,
    "report_performance": ReportPerformanceSchema,
    "confirm_performance": NothingSchema,
    "dispute_performance": GivenReasonSchema,
    "assign": AssignSchema,
    "consent": NothingSchema,
    "refuse_mediation": ReasonSchema,
    "settle": AcceptOfferSchema,
    "request_recusal": RecusalSchema,
    "decide_recusal": DecideRecusalSchema,
    "order_appraisal": AppraisalSchema,
    "receive_appraisal": StatementSchema,
    "conclude": ConcludeSchema,
    "terminate": TerminateSchema,
    "withdraw": ReasonSchema,
    "reopen": ReopenSchema,
    "statement": SayingSchema,
    "late_offer": OfferSchema,
    "note": NoteSchema,
    "route": RouteSchema,
    "split": GivenReasonSchema,
    "reassign": AssignSchema,
    "request_evidence": RequestEvidenceSchema,
    "hearing": HearingSchema,
    "join": MergeSchema,
    "answer_joint": AnswerJointSchema,
    "flag": FlagSchema,
    "contact_consent": ContactConsentSchema,
    "rate": RateSchema,
    "do_task": TaskSchema,
}
