"""Files in forms: how much is read, and what people call their kinds. `registry/uploads.py` says what is taken."""

from collections.abc import Sequence

from flask import Flask, request
from werkzeug.datastructures import FileStorage

from complaints.errors import BadInput
from complaints.registry import uploads
from complaints.registry.uploads import FIELD, KINDS, MOST_BYTES, MOST_MEGABYTES, Upload
from complaints.workflow import evidence
from web import labels
from web.labels import N_
from web.language import gettext as _
from web.wording import say

MOST_AROUND = 100_000  # of a request, beside the file: the form's key, headers of the parts
ACCEPT = ",".join([*KINDS, *(ending for endings in KINDS.values() for ending in endings)])  # what is offered
SAID = {"image": N_("Photo"), "application": N_("PDF"), "video": N_("Video"), "text": N_("Text")}


def init_app(app: Flask) -> None:
    """Let the pages that take a file take that much. Before the guard against forged posts, which reads the form."""
    app.before_request(_make_room)
    app.add_template_filter(kind, "kind")
    app.jinja_env.globals.update(most_file_bytes=MOST_BYTES, most_file_megabytes=MOST_MEGABYTES)


def here() -> bool:
    """Whether this page takes files."""
    if (request.endpoint or "").endswith(".evidence") or request.endpoint == "pledges.act":
        return True
    return request.endpoint == "portal.act" and (request.view_args or {}).get("trigger") in evidence.PROVEN


def _make_room() -> None:
    if here():
        request.max_content_length = MOST_BYTES + MOST_AROUND


def receive_all(sent: Sequence[FileStorage]) -> list[Upload]:
    """The files of a form, of all its boxes.

    Raises BadInput, naming the box and in it each bad file: none chosen, empty, too big, of no kind we take.
    """
    chosen = [each for each in sent if each.filename]
    if not chosen:
        raise uploads.refused("no_file")
    taken: list[Upload] = []
    wrong: list[str] = []
    for each in chosen:
        try:
            taken.append(uploads.check(each.stream.read(MOST_BYTES + 1), each.filename or ""))
        except BadInput as error:
            wrong += [_named(each, key) for key in error.fields[FIELD]]
    if wrong:
        raise BadInput("a file cannot be kept", {FIELD: wrong})
    return taken


def _named(sent: FileStorage, key: str) -> str:
    """What is wrong, in words, with the file's name before it."""
    name = "".join(char for char in sent.filename or "" if char.isprintable())[:80]
    return f"“{name}”{say('letter.colon')}{labels.fault(key)}"


def kind(media_type: str) -> str:
    """What people call a file of this kind."""
    return _(SAID[media_type.partition("/")[0]]) if media_type in KINDS else _("File")
