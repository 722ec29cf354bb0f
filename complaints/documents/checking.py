"""Checking a case packet without the centre: files, entries, links between them, private texts, the last hash. Offline.

What cannot be seen from a packet alone: whether the whole of it was made anew. For that, every letter of the centre
names an entry and its fingerprint; compare them.
"""

import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from complaints.documents.packet import EVENTS, FORMAT, MANIFEST, PART, WHOLE
from complaints.registry.files import PIECE
from complaints.workflow import chain

MOST_BYTES = 64 * 1024 * 1024  # of a list inside
LINK_KEYS = {"seq", "previous_hash", "hash"}


@dataclass(slots=True)
class Findings:
    """What was checked, and where something is wrong: each a place and what is wrong there."""

    number: str = ""
    head: str = ""
    files: int = 0
    whole: int = 0
    part: list[str] = field(default_factory=list)  # shown in part: nobody but the centre can recompute these
    hidden: int = 0
    texts: int = 0
    hidden_texts: list[str] = field(default_factory=list)  # erased, or partly hidden from this reader
    wrong: list[tuple[str, str]] = field(default_factory=list)

    def say(self, place: str, what: str) -> None:
        """Something is wrong."""
        self.wrong.append((place, what))


def check(path: Path, known: Mapping[int, str] | None = None) -> Findings:
    """Check a packet. `known`: fingerprints from letters, by entry."""
    found = Findings()
    try:
        with zipfile.ZipFile(path) as archive:
            _check(archive, found, known or {})
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        found.say(path.name, f"cannot be read as a packet: {error}")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        found.say(path.name, f"does not have the form of a packet: {type(error).__name__} {error}")
    return found


def _check(archive: zipfile.ZipFile, found: Findings, known: Mapping[int, str]) -> None:
    manifest = _read(archive, MANIFEST)
    log = _read(archive, EVENTS)
    if manifest["format"] != FORMAT or log["format"] != FORMAT:
        found.say(MANIFEST, f"is not of the form {FORMAT}")
        return
    found.number, found.head = str(manifest["number"]), str(manifest["head"])
    _files(archive, manifest, found)
    for name in ("number", "reader", "head"):
        if manifest[name] != log[name]:
            found.say(EVENTS, f"{name} differs from the one in {MANIFEST}")
    _entries(log, manifest, found)
    _evidence(log, manifest, found)
    for seq, fingerprint in known.items():
        entry = next((each for each in log["entries"] if each["seq"] == seq), None)
        if entry is None or entry["hash"] != fingerprint:
            found.say(f"entry {seq}", "its fingerprint is not the one in the letter")


def _read(archive: zipfile.ZipFile, name: str) -> dict[str, Any]:
    if archive.getinfo(name).file_size > MOST_BYTES:
        raise ValueError(f"{name} is too big")
    found = json.loads(archive.read(name))
    if not isinstance(found, dict):
        raise ValueError(f"{name} is no object")
    return found


def _files(archive: zipfile.ZipFile, manifest: Mapping[str, Any], found: Findings) -> None:
    names = [each.filename for each in archive.infolist()]
    for name in sorted({name for name in names if names.count(name) > 1}):
        found.say(name, "is there twice")
    for name in sorted(set(names) - {MANIFEST} - set(manifest["files"])):
        found.say(name, f"is not in {MANIFEST}")
    for name, expected in manifest["files"].items():
        if name not in names:
            found.say(name, "is missing")
        elif _sum(archive, name) != expected:
            found.say(name, "is not the file that was packed: its SHA-256 differs")
        else:
            found.files += 1


def _sum(archive: zipfile.ZipFile, name: str) -> str:
    digest = sha256()
    try:
        with archive.open(name) as member:
            while piece := member.read(PIECE):
                digest.update(piece)
    except zipfile.BadZipFile:
        return ""
    return digest.hexdigest()


def _entries(log: Mapping[str, Any], manifest: Mapping[str, Any], found: Findings) -> None:
    previous = chain.GENESIS
    for expected, entry in enumerate(log["entries"], start=1):
        place = f"entry {entry['seq']}"
        if entry["seq"] != expected:
            found.say(place, f"stands where entry {expected} should")
        if entry["previous_hash"] != previous:
            found.say(place, "does not follow from the entry before it")
        _entry(str(log["number"]), entry, place, found)
        previous = entry["hash"]
    if previous != log["head"]:
        found.say(EVENTS, "the last entry is not the head of the chain")
    if len(log["entries"]) != manifest["entries"]:
        found.say(EVENTS, f"holds {len(log['entries'])} entries, not {manifest['entries']}")


def _entry(number: str, entry: Mapping[str, Any], place: str, found: Findings) -> None:
    if set(entry) == LINK_KEYS:
        found.hidden += 1
        return
    if entry["shown"] == PART:
        found.part.append(place)
    elif entry["shown"] == WHOLE:
        found.whole += 1
        instants = {name: datetime.fromisoformat(entry[name]) for name in ("occurred_at", "recorded_at")}
        if chain.entry_hash(number, {**entry, **instants}, entry["previous_hash"]) != entry["hash"]:
            found.say(place, "was altered: its hash does not follow from what it says")
    else:
        found.say(place, "is shown in a way that is not known")
    for text in entry["texts"]:
        _text(entry, text, f"{place}, {text['kind']}", found)


def _text(entry: Mapping[str, Any], text: Mapping[str, Any], place: str, found: Findings) -> None:
    expected = entry["payload"]["private"].get(text["kind"])
    if expected is None:
        found.say(place, "the entry knows of no such text")
    elif "salt" not in text:
        found.hidden_texts.append(place)  # erased, or something in it is hidden from this reader
    elif chain.private_hash(text["salt"], text["value"]) != expected:
        found.say(place, "the text was altered: its hash is not the one in the entry")
    else:
        found.texts += 1


def _evidence(log: Mapping[str, Any], manifest: Mapping[str, Any], found: Findings) -> None:
    by_seq = {entry["seq"]: entry for entry in log["entries"] if entry.get("shown") == WHOLE}
    for each in manifest["evidence"]:
        if not each["there"]:
            found.say(each["file"], "the centre had lost this file when the packet was made")
        elif manifest["files"].get(each["file"]) != each["sha256"]:
            found.say(each["file"], "is not the file that was added to the case")
        facts = by_seq.get(each["seq"], {}).get("payload", {}).get("facts", {})
        if facts.get("sha256") != each["sha256"]:
            found.say(each["file"], f"entry {each['seq']} of the log names another file")


def limits(found: Findings) -> Iterator[str]:
    """What this packet cannot prove, and why: said apart, so that nobody takes "unaltered" for more than it is."""
    if found.part:
        yield (
            f"{len(found.part)} of {found.whole + len(found.part) + found.hidden} entries can be checked only in part: "
            "their hash covers a fact that this packet's reader is not shown, so what they say was compared with "
            "nothing but the links of the chain. The centre can prove them."
        )
    if found.hidden:
        yield f"{found.hidden} entries are hidden from this packet's reader; only their place in the chain was checked."
    if found.hidden_texts:
        yield (
            f"{len(found.hidden_texts)} texts cannot be compared with their hashes: they were erased, or something in "
            "them is hidden from this packet's reader."
        )


def lines(found: Findings) -> Iterator[str]:
    """The report."""
    yield f"case {found.number or '?'}"
    yield f"  files                 {found.files} unaltered"
    yield f"  entries recomputed    {found.whole}"
    yield f"  entries in part       {len(found.part)} (cannot be recomputed: {'; '.join(found.part) or 'none'})"
    yield f"  entries hidden        {found.hidden} (only their place in the chain)"
    yield f"  texts checked         {found.texts}"
    unseen = "; ".join(found.hidden_texts) or "none"
    yield f"  texts not checkable   {len(found.hidden_texts)} (erased, or hidden in part: {unseen})"
    yield f"  head of the chain     {found.head or '?'}"
