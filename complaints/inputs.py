"""The way in for everything that people and programs send, and the filing itself.

`parse(schema, data)` answers with clean values or raises `BadInput`, whose `fields` hold message keys by field name
(`messages.message(locale, key)` gives the words).
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, post_load, pre_load, validates_schema

from complaints import clock
from complaints.errors import BadInput
from complaints.fields import Amount, Choice, Day, Email, Flag, Phone, Text, Whole
from complaints.messages import sentence
from complaints.registry.mark_batches import MOST_CODES, MOST_STATIONS, Order
from complaints.workflow.filing import REQUIRED, Filing
from complaints.workflow.remedies import KINDS, Trouble

STORY = 20_000
LETTER = 2_000


def parse(schema: Schema, data: object) -> Any:
    """What `schema` makes of `data`. Raises BadInput with message keys by field."""
    try:
        return schema.load(data)  # type: ignore[arg-type]  # what is no mapping is refused by the schema itself
    except ValidationError as error:
        fields = _flat(error.normalized_messages())  # type: ignore[no-untyped-call]
        raise BadInput(sentence("en", fields), fields) from None


def _flat(messages: Mapping[Any, Any], prefix: str = "") -> dict[str, list[str]]:
    """Messages of entries inside a list or an object, under "field.entry"."""
    flat: dict[str, list[str]] = {}
    for name, found in messages.items():
        nested = isinstance(found, Mapping)
        flat |= _flat(found, f"{prefix}{name}.") if nested else {f"{prefix}{name}": [str(text) for text in found]}
    return flat


class Input(Schema):
    """Base of all inputs: `today` judges dates, an unknown field is an error that names it, null is "not given"."""

    error_messages = {"unknown": "unknown_field", "type": "not_an_object"}  # noqa: RUF012  marshmallow's own form

    def __init__(self, *, today: date | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.today = today or clock.local_date(clock.now())

    @pre_load
    def drop_nulls(self, data: Any, **_: Any) -> Any:
        """Leave out the known fields that say null."""
        if not isinstance(data, Mapping):
            return data
        return {name: value for name, value in data.items() if value is not None or name not in self.load_fields}


class LostInput(Input):
    """How somebody who lost a link was to be reached at filing: a mail address or a telephone number, or both."""

    email = Email(254)
    phone = Phone(40)

    @validates_schema
    def one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        """With neither nobody can be found."""
        if not data.get("email") and not data.get("phone"):
            raise ValidationError("email_or_phone", "email")


class SurgeInput(Input):
    """Why complaints are screened in batches, and the last day on which they are."""

    reason = Text(300, required=True)
    until = Day(future=True, required=True)


class FilingFields(Input):
    """The fields of a filing, none required."""

    enterprise = Text(200)
    product = Text(200)
    category = Text(80)
    fault = Text(200)
    batch = Text(80)
    narrative = Text(STORY, lines=True)
    request = Text(LETTER, lines=True)
    name = Text(80)
    phone = Phone(40)
    email = Email(254)
    address = Text(300)
    amount = Amount(allow_none=True)
    bought_on = Day(past=True, allow_none=True)
    consumer_consents = Flag()
    share_consent = Flag()
    contact_consent = Flag()
    locale = Choice("zh", "en")
    mandate = Choice("association", "delegated")


class StoryChoice(Input):
    """Whether the story may be published as open data; asked for at filing only, changed on the private page."""

    publish_story = Flag()


class FilingSchema(FilingFields, StoryChoice):
    """Loads to a `Filing`. `required=False` takes incomplete ones (the importer's go to intake); `officer=True` may
    set the mandate."""

    def __init__(self, *, required: bool = True, officer: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.officer = officer
        for name in self.load_fields.keys() & set(REQUIRED):
            self.load_fields[name].required = required  # this instance's own copy of the field

    @validates_schema
    def only_officers_delegate(self, data: dict[str, Any], **_: Any) -> None:
        """A delegated mandate comes from an authority (art 19), so a consumer cannot claim it."""
        if data.get("mandate") == "delegated" and not self.officer:
            raise ValidationError("officers_only", "mandate")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Filing:
        """The filing; an optional word left empty means the default."""
        return Filing(**{name: value for name, value in data.items() if value not in ("", None)})


class MarkOrderInput(Input):
    """Marks for one batch of goods, and the trace that the enterprise gives of it; stations of the route one a line."""

    product = Text(200, required=True)
    batch = Text(80, required=True)
    place = Text(200, required=True)
    size = Whole(1, MOST_CODES, required=True)
    plant = Text(200, load_default="")
    made_on = Day(load_default=None)
    best_before = Day(load_default=None)
    route = Text(MOST_STATIONS * 200, lines=True, load_default="")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Order:
        """The order. Raises ValidationError for too many or too long stations."""
        stations = [line.strip() for line in data["route"].splitlines() if line.strip()]
        if len(stations) > MOST_STATIONS:
            raise ValidationError(f"more_than:{MOST_STATIONS}", "route")
        if any(len(each) > 200 for each in stations):
            raise ValidationError("too_long:200", "route")
        return Order(**data | {"route": stations})


class RemedyInput(Input):
    """What the remedy calculator asks."""

    kind = Choice(*KINDS)
    trouble = Choice(*(each.value for each in Trouble))
    how = Choice("shop", "online")
    bought_on = Day(past=True, allow_none=True)
    amount = Amount(allow_none=True)
    repairs = Whole(0, 99)
    repair_days = Whole(0, 3650)


class StepInput(RemedyInput, FilingFields, StoryChoice):
    """Some boxes of a filing in steps: those of the filing as `FilingSchema` has them, and the calculator's."""

    def __init__(self, names: Collection[str], **options: Any) -> None:
        super().__init__(only=names, **options)
        for name in self.load_fields.keys() & set(REQUIRED):
            self.load_fields[name].required = True
