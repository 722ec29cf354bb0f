"""The complaints that a simulated year runs on: read from a file as the importer reads it, or generated."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from complaints.demo import samples
from complaints.demo.simulate import FILING_SHARE, Entry
from complaints.errors import BadInput, ComplaintsError
from complaints.importer import mapping, reader
from complaints.importer.mapping import ColumnMap
from complaints.inputs import FilingSchema, parse

SAMPLE_ENTERPRISES, SAMPLE_COMPLAINTS = 12, 120


@dataclass(slots=True)
class Source:
    """What was read, how, and what could not be used."""

    about: str
    entries: list[Entry] = field(default_factory=list)
    rejected: Counter[str] = field(default_factory=Counter)
    known: list[samples.SampleEnterprise] | None = None


def generated(seed: int, start: date, days: int = 365, complaints: int = SAMPLE_COMPLAINTS) -> Source:
    """Invented complaints about invented enterprises, filed in the first quarter of `days` days from `start`."""
    firms = samples.enterprises(seed, SAMPLE_ENTERPRISES)
    made = samples.filings(seed, complaints, firms, start, max(days // FILING_SHARE, 1))
    about = f"{len(made)} invented complaints about {len(firms)} enterprises"
    return Source(about, [Entry(filing, day) for day, filing in made], known=firms)


def read(path: Path, mapping_name: str | None, most: int | None = None) -> Source:
    """The complaints of a file, at most so many. Raises BadInput when the file or the mapping cannot be used."""
    with reader.opened(path) as table:
        chosen = mapping.load(mapping_name) if mapping_name else mapping.recognise(table.columns)
        bound = chosen.bound(table.columns)
        source = Source(f"{path.name}: {table.about}, mapping {chosen.name}")
        schema = FilingSchema(required=False, officer=True)
        for row in table.rows:
            if most is not None and len(source.entries) >= most:
                break
            try:
                source.entries.append(_entry(row, bound, schema))
            except ComplaintsError as error:
                source.rejected[error.message] += 1
    if not source.entries:
        raise BadInput(f"{path.name} holds no complaint that can be used", {})
    return source


def _entry(row: reader.Row, bound: ColumnMap, schema: FilingSchema) -> Entry:
    if row.problem:
        raise BadInput(row.problem)
    values = bound.read(row.values)
    values.pop("id", "")
    filed_on = values.pop("filed_on", "")
    return Entry(parse(schema, values), _day(filed_on))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
