"""The case packet: what each reader gets, and that any alteration of it is found and named, offline."""

import json
import zipfile
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from complaints import db
from complaints.commands.verify_packet import command
from complaints.documents import checking
from complaints.models import AccessLog, Event
from tests.web.attaching import add
from tests.web.browser import Browser
from tests.web.samples import PDF

Contents = dict[str, bytes]


def take(person: Browser, base: str) -> Contents:
    """The packet, unpacked."""
    answer = person.get(f"{base}/packet.zip").answer
    assert answer.status_code == 200
    with zipfile.ZipFile(BytesIO(answer.data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(folder: Path, contents: Contents) -> Path:
    """Packed again."""
    path = folder / "packet.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return path


def entries(contents: Contents) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(contents["events.json"])["entries"]
    return found


@pytest.fixture
def lived(consumer: Browser, case: str, desk: Browser, agent: Browser, number: str) -> str:
    """A case with a file, a message, an internal note and an offer."""
    add(consumer, case, PDF, "receipt 13812345678.pdf")
    consumer.submit(f"{case}/do/statement", text="Please answer me.")
    desk.submit(f"/desk/cases/{number}/do/note", text="A secret of the centre.")
    agent.submit(f"/portal/cases/{number}/do/offer", remedy="Full refund.", amount="129.00", perform_by="2026-07-10")
    return case


def test_a_packet_is_whole_and_says_so(consumer: Browser, lived: str, tmp_path: Path) -> None:
    contents = take(consumer, lived)
    assert contents["packet.pdf"].startswith(b"%PDF-")
    assert PDF in contents.values()
    assert "verify-packet" in contents["README.txt"].decode()
    assert "核验" in contents["README.txt"].decode()
    found = checking.check(pack(tmp_path, contents))
    assert found.wrong == []
    assert (found.whole, found.part, found.hidden) == (4, [], 1)
    assert found.texts == 9  # the story, the contact, the file's name, the message, the offer
    done = CliRunner().invoke(command, [str(tmp_path / "packet.zip")])
    assert (done.exit_code, "nothing was altered" in done.output) == (0, True)


def test_what_is_internal_is_a_link_and_nothing_else(consumer: Browser, lived: str) -> None:
    contents = take(consumer, lived)
    note = entries(contents)[3]
    assert set(note) == {"seq", "previous_hash", "hash"}
    assert "secret" not in b"".join(contents.values()).decode("utf-8", "replace")


def test_the_enterprise_gets_no_more_than_it_sees(agent: Browser, lived: str, number: str, tmp_path: Path) -> None:
    contents = take(agent, f"/portal/cases/{number}")
    whole = b"".join(contents.values()).decode("utf-8", "replace") + " ".join(contents)
    for hidden in ("13812345678", "mei@example.org", "021-55556666", "secret", "flags"):
        assert hidden not in whole
    found = checking.check(pack(tmp_path, contents))
    assert found.wrong == []
    assert found.part == ["entry 1"]
    assert "entry 1, narrative" in found.hidden_texts
    done = CliRunner().invoke(command, [str(tmp_path / "packet.zip")])
    assert done.exit_code == 0
    assert "NOTE 1 of 5 entries can be checked only in part: their hash covers a fact" in done.output
    assert "NOTE 1 entries are hidden" in done.output
    assert "as far as it can be checked (see the notes)" in done.output


def test_the_centre_gets_everything(desk: Browser, lived: str, number: str, tmp_path: Path) -> None:
    contents = take(desk, f"/desk/cases/{number}")
    found = checking.check(pack(tmp_path, contents))
    assert (found.wrong, found.hidden, found.part) == ([], 0, [])
    assert "A secret of the centre." in contents["events.json"].decode()


def test_others_taking_it_are_recorded_once(
    consumer: Browser, agent: Browser, desk: Browser, lived: str, number: str
) -> None:
    for kind in ("pdf", "zip"):
        assert consumer.get(f"{lived}/packet.{kind}").status == 200
    assert agent.get(f"/portal/cases/{number}/packet.pdf").status == 200
    assert desk.get(f"/desk/cases/{number}/packet.zip").status == 200
    with db.reading() as session:
        rows = session.scalars(select(AccessLog.role).where(AccessLog.what == "packet").order_by(AccessLog.id)).all()
    assert list(rows) == ["enterprise", "supervisor"]  # who does intake, too
    assert consumer.get(f"{lived}/packet.exe").status == 404


def test_nobody_else_gets_it(browser: Callable[..., Browser], lived: str, number: str) -> None:
    assert browser().log_in("baiyu").get(f"/portal/cases/{number}/packet.zip").status == 404
    assert browser().get("/c/made-up/packet.zip").status == 404
    assert "/login" in browser().get(f"/desk/cases/{number}/packet.zip").path


def _log(change: Callable[[list[dict[str, Any]]], object]) -> Callable[[Contents], None]:
    """Change the log, and the sum of it in the manifest, as a careful forger would."""

    def alter(contents: Contents) -> None:
        log = json.loads(contents["events.json"])
        change(log["entries"])
        contents["events.json"] = json.dumps(log).encode()
        manifest = json.loads(contents["manifest.json"])
        manifest["files"]["events.json"] = sha256(contents["events.json"]).hexdigest()
        contents["manifest.json"] = json.dumps(manifest).encode()

    return alter


def _evidence(contents: Contents) -> None:
    """Put another file in place, with its right sum."""
    name = next(name for name in contents if name.startswith("evidence/"))
    contents[name] = b"forged"
    manifest = json.loads(contents["manifest.json"])
    manifest["files"][name] = sha256(b"forged").hexdigest()
    manifest["evidence"][0]["sha256"] = manifest["files"][name]
    contents["manifest.json"] = json.dumps(manifest).encode()


ALTERED: dict[str, tuple[Callable[[Contents], object], str]] = {
    "a file": (lambda c: c.__setitem__("packet.pdf", b"%PDF-forged"), "packet.pdf: is not the file that was packed"),
    "a file away": (lambda c: c.pop("packet.pdf"), "packet.pdf: is missing"),
    "a file more": (lambda c: c.__setitem__("more.txt", b"x"), "more.txt: is not in manifest.json"),
    "evidence with its sum": (_evidence, "entry 2 of the log names another file"),
    "an entry": (_log(lambda e: e[4]["payload"]["facts"].update(amount="1.00")), "entry 5: was altered"),
    "its time": (_log(lambda e: e[2].update(occurred_at="2026-07-01T00:00:00+00:00")), "entry 3: was altered"),
    "its role": (_log(lambda e: e[2].update(role="enterprise")), "entry 3: was altered"),
    "a text": (
        _log(lambda e: e[2]["texts"][0].update(value="Never mind.")),
        "entry 3, statement: the text was altered",
    ),
    "a text more": (_log(lambda e: e[2]["texts"].append({"kind": "x", "value": "y"})), "entry 3, x: the entry knows"),
    "an entry away": (_log(lambda e: e.pop(2)), "entry 4: stands where entry 3 should"),
    "a hidden link": (_log(lambda e: e[3].update(hash="0" * 64)), "entry 5: does not follow from the entry before"),
    "the end away": (_log(lambda e: e.pop()), "the last entry is not the head of the chain"),
    "no log": (lambda c: c.pop("events.json"), "does not have the form of a packet"),
    "no JSON": (lambda c: c.__setitem__("manifest.json", b"{"), "does not have the form of a packet"),
}


@pytest.mark.parametrize("what", ALTERED)
def test_whatever_was_altered_is_found_and_named(consumer: Browser, lived: str, tmp_path: Path, what: str) -> None:
    alter, place = ALTERED[what]
    contents = take(consumer, lived)
    alter(contents)
    done = CliRunner().invoke(command, [str(pack(tmp_path, contents))])
    assert done.exit_code == 1
    assert place in done.output
    assert "nothing was altered" not in done.output


def test_a_packet_made_anew_does_not_match_a_letter(consumer: Browser, lived: str, tmp_path: Path) -> None:
    contents = take(consumer, lived)
    path = str(pack(tmp_path, contents))
    true = entries(contents)[1]["hash"]
    assert CliRunner().invoke(command, [path, "--letter", f"2:{true}"]).exit_code == 0
    wrong = CliRunner().invoke(command, [path, "--letter", f"2:{'a' * 64}"])
    assert (wrong.exit_code, "entry 2: its fingerprint is not the one in the letter" in wrong.output) == (1, True)
    assert CliRunner().invoke(command, [path, "--letter", "nonsense"]).exit_code == 2


def test_what_is_no_packet_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(b"no zip")
    assert CliRunner().invoke(command, [str(path)]).exit_code == 1


def test_the_rest_of_an_entry_cannot_be_found_by_trying(
    agent: Browser, consumer: Browser, lived: str, number: str
) -> None:
    """What only officers may know of the filing is a few facts; the hash covers a salt that is not shown with it."""
    found = {each["seq"]: each for each in entries(take(agent, f"/portal/cases/{number}"))}
    assert (found[1]["shown"], "salt" in found[1]["payload"]) == ("part", False)
    with db.reading() as session:
        salts = [event.payload["salt"] for event in session.scalars(select(Event))]
    assert len(set(salts)) == len(salts) == 5
    assert all(len(salt) == 32 for salt in salts)
