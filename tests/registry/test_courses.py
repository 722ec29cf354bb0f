"""The small courses beside the cases: nobody is stuck, everybody is told, a clock waits until its owner was told."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select, text, update
from sqlalchemy.exc import DBAPIError

from complaints import calendars, db
from complaints.clock import at_local
from complaints.delivery import letter, outbox
from complaints.errors import NotAllowed, NotNow, StaleVersion
from complaints.models import Enterprise, Measure, Notice, Pledge
from complaints.registry import course, course_calendar, course_policy, measures, pledges, sweeping
from complaints.registry.lifecycle import NEW, OPEN, STATE_ROW, STATES, TABLES
from complaints.words import LOCALES, has
from complaints.workflow.case import CLOCK, Actor, Role
from complaints.workflow.workdays import DayKind, SpecialDay
from tests import people, pledging
from tests.people import MONDAY, World, moment, on, world

POLICY = course_policy.load("ring-2026-12")
COURSES = tuple(TABLES)


@pytest.mark.parametrize("name", COURSES)
def test_every_open_state_has_an_owner_a_clock_and_a_consequence(name: str) -> None:
    assert set(POLICY.clocks[name]) == set(OPEN[name])
    for state in OPEN[name]:
        silence = STATE_ROW[name][state].on_silence
        pulls = [each for each in TABLES[name] if each.trigger == silence and state in each.source]
        assert any(Role.CLOCK in each.by and each.dest not in (None, state) for each in pulls), state


@pytest.mark.parametrize("name", COURSES)
def test_rows_lead_from_known_states_to_known_states(name: str) -> None:
    known = {NEW, *(each.state for each in STATES[name])}
    assert {each.dest for each in TABLES[name] if each.dest} == known - {NEW}
    assert {state for each in TABLES[name] for state in each.source} == {NEW, *OPEN[name], *LIFTABLE.get(name, ())}


LIFTABLE = {  # ends that a supervisor may still undo, or that lifting a measure undoes
    "measure": ("standing",), "objection": ("held_back",), "pledge": ("struck_off",),
}  # fmt: skip


@pytest.mark.parametrize("name", COURSES)
def test_silence_alone_brings_every_course_to_its_end(name: str) -> None:
    """From every state, with every row that the clock may pull: no way leads back into a state that it came from."""

    def after(state: str) -> set[str]:
        silence = STATE_ROW[name][state].on_silence
        return {e.dest for e in TABLES[name] if e.trigger == silence and state in e.source and e.dest}

    for start in OPEN[name]:
        seen: set[str] = set()
        now = {start}
        while now := {dest for state in now if STATE_ROW[name][state].owner for dest in after(state)} - seen:
            seen |= now
        assert start not in seen
        assert any(STATE_ROW[name][state].owner is None for state in seen)


@pytest.mark.parametrize("name", COURSES)
def test_a_cycle_spends_a_counter_or_is_bounded_by_the_term(name: str) -> None:
    """A pledge may be suspended and restored as often as persons decide: its term runs on through both."""
    ways = [each for each in TABLES[name] if each.dest and not each.spends]
    by_term = {"published", "suspended"} if name == "pledge" else set()
    reached = {state: {str(e.dest) for e in ways if state in e.source} for state in (NEW, *OPEN[name])}

    def returns(start: str) -> bool:
        seen: set[str] = set()
        ahead = set(reached.get(start, ()))
        while ahead - seen:
            seen |= ahead
            ahead = {dest for state in ahead for dest in reached.get(state, ())}
        return start in seen

    assert {state for state in OPEN[name] if returns(state)} <= by_term


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", COURSES)
def test_everything_has_words(name: str, locale: str) -> None:
    wanted = [f"course.state.{name}.{each.state}" for each in STATES[name]]
    wanted += [f"course.silence.{name}.{each.on_silence}" for each in STATES[name] if each.on_silence]
    triggers = {each.trigger for each in TABLES[name]}
    wanted += [f"course.{part}.{name}.{trigger}" for trigger in triggers for part in ("trigger", "headline")]
    wanted += [f"course.owner.{row.owner}" for row in STATES[name] if row.owner] + [f"course.name.{name}"]
    assert [key for key in wanted if not has(locale, key)] == []


@pytest.fixture
def there(database: Engine) -> World:
    """The usual people, once on each database."""
    return world()


def proposed(there: World, at: datetime = MONDAY) -> int:
    """A proposal to suspend Hongyun's pledge, made on a Monday morning."""
    measure = Measure(
        enterprise_id=there.hongyun, kind="suspension", rule="person", cause={}, cause_key="x", made_at=at
    )
    with db.transaction() as session:
        course.begin(session, measure, "propose", CLOCK, at, reason="three answers missed")
    return measure.id


def letters(measure_id: int) -> list[tuple[str, str, str]]:
    """Every letter about it: reader, step, status."""
    mine = Notice.key.startswith(f"course:measure:{measure_id}:")
    with db.reading() as session:
        rows = session.execute(select(Notice.recipient, Notice.step, Notice.status).where(mine).order_by(Notice.id))
        return [(row.recipient, row.step, row.status) for row in rows]


def test_a_proposal_has_an_owner_a_clock_and_letters(there: World) -> None:
    measure_id = proposed(there)
    with db.reading() as session:
        found = session.get_one(Measure, measure_id)
        assert (found.state, found.seq) == ("proposed", 1)
        assert course.last_day(found) == on("2026-07-20")  # ten working days after Monday, 6 July
        assert found.deadline["article"] == "charter"
        assert found.deadline["skipped"]
    reader = f"enterprise:{there.hongyun}"
    assert letters(measure_id) == [
        (reader, "opening", "waiting"),
        (reader, "before_3", "waiting"),
        (reader, "before_1", "waiting"),
        (reader, "last_day", "waiting"),
    ]


def test_a_clock_waits_until_its_owner_was_told_and_then_counts_from_there(there: World) -> None:
    measure_id = proposed(there)
    late = at_local(on("2026-07-21"), 10)
    with db.reading() as session:
        assert sweeping.due_count(session, late) == 1
    assert sweeping.run_due(lambda: late) == 0  # the letter has not left
    outbox.deliver_due(now=lambda: late)
    assert sweeping.run_due(lambda: late) == 0
    with db.reading() as session:
        found = session.get_one(Measure, measure_id)
        assert course.last_day(found) == on("2026-08-04")
        assert [(each["why"], each["from"], each["to"]) for each in found.deadline["moves"]] == [
            ("told_late", "2026-07-20", "2026-08-04")
        ]
        assert [each.trigger for each in course.log(session, found)] == ["propose", "move_deadline"]
    steps = [(step, status) for _reader, step, status in letters(measure_id)]
    assert steps[4:] == [
        ("news_2", "waiting"),
        ("before_3", "waiting"),
        ("before_1", "waiting"),
        ("last_day", "waiting"),
    ]
    assert {status for step, status in steps[1:4]} == {"void"}
    over = at_local(on("2026-08-05"), 10)
    assert sweeping.run_due(lambda: over) == 1
    with db.reading() as session:
        found = session.get_one(Measure, measure_id)
        assert found.state == "heard"
        last = course.log(session, found)[-1]
        assert (last.trigger, last.role) == ("close_hearing", "clock")
        assert last.occurred_at == at_local(on("2026-08-05"), 0)
        assert last.recorded_at == over
    assert sweeping.run_due(lambda: over) == 0


def test_a_clock_of_the_centre_waits_for_no_letter_to_its_own_desk(there: World) -> None:
    measure_id = proposed(there)
    with db.transaction() as session:
        firm = Actor(Role.ENTERPRISE, enterprise_id=there.hongyun)
        heard = measures.reply(session, measure_id, firm, MONDAY, "We hired.")
        late = heard.due_at
    assert late is not None
    assert ("desk:supervisor", "opening", "waiting") in letters(measure_id)
    assert sweeping.run_due(lambda: late) == 1
    with db.reading() as session:
        assert session.get_one(Measure, measure_id).state == "dropped"


def test_a_letter_says_what_happened_until_when_and_what_silence_leads_to(there: World) -> None:
    measure_id = proposed(there)
    with db.transaction() as session:
        for notice in session.scalars(select(Notice).where(Notice.letter == "course")):
            for notice.locale in LOCALES:
                said = letter.render(notice, "https://example.org/portal/measures/1")
                assert "Hongyun Kettles" in said.text
                assert "https://example.org" in said.text
                assert "2026" in said.text, (measure_id, said.text)


def test_several_reminders_become_one_digest(there: World) -> None:
    first, second = proposed(there), None
    with db.transaction() as session:
        other = Measure(enterprise_id=there.hongyun, kind="warning", rule="person", cause={}, cause_key="y",
                        made_at=MONDAY)  # fmt: skip
        second = course.begin(session, other, "propose", CLOCK, MONDAY, reason="again").id
    outbox.deliver_due(now=lambda: MONDAY + timedelta(minutes=1))
    outbox.deliver_due(now=lambda: at_local(on("2026-07-15"), 10))
    assert [status for _reader, step, status in (*letters(first), *letters(second)) if step == "before_3"] == [
        "sent", "sent",
    ]  # fmt: skip
    with db.reading() as session:
        assert len(session.scalars(select(Notice.id).where(Notice.step == "digest")).all()) == 1


def test_a_reminder_in_a_digest_is_taken_back_with_its_clock(there: World) -> None:
    measure_id = proposed(there)
    with db.transaction() as session:
        held = update(Notice).where(Notice.step == "before_3").values(status="bundled")
        session.execute(held.execution_options(synchronize_session=False))
        firm = Actor(Role.ENTERPRISE, enterprise_id=there.hongyun)
        measures.reply(session, measure_id, firm, MONDAY, "We were ill.")
    mine = [each for each in letters(measure_id) if each[0] == f"enterprise:{there.hongyun}"]
    assert [(step, status) for _reader, step, status in mine if step == "before_3"] == [("before_3", "void")]


YEAR_END, PUBLISHED = moment("2026-12-28"), moment("2026-12-30")


def test_a_calendar_that_arrives_moves_clocks_that_count_working_days(there: World) -> None:
    measure_id, campaign_id = proposed(there, YEAR_END), pledging.campaign()
    with db.transaction() as session:
        draft = pledges.begin(session, there.hongyun, campaign_id, pledging.firm(there.hongyun), YEAR_END).id
        found = session.get_one(Measure, measure_id)
        assert (course.last_day(found), found.deadline["provisional"]) == (on("2027-01-12"), True)
        assert course_calendar.due_count(session, YEAR_END) == 0
    with db.transaction() as session:
        more = SpecialDay(on("2027-01-04"), DayKind.REST, "元旦")
        calendars.import_year(session, 2027, [*people._days(2027), more], "gazette", PUBLISHED)
    with db.reading() as session:
        assert course_calendar.due_count(session, PUBLISHED) == 1
    assert course_calendar.work(lambda: PUBLISHED) == 1
    assert course_calendar.work(lambda: PUBLISHED) == 0
    with db.reading() as session:
        found = session.get_one(Measure, measure_id)
        assert (course.last_day(found), found.deadline["provisional"]) == (on("2027-01-13"), False)
        assert [each["why"] for each in found.deadline["moves"]] == ["calendar"]
        assert [each.trigger for each in course.log(session, found)] == ["propose", "move_deadline"]
        assert session.get_one(Pledge, draft).seq == 1
        assert course_calendar.due_count(session, PUBLISHED) == 0
    assert (f"enterprise:{there.hongyun}", "news_2", "waiting") in letters(measure_id)


def test_a_day_that_only_became_certain_is_told_to_nobody(there: World) -> None:
    measure_id = proposed(there, YEAR_END)
    with db.transaction() as session:
        calendars.import_year(session, 2027, people._days(2027), "gazette", PUBLISHED)
    assert course_calendar.work(lambda: PUBLISHED) == 0
    with db.reading() as session:
        found = session.get_one(Measure, measure_id)
        assert (found.seq, found.deadline["provisional"]) == (1, False)


def test_only_who_may_acts_and_only_once(there: World) -> None:
    measure_id = proposed(there)
    stranger = Actor(Role.ENTERPRISE, account_id=None, enterprise_id=there.baiyu)
    own = Actor(Role.ENTERPRISE, account_id=None, enterprise_id=there.hongyun)
    sun = Actor(Role.SUPERVISOR, account_id=there.sun)
    with db.reading() as session:
        found = session.get_one(Measure, measure_id)
        assert course.actions(found, stranger, MONDAY) == []
        assert course.actions(found, own, MONDAY) == ["reply"]
        assert course.actions(found, sun, MONDAY) == []
    with db.transaction() as session, pytest.raises(NotAllowed):
        course.fire(session, course.lock(session, Measure, measure_id), "impose", sun, MONDAY)
    with db.transaction() as session:
        course.fire(session, course.lock(session, Measure, measure_id), "reply", own, MONDAY, reason="we were ill")
        course.fire(session, course.lock(session, Measure, measure_id), "impose", sun, MONDAY, reason="no ground")
        session.get_one(Measure, measure_id).imposed_by = there.sun
        course.fire(session, course.lock(session, Measure, measure_id), "object", own, MONDAY, reason="wrong")
    with db.transaction() as session:
        found = course.lock(session, Measure, measure_id)
        assert course.actions(found, sun, MONDAY) == []  # whoever imposed it does not decide on the objection
        with pytest.raises(NotNow):
            course.fire(session, found, "uphold", sun, MONDAY)
    with db.transaction() as session, pytest.raises(StaleVersion):
        course.lock(session, Measure, measure_id, version=1)


def test_whoever_locks_a_course_holds_its_enterprise_first(postgres: Engine) -> None:
    """Some begin with the enterprise and go on to a course: in the other order two would wait for each other."""
    there = world()
    measure_id = proposed(there)
    firm = select(Enterprise.id).where(Enterprise.id == there.hongyun).with_for_update(nowait=True, key_share=True)
    with db.transaction() as session:
        course.lock(session, Measure, measure_id)
        with pytest.raises(DBAPIError, match="could not obtain lock"), postgres.begin() as connection:
            connection.execute(firm)


@pytest.mark.parametrize("statement", ["UPDATE course_event SET trigger = 'x'", "DELETE FROM course_event"])
def test_the_log_refuses_to_be_changed(there: World, statement: str) -> None:
    proposed(there)
    with pytest.raises(DBAPIError, match="append-only"), db.engine().begin() as connection:
        connection.execute(text(statement))
