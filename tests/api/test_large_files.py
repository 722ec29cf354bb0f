"""A real web process takes a large video in and hands it out, alone and in a packet, in little memory."""

import http.client
import io
import json
import os
import sys
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from complaints import db
from tests import people
from tests.api.program import BASE, STORY, token_of
from tests.calling import Client, web
from tests.processes_seen import Family
from tests.sending import SECRET, long_film
from tests.servers import free_port

MEGABYTES = 150
MOST_MORE = 60  # megabytes; held whole, the file alone would be more than twice that
PART = b'--x\r\nContent-Disposition: form-data; name="file"; filename="VID.mp4"\r\n\r\n'
END = b"\r\n--x--\r\n"


def highest(port: int) -> int:
    """The most memory that the web process has ever had, in kilobytes."""
    process = Family(os.getpid()).find("web", str(port))
    assert process is not None
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0])


def body(film: Path) -> Iterator[bytes]:
    yield PART
    with film.open("rb") as file:
        while piece := file.read(1 << 20):
            yield piece
    yield END


def send(client: Client, path: str, film: Path) -> int:
    """Add it as evidence; returns its id."""
    headers = {
        "Authorization": f"Bearer {client.token}",
        "Content-Type": "multipart/form-data; boundary=x",
        "Content-Length": str(film.stat().st_size + len(PART) + len(END)),
        "Idempotency-Key": uuid.uuid4().hex,
    }
    connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=120)
    connection.request("POST", BASE + path, body(film), headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    assert answer.status == 201, text
    new: int = json.loads(text)["evidence_id"]
    return new


def fetch(client: Client, path: str, into: Path) -> None:
    """Save what is there."""
    connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=120)
    connection.request("GET", BASE + path, headers={"Authorization": f"Bearer {client.token}"})
    answer = connection.getresponse()
    assert answer.status == 200
    with into.open("wb") as file:
        while piece := answer.read(1 << 20):
            file.write(piece)
    connection.close()


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_in_and_out_in_little_memory(sqlite: Engine, tmp_path: Path) -> None:
    people.world()
    film = long_film(tmp_path / "film", MEGABYTES)
    port = free_port()
    with web(port, tmp_path / "log") as client:
        filed = client.call("POST", "/complaints", STORY, Idempotency_Key="key")
        assert filed.status == 201, filed.text
        number = filed.json["number"]
        with db.reading() as session:
            client.token = token_of(session, number)
        fetch(client, f"/complaints/{number}/packet", tmp_path / "first.zip")  # the fonts are read by now
        before = highest(port)
        new = send(client, f"/complaints/{number}/evidence", film)
        fetch(client, f"/complaints/{number}/evidence/{new}", tmp_path / "out")
        fetch(client, f"/complaints/{number}/packet", tmp_path / "case.zip")
        assert highest(port) - before < MOST_MORE * 1000
    assert (tmp_path / "out").stat().st_size == film.stat().st_size
    end = (tmp_path / "out").open("rb")
    with end:
        end.seek(-2000, io.SEEK_END)
        assert SECRET not in end.read()
    with zipfile.ZipFile(tmp_path / "case.zip") as archive:
        (inside,) = [each for each in archive.infolist() if each.filename.startswith("evidence/")]
        assert inside.file_size == film.stat().st_size
