"""The worked examples of docs/api.md are run as they stand there, with curl and with Python, against a live server."""

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.serving import make_server

from complaints import db
from tests.api.conftest import PASSWORD
from tests.api.program import STORY, Program, token_of

ROOT = Path(__file__).parents[2]
GUIDE, CHINESE = ROOT / "docs" / "api.md", ROOT / "docs" / "api.zh.md"
BLOCK = re.compile(r"^```(bash|python) (\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LOGINS = {"consumer": "", "enterprise": "hongyun", "partner": "hotline", "officer": "desk"}
Programs = Callable[..., Program]


def blocks(guide: Path) -> dict[tuple[str, str], str]:
    """The code of a guide by language and title."""
    found = BLOCK.findall(guide.read_text(encoding="utf-8"))
    return {(language, title): code for language, title, code in found}


@pytest.fixture
def server(app: Flask) -> Iterator[str]:
    """The application, really listening."""
    made = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}/api/v1"
    made.shutdown()
    thread.join(10)
    made.server_close()


def run(language: str, title: str, address: str, folder: Path) -> list[str]:
    """Run one example as a reader would; what it prints, line by line."""
    code = blocks(GUIDE)
    script = folder / f"example.{language}"
    script.write_text(code[language, "setup"] + code[language, title], encoding="utf-8")
    command = ["bash", "-euo", "pipefail"] if language == "bash" else [sys.executable, "-X", "dev", "-W", "error"]
    chosen = {
        "API": address, "LOGIN": LOGINS[title], "PASSWORD": PASSWORD, "MEDIATOR": "medi", "DAY": "2026-07-15",
        "PATH": os.environ["PATH"], "HOME": str(folder),
    }  # fmt: skip
    command.append(str(script))
    done = subprocess.run(command, cwd=folder, env=chosen, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout.splitlines()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not here")
@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("consumer", ["2026-07-20"]),
        ("enterprise", ["with_consumer", "1", "5", "with_consumer"]),
        ("partner", ["with_enterprise", "file"]),
        ("officer", ["awaiting_consent", "None"]),
    ],
)
def test_with_curl(server: str, filed: dict[str, object], tmp_path: Path, title: str, said: list[str]) -> None:
    lines = run("bash", title, server, tmp_path)
    assert [line for line in lines if line in said] == said, lines


def test_a_consumer_with_python(server: str, tmp_path: Path) -> None:
    *log, last = run("python", "consumer", server, tmp_path)
    assert [line.split(" ")[1:] for line in log] == [["consumer", "file"], ["consumer", "statement"]]
    assert last == "withdrawn"


def test_an_enterprise_with_python(server: str, number: str, agent: Program, mei: Program, tmp_path: Path) -> None:
    agent.did(number, "offer", remedy="Your money back.", perform_by="2026-07-15")
    mei.did(number, "accept_offer")
    assert run("python", "enterprise", server, tmp_path) == [f"{number} 2026-07-15", "performance_reported"]
    assert mei.case(number)["state"] == "performance_reported"


def test_a_partner_with_python(server: str, tmp_path: Path, program: Programs) -> None:
    first, second = (run("python", "partner", server, tmp_path) for _ in range(2))
    assert first[0] == "with_enterprise ['enterprise'] 2026-07-20"
    assert first == second
    assert len(program("hotline").get("/complaints").json["items"]) == 1


def test_a_mediator_with_python(server: str, tmp_path: Path, program: Programs, app: Flask, agent: Program) -> None:
    desk = program("desk")
    number = desk.post("/complaints", STORY | {"mandate": "delegated"}).json["number"]
    desk.did(number, "admit")
    desk.did(number, "assign")
    agent.did(number, "consent")
    assert run("python", "officer", server, tmp_path) == [f"{number} performing"]
    with db.reading() as session:
        link = token_of(session, number)
    assert Program(app, link).case(number)["perform_by"] == "2026-07-15"


def test_both_guides_have_the_same_examples() -> None:
    assert blocks(GUIDE) == blocks(CHINESE)
