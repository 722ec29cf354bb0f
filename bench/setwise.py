"""The reference of expiry: one SQL statement that writes, for every case due, what the product writes for each.

It is made from what the product wrote for one case: the same columns, the same number of letters with facts of the same
size. It asks no rule, computes no hash, and looks at nothing but the cases that are due.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from psycopg import sql

from bench.bare import Sample
from bench.server import Connection

_CASE = {"version": "d.version + 1", "chain_seq": "d.chain_seq + 1", "clock_id": "s.id"}
_EVENT = {"seq": "d.chain_seq + 1", "occurred_at": "d.due_at", "previous_hash": "d.chain_head"}

WHOLE = """
WITH d AS MATERIALIZED (SELECT * FROM complaint WHERE wake_at <= {at} FOR NO KEY UPDATE),
s AS ({clock} RETURNING id, complaint_id),
logged AS ({event}),
told AS ({notice}),
ended AS (UPDATE clock SET {ended} FROM d WHERE clock.id = d.clock_id),
voided AS (UPDATE notice SET {voided} FROM d
           WHERE notice.clock_id = d.clock_id AND NOT at_once AND status IN ('waiting', 'bundled'))
UPDATE complaint SET {case} FROM d JOIN s ON s.complaint_id = d.id WHERE complaint.id = d.id
"""


def statement(connection: Connection, sample: Sample, at: datetime) -> sql.Composed:
    """The statement that expires everything due at `at` as the sample was expired."""
    inserted = {table: rows for table, rows in sample.written.inserted.items() if rows}
    changed = {table: rows for table, rows in sample.written.changed.items() if rows}
    if set(inserted) != {"clock", "event", "notice"} or not set(changed) <= {"complaint", "clock", "notice"}:
        raise ValueError(f"one statement does not know how to write {sorted(inserted)}, {sorted(changed)}")
    parts = _Parts(connection, sample)
    return sql.SQL(WHOLE).format(
        at=sql.Literal(at),
        clock=parts.insert("clock", lambda _: {}, "d"),
        event=parts.insert("event", lambda _: _EVENT, "d"),
        notice=parts.insert("notice", parts.letter, "d JOIN s ON s.complaint_id = d.id"),
        ended=parts.sets("clock", changed["clock"][0], {}),
        voided=parts.sets("notice", changed["notice"][0], {}) if "notice" in changed else sql.SQL("attempts = 0"),
        case=parts.sets("complaint", changed["complaint"][0], _CASE),
    )


class _Parts:
    """The pieces of the statement."""

    def __init__(self, connection: Connection, sample: Sample) -> None:
        self.connection, self.sample = connection, sample

    def insert(self, table: str, own: Callable[[Mapping[str, Any]], Mapping[str, str]], source: str) -> sql.Composed:
        """INSERT ... SELECT, one branch a row of the sample."""
        rows = self.sample.written.inserted[table]
        columns = [name for name in rows[0] if name != "id"]
        types = self._types(table)
        branches = []
        for row in rows:
            special = {"complaint_id": "d.id", **own(row)}
            values = [_value(row[name], types[name], special.get(name)) for name in columns]
            branches.append(sql.SQL("SELECT {} FROM {}").format(sql.SQL(", ").join(values), sql.SQL(source)))
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        into = sql.SQL("INSERT INTO {} ({}) ").format(sql.Identifier(table), names)
        return sql.Composed([into, sql.SQL(" UNION ALL ").join(branches)])

    def letter(self, row: Mapping[str, Any]) -> dict[str, str]:
        """What must differ from letter to letter."""
        kind, _, _ = row["recipient"].partition(":")
        readers = {"consumer": "'consumer:' || d.id", "enterprise": "'enterprise:' || d.enterprise_id"}
        reader = readers.get(kind, f"'{row['recipient']}'")
        clock = "NULL" if row["clock_id"] is None else "s.id"
        tail = row["message_id"].removeprefix(f"<{self.sample.number}")
        return {
            "clock_id": f"{clock}::bigint",
            "recipient": reader,
            "key": f"d.id || ':' || coalesce({clock}, 0) || ':{row['step']}:' || {reader} || ':email'",
            "message_id": f"'<' || d.number || '{tail}'",
        }

    def sets(self, table: str, row: Mapping[str, Any], own: Mapping[str, str]) -> sql.Composed:
        """The assignments of an UPDATE."""
        types = self._types(table)
        pairs = [
            sql.SQL("{} = {}").format(sql.Identifier(name), _value(value, types[name], own.get(name)))
            for name, value in row.items()
        ]
        return sql.SQL(", ").join(pairs)

    def _types(self, table: str) -> dict[str, str]:
        query = "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = %s::regclass"
        return {str(name): str(kind) for name, kind in self.connection.execute(query, [table]).fetchall()}


def _value(value: object, kind: str, own: str | None) -> sql.Composable:
    """A column of its own, or the sample's value."""
    if own is not None:
        return sql.SQL(own)
    return sql.SQL("{}::{}").format(sql.Literal(value), sql.SQL(kind))
