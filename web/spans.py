"""Days from one to another, as somebody types them into a filter; what is wrong is named by its box."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from complaints.errors import BadInput
from complaints.fields import Day
from complaints.inputs import Input, parse


@dataclass(frozen=True, slots=True)
class Span:
    """Days of Shanghai, both included; None: without end on that side."""

    first: date | None
    last: date | None


class SpanSchema(Input):
    """The two days, either of them or none."""

    first = Day(load_default=None)
    last = Day(load_default=None)


def read(typed: Mapping[str, str], first: str, last: str) -> Span:
    """The days in the boxes `first` and `last`. Raises BadInput, naming the boxes: no date, or the wrong way round."""
    boxes = {"first": first, "last": last}
    try:
        found = parse(SpanSchema(), {name: typed.get(box, "").strip() for name, box in boxes.items()})
    except BadInput as error:
        raise BadInput(error.message, {boxes.get(name, name): keys for name, keys in error.fields.items()}) from None
    span = Span(found["first"], found["last"])
    if span.first is not None and span.last is not None and span.last < span.first:
        raise BadInput("this ends before it begins", {last: [f"too_early:{span.first}"]})
    return span


def whole(typed: Mapping[str, str], first: str, last: str) -> tuple[date, date] | None:
    """The same where one day needs the other; None where neither was typed."""
    span = read(typed, first, last)
    if span.first is None and span.last is None:
        return None
    if span.first is None or span.last is None:
        raise BadInput("both days are needed", {first if span.first is None else last: ["required"]})
    return span.first, span.last
