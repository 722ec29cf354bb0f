"""Rows of a file become cases, each exactly once, however often and from wherever the file is imported.

A batch of rows is one transaction and each row a savepoint in it, with its key beside the case: a bad row costs only
itself, a crash only its batch, which the next run files. A row's key is its source and outside id; without an id, its
whole content and which of several equal rows it is. So names and encodings of files do not matter.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from complaints import clock, db
from complaints.errors import BadInput, ComplaintsError
from complaints.importer.mapping import ColumnMap
from complaints.importer.reader import Row, Table
from complaints.importer.rejects import Rejects
from complaints.inputs import FilingSchema, parse
from complaints.messages import sentence
from complaints.models import Enterprise, ImportFile, ImportRow
from complaints.registry import enterprises
from complaints.workflow import actions
from complaints.workflow.case import Actor, Role
from complaints.workflow.filing import Filing

BATCH = 50
DESK = Actor(role=Role.INTAKE, account_id=None)


@dataclass(frozen=True, slots=True)
class Options:
    """How to import."""

    create_enterprises: bool = False
    as_given: bool = False  # a case is filed on the day that the row says, not now
    dry_run: bool = False


@dataclass(slots=True)
class Summary:
    """What became of the rows. In a dry run: what would have become of them."""

    read: int = 0
    filed: int = 0
    already_there: int = 0
    rejected: int = 0
    enterprises_created: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A row that can be filed."""

    row: Row
    key: str
    filing: Filing
    filed_on: date | None
    origin: str  # what officers are told of where it comes from


class Importer:
    """One run over one file."""

    def __init__(self, path: Path, mapping: ColumnMap, table: Table, rejects: Rejects, options: Options) -> None:
        self.path, self.table, self.rejects, self.options = path, table, rejects, options
        self.mapping = mapping.bound(table.columns)
        self.summary = Summary()
        self._digest = _sha256(path)
        self._equal_rows: Counter[bytes] = Counter()
        self._ids: dict[str, bytes] = {}
        self._new_names: set[str] = set()  # enterprises that a dry run would create

    def run(self, at: datetime | None = None, progress: Callable[[float, int], None] | None = None) -> Summary:
        """Import every row. `at` is the instant of filing, now when not given; `progress` hears the part done."""
        schema = FilingSchema(today=clock.local_date(at or clock.now()), required=False, officer=True)
        rows = self._parsed(schema)
        while batch := list(islice(rows, BATCH)):
            self._commit(batch, at)
            if progress is not None:
                progress(self.table.done(), self.summary.read)
        return self.summary

    def _parsed(self, schema: FilingSchema) -> Iterator[Parsed]:
        for row in self.table.rows:
            self.summary.read += 1
            try:
                yield self._parse(row, schema)
            except ComplaintsError as error:
                self._reject(row, error)

    def _parse(self, row: Row, schema: FilingSchema) -> Parsed:
        if row.problem:
            raise BadInput(row.problem)
        values = self.mapping.read(row.values)
        outside_id, filed_on = values.pop("id", ""), values.pop("filed_on", "")
        key = self._key(row, outside_id)
        filing: Filing = parse(schema, values)
        if filing == Filing(locale=filing.locale, mandate=filing.mandate):
            raise BadInput("nothing that is mapped stands in this row", {"narrative": ["required"]})
        return Parsed(row, key, filing, self._day(filed_on, schema.today), self._origin(outside_id, filed_on, filing))

    def _origin(self, outside_id: str, filed_on: str, filing: Filing) -> str:
        """Source, number and date there: a limitation counts from there (art 16(4)), our deadlines from here."""
        if not outside_id and not filed_on:
            return ""
        number, day = outside_id or "-", filed_on or "-"
        if filing.locale == "zh":
            return f"导入自 {self.mapping.source}，原编号 {number}，原投诉日期 {day}"
        return f"Imported from {self.mapping.source}, number there {number}, filed there on {day}"

    def _day(self, text: str, today: date) -> date | None:
        """The day of the original filing; it must be readable where it is mapped, and there where it counts."""
        if not text and not self.options.as_given:
            return None
        try:
            day = date.fromisoformat(text)
        except ValueError:
            key = "not_a_date" if text else "required"
            hint = f" ({text}); say how dates are written with --date-format" if text else ""
            raise BadInput(f"filed_on: {sentence('en', {'_schema': [key]})}{hint}", {"filed_on": [key]}) from None
        if day > today:
            raise BadInput("filed_on: is after today", {"filed_on": ["in_the_future"]})
        return day

    def _key(self, row: Row, outside_id: str) -> str:
        """What tells this row from every other. Raises BadInput where two different rows bear one id."""
        content = hashlib.sha256(
            "\x1f".join(f"{name}\x1e{text}" for name, text in row.values.items()).encode("utf-8", "replace")
        ).digest()
        if not outside_id:
            if "id" in self.mapping.fields:
                raise BadInput("id: must be given", {"id": ["required"]})
            self._equal_rows[content[:16]] += 1
            return f"row:{content.hex()[:48]}:{self._equal_rows[content[:16]]}"
        key = f"{self.mapping.source}:{outside_id}"
        key = key if len(key) <= 120 else f"id:{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()}"
        if self._ids.setdefault(key, content[:8]) != content[:8]:
            raise BadInput(f"id: another row of this file has the id {outside_id} too", {"id": ["taken"]})
        return key

    def _commit(self, batch: list[Parsed], at: datetime | None) -> None:
        """File what is new of a batch, in one transaction; a dry run only looks."""
        outcomes = Counter[str]()
        with db.transaction() as session:
            known = set(session.scalars(select(ImportRow.key).where(ImportRow.key.in_([each.key for each in batch]))))
            file_id: int | None = None
            for each in batch:
                if each.key in known:
                    outcomes["already_there"] += 1
                    continue
                known.add(each.key)
                if self.options.dry_run:
                    self._imagine(session, each, outcomes)
                    continue
                file_id = file_id or self._file_id(session)
                self._file_or_reject(session, each, file_id, at, outcomes)
        for name, count in outcomes.items():
            setattr(self.summary, name, getattr(self.summary, name) + count)

    def _file_or_reject(
        self, session: Session, each: Parsed, file_id: int, at: datetime | None, outcomes: Counter[str]
    ) -> None:
        try:
            with session.begin_nested():
                outcomes.update(self._file(session, each, file_id, at or clock.now()))
        except (ComplaintsError, DataError) as error:
            self._reject(each.row, error)
        except IntegrityError:  # another run filed this row a moment ago
            if not session.scalar(select(ImportRow.id).where(ImportRow.key == each.key)):
                raise
            outcomes["already_there"] += 1

    def _file(self, session: Session, each: Parsed, file_id: int, at: datetime) -> Counter[str]:
        """File one row, keep its key, and note where it comes from."""
        enterprise, created = self._enterprise(session, each.filing.enterprise, at)
        if self.options.as_given and each.filed_on is not None:
            at = min(at, clock.at_local(each.filed_on, 9))
        case = actions.file(session, each.filing, DESK, at, enterprise=enterprise)
        if each.origin:
            actions.perform(session, case, "note", DESK, at, {"text": each.origin})
        session.add(ImportRow(import_file_id=file_id, key=each.key, complaint_id=case.id))
        session.flush()
        return Counter(filed=1, enterprises_created=created)

    def _enterprise(self, session: Session, name: str, at: datetime) -> tuple[Enterprise | None, int]:
        """The enterprise of that name, made where it is unknown and that was asked for; 1 when it was made."""
        found = enterprises.candidates(session, name) if name else []
        if not found and self.options.create_enterprises and enterprises.fold(name):
            try:
                return enterprises.create(session, name, at), 1
            except BadInput:  # entered by another run at this moment
                found = enterprises.candidates(session, name)
                if not found:
                    raise
        return (found[0] if len(found) == 1 else None), 0

    def _imagine(self, session: Session, each: Parsed, outcomes: Counter[str]) -> None:
        outcomes["filed"] += 1
        name = each.filing.enterprise
        folded = enterprises.fold(name)
        if not self.options.create_enterprises or not folded or folded in self._new_names:
            return
        if not enterprises.candidates(session, name):
            self._new_names.add(folded)
            outcomes["enterprises_created"] += 1

    def _file_id(self, session: Session) -> int:
        """The row of this very file; a run that was broken off and begins again finds the same."""
        known = session.scalar(select(ImportFile.id).where(ImportFile.sha256 == self._digest))
        if known is not None:
            return known
        file = ImportFile(
            name=self.path.name[:200], sha256=self._digest, mapping=self.mapping.name[:80], imported_at=clock.now()
        )
        session.add(file)
        session.flush()
        return file.id

    def _reject(self, row: Row, error: Exception) -> None:
        """Write a row that cannot be used to the reject file, with the reason."""
        reason = error.message if isinstance(error, ComplaintsError) else str(error).splitlines()[0]
        self.summary.rejected += 1
        self.summary.reasons[reason] += 1
        self.rejects.add(row, reason)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
