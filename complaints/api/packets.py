"""The case packet for programs. Its pages are in words that belong to the web, which hands in how one is made."""

from collections.abc import Callable, Iterable, Sequence

from flask import Response, current_app

from complaints.api.cases import CASE
from complaints.api.documents import LanguageQuery
from complaints.api.evidence import attachment_named, to_save
from complaints.api.limits import FILES
from complaints.api.operations import Call, operation
from complaints.api.problems import Problem
from complaints.fields import Choice
from complaints.workflow.case import Actor, Role

Pack = Callable[[str, Sequence[Actor], str, str], Iterable[bytes]]  # number, who, kind, language
EXTENSION = "complaints-packet"
KINDS = ("zip", "pdf")


class PacketQuery(LanguageQuery):
    """In which form and language the packet is wanted."""

    kind = Choice(*KINDS, load_default="zip")


@operation(
    "get_packet",
    "GET",
    f"{CASE}/packet",
    "documents",
    query=PacketQuery,
    limit=FILES,
    refuses=(403,),
    says=to_save("The ZIP or the PDF"),
)
def get_packet(call: Call, number: str) -> Response:
    """Fetch the whole case as a packet

    As a ZIP with a PDF, the files and the log's hash chain as far as they are this reader's, which `complaints
    verify-packet` checks offline; or only the PDF. Another's taking it is recorded.
    """
    if call.caller.holds(Role.PARTNER):
        raise Problem("not_for_role")
    kind, language = call.query["kind"] or KINDS[0], call.query["language"] or "zh"
    pack: Pack = current_app.extensions[EXTENSION]
    return attachment_named(f"{number}.{kind}", pack(number, call.caller.actors, kind, language))
