"""A supervisor corrects a published month where the centre found the error itself."""

from typing import Any

import pytest
from sqlalchemy import select

from complaints import db
from complaints.delivery import letter
from complaints.errors import BadInput, NotAllowed, NotFound, StaleVersion
from complaints.insight import record, record_corrections
from complaints.models import AdminAction, Notice, RecordExclusion, RecordLine
from complaints.words import LOCALES
from complaints.workflow.case import Actor, Role
from tests import months
from tests.insight.test_record import AUGUST, settled, withdrawn
from tests.people import World, moment
from tests.playing import Playing

PUBLISHED = moment("2026-08-18 08:00")


@pytest.fixture
def cases(there: World) -> list[Playing]:
    """Six settled cases and six withdrawn ones, in a month that is published."""
    found = [*(settled(there) for _ in range(6)), *(withdrawn(there) for _ in range(6))]
    months.work(AUGUST)
    months.work(PUBLISHED)
    return found


def correct(there: World, reason: str = "Filed twice.", excluded: str = "", seen: int = 1, **who: Role) -> RecordLine:
    actor = Actor(who.get("role", Role.SUPERVISOR), account_id=there.zhao)
    with db.transaction() as session:
        return record_corrections.correct(session, there.hongyun, "2026-07", reason, excluded, seen, actor, PUBLISHED)


def test_what_is_shown_before_is_what_is_done(there: World, cases: list[Playing]) -> None:
    with db.transaction() as session:
        shown = record_corrections.preview(session, there.hongyun, "2026-07", cases[-1].number, PUBLISHED)
        assert len(record.history(session, there.hongyun)) == 1
        assert session.scalars(select(RecordExclusion)).all() == []
    (change,) = shown.lines
    assert (change.before["ended"], change.after["ended"]) == (12, 11)
    line = correct(there, excluded=cases[-1].number)
    assert (line.edition, line.figures, line.reason, line.why) == (2, change.after, "Filed twice.", "too_few")
    with db.reading() as session:
        assert [each.edition for each in record.history(session, there.hongyun)] == [2, 1]
        month = record.month(session, "2026-07")
        assert month is not None
        assert month.overall["ended"] == 11
        assert session.scalars(select(RecordExclusion.objection_id)).all() == [None]


def test_a_line_that_repeats_earlier_figures_is_previewed_with_those_corrected_too(
    there: World, cases: list[Playing]
) -> None:
    months.work(moment("2026-09-01 12:00"))
    months.work(moment("2026-09-16 08:00"))
    actor, at = Actor(Role.SUPERVISOR, account_id=there.zhao), moment("2026-09-16 09:00")
    asked: dict[str, Any] = {"enterprise_id": there.hongyun, "month": "2026-08", "excluded": cases[-1].number, "at": at}
    with db.transaction() as session:
        shown = record_corrections.preview(session, **asked)
        record_corrections.correct(session, **asked, reason="Filed twice.", seen=1, actor=actor)
    assert [(each.month, each.before["as_of"], each.after["ended"]) for each in shown.lines] == [
        ("2026-07", "2026-07", 11), ("2026-08", "2026-07", 11),
    ]  # fmt: skip
    with db.reading() as session:
        for change in shown.lines:
            (line,) = record.history(session, there.hongyun, month=change.month, limit=1)
            assert line.figures == change.after
        (told,) = session.scalars(select(Notice).where(Notice.letter == "record_corrected")).all()
        assert told.facts["month"] == "2026-07, 2026-08"


def test_the_enterprise_is_told_and_the_log_knows_who(there: World, cases: list[Playing]) -> None:
    correct(there, "C26 was filed twice, call 13900001111.", excluded=cases[-1].number)
    with db.reading() as session:
        (told,) = session.scalars(select(Notice).where(Notice.letter == "record_corrected")).all()
        (done,) = session.scalars(select(AdminAction).where(AdminAction.what == "record.corrected")).all()
    assert told.recipient == f"enterprise:{there.hongyun}"
    for told.locale in LOCALES:
        said = letter.render(told, "https://example.org/portal/record").text
        assert "2026-07" in said
        assert "filed twice" in said
        assert "13900001111" not in said
    assert (done.account_id, done.subject_id) == (there.zhao, there.hongyun)
    assert (done.before["edition"], done.after["edition"], done.after["excluded"]) == (1, 2, cases[-1].number)


def test_what_is_refused_names_its_field_and_changes_nothing(there: World, cases: list[Playing]) -> None:
    for field, facts in (
        ("reason", {"reason": " "}),
        ("reason", {"reason": "x" * 301}),
        ("excluded", {"excluded": "C26-NONE-NONE"}),
        ("excluded", {}),  # counted again, nothing is other than before
    ):
        with pytest.raises(BadInput) as refused:
            correct(there, **facts)  # type: ignore[arg-type]
        assert list(refused.value.fields) == [field]
    with pytest.raises(StaleVersion):
        correct(there, excluded=cases[-1].number, seen=2)
    with pytest.raises(NotAllowed):
        correct(there, excluded=cases[-1].number, role=Role.INTAKE)
    with db.reading() as session:
        assert len(record.history(session, there.hongyun)) == 1
        assert session.scalars(select(RecordExclusion)).all() == []


def test_only_published_lines_are_corrected(there: World) -> None:
    for _ in range(6):
        settled(there)
    months.work(AUGUST)
    with pytest.raises(NotFound):
        correct(there)
