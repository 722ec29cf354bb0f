"""Worlds of any number of cases on the bench's server.

The measured enterprise and the measured mediator hold a tenth of the cases of every world, and the queues of the centre
are full in every world: a page shows the same number of lines among ten thousand cases and among a million.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click
from psycopg import sql

from bench import copies, lives, settled
from bench.copies import Copies
from bench.lives import Life
from bench.server import BenchServer, Connection
from bench.town import ENTERPRISES, Town, found

EMPTY, MODELS = "bench_empty", "bench_models"
INDEX_MEMORY = "512MB"


@dataclass
class Worlds:
    """Who is there in every world, and the worlds that have been made so far."""

    server: BenchServer
    town: Town
    models: list[Life]
    made: dict[int, str] = field(default_factory=dict)

    def environment(self, database: str) -> dict[str, str]:
        """What the product's processes are told."""
        return environment(self.server, database)

    def of(self, cases: int) -> str:
        """The world of so many open cases, made when it is first asked for. What was done in it stays done."""
        if cases not in self.made:
            self.made[cases] = self._make(cases)
        self.server.settle()
        return self.made[cases]

    def empty(self, name: str) -> str:
        """A new installation to which nobody has come yet."""
        self.server.copy(EMPTY, name)
        return name

    def _make(self, cases: int) -> str:
        name, began = f"bench_{cases}", time.monotonic()
        self.server.copy(MODELS, name)
        fill(self.server, name, self.town, lives.planned(self.models, cases))
        with self.server.connect(name, autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE)")
            row = connection.execute("SELECT pg_size_pretty(pg_database_size(current_database()))").fetchone()
        size = row[0] if row else "?"
        click.echo(f"  a world of {cases:,} open cases: {size}, made in {time.monotonic() - began:.0f} s")
        return name


def environment(server: BenchServer, database: str) -> dict[str, str]:
    """The settings of the product on one database. The key is the same for all, so that links open in all."""
    folder = Path(f"{server.folder}/life")
    return {
        "COMPLAINTS_DATABASE_URL": server.url(database),
        "COMPLAINTS_DATA_DIR": str(folder),
        "COMPLAINTS_SECRET_KEY": "the bench's own key, worth nothing elsewhere",
    }


@contextmanager
def worlds(server: BenchServer, enterprises: int = ENTERPRISES) -> Iterator[Worlds]:
    """An empty installation and one with the model cases, from which the others are made."""
    for name in (EMPTY, MODELS):
        server.drop(name)
    with server.connect("postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(EMPTY)))
    with settled.settled(environment(server, EMPTY)):
        town = found(enterprises)
    server.copy(EMPTY, MODELS)
    with settled.settled(environment(server, MODELS)):
        models = lives.lead(town)
    yield Worlds(server, town, models)


def fill(server: BenchServer, database: str, town: Town, wanted: list[tuple[Life, int]]) -> None:
    """Multiply the models, two tables at a time: letters are as many bytes as everything else."""
    with server.connect(database) as connection:
        planned = copies.plan(connection, town, wanted)
    others = [table for table in copies.COPIED if table != "notice"]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda tables: _write(server, database, planned, tables), (["notice"], others)))
    with server.connect(database) as connection:
        for each in planned:
            connection.execute(f"DROP TABLE {each.name}".encode())


def _write(server: BenchServer, database: str, planned: list[Copies], tables: list[str]) -> None:
    """Some tables in one transaction; where there is much, their indexes are made afterwards."""
    with server.connect(database) as connection:
        connection.execute("SET LOCAL session_replication_role = replica")  # no check of each row's foreign keys
        connection.execute("SET LOCAL synchronous_commit = off")
        connection.execute(f"SET LOCAL maintenance_work_mem = '{INDEX_MEMORY}'".encode())
        for table in tables:
            again = _without_indexes(connection, table)
            for each in planned:
                each.write(connection, table)
            for statement in again:
                connection.execute(statement.encode())
            connection.execute(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))".encode())


def _without_indexes(connection: Connection, table: str) -> list[str]:
    """Drop every index of a table but its primary key; returns how to make them again."""
    constraints = connection.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'u' AND conrelid = %s::regclass",
        [table],
    ).fetchall()
    again = []
    for name, says in constraints:
        connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}".encode())
        again.append(f"ALTER TABLE {table} ADD CONSTRAINT {name} {says}")
    indexes = connection.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE NOT indisprimary AND indrelid = %s::regclass",
        [table],
    ).fetchall()
    for name, says in indexes:
        connection.execute(f"DROP INDEX {name}".encode())
        again.append(str(says))
    return again
