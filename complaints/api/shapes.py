"""What the API answers, field by field. Instants are in Shanghai's time with their offset; amounts are text."""

from datetime import datetime
from typing import Any

from marshmallow import Schema, fields

from complaints.clock import SHANGHAI
from complaints.schemas import FACTS
from complaints.workflow.callers import UNLISTED
from complaints.workflow.case import Outcome, Role, State
from complaints.workflow.lifecycle import TRIGGERS

STATES = [state.value for state in State if state is not State.NEW]
OUTCOMES = [outcome.value for outcome in Outcome]
ROLES = [role.value for role in Role]
PULLED = [trigger for trigger in TRIGGERS if trigger in (*FACTS, "evidence") and trigger not in UNLISTED]  # by people


class Instant(fields.Field[datetime]):
    """An instant as RFC 3339, with the offset of Shanghai."""

    def __init__(self, says: str, **options: Any) -> None:
        told = {"type": "string", "format": "date-time", "description": says, "example": "2026-07-06T10:00:00+08:00"}
        super().__init__(required=True, metadata=told, **options)

    def _serialize(self, value: datetime | str | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return value.astimezone(SHANGHAI).isoformat() if isinstance(value, datetime) else value


def text(says: str, *, maybe: bool = False, one_of: list[str] | None = None, **told: Any) -> fields.String:
    """A text, perhaps one of a few words."""
    words = {"enum": [*one_of, None] if maybe else one_of} if one_of else {}
    return fields.String(required=True, allow_none=maybe, metadata={"description": says} | words | told)


def whole(says: str, *, maybe: bool = False) -> fields.Integer:
    """A whole number."""
    return fields.Integer(required=True, allow_none=maybe, metadata={"description": says})


def flag(says: str) -> fields.Boolean:
    """Yes or no."""
    return fields.Boolean(required=True, metadata={"description": says})


def day(says: str, *, maybe: bool = True, name: str | None = None) -> fields.String:
    """A calendar day, which may come as text already; `name` where Python cannot have the field's name."""
    told = {"description": says, "format": "date"}
    return fields.String(required=True, allow_none=maybe, metadata=told, data_key=name, attribute=name)


def many(shape: type[Schema], says: str) -> fields.List[Any]:
    """A list of objects."""
    return fields.List(fields.Nested(shape), required=True, metadata={"description": says})


def words(says: str, one_of: list[str] | None = None) -> fields.List[Any]:
    """A list of words."""
    told = {"enum": one_of} if one_of else {}
    return fields.List(fields.String(metadata=told), required=True, metadata={"description": says})


class ProblemField(Schema):
    """One thing that is wrong with the request."""

    field = text("The field, header or parameter at fault; empty where it is the whole.")
    code = text("A word that stays the same for ever.", example="required")
    message = text("The same in words.")


class Standing(Schema):
    """Where a case stands for this caller."""

    number = text("The number of the case.", example="C26-7K3M-Q2XA")
    version = whole("Grows with every change; the ETag.")
    state = text("Where it stands.", one_of=STATES)
    outcome = text("How it ended.", maybe=True, one_of=OUTCOMES)
    owners = words("Whose move it is.", ROLES)
    due_at = Instant("When the running clock is over.", allow_none=True)
    last_day = day("The last day on which something can be done about it.")
    provisional = flag("Whether the date may still move, because the holidays of a year are not published.")
    actions = words(
        "The triggers that this caller may pull now, each at `actions/{trigger}`; evidence at `evidence`.", PULLED
    )


class CourseNow(Schema):
    """Where a pledge, a signal or a measure stands now, and what you can do."""

    id = whole("Which one.")
    state = text("Its state now.")
    version = whole("Its version now, for If-Match.")
    actions = words("The triggers that you can pull now.")


class Problem(Schema):
    """RFC 9457."""

    type = text("What kind of problem this is, as an address in this documentation.")
    title = text("The kind in words.")
    status = fields.Integer(required=True)
    detail = text("What is wrong this time.", maybe=True)
    instance = text("The address that was asked.")
    code = text("The kind as a word that stays the same for ever.", example="bad_input")
    request_id = text("By which the operator finds this request in the log.", maybe=True)
    errors = many(ProblemField, "Each thing that is wrong.")
    current = fields.Nested(Standing, metadata={"description": "With 409, 412 and 428: where the case stands now."})
    course = fields.Nested(
        CourseNow, metadata={"description": "The same of a pledge, a signal or a measure: where it stands now."}
    )


class Link(Schema):
    """A consumer's private way in. Whoever has it, has the case."""

    url = text("To open in a browser.")
    token = text("To send as a bearer token.")


class Filed(Standing):
    """A complaint that was filed. `link` is shown to the consumer only, here and nowhere else."""

    link = fields.Nested(Link, allow_none=True, required=True)


class Renewed(Schema):
    """The new private link, where the consumer asked; otherwise it goes by mail to the contact given at filing."""

    link = fields.Nested(Link, allow_none=True, required=True)


class Line(Schema):
    """One case in a list. Lists hold no personal data."""

    number = text("The number of the case.", example="C26-7K3M-Q2XA")
    product = text("What it is about.")
    enterprise = text("Whom it is about.")
    state = text("Where it stands.", one_of=STATES)
    outcome = text("How it ended.", maybe=True, one_of=OUTCOMES)
    filed_at = Instant("When it was filed.")
    due_at = Instant("When the running clock is over.", allow_none=True)
    closed_at = Instant("When it was closed.", allow_none=True)
    overdue = flag("Whether the time is over and nobody has looked yet.")
    flagged = flag("Signs of abuse that a person weighs; told to officers only.")


class Lines(Schema):
    """A page of cases."""

    items = many(Line, "The cases, nearest deadline first; closed ones newest first.")
    next = text("The `cursor` of the next page; null on the last.", maybe=True)


class Firm(Schema):
    """What anybody may know about an enterprise."""

    id = whole("Its number in the registry.")
    name = text("Its name.")
    credit_code = text("Its unified social credit code.", maybe=True)
    participant = flag("Whether it has joined the scheme.")
    benchmark = flag("Whether it is a benchmark enterprise, tracked through the year.")
    promised_answer_days = whole("Working days in which it promises to answer, where fewer than usual.", maybe=True)
    pledge_in_force = flag("Whether its pledge, the consent to mediation in advance, is in force now.")


class Firms(Schema):
    """A page of enterprises."""

    items = many(Firm, "The enterprises.")
    next = text("The `cursor` of the next page; null on the last.", maybe=True)


class CaseEnterprise(Schema):
    """Whom a case is about."""

    id = whole("Its number in the registry, where it is known there.", maybe=True)
    name = text("Its name there, or what was written.")


class Terms(Schema):
    """What is on the table."""

    amount = text("Yuan.", maybe=True, example="129.00")
    perform_by = day("By which day; null where nothing is left to perform.")


class CaseText(Schema):
    """A text of the case as this reader may see it."""

    seq = whole("The entry of the log that it came with.")
    kind = text("What it is: narrative, request, name, remedy, reason, ...")
    value = text("The text.")
    masked = flag("Whether telephone numbers and mail addresses in it were hidden.")


class CaseTask(Schema):
    """Something to be done beside the state; `do_task` with this id ends it."""

    id = whole("The `task_id`.")
    kind = text("reach_party, renew_link, decide_recusal or answer_evidence.")
    role = text("Who does it.", one_of=ROLES)
    party = text("Whom it is about.", maybe=True, one_of=ROLES)
    due_at = Instant("By when.")


class Case(Standing):
    """One case, as far as it is this caller's to know."""

    product = text("What it is about.")
    batch = text("The batch of the goods, as on their mark or label; empty where none was given.")
    enterprise = fields.Nested(CaseEnterprise, required=True)
    amount = text("Yuan in dispute.", maybe=True, example="1299.00")
    mandate = text("By whose authority the centre mediates.", one_of=["association", "delegated"])
    policy = text("The version of the policy that was in force at filing, under which the case lives.")
    filed_at = Instant("When it was filed.")
    accepted_at = Instant("When the centre accepted it for mediation.", allow_none=True)
    closed_at = Instant("When it was closed.", allow_none=True)
    ground = text("The ground of a refusal (art 16) or of the end of mediation (art 23).", maybe=True)
    overdue = flag("Whether the time is over and nobody has looked yet.")
    consumer_consents = flag("Whether the consumer consents to mediation.")
    enterprise_consents = flag("Whether the enterprise does.")
    share_consent = flag("Whether the content may be passed to the enterprise.")
    contact_consent = flag("Whether the enterprise may see name, phone and address.")
    answer = text("The enterprise's last answer.", maybe=True, one_of=["offer", "decline"])
    offer = fields.Nested(Terms, allow_none=True, required=True)
    late_offer = fields.Nested(Terms, allow_none=True, required=True)
    perform_by = day("The last day of the promise that was accepted.")
    mediator_assigned = flag("Whether a mediator is assigned.")
    reopen_until = Instant("Until when the consumer may have it taken up again.", allow_none=True)
    rate_until = Instant("Until when the consumer may rate the handling.", allow_none=True)
    rating = whole("The consumer's mark, 1 to 5.", maybe=True)
    texts = many(CaseText, "What was written, oldest first, as far as this reader may see it.")
    tasks = many(CaseTask, "What is to be done beside the state.")


class Entry(Schema):
    """One entry of the log. `facts` hold no personal data."""

    seq = whole("1, 2, 3, ...")
    trigger = text("What happened.")
    from_state = text("From which state.")
    to_state = text("To which state.", one_of=STATES)
    role = text("Who did it; `clock` where time ran out.", one_of=ROLES)
    occurred_at = Instant("When it took effect.")
    recorded_at = Instant("When it was written down; later where a deadline was found late.")
    facts = fields.Dict(required=True, metadata={"description": "What else is to be known about it."})
    hash = text("The chain's head after this entry, as letters quote it.")


class Entries(Schema):
    """A page of the log."""

    items = many(Entry, "The entries, oldest first.")
    next = text("The `cursor` of the next page; null on the last.", maybe=True)


class Skip(Schema):
    """Days that were passed over."""

    first = day("From this day on.", maybe=False)
    last = day("Up to this day.", maybe=False)
    why = text("weekend, statutory:NAME, holiday:NAME or excluded:STATE.")


class Exclusion(Schema):
    """Days that do not count, because something else was waited for."""

    after = day("After this day.", maybe=False)
    through = day("Up to this day.", maybe=False)
    why = text("The state that the case was in.")


class Shift(Schema):
    """One move of the deadline."""

    why = text("extend, told_late, outage, calendar, ...")
    was = day("The old last day.", maybe=False, name="from")
    new = day("The new last day.", maybe=False, name="to")
    on = day("When it was moved.", maybe=False)


class Explanation(Schema):
    """Where a deadline comes from."""

    rule = text("How it is counted.", one_of=["working_days", "days", "fact"])
    article = text("Where the rule stands.")
    start = day("Day 0, which does not count.", maybe=False)
    n = whole("How many days.")
    extra = whole("Working days added by an extension.")
    fact = day("The promised or agreed day.")
    floor = day("Never before this day.")
    end = day("The last day.", maybe=False)
    skipped = many(Skip, "Days that were passed over.")
    excluded = many(Exclusion, "Days that do not count.")
    reading = text("How a last day that is a rest day is moved.")
    provisional = flag("Whether it may still move.")
    calendar = text("The version of the calendar.")
    moves = many(Shift, "Every move so far.")


class Deadline(Schema):
    """The running deadline, explained; nothing runs in a closed case."""

    number = text("The number of the case.")
    version = whole("Grows with every change.")
    due_at = Instant("When the clock is over: 24:00 of the last day.", allow_none=True)
    last_day = day("The last day.")
    explanation = fields.Nested(Explanation, allow_none=True, required=True)
    sentences = words("The same in sentences, in the language asked for.")


class Statement(Schema):
    """What one side or the centre said through the relay."""

    seq = whole("The entry of the log.")
    role = text("Who said it.", one_of=ROLES)
    at = Instant("When.")
    text = text("What was said, as this reader may see it.")
    masked = flag("Whether telephone numbers and mail addresses in it were hidden.")


class Statements(Schema):
    """All statements of a case."""

    items = many(Statement, "Oldest first.")


class File(Schema):
    """A file that a side added."""

    id = whole("By which it is fetched.")
    seq = whole("The entry of the log.")
    name = text("Its name.")
    media_type = text("What it is, as its content says.", example="image/jpeg")
    size = whole("Bytes.")
    role = text("Who added it.", one_of=ROLES)
    added_at = Instant("When.")


class Files(Schema):
    """All files of a case."""

    items = many(File, "Oldest first.")


class Added(Standing):
    """A file was added; `evidence_id` is null where this side had added the same file before."""

    evidence_id = whole("By which it is fetched.", maybe=True)


class TaskLine(Schema):
    """One open task of the centre."""

    id = whole("The `task_id` of `do_task`.")
    number = text("The case.")
    product = text("What the case is about.")
    kind = text("reach_party, renew_link, decide_recusal or answer_evidence.")
    role = text("Who does it.", one_of=ROLES)
    party = text("Whom it is about.")
    due_at = Instant("By when.")


class TaskLines(Schema):
    """A page of tasks."""

    items = many(TaskLine, "By date.")
    next = text("The `cursor` of the next page; null on the last.", maybe=True)


class Token(Schema):
    """A token of this account; its text is not kept."""

    id = whole("By which it is revoked.")
    name = text("The program that it was made for.")
    made_at = Instant("When it was made.")
    expires_at = Instant("When it ends by itself.", allow_none=True)


class Tokens(Schema):
    """The tokens that were not revoked, also those whose time is over."""

    items = many(Token, "Oldest first.")


class NewToken(Token):
    """A token that was just made. Its text is shown this once."""

    token = text("To send as `Authorization: Bearer ...`.", example="cpl_...")


class Me(Schema):
    """Who is calling."""

    name = text("The account's name; empty for a consumer.")
    roles = words("The roles held.")
    enterprise = fields.Nested(CaseEnterprise, allow_none=True, required=True)
    number = text("The consumer's case.", maybe=True)


class Asked(Schema):
    """The same whether or not there is a case of this address."""

    message = text("What happens next.")


class Webhook(Schema):
    """An address at which your programs hear of events."""

    id = whole("By which it is changed and deleted.")
    url = text("Where messages go.")
    triggers = words("Of which events it hears; empty: of all.")
    made_at = Instant("When it was subscribed.")
    failing_since = Instant("Nothing has got through since.", allow_none=True)
    paused_at = Instant("When it was paused, because nothing got through.", allow_none=True)


class Webhooks(Schema):
    """The webhooks of an enterprise."""

    items = many(Webhook, "Oldest first.")


class NewWebhook(Webhook):
    """A webhook with its secret, which is shown this once."""

    secret = text("With which each message is signed.", example="whsec_...")


class Try(Schema):
    """What became of one try."""

    at = text("When.")
    code = whole("The status that your program answered.", maybe=True)
    ms = whole("How long it took.")
    why = text("Why there was no answer.", maybe=True)


class Delivery(Schema):
    """One message to a webhook."""

    id = whole("By which it is sent again.")
    message_id = text("What `Webhook-Id` says at every try.", example="msg_...")
    trigger = text("What happened; `ping` for a test.")
    number = text("The case; empty for a test.")
    status = text("Where it stands.", one_of=["waiting", "sent", "dead", "void"])
    tries = many(Try, "Every try, oldest first.")
    made_at = Instant("When it was made.")


class Deliveries(Schema):
    """A page of messages."""

    items = many(Delivery, "Newest first.")
    next = text("The `cursor` of the next page; null on the last.", maybe=True)


class Replayed(Schema):
    """What is sent again."""

    count = whole("How many messages.")
