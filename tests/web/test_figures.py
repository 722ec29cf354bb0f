"""The manager's page and the file of cases: what is counted, beside whom, and that nothing dangerous leaves."""

import csv
import io
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import Engine, Table, func, insert, select

from complaints import db
from complaints.insight import export, firms
from complaints.models import Account, Complaint, EnterpriseFigures
from complaints.words import say
from tests import people
from tests.people import MONDAY, World, moment
from tests.playing import file_complaint
from tests.test_schema import filled
from tests.web.browser import Browser
from web import figures, language


@pytest.fixture
def boss(app: Flask, world: World) -> Browser:
    """Who leads Hongyun's agents, logged in."""
    with db.transaction() as session:
        account = session.scalars(select(Account).where(Account.login == "hongyun")).one()
        account.roles = ["enterprise", "manager"]
    return Browser(app).log_in("hongyun")


def counted(firm: int, days: int = 90, at: str = "2026-07-27") -> dict[str, Any]:
    instant = moment(at)
    firms.renew(lambda: instant)
    with db.reading() as session:
        row = session.get(EnterpriseFigures, (firm, days))
    assert row is not None
    return row.figures


def test_answers_are_counted_in_working_days_and_silence_is_none(world: World) -> None:
    for n, day in enumerate(("2026-07-06", "2026-07-07", "2026-07-10")):
        case = file_complaint(world, phone=f"1381234000{n}")
        case.enterprise("decline", at=moment(f"{day} 15:00"), reason="Used on a stove.")
    silent = file_complaint(world, phone="13812340009")
    silent.run_out()
    found = counted(world.hongyun)
    assert (found["in_time"], found["silent"], found["on_time"]) == (3, 1, 0.75)
    assert found["answer_days"] == 1
    assert found["months"] == {"2026-07": [3, 1]}
    assert found["products"] == [["kettle", 4]]


def test_silence_counts_only_where_it_is_proven_that_the_enterprise_was_told(
    boss: Browser, world: World, app: Flask
) -> None:
    """As in the public record, for days of one's own as well."""
    file_complaint(world, phone="13812340000").enterprise("decline", at=moment("2026-07-07"), reason="Used on a stove.")
    file_complaint(world, phone="13812340001").run_out()
    untold = file_complaint(world, phone="13812340002", mail=False)
    untold.bounce(f"enterprise:{world.hongyun}", MONDAY)
    untold.fall_silent(moment("2026-08-05 00:00"))
    found = counted(world.hongyun, at="2026-08-06")
    assert (found["in_time"], found["silent"], found["untold"], found["on_time"]) == (1, 1, 1, 0.5)
    assert found["months"] == {"2026-07": [1, 1]}
    days = "from=2026-07-01&to=2026-08-06"
    for page, said in ((boss, "1 times nobody answered"), (Browser(app, "zh").log_in("hongyun"), "另有 1 次未答复")):
        words = page.get(f"/portal/figures?{days}").words
        assert said in words
    assert "1 not answered" in boss.get(f"/portal/figures?{days}").words


@pytest.mark.parametrize(
    ("tongue", "said"),
    [("en", ["November 2025", "December 2025", "January 2026"]), ("zh", ["2025年11月", "2025年12月", "2026年1月"])],
)
def test_months_are_written_in_words_and_one_without_cases_stays_in_line(
    app: Flask, tongue: str, said: list[str]
) -> None:
    with app.test_request_context("/"), language.speaking(tongue):
        drawn = figures._months({"months": {"2026-01": [1, 1], "2025-11": [3, 1]}})
        assert figures._months({"months": {}})["labels"] == []
    assert drawn["labels"] == said
    assert drawn["series"][0]["points"] == [75.0, None, 50.0]
    assert drawn["series"][0]["texts"] == ["75%", "–", "50%"]


def test_only_what_was_confirmed_counts_as_settled(world: World) -> None:
    confirmed, unconfirmed = (file_complaint(world, phone=f"1381234000{n}") for n in range(2))
    for case in (confirmed, unconfirmed):
        case.enterprise("offer", remedy="Your money back.", nothing_to_perform=True)
    confirmed.consumer("accept_offer")
    unconfirmed.run_out()
    found = counted(world.hongyun)
    assert found["outcomes"] == {"settled": 1, "unconfirmed": 1}
    assert found["settled"] == 0.5


def test_too_few_peers_are_not_shown_and_one_is_not_its_own_peer() -> None:
    peers = {n: {"on_time": n / 10, "answer_days": None, "settled": None} for n in range(1, 6)}
    assert firms.compared(peers, 99)["on_time"] == 0.3
    assert firms.compared(peers, 5)["on_time"] is None
    assert firms.compared(peers, 99)["answer_days"] is None


def test_they_are_counted_once_an_hour_by_one_worker(world: World) -> None:
    file_complaint(world)
    assert firms.renew(lambda: MONDAY) > 0
    assert firms.renew(lambda: MONDAY + timedelta(minutes=59)) == 0
    assert firms.renew(lambda: MONDAY + timedelta(minutes=61)) > 0


def test_the_page_says_what_waits_and_of_which_moment_it_is(boss: Browser, world: World, app: Flask) -> None:
    empty = boss.get("/portal/figures")
    assert "Not counted yet" in empty.words
    case = file_complaint(world)
    case.enterprise("decline", reason="Used on a stove.")
    file_complaint(world, phone="13812340002")
    firms.renew()
    page = boss.get("/portal/figures?days=30")
    assert "As of Monday 6 July 2026" in page.words
    assert "1 case waits for your enterprise." in page.text
    assert "Too few peers to compare with" in page.words
    assert "100%" in page.words
    assert "style=" not in page.text
    assert boss.get("/portal/figures?days=31").status == 404
    assert Browser(app).log_in("baiyu").get("/portal/figures").status == 403
    assert Browser(app).log_in("baiyu").get("/portal/figures/export").status == 403


def test_what_waits_is_sorted_by_how_long_it_has(world: World) -> None:
    file_complaint(world)
    with db.reading() as session:
        for at, name in (
            ("2026-07-06", "later"),
            ("2026-07-18", "soon"),
            ("2026-07-20", "today"),
            ("2026-07-22", "overdue"),
        ):
            found = firms.open_by_deadline(session, world.hongyun, moment(at))
            assert {key: n for key, n in found.items() if n} == {name: 1}


def test_a_csv_is_one_that_spreadsheets_read_and_do_not_compute(boss: Browser, world: World) -> None:
    file_complaint(world, product="=HYPERLINK(1)", fault=say("zh", "trouble.broken"))
    file_complaint(world, product='kettle, "steel"\n茶壶', phone="13812340002")
    other = file_complaint(world, against="baiyu", phone="13812340003")
    answer = boss.get("/portal/figures/export?kind=csv").answer
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert "attachment" in answer.headers["Content-Disposition"]
    heads, *lines = csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""))
    assert heads[0] == "Case"
    assert {line[3] for line in lines} == {"'=HYPERLINK(1)", 'kettle, "steel"\n茶壶'}
    assert {line[1] for line in lines} == {"waiting for the enterprise's answer"}
    assert {line[5] for line in lines} == {say("en", "trouble.broken"), ""}  # chosen from a list, told in English
    assert other.number not in answer.text
    for personal in ("王梅", "13812345678", "mei@example.org", "burst"):
        assert personal not in answer.text


def test_a_workbook_opens_and_holds_texts(boss: Browser, world: World) -> None:
    file_complaint(world, product="=1+1")
    answer = boss.get("/portal/figures/export?kind=xlsx").answer
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None
    row = next(sheet.iter_rows(min_row=2))
    assert (row[3].value, row[3].data_type) == ("=1+1", "s")
    assert str(row[8].value).startswith("2026-07-06")


def test_a_file_holds_what_was_chosen(boss: Browser, world: World) -> None:
    case = file_complaint(world)
    case.enterprise("decline", reason="Used on a stove.")
    for query, count in {
        "": 1, "state=with_consumer": 1, "state=with_enterprise": 0, "since=2026-07-06&until=2026-07-06": 1,
        "since=2026-07-07": 0, "until=2026-07-05": 0,
    }.items():  # fmt: skip
        answer = boss.get(f"/portal/figures/export?kind=csv&{query}").answer
        assert len(answer.data.decode().strip().splitlines()) == 1 + count, query
    for query in ("kind=pdf", "state=lost"):
        assert boss.get(f"/portal/figures/export?{query}").status == 404
    for query, box in {"since=yesterday": "since", "since=2026-07-06&until=2026-07-01": "until"}.items():
        wrong = boss.get(f"/portal/figures/export?{query}")
        assert wrong.status == 422
        assert f'<a href="#{box}">' in wrong.text


def test_days_of_ones_own_are_counted_at_once(
    boss: Browser, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    case = file_complaint(world)
    case.enterprise("decline", at=moment("2026-07-08 15:00"), reason="Used on a stove.")
    file_complaint(world, against="baiyu", phone="13812340003")
    page = boss.get("/portal/figures?from=2026-07-08&to=2026-07-08")
    assert page.status == 200
    assert "8 July 2026, both included" in page.words
    assert "1 answered in time, 0 not answered" in page.words
    assert "Peers are compared over the ready periods" in page.words
    assert "kettle" not in page.text.partition("Most complained of")[2].partition("Your cases")[0]  # filed before
    assert "Nothing in this period" in boss.get("/portal/figures?from=2026-07-09&to=2026-07-10").words
    monkeypatch.setattr(firms, "LARGEST", 0)
    assert "Too many cases for days of your own" in boss.get("/portal/figures?from=2026-07-08&to=2026-07-08").words


@pytest.mark.parametrize(
    ("query", "box", "said"),
    [
        ("from=2026-07-08&to=", "to", "must be given"),
        ("from=soon&to=2026-07-08", "from", "is not a date"),
        ("from=2026-02-30&to=2026-07-08", "from", "is not a date"),
        ("from=2026-07-08&to=2026-07-01", "to", "is before Wednesday 8 July 2026"),
        ("from=0001-01-01&to=2026-07-01", "from", "is before Tuesday 1 January 1980"),
    ],
)
def test_wrong_days_are_named(boss: Browser, query: str, box: str, said: str) -> None:
    page = boss.get(f"/portal/figures?{query}")
    assert page.status == 422
    assert f'<a href="#{box}">' in page.text
    assert said in page.words


FEW, MANY = 200, 2_400  # by hand, 2026-11-28: a CSV of 1,000 cases took 0.6 MB, one of 100,000 took 1.1 MB


def many_cases(firm: int, first: int, last: int) -> None:
    """Plain cases of one enterprise, written past the verbs."""
    plain = filled("complaint") | {"enterprise_id": firm, "enterprise_told": True, "state": "with_enterprise"}
    plain |= {"product": "kettle " * 20, "filed_at": MONDAY, "due_at": MONDAY, "category": "", "fault": ""}
    del plain["id"]
    with db.transaction() as session:
        for begin in range(first, last, 10_000):
            rows = [plain | {"number": f"N{n}"} for n in range(begin, min(begin + 10_000, last))]
            session.execute(insert(cast(Table, Complaint.__table__)), rows)


def chosen_cases(firm: int) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).where(Complaint.enterprise_id == firm)) or 0


def peak(write: Callable[[export.Chosen], int], firm: int, lines: int) -> int:
    """The most memory that a file of so many cases took, in bytes."""
    tracemalloc.start()
    assert write(export.Chosen(firm)) == lines
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def test_twelve_times_the_cases_leave_in_about_the_same_memory(sqlite: Engine, tmp_path: Path) -> None:
    firm = people.world().hongyun

    def as_csv(chosen: export.Chosen) -> int:
        return sum(piece.count(b"\r\n") for piece in export.as_csv(chosen, MONDAY, export.COLUMNS, _same)) - 1

    def as_workbook(chosen: export.Chosen) -> int:
        export.as_workbook(chosen, MONDAY, export.COLUMNS, _same, tmp_path / "cases.xlsx")
        return chosen_cases(firm)

    many_cases(firm, 0, FEW)
    as_csv(export.Chosen(firm))  # what is loaded once is not counted
    before = {write: peak(write, firm, FEW) for write in (as_csv, as_workbook)}
    many_cases(firm, FEW, MANY)
    for write, little in before.items():
        much = peak(write, firm, MANY)
        assert much < 3 * little, f"{write.__name__}: {little} bytes for {FEW} cases, {much} for {MANY}"


def _same(_name: str, word: str) -> str:
    return word
