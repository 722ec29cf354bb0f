"""The PostgreSQL on which everything is measured: one of its own, as durable as an installation's."""

import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from tests.servers import PostgresServer

# What differs from PostgreSQL's defaults. The first three are the defaults, said aloud.
SETTINGS: Mapping[str, str] = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "200",
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
}
Connection = psycopg.Connection[tuple[object, ...]]


@dataclass
class BenchServer(PostgresServer):
    """A server whose databases are made from one another in a moment."""

    def start(self) -> None:
        """Start it with the settings above."""
        said = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
        place = f"-c listen_addresses='' -c unix_socket_directories={self.folder}"
        log = str(self.folder / "log")
        self._command("pg_ctl", "start", "-w", "-t", "60", "-D", str(self.data), "-l", log, "-o", f"{place} {said}")

    def connect(self, database: str, *, autocommit: bool = False) -> Connection:
        """A bare connection."""
        return psycopg.connect(self.address(database), autocommit=autocommit)

    def address(self, database: str) -> str:
        """libpq's address of one database."""
        return f"host={self.folder} user=postgres dbname={database}"

    def copy(self, source: str, name: str) -> None:
        """Make database `name` afresh, a copy of `source`, to which nobody may be connected."""
        self.drop(name)
        with self.connect("postgres", autocommit=True) as connection:
            make = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
            connection.execute(make.format(sql.Identifier(name), sql.Identifier(source)))

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected."""
        with self.connect("postgres", autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def settle(self) -> None:
        """Write everything out, so that the next run does not pay for the last one."""
        with self.connect("postgres", autocommit=True) as connection:
            connection.execute("CHECKPOINT")

    def facts(self) -> dict[str, str]:
        """The version, the settings that are not the default's, and what the data lie on."""
        with self.connect("postgres") as connection:
            rows = connection.execute(
                "SELECT name, current_setting(name) FROM pg_settings"
                " WHERE source = 'command line' AND name NOT IN ('listen_addresses', 'unix_socket_directories')"
            ).fetchall()
            version = connection.execute("SHOW server_version").fetchone()
        settings = {str(name): str(value) for name, value in rows}
        return {"version": str(version[0]) if version else "", **settings, "data lie on": filesystem(self.folder)}


def filesystem(folder: Path) -> str:
    """The kind of file system under a folder: figures from one in memory are worth nothing."""
    done = subprocess.run(["stat", "-f", "-c", "%T", str(folder)], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


@contextmanager
def running() -> Iterator[BenchServer]:
    """A server in a folder of its own, gone afterwards, also when we are told to end."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    server = BenchServer.create()
    assert isinstance(server, BenchServer)
    try:
        yield server
    finally:
        server.destroy()
        signal.signal(signal.SIGTERM, before)
