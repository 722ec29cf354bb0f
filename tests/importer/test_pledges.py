"""Pledges from a spreadsheet: the same verbs, bad rows put aside, the same file adds nothing."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import Workbook
from sqlalchemy import Engine, func, select

from complaints import clock, db
from complaints.cli import cli
from complaints.models import Notice, Pledge
from complaints.registry import pledge_versions, pledges
from tests import pledging
from tests.people import World, world
from tests.pledging import SPRING, WINTER

HEAD = "企业名称,守法与执行标准,safety,修理、更换、退货,liability,答复工作日,同意调解\n"
GOOD = "Hongyun Kettles,依法生产。,安全。,保修两年。,依法赔偿。,5,是\nBaiyu Tools,依法生产。,安全。,保修。,赔偿。,,是\n"
BAD = "Nobody at all,依法生产。,安全。,保修。,赔偿。,,是\nOutside Traders,依法生产。,安全。,保修。,赔偿。,,否\n"
LATE = "Mute Traders,依法生产。,安全。,保修。,赔偿。,30,是\n"


@pytest.fixture
def there(database: Engine, monkeypatch: pytest.MonkeyPatch) -> World:
    """The usual people while the campaign of 2027 is open."""
    monkeypatch.setattr(clock, "wall", lambda: WINTER)
    found = world()
    pledging.campaign()
    return found


def run(*words: str) -> str:
    answer = CliRunner().invoke(cli, ["import-pledges", "--year", "2027", *words])
    assert answer.exit_code == 0, answer.output
    return answer.output


def states() -> list[str]:
    with db.reading() as session:
        return list(session.scalars(select(Pledge.state).order_by(Pledge.id)))


def test_good_rows_are_submitted_once_and_bad_ones_put_aside(there: World, tmp_path: Path) -> None:
    file, rejects = tmp_path / "pledges.csv", tmp_path / "rejects.csv"
    file.write_text(HEAD + GOOD + BAD + LATE, encoding="gb18030")
    words = (str(file), "--reject", str(rejects))
    assert "5 read, 2 would be entered, 0 already there, 3 rejected" in run(*words, "--dry-run")
    assert states() == []
    assert "5 read, 2 entered, 0 already there, 3 rejected" in run(*words)
    assert states() == ["submitted", "submitted"]
    lines = rejects.read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == ["4", "5", "6"]
    assert "no enterprise of the registry" in lines[1]
    assert "consent_in_advance" in lines[2]
    assert "answer_days" in lines[3]
    again = tmp_path / "the same.csv"
    again.write_text(HEAD + GOOD, encoding="utf-8")
    assert "2 read, 0 entered, 2 already there, 0 rejected" in run(str(again))
    with db.reading() as session:
        first = session.scalars(select(Pledge).order_by(Pledge.id)).first()
        assert first is not None
        assert pledge_versions.newest(session, first).answer_days == 5
        desk = select(func.count()).select_from(Notice).where(Notice.recipient == "desk:intake", Notice.at_once)
        assert session.scalar(desk) == 0  # who enters them needs no letter about each


def test_a_reviewed_file_is_approved_and_a_withdrawn_row_stays_withdrawn(there: World, tmp_path: Path) -> None:
    file = tmp_path / "pledges.xlsx"
    book = Workbook()
    for line in (HEAD + GOOD).splitlines():
        book.active.append(line.split(","))  # type: ignore[union-attr]
    book.save(file)
    assert "2 entered" in run(str(file), "--approve")
    assert states() == ["approved", "approved"]
    with db.transaction() as session:
        pledge = session.scalars(select(Pledge).order_by(Pledge.id)).first()
        assert pledge is not None
        pledges.withdraw(session, pledge.id, pledging.firm(there.hongyun), SPRING)
    assert "0 entered, 2 already there" in run(str(file))


def test_a_file_without_the_columns_is_refused(there: World, tmp_path: Path) -> None:
    file = tmp_path / "pledges.csv"
    for text in ("safety\nx\n", "enterprise,colour\nHongyun Kettles,red\n"):
        file.write_text(text)
        answer = CliRunner().invoke(cli, ["import-pledges", "--year", "2027", str(file)])
        assert answer.exit_code != 0
    file.write_text(HEAD + GOOD)
    assert CliRunner().invoke(cli, ["import-pledges", "--year", "2031", str(file)]).exit_code != 0
