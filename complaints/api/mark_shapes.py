"""What the API answers about marks on goods, field by field."""

from marshmallow import Schema, fields

from complaints.api.shapes import Instant, day, flag, many, text, whole, words
from complaints.registry.mark_checks import IN_FORCE, NONE, SUSPENDED


class Seen(Schema):
    """How often a code was looked up. Nothing is kept about who did."""

    scans = whole("How often.")
    networks = whole("From how many different networks; at most 64 are told apart.")
    first_at = Instant("Since when.")
    flagged = flag("Whether the code may have been copied.")


class MarkPledge(Schema):
    """Where the pledge stands, live. A pledge is no certificate."""

    state = text("Whether it stands.", one_of=[IN_FORCE, SUSPENDED, NONE])
    number = text("The pledge's number.", maybe=True)
    until = Instant("The end of its term.", allow_none=True)


class Trace(Schema):
    """What the enterprise says about a batch of goods: its own word, which nobody has checked."""

    product = text("The product.")
    batch = text("The enterprise's own name of the batch.")
    place = text("Where it is distributed.")
    plant = text("Where it was made; empty where it does not say.")
    made_on = day("When it was made.")
    best_before = day("Until when it keeps.")
    route = words("The stations on the way, in order.")


class MarkFirm(Schema):
    """Whose goods they are."""

    id = whole("Its number in the registry.")
    name = text("Its name.")


class PublishedRecord(Schema):
    """The complaint record of the enterprise that was published last. It is not live."""

    month = text("Of which month.", example="2026-06")
    figures = fields.Dict(required=True, metadata={"description": "As published; small numbers are suppressed."})
    rank = whole("Its rank; null where it is not ranked.", maybe=True)
    why = text("Why it is not ranked, or why there is another edition.")


class Mark(Schema):
    """What a code on goods says."""

    code = text("The code, tidied.")
    serial = whole("Which one of the batch.")
    voided = flag("Whether its labels were lost: goods that carry one may not come from the enterprise.")
    enterprise = fields.Nested(MarkFirm, required=True)
    trace = fields.Nested(Trace, required=True)
    pledge = fields.Nested(MarkPledge, required=True)
    record = fields.Nested(PublishedRecord, allow_none=True, required=True)
    seen = fields.Nested(Seen, allow_none=True, required=True)


class MarkBatch(Trace):
    """A batch of codes."""

    id = whole("Its number.")
    enterprise_id = whole("Whose it is.")
    size = whole("How many codes: serials 1 to this.")
    made_at = Instant("When it was ordered.")
    voided_at = Instant("When its labels were declared lost.", allow_none=True)
    flagged_at = Instant("When a code of it was first found to be looked up too often.", allow_none=True)


class MarkBatches(Schema):
    """A page of batches."""

    items = many(MarkBatch, "The newest first.")
    next = text("The `cursor` of the next page; null on the last.", maybe=True)


class FlaggedCode(Schema):
    """One code that may have been copied."""

    serial = whole("Which one of the batch.")
    scans = whole("How often it was looked up.")
    networks = whole("From how many different networks.")
    first_at = Instant("Since when.")
    flagged_at = Instant("When that was noticed.")


class WholeMarkBatch(MarkBatch):
    """A batch with its codes that may have been copied."""

    flagged = many(FlaggedCode, "In the order of their serials, a hundred at most.")
