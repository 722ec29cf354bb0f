"""`complaints run`: everything on one machine by one command.

This process prepares the stores, then supervises two children: the web server and `worker.py` (which supervises the
RQ workers and the ticker). Ctrl-C or SIGTERM ends them all; killed with -9, it takes them with it on Linux.
"""

import logging
import os
import shutil
import socket
import sys
import time
from pathlib import Path

import click

import worker
from complaints import db, logs, processes, schema, stores
from complaints.config import Settings, settings
from complaints.demo import world
from complaints.errors import Misconfigured

LEAST_FREE_MEGABYTES = 50
READY_SECONDS = 180.0
PATIENCE_SECONDS = worker.PATIENCE_SECONDS + 5  # worker.py waits for its workers, and we for worker.py


def run(host: str, port: int, *, demo: bool) -> None:
    """Serve the product until told to end."""
    check_port(host, port)
    os.environ.setdefault(
        "COMPLAINTS_BASE_URL", f"http://{_reachable(host)}:{port}"
    )  # what links in letters begin with
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")  # of glibc: eight threads each kept memory that no other could use
    logs.configure("run", logging.WARNING)
    check_disk(settings().data_dir)
    try:
        prepare(demo=demo)
        supervisor = processes.Supervisor(_children(host, port), PATIENCE_SECONDS, lambda: stores.keep(settings()))
        supervisor.run(ready=lambda: _announce(supervisor, host, port, demo=demo))
        click.echo("Ended; everything that was started has been stopped.")
    finally:
        stores.stop(settings())


def check_port(host: str, port: int) -> None:
    """Refuse a port that somebody else listens on, before anything is started."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Misconfigured(
                f"port {port} on {host} cannot be used ({error.strerror}); take another: make run PORT={port + 123}",
                {"port": [error.strerror or "cannot be used"]},
            ) from error


def check_disk(folder: Path) -> None:
    """Refuse a disk that is as good as full."""
    free = shutil.disk_usage(folder).free // 1_000_000
    if free < LEAST_FREE_MEGABYTES:
        raise Misconfigured(f"{folder}: only {free} MB of disk are free, at least {LEAST_FREE_MEGABYTES} are needed")


def prepare(*, demo: bool) -> None:
    """Start the embedded Redis, bring the tables up to date, and load calendar and demo world where missing."""
    click.echo(f"Data folder {settings().data_dir}")
    stores.redis_url(settings())
    schema.prepare()
    if demo:
        click.echo("Demo world: loading it if it is not there yet ...")
        world.ensure()
    else:
        schema.settle_as_live()
    db.engine().dispose()


def _children(host: str, port: int) -> list[processes.Child]:
    web = [sys.executable, "-m", "complaints.cli", "web", "--host", host, "--port", str(port)]
    return [
        processes.Child("web", web),
        processes.Child("worker", [sys.executable, str(Path(worker.__file__).resolve())]),
    ]


def _announce(supervisor: processes.Supervisor, host: str, port: int, *, demo: bool) -> None:
    """Wait until the pages answer, then say where everything is."""
    deadline = time.monotonic() + READY_SECONDS
    web = supervisor.children[0].process
    while not supervisor.stopping and not _answers(_reachable(host), port):
        if time.monotonic() > deadline or (web is not None and web.poll() is not None):
            raise Misconfigured("the web server did not start; the reason stands above")
        time.sleep(0.1)
    if not supervisor.stopping:
        click.echo("\n".join(addresses(f"http://{_reachable(host)}:{port}", settings(), demo=demo)))


def addresses(base: str, settings: Settings, *, demo: bool) -> list[str]:
    """What a person needs to know to begin."""
    places = {"": "file and follow a complaint", "portal": "enterprises", "desk": "intake, mediators, supervisors"}
    places |= {"api/v1/docs": "programs"}
    lines = ["", "Complaints is running. Ctrl-C stops it.", ""]
    lines += [f"  {base}/{path:<12} {what}" for path, what in places.items()]
    if demo:
        lines += ["", "Demo log-ins (demo world only):", ""]
        lines += [f"  {login:<24} {password:<20} {role}" for login, password, role in world.logins()]
    kept = "kept in the outbox, not sent (COMPLAINTS_SMTP_URL is not set)"
    mail = "sent by COMPLAINTS_SMTP_URL" if settings.smtp_url else kept
    return [*lines, "", f"Letters are {mail}.", ""]


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::", "") else host


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False
