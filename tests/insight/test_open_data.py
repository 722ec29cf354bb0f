"""Open data out of cases that were lived: what is open, what is left out, and that a withdrawn story is gone."""

import csv
import io
import json
from collections import Counter
from itertools import chain, repeat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update

from complaints import db
from complaints.delivery import letter
from complaints.errors import NotFound
from complaints.insight import (
    narratives,
    open_data,
    open_data_rows,
    open_data_shares,
    record_corrections,
    record_editions,
    record_taking,
)
from complaints.insight.open_data_shares import Told
from complaints.models import (
    AccessLog,
    Complaint,
    Enterprise,
    Notice,
    OpenDataRow,
    PublishedNarrative,
    RecordExclusion,
    RecordMonth,
)
from complaints.words import LOCALES, has
from complaints.workflow.case import Actor, Case, Role
from tests import months
from tests.insight.test_record import AUGUST, filed, settled, withdrawn
from tests.people import World, moment
from tests.playing import Playing

LEAST = 5
PUBLISHED = moment("2026-08-18 08:00")


@pytest.fixture
def cases(there: World) -> list[Playing]:
    """Six settled cases and two withdrawn ones, in a month that is published."""
    found = [*(settled(there) for _ in range(6)), *(withdrawn(there) for _ in range(2))]
    months.work(AUGUST)
    months.work(PUBLISHED)
    return found


def lines() -> list[dict[str, object]]:
    return [json.loads(line) for line in open_data.as_lines("2026-07")]


def loaded(playing: Playing) -> Case:
    return playing.case


def li(there: World) -> Actor:
    return Actor(Role.INTAKE, account_id=there.li)


def test_files_and_dictionary_have_the_same_columns(cases: list[Playing]) -> None:
    with db.reading() as session:
        told = open_data.dictionary(session, PUBLISHED)
        late = open_data.dictionary(session, moment("2026-10-08"))
    names = [each["name"] for each in told["columns"]]
    text = b"".join(open_data.as_csv("2026-07")).decode("utf-8-sig")
    read = list(csv.DictReader(io.StringIO(text)))
    assert list(read[0]) == names
    assert list(lines()[0]) == names
    assert len(read) == len(lines()) == 8
    assert (told["licence"], told["stale"]) == ("CC BY 4.0", False)
    assert late["stale"]
    assert all(has(locale, f"open_data.{name}") for name in names for locale in LOCALES)


def test_rows_name_no_case_and_nobody_and_leave_out_what_few_share(cases: list[Playing]) -> None:
    found = lines()
    text = json.dumps(found, ensure_ascii=False)
    assert not any(each.number in text for each in cases)
    assert "Consumer" not in text
    named = [each for each in found if each["enterprise"]]
    assert {each["outcome"] for each in named} == {"settled"}
    assert len(named) == 6
    assert all(each["product"] == "kettle" for each in named)
    few = [each for each in found if each["outcome"] == "withdrawn"]
    assert all(not each["enterprise"] and not each["product"] and not each["fault"] for each in few)
    assert {each["answer_days"] for each in named} == {"0-2"}
    assert {each["in_time"] for each in named} == {True}


def test_who_knows_when_somebody_complained_does_not_find_the_row(there: World) -> None:
    june = moment("2026-06-29")
    settled(there, june)  # hers: the only one of June with this enterprise
    for _ in range(6):
        settled(there)
    for _ in range(5):
        filed(there, june, against="baiyu").consumer("withdraw", moment("2026-07-06"))
    months.work(AUGUST)
    months.work(PUBLISHED)
    names = ("enterprise", "category", "product", "fault", "month_filed", "outcome")
    found = Counter(tuple(each[name] for name in names) for each in lines())
    assert found == {
        ("Hongyun Kettles", "", "kettle", "", "2026-07", "settled"): 6,
        ("Baiyu Tools", "", "kettle", "", "2026-06", "withdrawn"): 5,
        ("", "", "", "", "", "settled"): 1,
    }


few = st.sampled_from(["", "a", "b"])
alike = st.builds(Told, st.sampled_from(["settled", "withdrawn"]), st.integers(1, 3), few, few, few, few)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(alike, st.integers(1, 7)), max_size=40))
def test_what_is_shown_of_a_row_is_shown_of_enough_rows(cases: list[tuple[Told, int]]) -> None:
    every = list(chain.from_iterable(repeat(told, many) for told, many in cases))
    groups = sorted(Counter(every).items(), key=lambda each: each[0].enterprise or 0)
    shares = open_data_shares.shared(groups, LEAST)
    found = Counter(open_data_shares.shown(told, shares) for told in every)
    for told, many in found.items():
        assert many >= LEAST or told == open_data_shares.NOTHING._replace(outcome=told.outcome)


def test_rows_that_are_enough_alike_are_shown_whole() -> None:
    told = Told("settled", 1, "a", "b", "c", "2026-07")
    assert open_data_shares.shown(told, open_data_shares.shared([(told, LEAST)], LEAST)) == told
    elsewhere = [(told._replace(enterprise=n), 1) for n in range(LEAST)]
    assert open_data_shares.shown(told, open_data_shares.shared(elsewhere, LEAST)) == told._replace(
        enterprise=None, month_filed=""
    )


def test_the_last_page_says_that_it_is_the_last(cases: list[Playing], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_data, "PIECE", 4)
    with db.reading() as session:
        assert [open_data.page(session, "2026-07", number)[1] for number in (1, 2)] == [True, False]


def test_pages_of_rows_go_on_where_the_one_before_ended(cases: list[Playing], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_data, "PIECE", 3)
    seen = []
    with db.reading() as session:
        for number, more in ((1, True), (2, True), (3, False), (4, False)):
            rows, goes_on = open_data.page(session, "2026-07", number)
            assert goes_on is more
            seen += rows
    assert sorted(str(each["id"]) for each in seen) == sorted(str(each["id"]) for each in lines())
    assert len(list(open_data.rows("2026-07"))) == 8


def test_a_story_is_published_only_after_consent_and_a_look_and_is_gone_when_taken_back(
    there: World, cases: list[Playing]
) -> None:
    case = loaded(cases[0])
    assert not any(each["narrative"] for each in lines())
    with db.transaction() as session:
        narratives.consent(session, case, PUBLISHED)
    assert not any(each["narrative"] for each in lines())  # nobody has looked
    with db.transaction() as session:
        found = narratives.look(session, case.number, li(there), PUBLISHED)
        assert found.story == found.row.scrubbed
        seen = select(func.count()).select_from(AccessLog).where(AccessLog.what == narratives.LOOK)
        session.flush()
        assert session.scalar(seen) == 1
    with db.transaction() as session:
        narratives.decide(session, case.number, publish=True, actor=li(there), at=PUBLISHED)
    told = [each for each in lines() if each["narrative"]]
    assert [each["id"] for each in told] == [narratives.public_id(case.id)]
    with db.transaction() as session:
        narratives.withdraw(session, case, PUBLISHED)
    assert not any(each["narrative"] for each in lines())
    with db.reading() as session:
        assert session.scalars(select(PublishedNarrative.scrubbed)).all() == [None]


def test_a_refused_story_is_erased_and_needs_another_consent(there: World, cases: list[Playing]) -> None:
    case = loaded(cases[0])
    with db.transaction() as session:
        narratives.consent(session, case, PUBLISHED)
        narratives.decide(session, case.number, publish=False, actor=li(there), at=PUBLISHED)
        row = narratives.of(session, case.id)
        assert row is not None
        assert (row.scrubbed, row.published) == (None, False)
        assert narratives.waiting(session) == []
        with pytest.raises(NotFound):
            narratives.decide(session, case.number, publish=True, actor=li(there), at=PUBLISHED)
        narratives.consent(session, case, PUBLISHED)
        assert [number for number, _since in narratives.waiting(session)] == [case.number]


def test_a_published_month_stays_however_its_cases_and_enterprises_go_on(there: World, cases: list[Playing]) -> None:
    before = lines()
    cases[0].consumer("reopen", moment("2026-07-20"), reason="Broken again.", ground="breach")
    settled(there, moment("2026-07-20"))  # entered late
    with db.transaction() as session:
        session.execute(update(Enterprise).where(Enterprise.id == there.hongyun).values(name="Kettles of Old"))
        session.execute(update(Complaint).values(product="pot", category="kitchen"))
    assert lines() == before
    assert not months.work(PUBLISHED)


def test_a_month_published_before_there_were_rows_gets_them_when_the_worker_looks(
    cases: list[Playing],
) -> None:
    before = lines()
    with db.transaction() as session:
        session.execute(delete(OpenDataRow))
        session.execute(update(RecordMonth).values(opened_at=None))
        assert open_data.months(session) == []
        assert record_taking.due(session, PUBLISHED)
    assert months.work(PUBLISHED) == 1
    assert lines() == before
    with db.reading() as session:
        assert open_data.months(session) == ["2026-07"]
        assert not record_taking.due(session, PUBLISHED)


def test_a_case_that_does_not_count_any_more_has_no_row_and_that_is_told(there: World, cases: list[Playing]) -> None:
    before = lines()
    supervisor = Actor(Role.SUPERVISOR, account_id=there.zhao)
    with db.transaction() as session:
        record_corrections.correct(
            session, there.hongyun, "2026-07", "Filed twice.", cases[0].number, 1, supervisor, PUBLISHED
        )
        told = open_data.dictionary(session, PUBLISHED)["corrections"]
    gone = narratives.public_id(loaded(cases[0]).id)
    assert lines() == [each for each in before if each["id"] != gone]
    assert [(each["month"], each["edition"], each["reason"]) for each in told] == [("2026-07", 2, "Filed twice.")]


def test_what_others_show_together_with_rows_that_are_gone_is_left_out_where_too_few_are_left(there: World) -> None:
    both = {firm: [withdrawn(there, against=firm) for _ in range(4)] for firm in ("hongyun", "baiyu")}
    one = loaded(both["hongyun"][0]).id
    with db.transaction() as session:
        session.execute(update(Complaint).values(category="kitchen"))
    months.work(AUGUST)
    months.work(PUBLISHED)
    assert {(each["enterprise"], each["category"]) for each in lines()} == {("", "kitchen")}
    with db.transaction() as session:
        row = record_editions.locked(session, "2026-07")
        session.add(RecordExclusion(complaint_id=one, reason="Not theirs.", made_at=PUBLISHED))
        session.flush()
        open_data_rows.rewrite(session, row, there.hongyun, "Not theirs.", LEAST, PUBLISHED)
    assert Counter(str(each["category"]) for each in lines()) == {"kitchen": 7}
    with db.transaction() as session:
        row = record_editions.locked(session, "2026-07")
        session.execute(update(Complaint).where(Complaint.enterprise_id == there.hongyun).values(category="garden"))
        open_data_rows.rewrite(session, row, there.hongyun, "Not kitchen.", LEAST, PUBLISHED)
    assert Counter(str(each["category"]) for each in lines()) == {"": 7}


def test_an_enterprise_is_told_once_that_its_draft_is_open(cases: list[Playing], there: World) -> None:
    months.work(AUGUST)
    with db.reading() as session:
        (told,) = session.scalars(select(Notice).where(Notice.letter == "record_draft")).all()
    assert told.recipient == f"enterprise:{there.hongyun}"
    for told.locale in LOCALES:
        said = letter.render(told, "https://example.org/portal/record")
        assert "Hongyun Kettles" in said.text
        assert "2026-08-17" in said.text
