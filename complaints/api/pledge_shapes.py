"""What the API answers about campaigns, pledges and certificates, field by field."""

from marshmallow import Schema, fields

from complaints.api.course_shapes import CourseEntry
from complaints.api.shapes import Instant, day, flag, many, text, whole, words
from complaints.registry.lifecycle import STATES

PLEDGE_STATES = [each.state for each in STATES["pledge"]]
STANDINGS = ["pending", "in_force", "suspended", "withdrawn", "struck_off", "expired"]


class Promise(Schema):
    """One promise in the enterprise's own words."""

    kind = text("What about.", example="warranty")
    text = text("The words.")


class Promised(Schema):
    """What is promised, word for word, and from when to when it stood."""

    version = whole("The number of this version.")
    promises = many(Promise, "In the order of the campaign.")
    answer_days = whole("Working days in which it answers complaints, where fewer than usual.", maybe=True)
    mediation_consent = flag("Whether it consents in advance to mediation.")
    in_force_from = Instant("Since when it stood; null where it never did.", allow_none=True)
    in_force_until = Instant("Until when it stood.", allow_none=True)


class Announced(Schema):
    """A pledge as anybody may know it. It is no certification of quality."""

    number = text("Its number.", example="315-2027-00012")
    year = whole("Of which year's campaign.")
    enterprise_id = whole("Whose.")
    enterprise = text("The enterprise's name.")
    standing = text("Whether it stands at this moment.", one_of=STANDINGS)
    valid_from = Instant("The beginning of its term.")
    valid_until = Instant("The end of its term.")


class AnnouncedPledges(Schema):
    """A page of pledges."""

    items = many(Announced, "In the order of their numbers.")
    next = text("The `cursor` of the next page; null on the last.", maybe=True)


class PledgeHistory(Schema):
    """What an enterprise promised on a day, and all that it has announced."""

    on = day("The day.")
    pledge = fields.Nested(Announced, required=True, allow_none=True)
    promised = fields.Nested(Promised, required=True, allow_none=True)
    history = many(Announced, "The newest first.")


class Offered(Schema):
    """A promise that a campaign offers."""

    kind = text("What about.", example="warranty")
    required = flag("Whether every pledge must make it.")
    zh = text("How it is worded, in Chinese; empty where the enterprise finds the words.")
    en = text("The same in English.")


class CampaignShape(Schema):
    """A year's call for pledges. Days are those of Shanghai."""

    year = whole("By which it is known.")
    opens_on = day("The first day on which enterprises apply.")
    closes_on = day("The last day on which they apply.")
    publish_on = day("The day on which what was approved is announced.")
    valid_until = day("The last day of its pledges.")
    open = flag("Whether enterprises can apply today.")
    promises = many(Offered, "What it offers, in its order.")


class Campaigns(Schema):
    """The campaigns."""

    items = many(CampaignShape, "The newest year first.")


class PledgeStanding(Schema):
    """Where a pledge stands for its enterprise and the association."""

    id = whole("Its id.")
    enterprise_id = whole("Whose.")
    year = whole("Of which year's campaign.")
    number = text("Its number, once it is announced.", maybe=True)
    state = text("Its state.", one_of=PLEDGE_STATES)
    version = whole("Its version, for `If-Match`.")
    due_at = Instant("When its clock runs out.", allow_none=True)
    changing = flag("Whether a change waits for a decision.")
    change_due_at = Instant("When the clock of that decision runs out.", allow_none=True)
    actions = words("What this caller may do now.")


class Proof(Schema):
    """A file given as proof."""

    id = whole("By which it is fetched.")
    name = text("Its name.")
    media_type = text("Its type.")
    size = whole("Bytes.")


class WholePledge(PledgeStanding):
    """A pledge with its words."""

    versions = many(Promised, "Every version, the oldest first; the last may be one that is asked for.")
    proofs = many(Proof, "The files given as proof, the oldest first.")
    log = many(CourseEntry, "What happened, the oldest first.")


class Pledges(Schema):
    """A page of pledges."""

    items = many(PledgeStanding, "As the list says.")
    next = text("The `cursor` of the next page; null on the last.", maybe=True)


class CertificateChecked(Schema):
    """What the association says about a certificate, live."""

    code = text("Its code.")
    number = text("The pledge's number.")
    edition = whole("Which edition.")
    language = text("The language of the file.", one_of=["zh", "en"])
    enterprise = text("The enterprise's name.")
    state = text("Whether it stands.", one_of=["in_force", "replaced", *STANDINGS[2:]])
    newer = text("The code of the edition that replaced it.", maybe=True)
    issued_at = Instant("When it was issued.")
    sha256 = text("Of the file.")
    signature = text("Ed25519 over the file, base64.")
    key = text("The public key (PEM) with which to check it.")
