"""The laws of the log (7), of deadlines that explain themselves (8), and of pinned policies and calendars (9)."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, text, update
from sqlalchemy.exc import DBAPIError

from complaints import calendars, db
from complaints.models import PrivateItem
from complaints.workflow import chain, deadlines, policy, sweeps
from complaints.workflow.case import State
from complaints.workflow.workdays import DayKind, SpecialDay
from tests.people import FOUNDED, MEI, World, everything, lived, moment, on, world
from tests.playing import Playing, file_complaint
from tests.workflow.expected import gallery, walk

# -- law 7: the log -----------------------------------------------------------------------------------------------


def mediated() -> Playing:
    return walk(file_complaint(world()), "decline reject assign recusal")


def test_the_chain_is_whole(database: Engine) -> None:
    playing = mediated()
    events, case = playing.events(), playing.case
    assert len(events) == case.chain_seq == case.version == 5
    assert (playing.first_break(), case.chain_head) == (None, events[-1].hash)


CHANGES: dict[str, Callable[[dict[str, Any]], None]] = {
    "trigger": lambda e: e.update(trigger="offer"),
    "to": lambda e: e.update(to_state="closed"),
    "role": lambda e: e.update(role="clock"),
    "person": lambda e: e.update(actor_id=99),
    "when": lambda e: e.update(occurred_at=e["occurred_at"] + timedelta(microseconds=1)),
    "recorded": lambda e: e.update(recorded_at=e["recorded_at"] - timedelta(days=1)),
    "facts": lambda e: e.update(payload=e["payload"] | {"outcome": "settled"}),
    "private": lambda e: e["payload"].update(private={"reason": "0" * 64}),
    "hash": lambda e: e.update(hash="0" * 64),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_tampering_is_seen(sqlite: Engine, change: Callable[[dict[str, Any]], None]) -> None:
    playing = mediated()
    entries = [dict(vars(entry)) for entry in playing.events()]
    change(entries[2])
    assert chain.first_break(playing.number, entries) == 3


def test_a_missing_or_exchanged_entry_is_seen(sqlite: Engine) -> None:
    playing = mediated()
    entries = [dict(vars(entry)) for entry in playing.events()]
    assert chain.first_break(playing.number, entries[:1] + entries[2:]) == 2
    assert chain.first_break(playing.number, [entries[0], entries[2], entries[1]]) == 2
    assert chain.first_break("C26-0000-0000", entries) == 1
    shorter = entries[:-1]  # seen by whoever holds the head
    assert chain.first_break(playing.number, shorter) is None
    assert shorter[-1]["hash"] != playing.case.chain_head


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET role = 'clock'",
        "UPDATE event SET payload = '{}' WHERE seq = 2",
        "DELETE FROM event",
        "DELETE FROM event WHERE seq = 1",
    ],
)
def test_the_database_refuses_to_change_the_log(database: Engine, statement: str) -> None:
    playing = mediated()
    with pytest.raises(DBAPIError, match="append-only"), db.transaction() as session:
        session.execute(text(statement))
    assert (playing.first_break(), len(playing.events())) == (None, 5)


def test_every_letter_quotes_the_head_of_the_chain(sqlite: Engine) -> None:
    playing = mediated()
    hashes = {entry.seq: entry.hash for entry in playing.events()}
    notices = playing.notices()
    assert len(notices) > 10
    assert all(notice.facts["chain_head"] == hashes[notice.facts["seq"]] for notice in notices)


def test_erasing_a_private_item_leaves_the_chain_whole(database: Engine) -> None:
    playing = mediated()
    logged = {entry.seq: entry.payload["private"] for entry in playing.events()}
    with db.transaction() as session:
        items = session.scalars(select(PrivateItem)).all()
        assert len(items) > 5
        for item in items:
            assert item.value is not None
            assert item.salt is not None
            assert logged[item.seq][item.kind] == chain.private_hash(item.salt, item.value)
        session.execute(update(PrivateItem).values(value=None, salt=None, erased_at=FOUNDED))
    assert playing.first_break() is None


def test_two_equal_texts_have_different_hashes() -> None:
    assert chain.salted("the same")[1] != chain.salted("the same")[1]


def test_personal_data_stand_nowhere_but_in_their_own_table(sqlite: Engine) -> None:
    playing = file_complaint(world(), contact_consent=True)
    walk(playing, "offer accept report")
    with db.transaction() as session:
        stored = {name: json.dumps(rows, default=str, ensure_ascii=False) for name, rows in everything(session).items()}
    personal = (MEI.name, MEI.phone, MEI.email, MEI.address, MEI.narrative, MEI.request, "Sent on Friday.")
    assert [name for name, rows in stored.items() if any(each in rows for each in personal)] == ["private_item"]


# -- law 8: every deadline explains itself ------------------------------------------------------------------------


def every_kind_of_clock(there: World) -> list[Playing]:
    """Cases whose clocks paused, resumed, were extended, moved and entered late."""
    one_in_each_state = gallery(there).values()
    paused = walk(file_complaint(there, against="outside"), "ask")
    paused.consumer("supply_information", moment("2026-07-09"), text="Here.")
    resumed = file_complaint(there)
    resumed.enterprise("extend", reason="The laboratory is slow.")
    resumed.enterprise("redirect", moment("2026-07-08"), reason="Not ours.")
    resumed.intake("admit", moment("2026-07-10"))
    late = walk(file_complaint(there, mandate="delegated"), "admit assign agree")
    late.mediator("conclude", moment("2026-09-01"), agreement="A new one.", perform_by=on("2026-09-10"))
    told = file_complaint(there, mail=False, phone="13900000001")
    told.post(moment("2026-07-08"), f"enterprise:{there.hongyun}")
    down = file_complaint(there, phone="13900000002")
    lived((FOUNDED, moment("2026-07-19")), (moment("2026-07-22"), moment("2026-12-01")))
    told.sweep(moment("2026-07-22 12:00"))
    late.sweep(moment("2026-09-11 00:00"))
    late.supervisor("assign", moment("2026-09-11 12:00"))
    return [paused, resumed, late, told, down, *one_in_each_state]


def test_every_explanation_computes_to_its_own_deadline(sqlite: Engine) -> None:
    clocks = [clock for playing in every_kind_of_clock(world()) for clock in playing.clocks()]
    whys = {move["why"] for clock in clocks for move in clock.explanation["moves"]}
    assert whys >= {"extend", "told_late", "outage"}
    with db.transaction() as session:
        calendar = calendars.current(session)
    for clock in clocks:
        said = deadlines.read(clock.explanation)
        again = deadlines.compute(said.basis, calendar, said.basis.start)
        assert again.due_at == said.due_at == clock.due_at, clock.explanation
        assert again.explanation == clock.explanation


def test_every_day_is_counted_or_skipped_with_a_reason(sqlite: Engine) -> None:
    for playing in every_kind_of_clock(world()):
        for clock in playing.clocks():
            told = clock.explanation
            if told["rule"] == "fact" or told["floor"]:
                continue
            passed = (date.fromisoformat(told["end"]) - date.fromisoformat(told["start"])).days
            skipped = sum((on(each["last"]) - on(each["first"])).days + 1 for each in told["skipped"])
            assert passed == told["n"] + told["extra"] + skipped
            assert all(each["why"] for each in told["skipped"])
            assert told["article"]


def test_a_deadline_over_the_autumn_holidays_names_them(sqlite: Engine) -> None:
    playing = file_complaint(world(), moment("2026-09-18"))
    assert playing.last_day == on("2026-10-09")
    skipped = [(each["first"], each["why"].split(":")[0]) for each in playing.clocks()[0].explanation["skipped"]]
    assert skipped[0] == ("2026-09-19", "weekend")
    assert ("2026-09-25", "statutory") in skipped
    assert ("2026-10-05", "rest") in skipped


# -- law 9: pinned policies, provisional deadlines ----------------------------------------------------------------


def test_a_case_keeps_the_policy_of_its_filing(sqlite: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = world()
    before = file_complaint(there)
    old = (policy.FOLDER / "association-2026-04.toml").read_text(encoding="utf-8")
    newer = old.replace("association-2026-04", "association-2026-08").replace("2026-04-15\n", "2026-08-01\n")
    newer = newer.replace("with_consumer        = { working_days = 10", "with_consumer        = { working_days = 3")
    assert newer.count("2026-08") == 2
    (tmp_path / "association-2026-04.toml").write_text(old, encoding="utf-8")
    (tmp_path / "association-2026-08.toml").write_text(newer, encoding="utf-8")
    monkeypatch.setattr(policy, "FOLDER", tmp_path)
    policy.load.cache_clear()
    policy.versions.cache_clear()
    try:
        after = file_complaint(there, moment("2026-08-03"))
        before.enterprise("extend", moment("2026-07-20"), reason="Slow.")
        before.enterprise("offer", moment("2026-07-27"), remedy="A new one.")
        after.enterprise("offer", remedy="A new one.")
        assert (before.case.policy, before.last_day) == ("association-2026-04", on("2026-08-10"))
        assert (after.case.policy, after.last_day) == ("association-2026-08", on("2026-08-06"))
    finally:
        policy.load.cache_clear()
        policy.versions.cache_clear()


NEW_YEAR = [SpecialDay(on("2027-01-01"), DayKind.STATUTORY, "元旦"), SpecialDay(on("2027-01-04"), DayKind.REST, "元旦")]


def publish(*days: SpecialDay, at: str) -> list[str]:
    """The year 2027 arrives; gives the numbers of the cases whose deadlines moved."""
    with db.transaction() as session:
        calendars.import_year(session, 2027, [*NEW_YEAR[:1], *days], "the gazette", moment(at))
        return [number for number, _, _ in sweeps.recompute_deadlines(session, moment(at))]


def test_a_new_calendar_moves_open_deadlines_and_says_so_in_the_log(database: Engine) -> None:
    there = world()
    playing = file_complaint(there, moment("2026-12-28"))
    sure = file_complaint(there, moment("2026-12-01"))
    closed = file_complaint(there, moment("2026-12-28"))
    closed.consumer("withdraw")
    assert (playing.last_day, playing.case.provisional) == (on("2027-01-12"), True)
    assert publish(NEW_YEAR[1], at="2026-12-30 12:00") == [playing.number]
    assert (playing.last_day, playing.case.provisional) == (on("2027-01-13"), False)
    entry = playing.events()[-1]
    assert (entry.trigger, entry.payload["facts"]["why"]) == ("move_deadline", "calendar")
    assert [move["why"] for move in playing.clocks()[-1].explanation["moves"]] == ["calendar"]
    assert (sure.triggers(), closed.triggers()) == (["file"], ["file", "withdraw"])
    assert publish(NEW_YEAR[1], at="2026-12-30 13:00") == []


def test_a_deadline_that_only_becomes_certain_is_logged_too(sqlite: Engine) -> None:
    playing = file_complaint(world(), moment("2026-12-28"))
    assert publish(at="2026-12-30 12:00") == [playing.number]
    assert (playing.last_day, playing.case.provisional) == (on("2027-01-12"), False)
    assert playing.triggers() == ["file", "move_deadline"]


def test_a_new_calendar_takes_no_day_that_has_begun(sqlite: Engine) -> None:
    """A year published late says that yesterday was the last day: the enterprise still has the next working day."""
    playing = file_complaint(world(), moment("2026-12-18"))
    assert playing.last_day == on("2027-01-04")
    publish(*(SpecialDay(on(f"2027-01-0{n}"), DayKind.WORKING, "班") for n in (2, 3)), at="2027-01-03 12:00")
    assert playing.last_day == on("2027-01-04")
    explained = deadlines.read(playing.clocks()[-1].explanation)
    with db.transaction() as session:
        again = deadlines.compute(explained.basis, calendars.current(session), explained.basis.start)
    assert again.explanation == explained.explanation
    assert playing.run_out().state is State.AWAITING_MEDIATOR
