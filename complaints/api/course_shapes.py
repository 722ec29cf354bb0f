"""What the API answers about the log of a pledge, a signal, a measure or an objection."""

from marshmallow import Schema

from complaints.api.shapes import Instant, text


class CourseEntry(Schema):
    """One entry of the log of a pledge, a signal, a measure or an objection."""

    trigger = text("What was done.")
    role = text("By whom: enterprise, intake, supervisor or clock.")
    person = text("The name of who did it, where that is one of your own people; else empty.")
    reason = text("The reason given; empty where none was, or a rule or the clock acted.")
    occurred_at = Instant("When.")
