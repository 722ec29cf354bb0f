"""What one transaction wrote, row by row: the product's own, to be written again by others, and held against theirs."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from psycopg.rows import dict_row

from bench import copies
from bench.server import Connection
from complaints import models
from complaints.db import Base

Row = Mapping[str, Any]
Rows = Mapping[str, Mapping[int, Row]]  # by table and id

assert models.__all__  # imported for its tables
BY_ITSELF = ("search_due",)  # the database writes it, whoever writes the log
TABLES = {
    table.name: "id" if table.name == "complaint" else "complaint_id" if "complaint_id" in table.c else None
    for table in Base.metadata.sorted_tables
    if not table.name.startswith(
        ("calendar", "world", "account", "enterprise", "api_token", "uptime", "import", *BY_ITSELF)
    )
    and "id" in table.c  # others are kept figures and marks, which no action writes
}


@dataclass(frozen=True, slots=True)
class Written:
    """Rows inserted, and columns changed in rows that were there, by table."""

    inserted: Mapping[str, list[Row]]
    changed: Mapping[str, list[Row]]

    def counts(self) -> dict[str, tuple[int, int]]:
        """How many rows each table got, and how many were changed in it."""
        tables = {name for name in TABLES if self.inserted.get(name) or self.changed.get(name)}
        return {name: (len(self.inserted.get(name, [])), len(self.changed.get(name, []))) for name in sorted(tables)}


def look(connection: Connection, complaint_id: int | None) -> Rows:
    """Everything of one case, or (None) of all; and rows that belong to no case."""
    copies.load_json_as_text(connection)
    found = {}
    with connection.cursor(row_factory=dict_row) as cursor:
        for table, key in TABLES.items():
            mine = f" WHERE {key} = {complaint_id}" if key and complaint_id is not None else ""
            rows = cursor.execute(f"SELECT * FROM {table}{mine} ORDER BY id".encode()).fetchall()
            found[table] = {int(row["id"]): row for row in rows}
    return found


def difference(before: Rows, after: Rows) -> Written:
    """What is new, and what changed, between two looks."""
    inserted = {table: [row for key, row in rows.items() if key not in before[table]] for table, rows in after.items()}
    changed = {table: list(_changes(before[table], rows)) for table, rows in after.items()}
    return Written(inserted, changed)


def _changes(before: Mapping[int, Row], after: Mapping[int, Row]) -> Iterator[Row]:
    for key, row in after.items():
        old = before.get(key)
        if old is not None and old != row:
            yield {name: value for name, value in row.items() if old[name] != value}


def sizes(written: Written) -> dict[str, int]:
    """About how many bytes the new rows of each table hold."""
    total: Counter[str] = Counter()
    for table, rows in written.inserted.items():
        total[table] += sum(len(str(value).encode()) for row in rows for value in row.values() if value is not None)
    return dict(total)
