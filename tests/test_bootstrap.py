"""`make run` on a machine where something is wrong says what, before it does anything."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "tools" / "bootstrap.sh"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder with the script and no environment."""
    (tmp_path / "tools").mkdir()
    shutil.copy(SCRIPT, tmp_path / "tools")
    return tmp_path


Done = subprocess.CompletedProcess[str]


def bootstrap(folder: Path, *arguments: str, path: str | None = None, **more: str) -> Done:
    environment = {**os.environ, **more, "PATH": path or os.environ["PATH"]}
    environment.pop("PYTHON", None)
    command = ["/bin/sh", str(folder / "tools" / "bootstrap.sh"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)


def fake(folder: Path, name: str, lines: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{lines}\n")
    program.chmod(0o755)


def tools(folder: Path, *names: str) -> Path:
    """A folder that is all of PATH: the few programs the script needs."""
    path = folder / "path"
    path.mkdir()
    for name in (*names, "dirname", "cat", "tail", "grep", "awk", "cksum", "rm"):
        found = shutil.which(name)
        assert found
        (path / name).symlink_to(found)
    return path


def test_an_old_python_is_named(elsewhere: Path) -> None:
    path = tools(elsewhere)
    fake(path, "python3", 'case "$2" in *print*) echo 3.9.2;; *) exit 1;; esac')
    done = bootstrap(elsewhere, "run", path=str(path))
    assert done.returncode != 0
    assert "Python 3.11 or newer is needed; found: python3 is 3.9.2" in done.stderr
    assert not (elsewhere / ".venv").exists()


def test_no_python_at_all(elsewhere: Path) -> None:
    done = bootstrap(elsewhere, "run", path=str(tools(elsewhere)))
    assert "no Python at all" in done.stderr


def test_a_newer_python_beside_an_old_one_is_taken(elsewhere: Path) -> None:
    path = tools(elsewhere)
    fake(path, "python3", 'case "$2" in *print*) echo 3.9.2;; *) exit 1;; esac')
    fake(path, "python3.12", 'case "$2" in *print*) echo 3.12.1;; *ensurepip*|*venv*) exit 1;; esac')
    fake(path, "df", "printf 'Filesystem\\n/dev/x 9000000 1 9000000 1%% /\\n'")
    done = bootstrap(elsewhere, "run", path=str(path))
    assert "is needed" not in done.stderr
    assert "no module venv" in done.stderr
    assert "apt install python3-venv" in done.stderr


def test_a_full_disk_is_named(elsewhere: Path) -> None:
    path = tools(elsewhere)
    fake(path, "python3", 'case "$2" in *print*) echo 3.11.9;; esac')
    fake(path, "df", "printf 'Filesystem\\n/dev/x 100000 99000 51200 99%% /\\n'")
    done = bootstrap(elsewhere, "run", path=str(path))
    assert done.returncode != 0
    assert "only 50 MB of disk are free" in done.stderr


def test_a_taken_port_is_named_before_anything_is_made(elsewhere: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = bootstrap(elsewhere, "run", str(port))
    assert done.returncode != 0
    assert f"port {port} cannot be used" in done.stderr
    assert "make run PORT=8123" in done.stderr
    assert not (elsewhere / ".venv").exists()


@pytest.mark.parametrize("port", ["none", "0", "70000"])
def test_a_port_that_is_none(elsewhere: Path, port: str) -> None:
    assert "PORT must be a number" in bootstrap(elsewhere, "run", port).stderr


def test_an_index_that_cannot_be_reached(elsewhere: Path) -> None:
    for name in ("requirements.txt", "requirements-dev.txt", "setup.cfg", "pyproject.toml"):
        shutil.copy(ROOT / name, elsewhere)
    (elsewhere / "requirements.txt").write_text("a-package-that-does-not-exist==1\n")
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:1/simple", "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull}
    done = bootstrap(elsewhere, "run", **nowhere)
    assert done.returncode != 0
    assert "Is the package index reachable?" in done.stderr
    again = bootstrap(elsewhere, "run", **nowhere)
    assert again.returncode != 0, "a failed installation must not count as done"
