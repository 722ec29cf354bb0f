"""Files in forms: how much is read, and what people call their kinds. `registry/uploads.py` says what is taken."""

from collections.abc import Callable, Sequence
from functools import partial

from flask import Flask, request
from werkzeug.datastructures import FileStorage

from complaints.config import settings
from complaints.errors import BadInput
from complaints.registry import pieces, uploads
from complaints.registry.uploads import FIELD, KINDS, MOST_BYTES, MOST_MEGABYTES, Upload
from complaints.workflow import evidence
from web import labels
from web.labels import N_
from web.language import gettext as _
from web.wording import say

HELD = "held"  # what a form calls a file that has come in pieces
MEGABYTES_A_MINUTE = (60, 130)  # of Full HD: an iPhone's HEVC and H.264, as its settings say; most others lie between
MOST_AROUND = 100_000  # of a request, beside the file: the form's key, headers of the parts
ACCEPT = ",".join([*KINDS, *(ending for endings in KINDS.values() for ending in endings)])  # what is offered
SAID = {"image": N_("Photo"), "application": N_("PDF"), "video": N_("Video"), "text": N_("Text")}


def init_app(app: Flask) -> None:
    """Let the pages that take a file take that much. Before the guard against forged posts, which reads the form."""
    app.before_request(_make_room)
    app.add_template_filter(kind, "kind")
    app.jinja_env.globals.update(
        most_file_bytes=MOST_BYTES, most_file_megabytes=MOST_MEGABYTES, most_video_bytes=uploads.most_bytes(),
        most_video_megabytes=settings().video_megabytes, piece_bytes=pieces.PIECE,
    )  # fmt: skip


def here() -> bool:
    """Whether this page takes files."""
    if (request.endpoint or "").endswith(".evidence") or request.endpoint == "pledges.act":
        return True
    return request.endpoint == "portal.act" and (request.view_args or {}).get("trigger") in evidence.PROVEN


def _make_room() -> None:
    if here():
        request.max_content_length = uploads.most_bytes() + MOST_AROUND
    if (request.endpoint or "").endswith(".pieces"):
        request.max_content_length = pieces.PIECE


def room() -> str:
    """How large files may be, and about how long a video, in words."""
    most = settings().video_megabytes
    longest, shortest = (most / each for each in MEGABYTES_A_MINUTE)
    if shortest >= 1:
        long = _("%(least)d to %(most)d minutes", least=int(shortest), most=int(longest))
    else:
        long = _("%(least)d to %(most)d seconds", least=int(shortest * 60), most=int(longest * 60))
    return _(
        "A photo, PDF or text may have up to %(n)d MB, a video up to %(video)d MB: about %(long)s filmed by a phone in "
        "Full HD.", n=MOST_MEGABYTES, video=most, long=long,
    )  # fmt: skip


def receive_all(sent: Sequence[FileStorage], owner: str = "") -> list[Upload]:
    """The files of a form, of all its boxes, and those of an owner that have come in pieces before it.

    Raises BadInput, naming the box and in it each bad file: none chosen, empty, too big, of no kind we take.
    """
    chosen: list[tuple[str, Callable[[], Upload]]] = [
        (each.filename, partial(uploads.check, each.stream, each.filename)) for each in sent if each.filename
    ]
    if owner:
        chosen += [(key.split(".", 2)[-1], partial(_come, owner, key)) for key in request.form.getlist(HELD)]
    if not chosen:
        raise uploads.refused("no_file")
    taken: list[Upload] = []
    wrong: list[str] = []
    for name, take in chosen:
        try:
            taken.append(take())
        except BadInput as error:
            wrong += [named(name, key) for key in error.fields[FIELD]]
    if wrong:
        raise BadInput("a file cannot be kept", {FIELD: wrong})
    return uploads.together(taken)


def _come(owner: str, key: str) -> Upload:
    return pieces.whole(pieces.coming(owner, key))


def named(filename: str, key: str) -> str:
    """What is wrong, in words, with the file's name before it."""
    name = "".join(char for char in filename if char.isprintable())[:80]
    return f"“{name}”{say('letter.colon')}{labels.fault(key)}"


def kind(media_type: str) -> str:
    """What people call a file of this kind."""
    return _(SAID[media_type.partition("/")[0]]) if media_type in KINDS else _("File")
