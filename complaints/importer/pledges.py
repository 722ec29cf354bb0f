"""Pledges from a spreadsheet, by the same verbs as the pages: each row begins, words and submits one.

Columns are named by kind of promise, in either language or by its key, and as COLUMNS says. A row is known by its
content and the campaign, so that a file imported twice, or under another name, adds nothing; one that an enterprise
has an open pledge beside is left alone. A bad row costs only itself.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import db
from complaints.errors import BadInput, ComplaintsError
from complaints.fields import Flag, Text, Whole
from complaints.importer.reader import Row, Table
from complaints.importer.rejects import Rejects
from complaints.inputs import Input, parse
from complaints.models import Campaign, Enterprise, Pledge
from complaints.registry import campaigns, enterprises, pledges, promises
from complaints.registry.pledges import Wording
from complaints.words import LOCALES, say
from complaints.workflow.case import Actor, Role

BATCH = 50
OFFICER = Actor(Role.INTAKE)
# what a column may be called -> what it is
COLUMNS = {
    "enterprise": "enterprise", "企业名称": "enterprise", "企业": "enterprise",
    "credit_code": "credit_code", "统一社会信用代码": "credit_code",
    "answer_days": "answer_days", "答复工作日": "answer_days",
    "mediation_consent": "mediation_consent", "同意调解": "mediation_consent",
}  # fmt: skip


class RowSchema(Input):
    """The columns of a row that are no promises."""

    enterprise = Text(enterprises.LONGEST_NAME, load_default="")
    credit_code = Text(30, load_default="")
    answer_days = Whole(1, 60, load_default=None)
    mediation_consent = Flag(load_default=False)


@dataclass(slots=True)
class Summary:
    """What became of the rows. In a dry run: what would have become of them."""

    read: int = 0
    entered: int = 0
    already_there: int = 0
    rejected: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Options:
    """How to import. `approve`: the association has reviewed the file; the rows are announced on the campaign's day."""

    approve: bool = False
    dry_run: bool = False


class Importer:
    """One run over one file."""

    def __init__(self, table: Table, rejects: Rejects, year: int, options: Options) -> None:
        self.table, self.rejects, self.year, self.options = table, rejects, year, options
        self.summary = Summary()
        self._meaning = _columns(table.columns)

    def run(self, at: datetime) -> Summary:
        """Import every row. Raises NotFound where there is no campaign of the year."""
        rows = iter(self.table.rows)
        while batch := list(islice(rows, BATCH)):
            with db.transaction() as session:
                campaign = campaigns.of_year(session, self.year)
                for row in batch:
                    self._row(session, campaign, row, at)
                if self.options.dry_run:
                    session.rollback()
        return self.summary

    def _row(self, session: Session, campaign: Campaign, row: Row, at: datetime) -> None:
        self.summary.read += 1
        try:
            with session.begin_nested():
                entered = self._enter(session, campaign, row, at)
        except ComplaintsError as error:
            self.summary.rejected += 1
            self.summary.reasons[error.message] += 1
            said = [f"{name}: {' '.join(keys)}" for name, keys in error.fields.items() if name not in error.message]
            self.rejects.add(row, "; ".join([error.message, *said]))
            return
        self.summary.entered += entered
        self.summary.already_there += not entered

    def _enter(self, session: Session, campaign: Campaign, row: Row, at: datetime) -> bool:
        """One pledge, submitted; approved where that was asked for. False where it is there already."""
        if row.problem:
            raise BadInput(row.problem)
        key = _key(self.year, row)
        if session.scalar(select(Pledge.id).where(Pledge.imported_key == key)) is not None:
            return False
        given = {self._meaning[name]: text for name, text in row.values.items() if name in self._meaning and text}
        values = parse(RowSchema(), {name: given.pop(name) for name in RowSchema().load_fields if name in given})
        firm = _firm(session, values)
        if pledges.open_one(session, firm.id, campaign.id) is not None:
            return False
        words = Wording(given, values["answer_days"], values["mediation_consent"])
        pledge = pledges.begin(session, firm.id, campaign.id, OFFICER, at)
        pledge.imported_key = key
        pledges.submit(session, pledge.id, words, [], OFFICER, at)
        if self.options.approve:
            pledges.approve(session, pledge.id, OFFICER, at)
        return True


def _firm(session: Session, values: Mapping[str, str]) -> Enterprise:
    """The enterprise that a row means. Raises BadInput where it names none of the registry, or several."""
    name = values["credit_code"] or values["enterprise"]
    found = enterprises.candidates(session, name) if name else []
    if len(found) != 1:
        key = "required" if not name else "unknown_enterprise"
        raise BadInput("no enterprise of the registry, or several", {"enterprise": [key]})
    return found[0]


def _columns(columns: list[str]) -> dict[str, str]:
    """What each column means. Raises BadInput where no column names the enterprise, or none a promise."""
    known = COLUMNS | {kind: kind for kind in promises.KINDS}
    known |= {say(locale, f"pledge.kind.{kind}").casefold(): kind for kind in promises.KINDS for locale in LOCALES}
    meaning = {name: known[name.strip().casefold()] for name in columns if name.strip().casefold() in known}
    if not {"enterprise", "credit_code"} & set(meaning.values()):
        raise BadInput("no column names the enterprise (enterprise, credit_code, 企业名称, 统一社会信用代码)")
    if not set(promises.KINDS) & set(meaning.values()):
        raise BadInput(f"no column holds a promise ({', '.join(promises.KINDS)})")
    return meaning


def _key(year: int, row: Row) -> str:
    content = "\x1f".join(f"{name}\x1e{text}" for name, text in row.values.items())
    return f"{year}:{hashlib.sha256(content.encode('utf-8', 'replace')).hexdigest()}"


def rejected(summary: Summary) -> Iterator[str]:
    """The commonest reasons, in a line each."""
    for reason, count in summary.reasons.most_common(3):
        yield f"  {count} x {reason}"
