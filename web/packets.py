"""The case packet, for whoever may see the case: the PDF in the reader's words, and the ZIP around it."""

from collections.abc import Iterable, Iterator, Sequence

from flask import Blueprint, Response, abort

from complaints import clock
from complaints.api.limits import FILES, limiter
from complaints.documents import packet
from complaints.documents.packet import Packet, Section
from complaints.models import Complaint
from complaints.workflow import rows, sight
from complaints.workflow.case import OFFICERS, Actor, Case, Role
from web import casework, places, reading
from web.casework import Place
from web.explain import explain
from web.following import CONTACT
from web.language import gettext as _
from web.language import locale, speaking
from web.reading import Entry, View
from web.sessions import only_for
from web.wording import moment, say, size, until

pages = Blueprint("packets", __name__)
centre = only_for(*(role.value for role in OFFICERS))
theirs = only_for(Role.ENTERPRISE.value)
KINDS = {"pdf": "application/pdf", "zip": "application/zip"}


@pages.get("/c/<token>/packet.<kind>")
@limiter.limit(FILES)
def of_consumer(token: str, kind: str) -> Response:
    """For the consumer."""
    return download(places.of_consumer(token), kind)


@pages.get("/portal/cases/<number>/packet.<kind>")
@theirs
@limiter.limit(FILES)
def of_enterprise(number: str, kind: str) -> Response:
    """For the enterprise, as far as it may see the case."""
    return download(places.of_enterprise(number), kind)


@pages.get("/desk/cases/<number>/packet.<kind>")
@centre
@limiter.limit(FILES)
def of_centre(number: str, kind: str) -> Response:
    """For an officer."""
    return download(places.of_centre(number), kind)


def download(place: Place, kind: str) -> Response:
    """One of the two, to be saved. Another's taking it is recorded once."""
    if kind not in KINDS:
        abort(404)
    answer = Response(pack(place, kind), mimetype=KINDS[kind])
    answer.headers["Content-Disposition"] = f'attachment; filename="{place.number}.{kind}"'
    return answer


def for_program(number: str, actors: Sequence[Actor], kind: str, language: str) -> Iterable[bytes]:
    """The same through the API, in a language of its choice. Raises NotFound where it is not this reader's."""
    with speaking(language):
        return pack(Place(number, actors, ""), kind)


def pack(place: Place, kind: str) -> Iterable[bytes]:
    """The file in pieces. Nothing in it is in words any more once this has returned."""
    with casework.looking(place) as session:
        at = clock.now()
        case = casework.visible(session, place)
        view = reading.view(session, case, session.get_one(Complaint, case.id), place.actors, at, "packet", {})
        if place.actors[0].role is not Role.CONSUMER and not view.contact:  # else the view has recorded it
            sight.record(session, case, place.actors[0], at, "packet")
        found = packet.gather(session, case, place.actors[0], at)
        clocks = [(each["state"], explain(each["explanation"]).steps) for each in rows.clocks(session, case.id)]
    title = _("Case file %(number)s", number=case.number)
    pages_ = packet.pdf(title, found, locale(), list(_sections(view, found, clocks)), _foot(case))
    return iter([pages_]) if kind == "pdf" else packet.stream(found, pages_, _readme(found))


def _foot(case: Case) -> str:
    return f"{case.number} · {say('state.' + case.state.value)}"


def _sections(view: View, found: Packet, clocks: list[tuple[str, list[str]]]) -> Iterator[Section]:
    """The parts of the PDF."""
    yield Section(_("The case"), list(_facts(view, found)))
    yield Section(_("The parties"), list(_parties(view)))
    for text in view.story:
        yield Section(_("What happened") if text.kind == "narrative" else _("What is asked for"), (), [text.value])
    for entry in reversed(view.timeline):
        if entry.trigger == "conclude":
            yield Section(_("The agreement"), entry.details, [text.value for text in entry.texts])
    told = [[moment(each.at), each.by, _told(each)] for each in reversed(view.timeline)]
    yield Section(_("What has happened"), (), (), (_("When"), _("By whom"), _("What")), told, (36, 26, 108))
    yield Section(_("The deadlines, and why"), (), list(_deadlines(clocks)))
    sums = {each.seq: each.sha256 for each in found.files}
    files = [[file.name, f"{size(file.size)} · {say('role.' + file.role)}", sums[file.seq]] for file in view.files]
    if files:
        yield Section(_("Evidence"), (), (), (_("File"), _("Size"), "SHA-256"), files, (50, 40, 80))


def _facts(view: View, found: Packet) -> Iterator[tuple[str, str]]:
    case = view.case
    yield _("Number"), case.number
    yield say("label.product"), case.product
    yield _("Where it stands"), say(f"state.{case.state.value}")
    if case.due_at:
        yield _("By when"), until(case.due_at)
    if case.outcome:
        yield say("label.outcome"), say(f"outcome.{case.outcome.value}")
    yield from view.terms
    yield _("Made"), moment(found.made_at)
    yield _("Fingerprint of the log's last entry"), f"{len(found.entries)}: {found.head}"


def _parties(view: View) -> Iterator[tuple[str, str]]:
    yield say("label.enterprise"), view.enterprise or say("letter.unnamed_enterprise")
    for text in view.contact:
        yield f"{_('The consumer')} · {_(CONTACT[text.kind])}", text.value
    if view.mediator:
        yield _("Mediator"), view.mediator


def _told(entry: Entry) -> str:
    """An entry in words: what happened, its facts, what was written."""
    facts = [f"{label}{say('letter.colon')}{value}" for label, value in entry.details]
    return "\n".join(filter(None, [entry.told or entry.headline, *facts, *(text.value for text in entry.texts)]))


def _deadlines(clocks: list[tuple[str, list[str]]]) -> Iterator[str]:
    for state, steps in clocks:
        yield "\n".join([say(f"state.{state}"), *(f"– {step}" for step in steps)])


def _readme(found: Packet) -> str:
    """What lies in the ZIP, in both languages whatever the page speaks."""
    return README.format(number=found.number, head=found.head, count=len(found.entries))


README = """\
{number}

本压缩包是案件的案卷：packet.pdf 供阅读；evidence/ 是双方提交的文件；events.json 是案件记录，
每条记录都带有哈希值，并引用前一条的哈希值；manifest.json 列出每个文件的 SHA-256。
不属于您的记录只保留其在链条中的位置（seq、previous_hash、hash）；部分内容不属于您的记录（shown 为
part）无法重新计算哈希值，核验时会逐条列出。
核验（无需联网）：complaints verify-packet 本文件.zip
共 {count} 条记录，最后一条的哈希值：{head}
中心发出的每封信都写有当时最后一条记录及其哈希值，可与本案卷对照：
complaints verify-packet --letter 序号:哈希值 本文件.zip

This archive is the file of a case: packet.pdf is for reading; evidence/ holds the files of both
sides; events.json is the log, each entry with its hash and the hash of the entry before it;
manifest.json lists the SHA-256 of every file. Entries that are not yours keep only their place in
the chain (seq, previous_hash, hash); entries of which a fact is not yours (shown: part) cannot be recomputed, and
the check names each of them.
To check it, offline: complaints verify-packet THIS_FILE.zip
{count} entries; the hash of the last: {head}
Every letter of the centre names the last entry of its time and that entry's hash. To compare:
complaints verify-packet --letter ENTRY:HASH THIS_FILE.zip
"""
