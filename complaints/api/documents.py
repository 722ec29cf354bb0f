"""Issued documents: which a case has, fetching one, and what the centre says about a code."""

from flask import Response
from marshmallow import Schema

from complaints import clock, db
from complaints.api import shapes
from complaints.api.cases import CASE, looking
from complaints.api.evidence import attachment, to_save
from complaints.api.limits import CODES, FILES
from complaints.api.operations import Call, Reply, operation
from complaints.documents import issuing, matter
from complaints.documents.kinds import Kind
from complaints.documents.matter import Matter
from complaints.errors import NotFound
from complaints.fields import Choice
from complaints.inputs import Input
from complaints.words import LOCALES
from complaints.workflow import attempts

STATES = ["valid", "replaced", "reopened", "erased"]
KINDS = [kind.value for kind in Kind]


class DocumentLine(Schema):
    """A document of a case. It is made when somebody first asks to have it made."""

    seq = shapes.whole("The entry of the log that it states, by which it is fetched.")
    kind = shapes.text("Which document.", one_of=KINDS)
    dated_at = shapes.Instant("Its date.")


class Documents(Schema):
    """The documents of a case that are this reader's to have."""

    items = shapes.many(DocumentLine, "The newest first.")


class CheckedDocument(Schema):
    """What the centre says about a code. No personal data."""

    code = shapes.text("The code, tidied.")
    kind = shapes.text("Which document.", one_of=KINDS)
    number = shapes.text("Of the case, partly masked.")
    language = shapes.text("Its language.", one_of=list(LOCALES))
    dated_at = shapes.Instant("Its date.")
    sha256 = shapes.text("Of the file: a copy with another hash is not the document.")
    head = shapes.text("The head of the case's hash chain at the entry that it states.")
    state = shapes.text("Whether it still holds.", one_of=STATES)


class LanguageQuery(Input):
    """In which language a document is wanted."""

    language = Choice(*LOCALES, load_default="zh")


@operation("list_documents", "GET", f"{CASE}/documents", "documents", answer=Documents)
def list_documents(call: Call, number: str) -> Reply:
    """List the documents of a case"""
    with db.reading() as session:
        case = attempts.look(session, number, call.caller.actors, clock.now())
        return Reply({"items": issuing.listed(session, case, call.caller.actors[0])})


ONE = f"{CASE}/documents/<int:seq>"  # unbounded: beyond a bound, Werkzeug answers 405 where one path has two methods
FILE = to_save("The PDF")


@operation("get_document", "GET", ONE, "documents", query=LanguageQuery, limit=FILES, says=FILE)
def get_document(call: Call, number: str, seq: int) -> Response:
    """Fetch a document as PDF

    The same file each time; for an enterprise without what it may not see of the consumer's contact. 404 until somebody
    has had it made. Another's reading it is recorded.
    """
    found = _matter(call, number, seq)
    content = issuing.issued(found)
    if content is None:
        raise NotFound("nobody has had this document made yet; POST to this address does")
    return attachment(f"{found.number}-{found.kind}-{seq}.pdf", content)


@operation("make_document", "POST", ONE, "documents", query=LanguageQuery, limit=FILES, says=FILE)
def make_document(call: Call, number: str, seq: int) -> Response:
    """Have a document made, and fetch it as PDF

    It is made once for each language and edition; asking again answers the same file. The case does not change.
    """
    found = _matter(call, number, seq)
    _document, content = issuing.issue(found, clock.now())
    return attachment(f"{found.number}-{found.kind}-{seq}.pdf", content)


def _matter(call: Call, number: str, seq: int) -> Matter:
    if seq > db.MOST_ID:
        raise NotFound("there is no such document")
    with looking(call.caller) as session:
        at = clock.now()
        case = attempts.look(session, number, call.caller.actors, at)
        return matter.gather(session, case, call.caller.actors[0], seq, call.query["language"] or "zh", at)


@operation(
    "check_document", "GET", "/documents/<code>", "documents", answer=CheckedDocument, everyone=True, limit=CODES
)
def check_document(call: Call, code: str) -> Reply:
    """Check a document by its code

    The code stands at the foot of the document; small letters, spaces and O for 0 do no harm.
    """
    with db.reading() as session:
        found = issuing.check(session, code)
    if found is None:
        raise NotFound("no document of this centre has this code")
    return Reply(found)
