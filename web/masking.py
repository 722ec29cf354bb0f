"""A word of warning before something personal is sent: how the other side will see what a consumer typed.

What is hidden, and from whom, is decided in `sight`; here it is only shown beforehand.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema

from complaints.fields import Text
from complaints.workflow import sight
from complaints.workflow.case import Case, Role
from web import labels
from web.forms import Typed

AS_IT_IS = "as_it_is"  # the writer has seen the warning
CHANGE = "change"  # the writer wants to change the text
OWN = (AS_IT_IS, CHANGE, "csrf_token")  # boxes of the warning itself


@dataclass(frozen=True, slots=True)
class Hidden:
    """A text in which something will be hidden from the other side, as that side will see it."""

    label: str
    seen: str


@dataclass(frozen=True, slots=True)
class Warned:
    """The warning: the texts as they will be seen, and everything typed, to be sent again."""

    texts: list[Hidden]
    typed: list[tuple[str, str]]


def warning(
    case: Case, reader: Role, trigger: str, schema: Schema, facts: Mapping[str, Any], typed: Typed
) -> Warned | None:
    """What to warn of before this is sent; None where nothing is hidden, or the writer has said to send it so."""
    if reader is not Role.CONSUMER or case.contact_consent or typed.get(AS_IT_IS):
        return None
    texts = [
        Hidden(labels.box(trigger, name)[0], sight.mask(facts[name]))
        for name, field in schema.load_fields.items()
        if isinstance(field, Text) and field.lines and name not in sight.CONTACT and facts.get(name)
        if sight.mask(facts[name]) != facts[name]
    ]
    return Warned(texts, [pair for pair in typed.items(multi=True) if pair[0] not in OWN]) if texts else None
