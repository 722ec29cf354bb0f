"""Large files in pieces: they go on where they stopped, whatever was lost, sent twice, or killed meanwhile."""

import os
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from complaints import clock
from complaints.errors import BadInput
from complaints.registry import files, pieces, uploads
from complaints.registry.pieces import coming
from tests.registry.test_scrubbing import exif, picture
from tests.sending import SECRET, film, long_film
from tests.web.samples import TEXT

pytestmark = pytest.mark.usefixtures("settings_env")
ME = "somebody at a case"


def key(content: bytes, name: str = "film.mp4") -> str:
    return f"{len(content)}.1782000000000.{name}"


def left() -> list[str]:
    """What lies in the folder of unfinished files, by its ending."""
    found = (path for path in uploads.folder().rglob("*") if path.is_file() and path.name != ".lock")
    return sorted(path.suffix or path.name for path in found)


def refusal(owner: str, named: str, piece: bytes = b"") -> list[str]:
    """Why a piece, or without one the file, is not taken."""
    with pytest.raises(BadInput) as caught:
        pieces.add(coming(owner, named), 0, piece) if piece else pieces.whole(coming(owner, named))
    return caught.value.fields["file"]


def test_a_file_goes_on_where_it_stopped_and_a_piece_that_comes_again_changes_nothing() -> None:
    content = film(b"isom")
    file = coming(ME, key(content))
    assert file.arrived() == 0
    assert pieces.add(file, 0, content[:100]) == 100
    assert pieces.add(file, 0, content[:100]) == 100  # its answer was lost
    assert pieces.add(file, 200, content[200:]) == 100  # a gap is not filled with anything
    assert refusal(ME, key(content)) == ["not_whole"]
    assert pieces.add(file, 60, content[60:150]) == 150
    assert coming(ME, key(content)).arrived() == 150
    assert pieces.add(file, 150, content[150:] + b"more than was said") == len(content)
    kept = pieces.whole(file)
    assert (kept.name, kept.media_type, kept.size) == ("film.mp4", "video/mp4", len(content))
    assert SECRET not in kept.path.read_bytes()
    assert sha256(kept.path.read_bytes()).hexdigest() == kept.sha256
    files.adopt(kept.path, files.place(kept.sha256))
    again = pieces.whole(coming(ME, key(content)))  # the last answer was lost
    assert (again.sha256, again.name, again.media_type) == (kept.sha256, kept.name, kept.media_type)
    assert pieces.add(file, 0, b"x" * 50) == len(content)
    assert files.read(kept.sha256).endswith(b"the film")
    assert left() == [".whole"]


def test_a_photo_in_pieces_leaves_its_place_nowhere() -> None:
    content = picture("JPEG") + bytes(2)
    assert exif().get_ifd(0x8825)
    file = coming(ME, key(content, "a.jpg"))
    pieces.add(file, 0, content)
    kept = pieces.whole(file)
    assert kept.size < len(content)
    assert file.arrived() == len(content)
    assert pieces.whole(file).sha256 == kept.sha256
    assert left() == [".whole"]


def test_what_cannot_be_kept_is_said_with_the_first_piece(settings_env: Callable[..., None]) -> None:
    settings_env(VIDEO_MEGABYTES=50)
    megabyte = uploads.MEGABYTE
    assert refusal(ME, f"{51 * megabyte}.1.a.mp4", film(b"isom")) == ["file_too_big:50"]
    assert refusal(ME, f"{21 * megabyte}.1.a.mp4", TEXT) == ["file_too_big:20"]
    assert pieces.add(coming(ME, f"{50 * megabyte}.1.a.mp4"), 0, film(b"isom")) > 0
    for wrong in ("", "a.mp4", "0.1.a", "12.1.", "-3.1.a", "9" * 20 + ".1.a", "5.1.a\0b"):
        assert refusal(ME, wrong) == ["not_whole"]
    noise = bytes(range(256))
    pieces.add(coming(ME, key(noise)), 0, noise)
    assert refusal(ME, key(noise)) == ["wrong_kind_of_file"]
    assert coming(ME, key(noise)).arrived() == 0  # what is refused is gone


def test_nobody_meets_the_file_of_another() -> None:
    pieces.add(coming("one", "100.1.a.mp4"), 0, film(b"isom")[:50])
    assert coming("two", "100.1.a.mp4").arrived() == 0
    pieces.drop("one")
    assert coming("one", "100.1.a.mp4").arrived() == 0


def test_two_tabs_make_one_file() -> None:
    content = film(b"isom") + bytes(range(256)) * 2000
    file = coming(ME, key(content))

    def tab(step: int) -> None:
        at = 0
        while at < len(content):
            at = pieces.add(file, at, content[at : at + step])

    tabs = [threading.Thread(target=tab, args=(step,)) for step in (1000, 1777, 5000)]
    for each in tabs:
        each.start()
    for each in tabs:
        each.join()
    assert file.part.read_bytes() == content


def test_what_rests_longest_makes_room_for_more(settings_env: Callable[..., None]) -> None:
    settings_env(VIDEO_MEGABYTES=20)
    content = film(b"isom")
    for n in range(pieces.MOST + 2):
        pieces.add(coming(ME, f"{len(content) + n}.1.a.mp4"), 0, content)
        os.utime(coming(ME, f"{len(content) + n}.1.a.mp4").part, (n, n))
    there = [coming(ME, f"{len(content) + n}.1.a.mp4").arrived() > 0 for n in range(pieces.MOST + 2)]
    assert there == [False, False] + [True] * pieces.MOST
    large = long_film(uploads.folder() / "x", 20).read_bytes()
    for n in range(4):
        pieces.add(coming(ME, f"{len(large)}.{n + 1}.b.mp4"), 0, large)
    assert [coming(ME, f"{len(large)}.{n + 1}.b.mp4").arrived() for n in range(4)] == [0] + [len(large)] * 3


def test_what_rests_for_a_day_is_swept() -> None:
    pieces.add(coming(ME, "100.1.old.mp4"), 0, film(b"isom")[:50])
    pieces.add(coming("other", "100.1.old.mp4"), 0, film(b"isom")[:50])
    pieces.add(coming(ME, "100.1.new.mp4"), 0, film(b"isom")[:50])
    crashed = uploads.folder() / "left by a process that was killed"
    crashed.write_bytes(b"x")
    then = (clock.wall() - pieces.KEPT_FOR - timedelta(minutes=1)).timestamp()
    other = coming("other", "100.1.old.mp4").folder
    for path in (crashed, coming(ME, "100.1.old.mp4").part, *other.iterdir()):
        os.utime(path, (then, then))
    pieces.forget(clock.wall())
    assert left() == [".part"]
    assert coming(ME, "100.1.new.mp4").arrived() == 50
    pieces.forget(clock.wall())
    assert not other.exists()


SENDER = """
import sys
from complaints.registry import pieces
content = bytes(range(256)) * 40_000
content = bytes.fromhex("0000001466747970") + b"isom" + bytes(4) + b"isom" + content
file = pieces.coming("killed", f"{len(content)}.1.film.mp4")
at = file.arrived()
print("begun", flush=True)
while at < len(content):
    at = pieces.add(file, at, content[at : at + 70_000])
"""


def test_killed_between_pieces_it_goes_on() -> None:
    killed = 0
    for _ in range(12):
        process = subprocess.Popen([sys.executable, "-c", SENDER], stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        time.sleep(0.03)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
    assert killed
    assert subprocess.run([sys.executable, "-c", SENDER], check=True, stdout=subprocess.DEVNULL).returncode == 0
    (part,) = uploads.folder().rglob("*.part")
    content = part.read_bytes()
    assert content[20:] == bytes(range(256)) * 40_000


def test_a_long_film_is_checked_scrubbed_and_kept_in_little_memory(tmp_path: Path) -> None:
    path = long_film(tmp_path / "film", 150)
    tracemalloc.start()
    with path.open("rb") as content:
        kept = uploads.check(content, "VID_20261129.mp4")
    files.adopt(kept.path, files.place(kept.sha256))
    for piece in files.read_in_pieces(files.place(kept.sha256)):
        end = piece
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert kept.size == path.stat().st_size == 150 * 1024 * 1024
    assert SECRET not in end
    assert b"turned by ninety degrees" in end
    assert most < 4_000_000
    digest, staged = kept.sha256, kept.path
    del kept
    assert not staged.exists()  # gone with its last holder
    assert files.there(digest)
