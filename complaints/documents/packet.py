"""The case packet: one PDF, and a ZIP with it, the files and the log, which `complaints verify-packet` checks offline.

The log's hashes cover every entry. Entries that are not this reader's stand as links only (seq, previous_hash, hash);
entries of which a fact is not this reader's are shown in part; all others whole, so that their hash can be recomputed.
Texts come with the salt of their hash, unless something in them is hidden from this reader.
"""

import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import PurePosixPath
from typing import IO, Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.clock import SHANGHAI
from complaints.documents.paper import Paper
from complaints.models import Event, Evidence
from complaints.registry import files
from complaints.workflow import sight
from complaints.workflow.case import Actor, Case

FORMAT = "complaints-packet-1"
PDF, README, EVENTS, MANIFEST, FOLDER = "packet.pdf", "README.txt", "events.json", "manifest.json", "evidence/"
LINK, PART, WHOLE = "link", "part", "whole"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the PDF, in words: facts, paragraphs, then a table."""

    heading: str
    facts: Sequence[tuple[str, str]] = ()
    paragraphs: Sequence[str] = ()
    head: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    widths: Sequence[float] | None = None


@dataclass(frozen=True, slots=True)
class Filed:
    """A file of the case as it lies in the ZIP."""

    path: str
    sha256: str
    seq: int
    there: bool


@dataclass(frozen=True, slots=True)
class Packet:
    """Everything of a case that one reader may take along; nothing here needs the database any more."""

    number: str
    reader: str
    made_at: datetime
    head: str
    entries: list[dict[str, Any]]
    files: list[Filed] = field(default_factory=list)


def gather(session: Session, case: Case, actor: Actor, at: datetime) -> Packet:
    """Gather it in the caller's look at the case, who records whoever takes the data of another."""
    mine = {event.seq for event in sight.events(session, case, actor)}
    texts: dict[int, list[dict[str, Any]]] = {}
    for each in sight.kept(session, case, actor):
        texts.setdefault(each.seq, []).append(_text(each))
    log = session.scalars(select(Event).where(Event.complaint_id == case.id).order_by(Event.seq)).all()
    entries = [_entry(event, actor, event.seq in mine, texts.get(event.seq, [])) for event in log]
    return Packet(case.number, actor.role.value, at, case.chain_head, entries, list(_files(session, case, actor)))


def _text(kept: sight.Kept) -> dict[str, Any]:
    if kept.value is None:
        return {"kind": kept.kind, "erased": True}
    if kept.salt is None:
        return {"kind": kept.kind, "value": kept.value, "hidden_in_part": True}
    return {"kind": kept.kind, "value": kept.value, "salt": kept.salt}


def _entry(event: Event, actor: Actor, visible: bool, texts: list[dict[str, Any]]) -> dict[str, Any]:
    link = {"seq": event.seq, "previous_hash": event.previous_hash, "hash": event.hash}
    if not visible:
        return link
    shown = link | {
        "shown": WHOLE,
        "trigger": event.trigger,
        "from_state": event.from_state,
        "to_state": event.to_state,
        "role": event.role,
        "occurred_at": event.occurred_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "recorded_at": event.recorded_at.astimezone(UTC).isoformat(timespec="microseconds"),
    }
    if not sight.provable(event, actor):
        told = {"facts": sight.told(event.payload["facts"], actor), "private": event.payload["private"]}
        return shown | {"shown": PART, "payload": told, "texts": texts}
    return shown | {"actor_id": event.actor_id, "payload": event.payload, "texts": texts}


def _files(session: Session, case: Case, actor: Actor) -> Iterator[Filed]:
    lines = list(sight.files(session, case, actor))
    query = select(Evidence.id, Evidence.sha256).where(Evidence.complaint_id == case.id)
    hashes = {row.id: row.sha256 for row in session.execute(query)}
    for line in lines:
        digest = hashes[line.id]
        yield Filed(f"{FOLDER}{line.seq:03}-{PurePosixPath(line.name).name}", digest, line.seq, files.there(digest))


def pdf(title: str, packet: Packet, language: str, sections: Sequence[Section], foot: str) -> bytes:
    """The PDF: its parts in order."""
    paper = Paper(title, packet.made_at, foot=foot, language=language)
    paper.title_line(title)
    for section in sections:
        paper.heading(section.heading)
        paper.facts(section.facts)
        for text in section.paragraphs:
            paper.paragraph(text)
        if section.rows:
            paper.rows(section.head, section.rows, widths=section.widths)
    return paper.content()


class _Sink:
    """Where the ZIP is written to; what lies in it is taken away piece by piece."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Keep it until it is taken."""
        self.waiting.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def take(self) -> bytes:
        """What was written since."""
        data = b"".join(self.waiting)
        self.waiting.clear()
        return data


def stream(packet: Packet, pages: bytes, readme: str) -> Iterator[bytes]:
    """The ZIP in pieces; of a file no more than a piece is ever in memory. A file that is lost is said to be so."""
    sink, sums = _Sink(), dict[str, str]()
    made = packet.made_at.astimezone(SHANGHAI).timetuple()[:6]
    with zipfile.ZipFile(cast(IO[bytes], sink), "w") as archive:  # which writes and flushes, no more
        for name, content in ((PDF, [pages]), (README, [readme.encode()]), (EVENTS, [_json(_log(packet))])):
            yield from _put(archive, sink, name, iter(content), made, sums)
        for each in packet.files:
            if each.there:
                yield from _put(archive, sink, each.path, files.read_in_pieces(files.place(each.sha256)), made, sums)
        yield from _put(archive, sink, MANIFEST, iter([_json(_manifest(packet, sums))]), made, {})
    yield sink.take()


def _put(
    archive: zipfile.ZipFile, sink: _Sink, name: str, pieces: Iterator[bytes], made: Any, sums: dict[str, str]
) -> Iterator[bytes]:
    info = zipfile.ZipInfo(name, made)
    info.compress_type = zipfile.ZIP_STORED if name.startswith(FOLDER) else zipfile.ZIP_DEFLATED
    digest = sha256()
    with archive.open(info, "w", force_zip64=True) as member:
        for piece in pieces:
            digest.update(piece)
            member.write(piece)
            yield sink.take()
    sums[name] = digest.hexdigest()


def _log(packet: Packet) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "number": packet.number,
        "reader": packet.reader,
        "head": packet.head,
        "entries": packet.entries,
    }


def _manifest(packet: Packet, sums: dict[str, str]) -> dict[str, Any]:
    evidence = [
        {"file": each.path, "sha256": each.sha256, "seq": each.seq, "there": each.there} for each in packet.files
    ]
    made_at = packet.made_at.astimezone(UTC).isoformat()
    about = {"format": FORMAT, "number": packet.number, "reader": packet.reader, "made_at": made_at}
    return about | {"head": packet.head, "entries": len(packet.entries), "files": sums, "evidence": evidence}


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode()
