"""What the API answers about the honest record and open data."""

from marshmallow import Schema, fields

from complaints.api.course_shapes import CourseEntry
from complaints.api.shapes import Instant, flag, many, text, whole, words
from complaints.insight.open_data import COLUMNS
from complaints.insight.record_figures import OBJECTABLE
from complaints.registry.lifecycle import STATES


def figures(says: str) -> fields.Dict:
    """Figures by name, as the page defines them; null: suppressed, or held back."""
    return fields.Dict(required=True, metadata={"description": says, "additionalProperties": True})


class PublishedMonth(Schema):
    """A published month over all enterprises."""

    month = text("The month; its figures cover the twelve months that end with it.", example="2026-07")
    taken_at = Instant("When it was taken.")
    published_at = Instant("When it was published.")
    overall = figures("All enterprises together.")


class RecordMonths(Schema):
    """The published months."""

    months_behind = whole("How many months old the newest is; 1 or 2 is as it should be.", maybe=True)
    items = many(PublishedMonth, "The newest first.")


class RecordLineShape(Schema):
    """One enterprise's figures in one month, in one edition."""

    enterprise_id = whole("Which enterprise.")
    month = text("The month.", example="2026-07")
    edition = whole("1, or higher after a correction; earlier ones stay readable.")
    rank = whole("By the lower end of the interval of proven settlements; null: not ranked.", maybe=True)
    why = text("Why it is not ranked; empty where it is.")
    figures = figures("What may be shown of it.")
    reason = text("Why there is another edition: `objection_rejected`, `objection_withdrawn`, or a supervisor's words.")
    made_at = Instant("When it was counted.")


class RankedLine(RecordLineShape):
    """The same with the enterprise's name of today."""

    name = text("The enterprise's name.")


class RecordLines(Schema):
    """A page of a month."""

    items = many(RankedLine, "Ranked ones by rank, others by name.")
    more = flag("Whether there is another page.")


class RecordHistory(Schema):
    """Everything published about one enterprise."""

    items = many(RecordLineShape, "The newest month and edition first.")


class ObjectionShape(Schema):
    """An objection to a figure before it is published."""

    id = whole("By which it is known.")
    enterprise_id = whole("Whose it is.")
    month = text("The month.", example="2026-07")
    figure = text("The figure.", one_of=list(OBJECTABLE))
    state = text("Where it stands.", one_of=[each.state for each in STATES["objection"]])
    version = whole("Its version.")
    due_at = Instant("Until when it is decided; else the figure is held back.", allow_none=True)
    made_at = Instant("When it was raised.")


class Objections(Schema):
    """An enterprise's own objections."""

    items = many(ObjectionShape, "The newest first.")


class WholeObjection(ObjectionShape):
    """An objection with what was said."""

    reason = text("What is wrong, as the enterprise wrote it.")
    actions = words("What you may do now.")
    log = many(CourseEntry, "What happened, the oldest first.")


class RecordDraft(Schema):
    """Your enterprise's line of a month that is open to objection now. Nothing of it is public."""

    month = text("The month.", example="2026-07")
    object_until = Instant("Until when you may object.")
    edition = whole("1, or higher where an objection changed it.")
    figures = figures("What would be shown.")
    made_at = Instant("When it was counted.")


class RecordDrafts(Schema):
    """The drafts that are open to objection now."""

    items = many(RecordDraft, "The newest month first; several after an outage.")


class CaseBehind(Schema):
    """A case that a figure counts."""

    number = text("Its number.", example="C26-7K3M-Q2XA")
    product = text("The product or service.")
    outcome = text("How it ended.")
    closed_at = Instant("When it ended.")


class CasesBehind(Schema):
    """A page of the cases that a figure counts, as they are now."""

    count = whole("How many there are in all.")
    items = many(CaseBehind, "In the order in which they ended.")
    more = flag("Whether there is another page.")


class CorrectedLine(Schema):
    """The line of one month, before and after."""

    month = text("The month.", example="2026-07")
    before = figures("What it shows.")
    after = figures("What its next edition would show.")


class CorrectionPreview(Schema):
    """What a correction of a published line would change. Nothing is changed yet."""

    enterprise_id = whole("Whose line.")
    month = text("The month.", example="2026-07")
    edition = whole("The newest edition, to be sent as `If-Match`.")
    changes = flag("Whether anything would change; where nothing would, a correction is refused.")
    lines = many(CorrectedLine, "The lines that would be counted again: this one, and those that count the same case.")


class OpenDataColumn(Schema):
    """One column of open data."""

    name = text("Its name.", one_of=list(COLUMNS))
    type = text("Its type.")
    en = text("What it means, in English.")
    zh = text("What it means, in Chinese.")


class OpenDataCorrection(Schema):
    """One enterprise's rows of one month were written anew."""

    month = text("The month.", example="2026-07")
    edition = whole("2, or higher: which edition of the month this made.")
    enterprise_id = whole("Whose rows.")
    reason = text("Why.")
    made_at = Instant("When.")


class OpenData(Schema):
    """The data dictionary, with licence and staleness."""

    licence = text("Under which the data may be used.")
    as_of = text("The newest month; null where there is none.", maybe=True)
    months_behind = whole("How many months old it is.", maybe=True)
    stale = flag("Whether that is more than it should be.")
    least_rows_sharing_a_value = whole("A value is left out where fewer rows share it.")
    columns = many(OpenDataColumn, "In the order of the files.")
    months = words("The months there are, the newest first.")
    corrections = many(OpenDataCorrection, "What changed in published months, the newest month and edition first.")


OpenDataRow = Schema.from_dict(
    {
        name: fields.Raw(required=True, allow_none=True, metadata={"description": f"See the dictionary: {name}."})
        for name in COLUMNS
    },
    name="OpenDataRow",
)


class OpenDataRows(Schema):
    """A page of a month's rows."""

    items = many(OpenDataRow, "In no order that says which case came first.")
    more = flag("Whether there is another page.")
