"""Files become cases: each row once, whatever happens in between."""

import csv
import random
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlalchemy import Engine, func, select

from complaints import db
from complaints.demo import samples
from complaints.errors import BadInput
from complaints.importer import mapping, reader
from complaints.importer.load import Importer, Options
from complaints.importer.rejects import Rejects
from complaints.models import Complaint, Enterprise, EnterpriseName, Event, ImportFile, ImportRow, PrivateItem
from complaints.registry import enterprises
from complaints.workflow import actions
from tests.importer.files import HEADER, count, done, run, written

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared" / "data" / "car_complaints_2021-01.csv"
AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
ROWS = "".join(f'{n},晨曦{n % 3},启程,2020款,"变速箱异响,第{n}次","H{n},",2021-01-30,信息审核\n' for n in range(1, 8))


def test_rows_become_cases(ready: Engine, tmp_path: Path) -> None:
    summary = done(written(tmp_path, HEADER + ROWS), "--create-enterprises")
    assert summary == "7 read, 7 filed, 0 already there, 0 rejected, 3 enterprises created"
    with db.transaction() as session:
        cases = session.scalars(select(Complaint).order_by(Complaint.id)).all()
        assert {(case.state, case.filed_by, case.complete, case.participant) for case in cases} == {
            ("received", "intake", False, False)
        }
        assert [case.fault for case in cases] == [f"H{n}" for n in range(1, 8)]
        assert cases[0].product == "晨曦1 启程 2020款"
        assert session.scalars(select(Enterprise.name).order_by(Enterprise.name)).all() == ["晨曦0", "晨曦1", "晨曦2"]
        assert {case.enterprise_id for case in cases} == set(session.scalars(select(Enterprise.id)))
        kept = dict(
            session.execute(
                select(PrivateItem.kind, PrivateItem.value).where(PrivateItem.complaint_id == cases[0].id)
            ).all()
        )
        assert kept == {
            "narrative": "变速箱异响,第1次",
            "note": "导入自 car-complaints，原编号 1，原投诉日期 2021-01-30",
        }


def test_unknown_enterprises_stay_unknown_unless_asked(ready: Engine, tmp_path: Path) -> None:
    with db.transaction() as session:
        enterprises.create(session, "晨曦1有限公司", AT)
        for name in ("晨曦2北方有限公司", "晨曦2南方有限公司"):
            enterprises.add_name(session, enterprises.create(session, name, AT), "brand", "晨曦2")
    path = written(tmp_path, HEADER + ROWS)
    assert done(path, "--dry-run", "--create-enterprises").endswith("1 enterprises would be created")
    assert "0 enterprises created" in done(path)
    with db.transaction() as session:
        named = dict(session.execute(select(Complaint.enterprise_given, Enterprise.name).outerjoin(Enterprise)).all())
    assert named == {"晨曦0": None, "晨曦1": "晨曦1有限公司", "晨曦2": None}


def test_bad_rows_go_to_the_reject_file_and_stop_nothing(ready: Engine, tmp_path: Path) -> None:
    bad = {
        3: "8,晨曦",
        4: "9,晨曦,启程,,描述\0,,2021-01-30,",
        5: "10,晨曦,启程,,描述,,30/01/2021,",
        6: ",晨曦,启程,,描述,,2021-01-30,",
        7: f"11,{'长' * 201},启程,,描述,,2021-01-30,",
        8: "1,晨曦,启程,,another row with the id of the first,,2021-01-30,",
        9: '12,晨曦,"启程,,描述,,2021-01-30,',
        10: "13,晨曦,启程,,描述,,2029-01-30,",
    }
    path = written(
        tmp_path, HEADER + ROWS.splitlines(keepends=True)[0] + "\n".join(bad.values()) + "\n" + ROWS.split("\n", 1)[1]
    )
    assert done(path) == "15 read, 7 filed, 0 already there, 8 rejected, 0 enterprises created"
    with (tmp_path / "cars.rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        rejects = list(csv.DictReader(file))
    assert [int(row["reject_row"]) for row in rejects] == list(bad)
    said = [row["reject_reason"] for row in rejects]
    for reason, words in zip(
        said,
        (
            "has 2 cells where the header has 8",
            "narrative: contains control characters",
            "filed_on: is not a date",
            "id: must be given",
            "enterprise: is longer than 200 characters",
            "id: another row of this file has the id 1 too",
            "a quotation mark is not closed",
            "filed_on: is after today",
        ),
        strict=True,
    ):
        assert words in reason
    assert (rejects[2]["id"], rejects[2]["datetime"]) == ("10", "30/01/2021")
    mended = (tmp_path / "cars.rejects.csv").read_text("utf-8-sig").replace("30/01/2021", "2021-01-30")
    assert "2 filed, 1 already there, 5 rejected" in done(written(tmp_path, mended, "mended.csv"))


def test_no_rejects_no_reject_file(ready: Engine, tmp_path: Path) -> None:
    done(written(tmp_path, HEADER + ROWS), "--reject", tmp_path / "bad.csv")
    assert [path.name for path in tmp_path.glob("*.csv")] == ["cars.csv"]


def test_the_reject_file_overwrites_nothing_that_is_read(ready: Engine, tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + ROWS)
    with pytest.raises(BadInput, match="would overwrite"):
        run(path, "--reject", path)
    with pytest.raises(BadInput, match="cannot be written"):
        run(written(tmp_path, HEADER + "1\n"), "--reject", tmp_path / "no" / "folder.csv")


def test_the_same_file_adds_nothing_however_it_is_dressed(ready: Engine, tmp_path: Path) -> None:
    done(written(tmp_path, HEADER + ROWS), "--create-enterprises")
    before = [count(table) for table in (Complaint, Event, ImportRow, Enterprise)]
    book = Workbook()
    sheet = book.create_sheet("cars", 0)
    for row in csv.reader((HEADER + ROWS).splitlines()):
        sheet.append([int(cell) if cell.isdigit() else cell for cell in row])
    book.save(tmp_path / "cars.xlsx")
    copies = [
        written(tmp_path, HEADER + ROWS, "renamed.txt"),
        written(tmp_path, HEADER + ROWS, "gb.csv", "gb18030"),
        written(tmp_path, (HEADER + ROWS).replace("\n", "\r\n"), "windows.csv", "utf-8-sig"),
        tmp_path / "cars.xlsx",
    ]
    for copy in copies:
        assert (
            done(copy, "--create-enterprises") == "7 read, 0 filed, 7 already there, 0 rejected, 0 enterprises created"
        )
    assert [count(table) for table in (Complaint, Event, ImportRow, Enterprise)] == before
    grown = HEADER + ROWS + "99,晨曦1,启程,,新的描述,,2021-01-30,\n"
    assert "8 read, 1 filed, 7 already there" in done(written(tmp_path, grown, "february.csv"))


def test_rows_without_an_id_are_told_apart_by_their_content(ready: Engine, tmp_path: Path) -> None:
    text = "故事,公司\n水壶漏水,晨曦\n水壶漏水,晨曦\n门关不上,远山\n"
    pairs = ("--map", "narrative=故事", "--map", "enterprise=公司")
    assert "3 read, 3 filed" in done(written(tmp_path, text), *pairs)
    assert "3 read, 0 filed, 3 already there" in done(written(tmp_path, text, "other.csv", "gb18030"), *pairs)
    assert "4 read, 1 filed, 3 already there" in done(written(tmp_path, text + "水壶漏水,晨曦\n", "more.csv"), *pairs)


def test_a_dry_run_changes_nothing(ready: Engine, tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + ROWS + "8,short\n")
    result = run(path, "--dry-run", "--create-enterprises")
    assert "8 read, 7 would be filed, 0 already there, 1 rejected, 3 enterprises would be created" in result.output
    assert "nothing was changed" in result.output
    assert [count(table) for table in (Complaint, Enterprise, EnterpriseName, ImportFile)] == [0, 0, 0, 0]


def test_english_complaints_with_a_mapping_on_the_spot(ready: Engine, tmp_path: Path) -> None:
    header = ["Date received", "Product", "Issue", "Consumer complaint narrative", "Company", "State", "Complaint ID"]
    chance = random.Random(7)
    with (tmp_path / "us.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(header)
        for n in range(120):
            day = f"{chance.randint(1, 12):02}/{chance.randint(1, 28):02}/2025"
            story = f'They charged me twice.\nI said "stop", on {day}; nothing, since.' if n % 3 else ""
            firm = chance.choice(["Acme Bank, N.A.", "ACME BANK NA", "Équité Crédit Inc.", "Example Lending LLC"])
            rows.writerow([day, "Credit card", "Fees", story, firm, "CA", 7_000_000 + n])
    pairs = [
        *("--map", "id=Complaint ID", "--map", "filed_on=Date received", "--map", "enterprise=Company"),
        *("--map", "product={Product}", "--map", "fault=Issue", "--map", "narrative=Consumer complaint narrative"),
        *("--map", "locale==en", "--map", "share_consent==yes", "--date-format", "%m/%d/%Y", "--source", "us"),
    ]
    assert done(tmp_path / "us.csv", *pairs, "--create-enterprises") == (
        "120 read, 120 filed, 0 already there, 0 rejected, 3 enterprises created"
    )
    with db.transaction() as session:
        assert set(session.scalars(select(Complaint.locale))) == {"en"}
        story = session.scalar(select(PrivateItem.value).where(PrivateItem.kind == "narrative").limit(1))
        assert story
        assert story.startswith("They charged me twice.\nI said")
        keys = session.scalars(select(ImportRow.key)).all()
        assert "us:7000000" in keys
    assert "0 filed, 120 already there" in done(tmp_path / "us.csv", *pairs)


def test_words_for_what_does_not_fit(ready: Engine, tmp_path: Path) -> None:
    path = written(tmp_path, "a,b\n1,2\n")
    for words, more in (
        ("no mapping is known", ()),
        ("unknown field 'narative' .did you mean 'narrative'", ("--map", "narative=a")),
        ("there is no column 'c'", ("--map", "narrative=c")),
        ("no mapping 'cars'", ("--mapping", "cars")),
    ):
        with pytest.raises(BadInput, match=words):
            run(path, *more)


def test_filed_as_given(ready: Engine, tmp_path: Path) -> None:
    rows = "1,晨曦,启程,,描述,,2026-05-04,\n2,晨曦,启程,,描述二,,,\n"
    path = written(tmp_path, HEADER + rows)
    assert "1 filed, 0 already there, 1 rejected" in done(path, "--filed-at", "as-given")
    with db.transaction() as session:
        assert session.scalars(select(Complaint.filed_at)).one() == datetime(2026, 5, 4, 1, tzinfo=UTC)
    assert "filed_on: must be given" in (tmp_path / "cars.rejects.csv").read_text("utf-8-sig")


def test_a_verb_that_refuses_costs_one_row(ready: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = actions.file

    def moody(*words: object, **more: object) -> object:
        made = file(*words, **more)  # type: ignore[arg-type]
        if made.enterprise_given == "晨曦2":
            raise BadInput("not today")
        return made

    monkeypatch.setattr(actions, "file", moody)
    summary = done(written(tmp_path, HEADER + ROWS), "--create-enterprises")
    assert summary == "7 read, 5 filed, 0 already there, 2 rejected, 2 enterprises created"
    assert [count(Complaint), count(ImportRow), count(Enterprise)] == [5, 5, 2]


def test_the_samples_can_be_imported(ready: Engine, tmp_path: Path) -> None:
    firms = samples.enterprises(1, 30)
    complaints = samples.filings(1, 80, firms, date(2026, 1, 5), 60)
    assert complaints == samples.filings(1, 80, samples.enterprises(1, 30), date(2026, 1, 5), 60)
    assert complaints != samples.filings(2, 80, firms, date(2026, 1, 5), 60)
    assert len({firm.name for firm in firms} | {firm.brand for firm in firms}) == 60
    assert len({enterprises.fold(firm.name) for firm in firms}) == 30
    samples.write_csv(tmp_path / "sample.csv", complaints)
    with (
        reader.opened(tmp_path / "sample.csv") as table,
        Rejects(tmp_path / "r.csv", table.columns, tmp_path / "sample.csv") as bad,
    ):
        importer = Importer(tmp_path / "sample.csv", mapping.recognise(table.columns), table, bad, Options())
        summary = importer.run(AT)
    assert (summary.filed, summary.rejected) == (80, 0)
    with db.transaction() as session:
        complete = session.scalars(select(Complaint.complete)).all()
        assert session.scalars(select(Complaint.filed_at).distinct()).all() == [AT]
        assert set(session.scalars(select(Complaint.category))) <= set(samples.categories())
    assert 50 < sum(complete) < 80


@pytest.mark.skipif(not REAL.exists(), reason="the real file stays outside the project: ../shared/data is not there")
def test_the_real_file(ready: Engine, tmp_path: Path) -> None:
    assert done(REAL, "--mapping", "car_complaints", "--create-enterprises") == (
        "600 read, 600 filed, 0 already there, 0 rejected, 80 enterprises created"
    )
    copy = written(tmp_path, REAL.read_text("utf-8"), "copy.csv", "gb18030")
    assert "0 filed, 600 already there" in done(copy)
    with db.transaction() as session:
        assert session.scalar(select(func.count()).where(Complaint.enterprise_id.is_(None))) == 0
        assert not [text for text in session.scalars(select(PrivateItem.value)) if text and text != text.strip()]
