"""The calendar tables: what the library seeds, what a file brings, which version is in force."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, func, select

from complaints import calendar_file, calendars, db
from complaints.commands import calendar as calendar_command
from complaints.errors import BadInput, Misconfigured
from complaints.messages import message
from complaints.models import CalendarDay, CalendarYear
from complaints.workflow import sweeps
from complaints.workflow.workdays import DayKind, SpecialDay

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
ROWS_2027 = [
    *(
        ("2027-01-01", "statutory", "元旦"),
        ("2027-02-05", "statutory", "农历除夕"),
        ("2027-02-06", "statutory", "春节"),
    ),
    *(("2027-02-08", "rest", "调休"), ("2027-02-14", "working", "调休上班"), ("2027-10-01", "statutory", "国庆节")),
]
CSV_2027 = "day,kind,name\n" + "".join(",".join(row) + "\n" for row in ROWS_2027)
TOML_2027 = "".join(f'[[day]]\nday = {day}\nkind = "{kind}"\nname = "{name}"\n\n' for day, kind, name in ROWS_2027)
DAYS_2027 = [SpecialDay(date.fromisoformat(day), DayKind(kind), name) for day, kind, name in ROWS_2027]


def days(text: str, year: int = 2026) -> set[date]:
    """The days of a list such as "1-1..1-3 2-14"."""
    found = set()
    for item in text.split():
        first, _, last = item.partition("..")
        bounds = [date(year, *map(int, end.split("-"))) for end in (first, last or first)]
        found |= {bounds[0] + timedelta(days=step) for step in range((bounds[1] - bounds[0]).days + 1)}
    return found


@pytest.fixture
def seeded(database: Engine) -> list[int]:
    with db.transaction() as session:
        return calendars.seed(session, 2028)


# --- the library ----------------------------------------------------------------------------------------------------


def test_2026_is_what_the_state_council_published(seeded: list[int]) -> None:
    with db.transaction() as session:
        calendar = calendars.current(session)
    off = days("1-1..1-3 2-15..2-23 4-4..4-6 5-1..5-5 6-19..6-21 9-25..9-27 10-1..10-7")
    made_working = days("1-4 2-14 2-28 5-9 9-20 10-10")
    for day in days("1-1..12-31"):
        expected = day in made_working or (day not in off and day.weekday() < 5)
        assert calendar.is_working(day) is expected, day
    statutory = {day for day in days("1-1..12-31") if calendar.is_statutory(day)}
    assert statutory == days("1-1 2-16..2-19 4-5 5-1..5-2 6-19 9-25 10-1..10-3")


@pytest.mark.parametrize(
    ("year", "statutory"), [(2013, 11), (2014, 11), (2015, 12), (2024, 11), (2025, 13), (2026, 13)]
)
def test_statutory_days_follow_the_law_of_their_year(year: int, statutory: int) -> None:
    kinds = [special.kind for special in calendars.seed_days(year)]
    assert kinds.count(DayKind.STATUTORY) == statutory


@pytest.mark.parametrize("year", range(2010, 2027))
def test_each_published_year_gives_back_the_weekend_days_it_takes(year: int) -> None:
    """Every rest day swapped for a weekend day has that weekend day listed as working, in its own year."""
    swapped = [special.name for special in calendars.seed_days(year) if "调休）" in special.name]
    made_working = {
        f"{special.day}"
        for at in (year - 1, year)
        for special in calendars.seed_days(at)
        if special.kind is DayKind.WORKING
    }
    assert swapped
    assert all(any(day in name for day in made_working) for name in swapped)
    assert len({special.day for special in calendars.seed_days(year)}) == len(calendars.seed_days(year))


def test_seeding_adds_each_year_once(seeded: list[int]) -> None:
    assert seeded == list(range(2010, 2029))
    with db.transaction() as session:
        assert calendars.seed(session, 2028) == []
        assert calendars.seed(session, 2029) == [2029]
        assert session.scalar(select(func.count()).select_from(CalendarYear)) == 20


def test_2027_is_provisional_on_plain_weekdays_and_statutory_dates(seeded: list[int]) -> None:
    with db.transaction() as session:
        calendar = calendars.current(session)
    assert [calendar.is_published(year) for year in (2009, 2010, 2026, 2027, 2028)] == [False, True, True, False, False]
    assert calendar.is_statutory(date(2027, 2, 5))
    assert calendar.is_statutory(date(2027, 10, 1))
    assert calendar.is_working(date(2027, 2, 9)), "which days stand in lieu is not decided yet"
    assert calendar.working_days(date(2026, 12, 28), 7).provisional
    assert {special.kind for special in calendars.seed_days(2027)} == {DayKind.STATUTORY}


# --- the tables -----------------------------------------------------------------------------------------------------


def test_the_newest_version_of_a_year_is_in_force(seeded: list[int]) -> None:
    with db.transaction() as session:
        before = calendars.current(session)
        row = calendars.import_year(session, 2027, DAYS_2027, "2027.csv", AT)
        after = calendars.current(session)
        calendars.import_year(session, 2027, DAYS_2027[:1], "2027-corrected.csv", AT)
        corrected = calendars.current(session)
        assert (row.version, row.published) == (2, True)
    assert (before.version, after.version, corrected.version) == ("2026.19", "2027.20", "2027.21")
    assert [found.is_working(date(2027, 2, 14)) for found in (before, after, corrected)] == [False, True, False]
    assert after.is_published(2027)
    assert not after.working_days(date(2026, 12, 28), 7).provisional


def test_importing_the_same_year_again_adds_nothing(seeded: list[int]) -> None:
    with db.transaction() as session:
        first = calendars.import_year(session, 2027, DAYS_2027, "2027.csv", AT)
    with db.transaction() as session:
        again = calendars.import_year(session, 2027, reversed(DAYS_2027), "copy.toml", AT + timedelta(days=1))
        assert (again.id, again.version, again.source) == (first.id, 2, "2027.csv")
        assert session.scalar(select(func.count()).where(CalendarDay.calendar_year_id == first.id)) == len(DAYS_2027)


def test_publishing_exactly_the_provisional_days_still_publishes_the_year(seeded: list[int]) -> None:
    with db.transaction() as session:
        row = calendars.import_year(session, 2027, calendars.seed_days(2027), "2027.csv", AT)
        assert (row.version, row.published) == (2, True)


@pytest.mark.parametrize("given", [[], DAYS_2027])
def test_an_import_must_be_of_its_year(seeded: list[int], given: list[SpecialDay]) -> None:
    with db.transaction() as session, pytest.raises(BadInput):
        calendars.import_year(session, 2028, given, "x.csv", AT)


def test_the_calendar_is_kept_until_the_tables_change(seeded: list[int]) -> None:
    with db.transaction() as session:
        kept = calendars.current(session)
    with db.transaction() as session:
        assert calendars.current(session) is kept
        calendars.import_year(session, 2027, DAYS_2027, "2027.csv", AT)
        assert calendars.current(session) is not kept
        session.rollback()
    with db.transaction() as session:
        assert not calendars.current(session).is_published(2027)


def test_without_a_calendar_nothing_is_counted(database: Engine) -> None:
    with db.transaction() as session, pytest.raises(Misconfigured, match="complaints init"):
        calendars.current(session)


# --- files ----------------------------------------------------------------------------------------------------------


def written(tmp_path: Path, text: str, name: str = "2027.csv", encoding: str = "utf-8") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("text", "name", "encoding"),
    [
        (CSV_2027, "2027.csv", "utf-8"),
        (CSV_2027, "2027.csv", "utf-8-sig"),
        (CSV_2027.replace("\n2027-10", "\n\n2027-10").replace("\n", "\r\n"), "2027.CSV", "utf-8-sig"),
        (TOML_2027, "2027.toml", "utf-8"),
        (TOML_2027.replace("2027-10-01", '"2027-10-01"'), "2027.toml", "utf-8-sig"),
    ],
)
def test_a_new_year_is_read(tmp_path: Path, text: str, name: str, encoding: str) -> None:
    assert calendar_file.parse(written(tmp_path, text, name, encoding)) == {2027: DAYS_2027}


def test_several_years_in_one_file_and_a_name_left_empty(tmp_path: Path) -> None:
    path = written(tmp_path, CSV_2027 + "2028-10-01,statutory,\n")
    years = calendar_file.parse(path)
    assert years == {2027: DAYS_2027, 2028: [SpecialDay(date(2028, 10, 1), DayKind.STATUTORY, "法定节假日")]}


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ("2027-13-01,rest,x", "row 8, column day"),
        ("20270103,rest,x", "row 8, column day"),
        (",rest,x", "row 8, column day"),
        ("2027-05-03,holiday,x", "row 8, column kind"),
        ("2027-05-03,,x", "row 8, column kind"),
        ("2027-01-01,rest,x", "row 8, column day"),
        ("2027-02-15,working,x", "row 8, column kind"),
        (f"2027-05-03,rest,{'x' * 81}", "row 8, column name"),
        ("2027-05-03,rest", "row 8"),
        ('2027-05-03,rest,"x"y', "row 8"),
        ("2026-12-31,rest,x", "year 2026"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, row: str, place: str) -> None:
    with pytest.raises(BadInput) as caught:
        calendar_file.parse(written(tmp_path, CSV_2027 + row + "\n"))
    assert list(caught.value.fields) == [place]
    assert all(message("zh", key) != key for keys in caught.value.fields.values() for key in keys)


def test_all_bad_rows_are_named_at_once(tmp_path: Path) -> None:
    text = "day,kind,name\n2027-02-30,off,x\n2027-01-01,statutory,x\n2027-01-01,statutory,x\n"
    with pytest.raises(BadInput, match=r"2027.csv: row 2, column day: .* \(and 2 more\)") as caught:
        calendar_file.parse(written(tmp_path, text))
    assert list(caught.value.fields) == ["row 2, column day", "row 2, column kind", "row 4, column day"]


@pytest.mark.parametrize(
    ("text", "name", "place"),
    [
        ("date,kind,name\n2027-01-01,statutory,x\n", "a.csv", "row 1"),
        ("day,kind,name\n", "a.csv", "file"),
        ("", "a.csv", "file"),
        ("", "a.toml", "file"),
        ("[[day]\n", "a.toml", "row 1"),
        ("[[day]]\nday = [", "a.toml", "file"),
        ("day = 3\n", "a.toml", "day"),
        ('[[day]]\nday = 2027-01-01T10:00:00\nkind = "statutory"\n', "a.toml", "row 1, column day"),
        ("[[day]]\nday = 2027-01-01\nkind = [1]\n", "a.toml", "row 1, column kind"),
        ('[[day]]\nday = 2027-01-01\nkind = "statutory"\nnote = "x"\n', "a.toml", "row 1, column note"),
    ],
)
def test_a_file_that_is_no_calendar_is_refused(tmp_path: Path, text: str, name: str, place: str) -> None:
    with pytest.raises(BadInput) as caught:
        calendar_file.parse(written(tmp_path, text, name))
    assert list(caught.value.fields) == [place]
    assert all(message("zh", key) != key for keys in caught.value.fields.values() for key in keys)


def test_a_file_that_is_not_there_or_not_utf_8_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No such file"):
        calendar_file.parse(tmp_path / "absent.csv")
    with pytest.raises(BadInput, match="not UTF-8"):
        calendar_file.parse(written(tmp_path, CSV_2027, encoding="gb18030"))


# --- the command ----------------------------------------------------------------------------------------------------


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(calendar_command.command, [str(argument) for argument in arguments])


def test_list_prints_each_year_in_force(seeded: list[int]) -> None:
    result = run("list")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert len(lines) == 20
    assert lines[-3].split()[:4] == ["2026", "1", "published", "28"]
    assert lines[-2].split()[:4] == ["2027", "1", "provisional", "13"]


def test_check_explains_a_count(seeded: list[int]) -> None:
    result = run("check", "2026-09-30", "7")
    assert result.stdout.startswith("7 working days from 2026-09-30 end on 2026-10-15 (Thursday)")
    assert "2026-10-01 .. 2026-10-03" in result.stdout
    assert "statutory: 国庆节" in result.stdout
    assert "end on 2026-10-04" in run("check", "2026-08-02", "60", "--unit", "calendar", "--reading", "narrow").stdout
    assert "Provisional" in run("check", "2026-12-28", "7").stdout


def test_import_prints_what_moved_and_a_dry_run_changes_nothing(
    seeded: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = [("C-1", datetime(2027, 1, 7, 16, tzinfo=UTC), datetime(2027, 1, 8, 16, tzinfo=UTC))]
    monkeypatch.setattr(sweeps, "recompute_deadlines", lambda *_: moved)
    file = written(tmp_path, CSV_2027)
    results: list[Any] = [run("import", file, "--dry-run"), run("import", file), run("import", file)]
    assert [result.exit_code for result in results] == [0, 0, 0]
    assert "C-1: due 2027-01-07 -> 2027-01-08" in results[0].stdout
    assert "Dry run" in results[0].stdout
    assert [("2027: version 2\n" in r.stdout, "nothing added" in r.stdout) for r in results[1:]] == [
        (True, False),
        (False, True),
    ]


def test_import_recomputes_open_deadlines(seeded: list[int], tmp_path: Path) -> None:
    result = run("import", written(tmp_path, CSV_2027))
    assert result.exit_code == 0, result.output
    assert "Open deadlines moved: 0; now certain" in result.stdout


def test_import_of_a_bad_file_names_every_row_and_changes_nothing(seeded: list[int], tmp_path: Path) -> None:
    result = run("import", written(tmp_path, CSV_2027 + "2027-02-30,off,x\n"))
    assert result.exit_code == 1
    assert "row 8, column day: is not a date" in result.stderr
    assert "row 8, column kind: must be one of: statutory, rest, working" in result.stderr
    with db.transaction() as session:
        assert not calendars.current(session).is_published(2027)
