"""What the API answers about signals, measures and benchmark enterprises."""

from marshmallow import Schema, fields

from complaints.api.pledge_shapes import STANDINGS
from complaints.api.shapes import Instant, flag, many, text, whole, words
from complaints.insight.tracking import FIGURES
from complaints.registry.lifecycle import STATES
from complaints.registry.measures import KINDS


def number(says: str, *, maybe: bool = False) -> fields.Float:
    """A number with a fraction."""
    return fields.Float(required=True, allow_none=maybe, metadata={"description": says})


def _states(course: str) -> list[str]:
    return [each.state for each in STATES[course]]


class CourseEntry(Schema):
    """One entry of the log of a signal or a measure."""

    trigger = text("What was done.")
    role = text("By whom: enterprise, intake, supervisor or clock.")
    person = text("The name of who did it, where that is one of your own people; else empty.")
    reason = text("The reason given; empty where a rule or the clock acted.")
    occurred_at = Instant("When.")


class SignalFinding(Schema):
    """One count that stands out."""

    fault = text("Of which fault; empty: of any.")
    batch = text("Of which batch; empty: of any.")
    weeks = whole("How many weeks back it was counted.")
    observed = whole("Different consumers.")
    expected = number("How many were to be expected.")
    p = number("How likely so many or more would be by chance; null where you do not know of all of them.", maybe=True)
    q = number("The share of false alarms among what stands out as much on that day; null likewise.", maybe=True)
    compared = text("With what: its own history, or the mix of faults of all others.", one_of=["history", "mix"])


class SignalLine(Schema):
    """A quality signal in a list."""

    id = whole("By which it is read and answered.")
    enterprise_id = whole("Whose it is.")
    product = text("The product.")
    fault = text("The fault, where one stands out.", maybe=True)
    batch = text("The batch, where one stands out.", maybe=True)
    safety = flag("Whether danger to people or property is named.")
    state = text("Where it stands.", one_of=_states("signal"))
    version = whole("To be sent as `If-Match`.")
    due_at = Instant("When the clock of this state runs out.", allow_none=True)
    found_at = Instant("When it was found.")


class Signal(SignalLine):
    """A quality signal with its evidence."""

    findings = many(SignalFinding, "What stands out, the least likely first.")
    complaints = whole("How many complaints are behind it; for an enterprise, of those that have reached it.")
    danger_words = words("Words of danger that stand in them.")
    actions = words("What you may do now.")
    log = many(CourseEntry, "What happened, oldest first.")


class Signals(Schema):
    """A page of signals."""

    items = many(SignalLine, "The nearest date first; ended ones the newest first.")
    next = text("The `cursor` of the next page; null on the last.", maybe=True)


class MeasureLine(Schema):
    """A measure in a list."""

    id = whole("By which it is read and replied to.")
    enterprise_id = whole("Whose it is.")
    kind = text("What it is.", one_of=list(KINDS))
    rule = text("On which ground.")
    state = text("Where it stands.", one_of=_states("measure"))
    version = whole("To be sent as `If-Match`.")
    due_at = Instant("When the clock of this state runs out.", allow_none=True)
    made_at = Instant("When it was made.")


class Measure(MeasureLine):
    """A measure with its log."""

    signal_id = whole("The signal that was not answered, where that is the ground.", maybe=True)
    complaints = whole("How many complaints are behind it.")
    actions = words("What you may do now.")
    log = many(CourseEntry, "What happened, oldest first.")


class Measures(Schema):
    """A page of measures."""

    items = many(MeasureLine, "The nearest date first; ended ones the newest first.")
    next = text("The `cursor` of the next page; null on the last.", maybe=True)


class ErrandLine(Schema):
    """An enterprise to be told by phone or post, in a list."""

    id = whole("By which it is read and ended.")
    enterprise_id = whole("Whom to tell.")
    about = text("Whose clock waits for it.", one_of=["pledge", "measure", "signal"])
    about_id = whole("Which one.")
    state = text("Where it stands.", one_of=_states("errand"))
    version = whole("To be sent as `If-Match`.")
    due_at = Instant("When the clock of this state runs out.", allow_none=True)


class Errand(ErrandLine):
    """An errand with its log."""

    actions = words("What you may do now.")
    log = many(CourseEntry, "What happened, oldest first.")


class Errands(Schema):
    """A page of errands."""

    items = many(ErrandLine, "The nearest date first; ended ones the newest first.")
    next = text("The `cursor` of the next page; null on the last.", maybe=True)


class CourseStanding(Schema):
    """Where a signal, a measure or an errand stands after an action."""

    id = whole("Which one.")
    state = text("Its state now.")
    version = whole("Its version now.")


class Benchmark(Schema):
    """A benchmark enterprise of a year."""

    enterprise_id = whole("Which enterprise.")
    name = text("Its name.")
    designated_at = Instant("When it was designated.")
    standing = text("Where its newest pledge stands at this moment; null where none is there.", maybe=True,
                    one_of=STANDINGS)  # fmt: skip


class Benchmarks(Schema):
    """The benchmark enterprises of a year."""

    year = whole("The year.")
    items = many(Benchmark, "By name.")


TrackedFigures = Schema.from_dict(
    {name: number(f"{name.replace('_', ' ')}; null where there was nothing to count.", maybe=True) for name in FIGURES},
    name="TrackedFigures",
)


class TrackingReportShape(Schema):
    """A month's tracking report of a benchmark enterprise."""

    month = text("The month.", example="2026-07")
    figures = fields.Nested(TrackedFigures, required=True)
    before = fields.Nested(TrackedFigures, required=True, metadata={"description": "The month before."})
    made_at = Instant("When it was counted.")


class TrackingReports(Schema):
    """The tracking reports of an enterprise."""

    items = many(TrackingReportShape, "Newest first.")
