"""The reference of one action: bare psycopg writing, in one transaction, the same rows that the product wrote.

Everything is made ready beforehand: the JSON is text already, no hash is computed, no rule is asked. Within the
measured time this does nothing but talk to the database, one prepared statement a table.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.server import Connection
from bench.written import Row, Written
from complaints.workflow.rows import CASE_FIELDS

FIRST = "clock"  # the other rows quote its id
_VOID = "clock_id = %s AND NOT at_once AND status IN ('waiting', 'bundled')"
_LOCK = f"SELECT {', '.join(CASE_FIELDS)} FROM complaint WHERE number = %s FOR NO KEY UPDATE"


@dataclass(frozen=True, slots=True)
class Sample:
    """What the product wrote for one case, and what that case was called."""

    number: str
    id: int
    old_clock: int
    written: Written

    @property
    def new_clock(self) -> int | None:
        """The clock that was started, if one was."""
        started = self.written.inserted["clock"]
        return int(started[0]["id"]) if started else None


class Bare:
    """The statements of one kind of action."""

    def __init__(self, sample: Sample) -> None:
        self.sample = sample
        self.inserts = {table: rows for table, rows in sample.written.inserted.items() if rows}
        changed = {table: rows for table, rows in sample.written.changed.items() if rows}
        unknown = set(changed) - {"complaint", "clock", "notice"} or set(self.inserts) & {"complaint"}
        if unknown or any(len(changed.get(table, [])) > 1 for table in ("complaint", "clock")):
            raise ValueError(f"the reference does not know how to write what the product wrote: {sorted(unknown)}")
        self.columns = {table: [name for name in rows[0] if name != "id"] for table, rows in self.inserts.items()}
        self.case = changed["complaint"][0]
        self.ended = changed["clock"][0] if "clock" in changed else {}
        self.voided = changed["notice"][0] if "notice" in changed else {}
        self.order = sorted(self.inserts, key=lambda table: table != FIRST)
        self.sql = self._statements()

    def _statements(self) -> dict[str, bytes]:
        texts = {table: self._insert(table) for table in self.order}
        sets = {name: ", ".join(f"{column} = %s" for column in row) for name, row in self._updates().items()}
        texts["case"] = f"UPDATE complaint SET {sets['case']} WHERE id = %s AND version = %s"
        texts["ended"] = f"UPDATE clock SET {sets['ended']} WHERE id = %s"
        texts["voided"] = f"UPDATE notice SET {sets['voided']} WHERE {_VOID}"
        return {name: text.encode() for name, text in texts.items()}

    def _updates(self) -> dict[str, Row]:
        return {"case": self.case, "ended": self.ended, "voided": self.voided}

    def _insert(self, table: str) -> str:
        one = f"({', '.join(['%s'] * len(self.columns[table]))})"
        many = ", ".join([one] * len(self.inserts[table]))
        answer = " RETURNING id" if table == FIRST else ""
        return f"INSERT INTO {table} ({', '.join(self.columns[table])}) VALUES {many}{answer}"

    def ready(self, number: str) -> dict[str, list[dict[str, Any]]]:
        """The rows of another case, but for what is only known once it is locked."""
        old = self.sample.number

        def own(value: object) -> object:
            return value.replace(old, number) if isinstance(value, str) else value

        rows = {table: [{name: own(row[name]) for name in self.columns[table]} for row in new]
                for table, new in self.inserts.items()}  # fmt: skip
        for row in rows.get("idempotency_key", []):
            row["key_hash"] = secrets.token_hex(32)
        return rows

    def write(self, connection: Connection, number: str, rows: Mapping[str, list[dict[str, Any]]]) -> None:
        """Lock, write, commit."""
        found = connection.execute(_LOCK.encode(), [number]).fetchone()
        locked: dict[str, Any] = dict(zip(CASE_FIELDS, found or (), strict=True))
        new_clock: object = None
        for table in self.order:
            for row in rows[table]:
                self._fit(table, row, locked, new_clock)
            values = [value for row in rows[table] for value in row.values()]
            done = connection.execute(self.sql[table], values)
            if table == FIRST:
                new_clock = (done.fetchone() or (None,))[0]
        if self.ended:
            connection.execute(self.sql["ended"], [*self.ended.values(), locked["clock_id"]])
        if self.voided:
            connection.execute(self.sql["voided"], [*self.voided.values(), locked["clock_id"]])
        fresh = {"version": locked["version"] + 1, "chain_seq": locked["chain_seq"] + 1, "clock_id": new_clock}
        case = {name: fresh.get(name, value) for name, value in self.case.items()}
        connection.execute(self.sql["case"], [*case.values(), locked["id"], locked["version"]])
        connection.commit()

    def _fit(self, table: str, row: dict[str, Any], locked: Mapping[str, Any], new_clock: object) -> None:
        """Put in what only the locked case says."""
        if "complaint_id" in row:
            row["complaint_id"] = locked["id"]
        if row.get("clock_id") is not None:
            row["clock_id"] = new_clock if row["clock_id"] == self.sample.new_clock else locked["clock_id"]
        if row.get("stay_id") is not None:
            row["stay_id"] = locked["clock_id"]
        if "seq" in row:
            row["seq"] = locked["chain_seq"] + 1
        if table == "event":
            row["previous_hash"] = locked["chain_head"]
        if table == "notice":
            row["recipient"] = row["recipient"].replace(f"consumer:{self.sample.id}", f"consumer:{locked['id']}")
            row["key"] = f"{locked['id']}:{row['clock_id'] or 0}:{row['step']}:{row['recipient']}:email"


def prepared(sample: Sample, numbers: Sequence[str]) -> tuple[Bare, list[tuple[str, dict[str, list[dict[str, Any]]]]]]:
    """The statements, and the rows of each case in turn."""
    bare = Bare(sample)
    return bare, [(number, bare.ready(number)) for number in numbers]
