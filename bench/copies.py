"""Many cases from one: a model's rows multiplied inside the database, with numbers, readers and chains of their own.

Every copy has what the product would have written: the same JSON with its own number and enterprise, letters that quote
its own chain, a chain of hashes that `chain.first_break` finds whole. Only the texts of the consumers are alike.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import set_json_loads

from bench.lives import Life
from bench.server import Connection
from bench.town import MEASURED, Town, name_of
from complaints.db import to_json
from complaints.workflow import chain

NUMBER, PREVIOUS = "@number@", "@previous@"
COPIED = ("complaint", "clock", "event", "notice", "private_item", "link_token")

# One row a copy: its id and number, whose it is, where its clocks begin, its chain. The running deadline of a copy is
# some milliseconds before the model's, so that copies fall due one after the other.
PLAN = """
CREATE UNLOGGED TABLE {name} AS
SELECT i, {first} + i AS id, 'C00-' || substr(code, 1, 4) || '-' || substr(code, 5) AS number,
       firm, 'Trader Number ' || firm || ' Household Goods' AS firm_name,
       ({mediators}::bigint[])[1 + i % {mediator_count}] AS mediator,
       {first_clock} + i * {clocks} AS clock, make_interval(secs => ({count} - i) / 1000.0) AS early, {heads} AS heads
FROM generate_series(0, {count} - 1) AS i,
LATERAL (SELECT upper(lpad(to_hex((({first} + i)::bigint * 2654435761) % 4294967296), 8, '0')) AS code) AS coded,
LATERAL (SELECT CASE WHEN i % 10 = 0 THEN {measured} ELSE 1 + (i::bigint * 7919) % {enterprises} END AS firm) AS whose
"""


def load_json_as_text(connection: Connection) -> None:
    """JSON comes as the text that is stored, to be written again as it is."""
    set_json_loads(lambda data: data.decode() if isinstance(data, bytes) else data, connection)


@dataclass(frozen=True, slots=True)
class Copies:
    """What stands in one table of the plan: the copies of one model case."""

    life: Life
    name: str
    clocks: Sequence[int]  # the model's

    def write(self, connection: Connection, table: str) -> None:
        """Write one table's rows of all of them, each column as it is or as it must differ."""
        own = columns_of(table, self.life, self.clocks)
        if table != "complaint":
            own |= {"complaint_id": "c.id"}
        columns = [name for name in _columns(connection, table) if name in own or name != "id"]
        values = [own.get(name, f'm."{name}"') for name in columns]
        key = "id" if table == "complaint" else "complaint_id"
        names = ", ".join(f'"{name}"' for name in columns)
        more = FORMS.format(number=self.life.number, firm=name_of(MEASURED)) if table == "notice" else ""
        # The inner ORDER BY keeps the copies one behind the other, as time would have written them.
        connection.execute(
            f"WITH model AS MATERIALIZED (SELECT *{more} FROM {table} WHERE {key} = {self.life.id})"
            f" INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM {self.name} AS c"
            f" CROSS JOIN LATERAL (SELECT * FROM model WHERE c.id > 0 ORDER BY id) AS m".encode()
        )


def plan(connection: Connection, town: Town, wanted: Sequence[tuple[Life, int]]) -> list[Copies]:
    """Say which copies there will be, in tables that every connection sees once this one has committed."""
    load_json_as_text(connection)
    first, first_clock = _next(connection, "complaint"), _next(connection, "clock")
    planned = []
    for place, (life, count) in enumerate((life, count) for life, count in wanted if count):
        events = _rows(connection, "event", life.id)
        clocks = [int(row["id"]) for row in _rows(connection, "clock", life.id)]
        numbers = {"first": first, "first_clock": first_clock, "clocks": len(clocks), "count": count}
        numbers |= {"measured": MEASURED, "enterprises": town.enterprises, "mediator_count": len(town.mediators)}
        literals: dict[str, sql.Composable] = {name: sql.Literal(value) for name, value in numbers.items()}
        name = f"copied_{place}"
        literals |= {"mediators": sql.Literal(town.mediators), "heads": _heads(events), "name": sql.Identifier(name)}
        connection.execute(sql.SQL(PLAN).format(**literals))
        planned.append(Copies(life, name, clocks))
        first, first_clock = first + count, first_clock + count * len(clocks)
    return planned


# The facts of a model's letter as a form: number, enterprise and quoted hash are put in.
FORMS = (
    ", (facts::jsonb ->> 'seq')::int AS quoted, replace(replace(replace(replace(facts::text, '%', '%%'),"
    " '{number}', '%1$s'), '{firm}', '%2$s'), facts::jsonb ->> 'chain_head', '%3$s') AS form"
)


def columns_of(table: str, life: Life, clocks: Sequence[int]) -> dict[str, str]:
    """How the columns that must differ come about: SQL over the model's row `m` and the copy `c`."""

    def clock_of(column: str) -> str:
        cases = " ".join(f"WHEN {clock} THEN c.clock + {place}" for place, clock in enumerate(clocks))
        return f"CASE {column} {cases} END"

    reader = (
        "CASE split_part(m.recipient, ':', 1) WHEN 'consumer' THEN 'consumer:' || c.id"
        " WHEN 'enterprise' THEN 'enterprise:' || c.firm WHEN 'account' THEN 'account:' || c.mediator"
        " ELSE m.recipient END"
    )
    known = "CASE WHEN m.enterprise_id IS NULL THEN"
    firm = f"""replace(m.explanation::text, '"enterprise_id":{MEASURED},', '"enterprise_id":' || c.firm || ',')"""
    own = {
        "complaint": {
            "id": "c.id",
            "number": "c.number",
            "enterprise_id": f"{known} NULL ELSE c.firm END",
            "enterprise_given": f"{known} m.enterprise_given ELSE c.firm_name END",
            "mediator_id": "CASE WHEN m.mediator_id IS NULL THEN NULL ELSE c.mediator END",
            "contact_mark": _digest("'phone' || c.id"),
            "email_mark": _digest("'mail' || c.id"),
            "filing_key": "NULL",
            "clock_id": clock_of("m.clock_id"),
            "due_at": "m.due_at - c.early",
            "wake_at": "m.wake_at - c.early",
            "chain_head": "c.heads[m.chain_seq]",
        },
        "clock": {
            "id": clock_of("m.id"),
            "stay_id": clock_of("m.stay_id"),
            "due_at": "CASE WHEN m.ended_at IS NULL THEN m.due_at - c.early ELSE m.due_at END",
            "explanation": f"{firm}::json",
        },
        "event": {
            "previous_hash": f"CASE WHEN m.seq = 1 THEN '{chain.GENESIS}' ELSE c.heads[m.seq - 1] END",
            "hash": "c.heads[m.seq]",
        },
        "notice": {
            "clock_id": clock_of("m.clock_id"),
            "recipient": reader,
            "key": f"concat(c.id, ':', coalesce({clock_of('m.clock_id')}, 0), ':', m.step, ':', {reader}, ':email')",
            "facts": "format(m.form, c.number, c.firm_name, c.heads[m.quoted])::json",
            "message_id": f"replace(m.message_id, '{life.number}', c.number)",
        },
        "link_token": {"token_hash": _digest("'link' || c.id")},
    }
    return own.get(table, {})


def _heads(events: Sequence[Mapping[str, Any]]) -> sql.Composable:
    """The hashes of a copy's log as one array: each covers the entry and the hash before it."""
    previous: sql.Composable = sql.Literal(chain.GENESIS)
    nested: list[sql.Composable] = []
    for event in events:
        body = sql.Literal(_body(event))
        said = sql.SQL("replace(replace({}, {}, 'C00-' || substr(code, 1, 4) || '-' || substr(code, 5)), {}, {})")
        text = said.format(body, sql.Literal(NUMBER), sql.Literal(PREVIOUS), previous)
        previous = sql.SQL("encode(sha256(convert_to({}, 'UTF8')), 'hex')").format(text)
        nested.append(previous)
    return sql.SQL("ARRAY[{}]").format(sql.SQL(", ").join(nested))


def _body(event: Mapping[str, Any]) -> str:
    """What `chain.entry_hash` covers, with marks for number and previous hash; a test holds the two together."""
    whole = {
        "number": NUMBER,
        "seq": event["seq"],
        "trigger": event["trigger"],
        "from": event["from_state"],
        "to": event["to_state"],
        "role": event["role"],
        "actor": event["actor_id"],
        "occurred_at": event["occurred_at"].astimezone(UTC).isoformat(timespec="microseconds"),
        "recorded_at": event["recorded_at"].astimezone(UTC).isoformat(timespec="microseconds"),
        "payload": json.loads(event["payload"]),
        "previous": PREVIOUS,
    }
    return to_json(whole)


def _digest(text: str) -> str:
    return f"encode(sha256(({text})::bytea), 'hex')"


def _rows(connection: Connection, table: str, complaint_id: int) -> list[dict[str, Any]]:
    query = sql.SQL("SELECT * FROM {} WHERE complaint_id = %s ORDER BY id").format(sql.Identifier(table))
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, [complaint_id]).fetchall()


def _columns(connection: Connection, table: str) -> list[str]:
    query = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
    return [str(row[0]) for row in connection.execute(f"{query} ORDER BY attnum".encode(), [table])]


def _next(connection: Connection, table: str) -> int:
    row = connection.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}".encode()).fetchone()
    assert row is not None
    return int(str(row[0]))
