"""Files in forms: how much is read, and what people call their kinds. `registry/uploads.py` says what is taken."""

from collections.abc import Sequence

from flask import Flask, request
from werkzeug.datastructures import FileStorage

from complaints.registry import uploads
from complaints.registry.uploads import KINDS, MOST_BYTES, Upload
from web.labels import N_
from web.language import gettext as _

MOST_AROUND = 100_000  # of a request, beside the file: the form's key, headers of the parts
ACCEPT = ",".join([*KINDS, *(ending for endings in KINDS.values() for ending in endings)])  # what is offered
PROVEN = ("report_performance",)  # what is done with files beside its form
SAID = {"image": N_("Photo"), "application": N_("PDF"), "video": N_("Video"), "text": N_("Text")}


def init_app(app: Flask) -> None:
    """Let the pages that take a file take that much. Before the guard against forged posts, which reads the form."""
    app.before_request(_make_room)
    app.add_template_filter(kind, "kind")


def here() -> bool:
    """Whether this page takes files."""
    if (request.endpoint or "").endswith(".evidence"):
        return True
    return request.endpoint == "portal.act" and (request.view_args or {}).get("trigger") in PROVEN


def _make_room() -> None:
    if here():
        request.max_content_length = MOST_BYTES + MOST_AROUND


def receive(sent: FileStorage | None) -> Upload:
    """The file of the form. Raises BadInput, naming the box: none chosen, empty, too big, of no kind we take."""
    if sent is None:
        raise uploads.refused("no_file")
    return uploads.check(sent.stream.read(MOST_BYTES + 1), sent.filename or "")


def receive_all(sent: Sequence[FileStorage]) -> list[Upload]:
    """The files of a form, of all its boxes. Raises BadInput as `receive` does, for the first that is wrong."""
    chosen = [each for each in sent if each.filename]
    return [receive(each) for each in chosen] if chosen else [receive(None)]


def kind(media_type: str) -> str:
    """What people call a file of this kind."""
    return _(SAID[media_type.partition("/")[0]]) if media_type in KINDS else _("File")
