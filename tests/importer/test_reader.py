"""Files as people have them: encodings, delimiters, broken rows, sheets, and things that are no files of rows."""

import csv
import io
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from complaints.errors import BadInput
from complaints.importer.reader import Row, as_text, opened

MORNING = datetime(2021, 1, 30, 8, 5)  # noqa: DTZ001  as a sheet has it
CHINESE = "编号,品牌,描述\n1,晨曦,水壶漏水\n2,远山,“门”关不上，客服不理\n"


def read(path: Path, **options: str) -> tuple[list[str], list[Row]]:
    with opened(path, **options) as table:
        return table.columns, list(table.rows)


def written(tmp_path: Path, content: str | bytes, encoding: str = "utf-8", name: str = "file.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def good(path: Path, **options: str) -> list[dict[str, str]]:
    rows = read(path, **options)[1]
    assert [row.problem for row in rows if row.problem] == []
    return [row.values for row in rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-32"])
def test_encodings_are_recognised(tmp_path: Path, encoding: str) -> None:
    columns, rows = read(written(tmp_path, CHINESE, encoding))
    assert columns == ["编号", "品牌", "描述"]
    assert rows[1] == Row(
        3, ["2", "远山", "“门”关不上，客服不理"], {"编号": "2", "品牌": "远山", "描述": "“门”关不上，客服不理"}
    )


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark(tmp_path: Path, encoding: str) -> None:
    text = "id,text\n" + "".join(f"{n},the kettle leaks 漏水\n" for n in range(20))
    assert good(written(tmp_path, text, encoding))[19] == {"id": "19", "text": "the kettle leaks 漏水"}


def test_a_western_encoding_is_not_taken_for_chinese(tmp_path: Path) -> None:
    lines = [f"{n};Die Tür schließt nicht, der Händler antwortet überhaupt nicht; México – año {n}" for n in range(40)]
    path = written(tmp_path, "id;text;where\n" + "\n".join(lines), "cp1252")
    assert good(path)[3]["text"] == "Die Tür schließt nicht, der Händler antwortet überhaupt nicht"
    assert good(path, encoding="cp1252")[3]["where"] == "México – año 3"


def test_an_encoding_can_be_named(tmp_path: Path) -> None:
    path = written(tmp_path, "編號,描述\n1,漏水\n", "big5")
    assert good(path, encoding="big5") == [{"編號": "1", "描述": "漏水"}]
    for wrong in ("utf-8", "klingon"):
        with pytest.raises(BadInput, match=wrong):
            read(path, encoding=wrong)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_recognised_in_spite_of_others_in_the_text(tmp_path: Path, delimiter: str) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter)
    writer.writerow(["id", "text", "amount"])
    writer.writerows([[n, 'he said "no"; a, b | c\tand，d、e\nnew line', "1.299,00"] for n in range(5)])
    rows = good(written(tmp_path, buffer.getvalue()))
    assert len(rows) == 5
    assert rows[4]["amount"] == "1.299,00"


def test_a_delimiter_can_be_named_or_stand_in_the_file(tmp_path: Path) -> None:
    assert good(written(tmp_path, "a/b\n1/2\n"), delimiter="/") == [{"a": "1", "b": "2"}]
    assert good(written(tmp_path, "a\tb\n1\t2\n"), delimiter="tab") == [{"a": "1", "b": "2"}]
    assert read(written(tmp_path, "sep=;\na;b\n1;2\n"))[1] == [Row(3, ["1", "2"], {"a": "1", "b": "2"})]
    with pytest.raises(BadInput, match="delimiter"):
        read(written(tmp_path, "a,b\n"), delimiter="ab")


def test_one_column_is_enough(tmp_path: Path) -> None:
    assert good(written(tmp_path, "story\nno comma\nneither\n")) == [{"story": "no comma"}, {"story": "neither"}]


def test_empty_lines_are_skipped_and_counted(tmp_path: Path) -> None:
    rows = read(written(tmp_path, '\n\na,b\n\n1,2\n , \n"x\ny",3\n4,5,,\n'))[1]
    assert [(row.number, row.cells) for row in rows] == [(5, ["1", "2"]), (7, ["x\ny", "3"]), (8, ["4", "5"])]


def test_ragged_rows_are_told_apart(tmp_path: Path) -> None:
    rows = read(written(tmp_path, "a,b,c\n1,2\n1,2,3\n1,2,3,4\n"))[1]
    assert [row.problem for row in rows] == [
        "has 2 cells where the header has 3",
        "",
        "has 4 cells where the header has 3",
    ]
    assert rows[2].cells == ["1", "2", "3", "4"]
    assert rows[2].values == {}


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_quotation_mark_that_is_never_closed_costs_one_row(tmp_path: Path, ending: str) -> None:
    lines = [
        "a,b,c",
        "1,x,y",
        '2,"open,y',
        "3,x,y",
        '4,"fine, in quotes",y',
        '5,"two',
        'lines",y',
        '6,"open again,y',
        "7,x,y",
    ]
    rows = read(written(tmp_path, ending.join(lines) + ending))[1]
    assert [(row.number, bool(row.problem)) for row in rows] == [
        (2, False),
        (3, True),
        (4, False),
        (5, False),
        (6, False),
        (7, True),
        (8, False),
    ]
    assert rows[1].problem == "a quotation mark is not closed"
    assert rows[1].cells == ["2", '"open', "y"]
    assert rows[4].values["b"] == f"two{ending}lines"


def test_an_open_quotation_mark_in_a_long_file_costs_one_row(tmp_path: Path) -> None:
    lines = [f"{n},{'text' * 20},y" for n in range(5000)]
    lines[7] = '7,"open,y'
    rows = read(written(tmp_path, "a,b,c\n" + "\n".join(lines)))[1]
    assert len(rows) == 5000
    assert [row.number for row in rows if row.problem] == [9]


def test_a_cell_beyond_all_measure_costs_one_row(tmp_path: Path) -> None:
    rows = read(written(tmp_path, f"a,b\n1,{'x' * 200_000}\n2,y\n"))[1]
    assert [row.problem for row in rows] == ["a cell is too long", ""]


def test_a_zero_byte_costs_no_other_row(tmp_path: Path) -> None:
    assert [row.values["b"] for row in read(written(tmp_path, "a,b\n1,x\0y\n2,z\n"))[1]] == ["x\0y", "z"]


def test_columns_with_one_name_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="more than once: 品牌, id"):
        read(written(tmp_path, "品牌,id,品牌, id \n1,2,3,4\n"))


def test_columns_without_a_name(tmp_path: Path) -> None:
    columns, rows = read(written(tmp_path, "a,,c,,\n1,2,3,,\n"))
    assert columns == ["a", "column 2", "c"]
    assert rows[0].values == {"a": "1", "column 2": "2", "c": "3"}


def test_what_is_no_file_of_rows(tmp_path: Path) -> None:
    for path, words in (
        (tmp_path, "is a folder"),
        (tmp_path / "absent.csv", "cannot be read: No such file"),
        (written(tmp_path, b"", name="empty.csv"), "is empty"),
        (written(tmp_path, "\n \n,,\n", name="blank.csv"), "has no header"),
        (written(tmp_path, "a,b\n1,2\n", name="fake.xlsx"), "is not an XLSX file"),
        (written(tmp_path, b"PK\x03\x04 and nothing", name="broken.xlsx"), "is damaged"),
        (written(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 9, name="old.xls"), "old Excel"),
        (written(tmp_path, b"%PDF-1.7 ...", name="letter.pdf"), "is a PDF"),
        (written(tmp_path, bytes(range(256)) * 40, name="noise.csv"), "not a text file"),
        (Path("/dev/null"), "not an ordinary file"),
    ):
        with pytest.raises(BadInput, match=words):
            read(path)


def workbook(tmp_path: Path, rows: list[list[object]], title: str = "投诉") -> Path:
    book = Workbook()
    sheet = book.create_sheet(title, 0)
    for row in rows:
        sheet.append(row)
    second = book.create_sheet("second")
    second.append(["x"])
    second.append([1])
    book.remove(book["Sheet"])
    path = tmp_path / "book.xlsx"
    book.save(path)
    return path


def test_a_workbook(tmp_path: Path) -> None:
    path = workbook(
        tmp_path,
        [
            ["id", "phone", "day", "moment", "amount", "yes", "text"],
            [568936, 13800000000.0, date(2021, 1, 30), MORNING, 12.5, True, "漏\n水"],
            [],
            [2, None, "2021-01-31"],
        ],
    )
    columns, rows = read(path)
    assert columns == ["id", "phone", "day", "moment", "amount", "yes", "text"]
    assert [row.cells for row in rows] == [
        ["568936", "13800000000", "2021-01-30", "2021-01-30T08:05:00", "12.5", "true", "漏\n水"],
        ["2", "", "2021-01-31", "", "", "", ""],
    ]
    assert [row.number for row in rows] == [2, 4]
    renamed = path.rename(tmp_path / "export.csv")  # the content says what it is
    assert read(renamed)[1] == rows


def test_sheets(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["a"], ["b"]])
    assert good(path, sheet="second") == [{"x": "1"}]
    with pytest.raises(BadInput, match=r"the file has: 投诉, second .did you mean 'second'"):
        read(path, sheet="secnd")
    with pytest.raises(BadInput, match="no sheet 'x'"):
        read(written(tmp_path, "a\n1\n"), sheet="x")


def test_a_row_of_a_sheet_beyond_the_header_is_bad(tmp_path: Path) -> None:
    rows = read(workbook(tmp_path, [["a", "b"], [1, 2, 3], [1, 2]]))[1]
    assert [row.problem for row in rows] == ["has 3 cells where the header has 2", ""]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (1e20, "1e+20"),
        (0.1, "0.1"),
        (-3.0, "-3"),
        (False, "false"),
        (7, "7"),
        (MORNING.replace(second=7, microsecond=9), "2021-01-30T08:05:07"),
    ],
)
def test_values_of_cells(value: object, text: str) -> None:
    assert as_text(value) == text


CELL = st.text(
    st.characters(blacklist_categories=["Cc", "Cs", "Zl", "Zp", "Cf"], blacklist_characters='"'), min_size=1
).map(str.strip)
QUOTED = st.builds("{}{}{}".format, CELL, st.sampled_from([",", ";", "\t", "|", '"', "\n", "，"]), CELL)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    rows=st.lists(st.tuples(CELL.filter(bool), CELL | QUOTED, CELL | QUOTED), min_size=1, max_size=8),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    ending=st.sampled_from(["\r\n", "\n"]),
)
def test_what_is_written_is_read(
    tmp_path: Path, rows: list[tuple[str, str, str]], delimiter: str, encoding: str, ending: str
) -> None:
    """Any text comes back, whatever the delimiter and encoding; GB18030 among enough Chinese to be known by."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=ending)
    writer.writerow(["编号", "描述", "诉求"])
    writer.writerows(rows)
    writer.writerows([["编号", "这是一条很普通的中文投诉记录", "希望厂家尽快处理"]] * 60)
    path = written(tmp_path, buffer.getvalue(), encoding)
    found = [tuple(row.cells) for row in read(path)[1]]
    assert found[: len(rows)] == [tuple(cell.strip() for cell in row) for row in rows]
