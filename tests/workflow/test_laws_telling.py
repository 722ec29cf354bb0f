"""The law of telling (11): what to send is decided when the event happens, in one table, under one key each."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError

from complaints import calendars, db
from complaints.clock import SHANGHAI
from complaints.models import Notice
from complaints.workflow import lifecycle, notices
from complaints.workflow.case import Role, State
from tests.people import MONDAY, World, moment, on, world
from tests.playing import Playing, file_complaint
from tests.workflow.expected import gallery, walk


@pytest.fixture
def there(sqlite: Engine) -> World:
    """The usual people, on SQLite."""
    return world()


def test_the_table_of_who_hears_knows_every_trigger() -> None:
    assert set(notices.HEARS) == set(lifecycle.TRIGGERS)


def test_both_sides_hear_how_it_ended(there: World) -> None:
    """At expiry and at every end that the enterprise has part in (art 23)."""
    for trigger in lifecycle.TRIGGERS:
        ends = [row for row in lifecycle.TABLE if row.trigger == trigger and row.dest is State.CLOSED]
        if ends and trigger not in ("lapse", "accept_offer"):
            assert {Role.CONSUMER, Role.ENTERPRISE} <= set(notices.HEARS[trigger]), trigger


def test_letters_are_planted_with_their_event(there: World) -> None:
    playing = file_complaint(there, mail=False)
    [receipt] = playing.notices("news_1")
    [opening] = playing.notices("opening_1")
    assert (receipt.recipient, receipt.at_once, receipt.letter) == (f"consumer:{playing.id}", True, "file")
    assert (opening.recipient, opening.at_once) == (f"enterprise:{there.hongyun}", True)
    assert receipt.made_at == opening.send_at == MONDAY
    assert opening.facts["due_at"] == moment("2026-07-21 00:00").isoformat()
    assert "offer" in opening.facts["actions"]


def test_one_key_each(database: Engine) -> None:
    playing = walk(file_complaint(world()), "decline reject assign recusal")
    found = playing.notices()
    assert len({notice.key for notice in found}) == len(found)
    assert len({notice.message_id for notice in found}) == len(found)
    notice = found[0]
    assert notice.key == f"{playing.id}:{notice.clock_id}:{notice.step}:{notice.recipient}:{notice.channel}"
    table = db.Base.metadata.tables["notice"]
    with db.transaction() as session:
        row = dict(session.execute(select(table).where(table.c.id == notice.id)).mappings().one())
    with pytest.raises(IntegrityError), db.transaction() as session:
        session.execute(insert(table).values(row | {"id": 10_000}))


def reminders(playing: Playing, status: str) -> list[Notice]:
    return [each for each in playing.notices(status=status) if each.letter == "reminder"]


def test_moving_the_clock_voids_its_reminders_and_plants_new_ones(database: Engine) -> None:
    playing = file_complaint(world())
    first = reminders(playing, "waiting")
    playing.enterprise("extend", reason="The laboratory is slow.")
    assert [each.id for each in reminders(playing, "void")] == [each.id for each in first]
    assert {each.clock_id for each in reminders(playing, "waiting")} == {playing.case.clock_id}
    assert len(playing.notices("opening_1", status="sent")) == 1


def test_leaving_a_state_voids_its_reminders_but_no_letter(there: World) -> None:
    playing = file_complaint(there, mail=False)
    playing.enterprise("offer", remedy="A new one.")
    playing.consumer("withdraw")
    assert reminders(playing, "waiting") == []
    assert not playing.notices("opening", "news", status="void")


def test_reminders_leave_at_nine_on_working_days(there: World) -> None:
    cases = [*gallery(there).values(), file_complaint(there, moment("2026-09-20 12:00"), phone="13900000099")]
    with db.transaction() as session:
        calendar = calendars.current(session)
    planted = [each for playing in cases for each in reminders(playing, "waiting")]
    assert len(planted) > 20
    for each in planted:
        local = each.send_at.astimezone(SHANGHAI)
        assert (local.hour, local.minute) == (9, 0)
        assert calendar.is_working(local.date())
        assert each.stale_at is not None
        assert each.send_at < each.stale_at
        assert not each.at_once


def test_only_who_owns_the_clock_is_reminded(there: World) -> None:
    owners = {
        state: {each.recipient.split(":")[0] for each in reminders(playing, "waiting")}
        for state, playing in gallery(there).items()
    }
    assert owners[State.WITH_ENTERPRISE] == owners[State.PERFORMING] == {"enterprise"}
    assert owners[State.WITH_CONSUMER] == owners[State.NEEDS_INFORMATION] == {"consumer"}
    assert owners[State.RECEIVED] == {"desk"}
    assert owners[State.IN_MEDIATION] == owners[State.UNDER_APPRAISAL] == {"account"}
    assert owners[State.CLOSED] == set()


def test_a_lapse_of_the_centre_is_heard_even_when_the_case_goes_on_at_once(there: World) -> None:
    playing = file_complaint(there, against="outside", mail=False)
    playing.sweep(moment("2026-07-16 00:00"))
    playing.enterprise("offer", moment("2026-07-16 00:20"), remedy="A new one.")
    [lapse] = playing.notices("lapse")
    assert (lapse.recipient, lapse.status, lapse.facts["lapsed"]) == ("desk:supervisor", "waiting", "intake")


@pytest.mark.parametrize(("state", "lapsed"), [(State.RECEIVED, "intake"), (State.AWAITING_MEDIATOR, "supervisor")])
def test_the_ladder_of_the_centre(there: World, state: State, lapsed: str) -> None:
    playing = gallery(there)[state]
    playing.run_out()
    assert [each.facts["lapsed"] for each in playing.notices("lapse")] == [lapsed]


def test_a_party_that_lets_its_time_pass_is_no_lapse_of_the_centre(there: World) -> None:
    playing = file_complaint(there)
    playing.run_out()
    assert playing.notices("lapse") == []


def test_whoever_speaks_gets_no_letter_about_it(there: World) -> None:
    playing = walk(file_complaint(there), "decline reject assign")
    playing.consumer("statement", text="Here is the photo.")
    heard = {each.recipient for each in playing.notices(f"news_{playing.case.chain_seq}")}
    assert heard == {f"enterprise:{there.hongyun}", f"account:{playing.case.mediator_id}"}


def test_what_happens_later_does_not_change_a_letter(there: World) -> None:
    playing = file_complaint(there, mail=False)
    before = playing.notices("opening_1")[0].facts
    playing.enterprise("extend", reason="Slow.")
    playing.enterprise("offer", remedy="A new one.")
    assert playing.notices("opening_1")[0].facts == before


def test_half_time_of_a_mediation(there: World) -> None:
    playing = walk(file_complaint(there), "decline reject assign")
    [half] = [each for each in reminders(playing, "waiting") if each.step == "half_time"]
    assert half.send_at.astimezone(SHANGHAI).date() == on("2026-08-05")
    assert half.send_at - MONDAY < timedelta(days=31)
