"""Signals from filed complaints: found, told, grown, answered; nothing twice, nothing about flagged complaints."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, delete, select, update
from sqlalchemy.orm import Session

from complaints import clock, db
from complaints.insight import detecting, watching
from complaints.insight.signals import Sighting
from complaints.models import Complaint, CourseEvent, Measure, Notice, QualitySignal, Uptime
from complaints.registry import course, course_lists, course_policy, quality
from complaints.workflow.case import Actor, Role
from tests import pledged
from tests.people import MONDAY, World, world
from tests.playing import file_complaint


@pytest.fixture
def there(database: Engine) -> World:
    """Ten quiet weeks: one complaint a week about a lamp."""
    people = world()
    pledged.in_force(people.hongyun)
    for week in range(10):
        filed(people, MONDAY - timedelta(weeks=10 - week), f"1390000{week:04}", product="lamp", fault="flickers")
    return people


def filed(there: World, at: datetime, phone: str, **more: str) -> int:
    words = {"product": "kettle", "fault": "lid", "narrative": "The lid came off.", "phone": phone, **more}
    return file_complaint(there, at, mail=False, **words).id  # type: ignore[arg-type]


def outbreak(there: World, n: int = 7, first: int = 0, **more: str) -> list[int]:
    return [
        filed(there, MONDAY + timedelta(hours=each), f"1380000{first + each:04}", **more) for each in range(n)
    ]  # fmt: skip


LATER = MONDAY + timedelta(hours=12)
NEXT = MONDAY + timedelta(days=1)


def the_signal() -> QualitySignal:
    with db.reading() as session:
        return session.scalars(select(QualitySignal)).one()


def test_a_signal_is_found_with_its_evidence_and_the_enterprise_is_told(there: World) -> None:
    ids = outbreak(there)
    assert detecting.detect(LATER) == 1
    found = the_signal()
    assert (found.enterprise_id, found.product, found.fault, found.safety) == (there.hongyun, "kettle", "lid", False)
    assert found.state == "with_enterprise"
    assert found.deadline["n"] == 10
    assert found.evidence["cases"] == ids
    first = found.evidence["findings"][0]
    assert first["observed"] == 7
    assert first["expected"] < 1
    assert first["q"] <= 0.01
    with db.reading() as session:
        told = session.scalars(select(Notice.recipient).where(Notice.key.startswith("course:signal:"))).all()
    assert set(told) == {f"enterprise:{there.hongyun}"}
    assert detecting.detect(LATER) == 0  # found again, nothing is added


def test_flagged_complaints_are_left_out(there: World) -> None:
    ids = outbreak(there)
    with db.transaction() as session:
        session.execute(update(Complaint).where(Complaint.id.in_(ids)).values(flagged=True))
    assert detecting.detect(LATER) == 0


def test_where_safety_is_named_the_centre_hears_at_once_and_the_clock_is_shorter(there: World) -> None:
    outbreak(there, 6)
    outbreak(there, 1, first=90, narrative="Mr Li of Block 7: it exploded and burned my hand.")
    assert detecting.detect(LATER) == 1
    found = the_signal()
    assert found.safety
    assert found.deadline["n"] == 3
    assert found.evidence["words"] == {"burned": 1, "exploded": 1}
    assert "Block 7" not in str(found.evidence)
    with db.reading() as session:
        notices = session.scalars(select(Notice).where(Notice.key.startswith("course:signal:"))).all()
    centre = [each for each in notices if each.recipient == "desk:supervisor"]
    assert [each.at_once for each in centre] == [True]
    assert [each["say"] for each in centre[0].facts["why"]] == ["more_than_expected", "recall"]


def test_it_grows_in_silence_until_safety_is_named(there: World) -> None:
    outbreak(there)
    detecting.detect(LATER)
    outbreak(there, 2, first=20)
    assert detecting.detect(LATER) == 1
    outbreak(there, 1, first=30, narrative="There was smoke.")
    assert detecting.detect(LATER) == 1
    found = the_signal()
    assert (found.seq, len(found.evidence["cases"]), found.safety) == (3, 10, True)
    with db.reading() as session:
        grown = select(Notice.recipient).where(Notice.key.startswith(f"course:signal:{found.id}:3:"))
        assert set(session.scalars(grown)) == {f"enterprise:{there.hongyun}", "desk:supervisor"}
        assert (
            session.scalars(select(Notice.id).where(Notice.key.startswith(f"course:signal:{found.id}:2:"))).all() == []
        )


def test_a_batch_on_which_findings_no_longer_agree_is_not_named(there: World) -> None:
    outbreak(there, batch="B7")
    detecting.detect(LATER)
    assert (the_signal().batch, the_signal().fault) == ("B7", "lid")
    outbreak(there, first=20, batch="B8")
    assert detecting.detect(LATER) == 1
    assert (the_signal().batch, the_signal().fault) == (None, "lid")


def test_of_more_than_are_kept_the_older_ones_are_no_news(there: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detecting, "MOST_CASES", 5)
    ids = outbreak(there)
    assert detecting.detect(LATER) == 1
    assert the_signal().evidence["cases"] == ids[-5:]
    assert detecting.detect(LATER) == 0
    newer = outbreak(there, 1, first=20)
    assert detecting.detect(LATER) == 1
    assert detecting.detect(LATER) == 0
    assert (the_signal().seq, the_signal().evidence["cases"]) == (2, [*ids[-4:], *newer])


def untold(ids: list[int]) -> None:
    """Their consumers did not let them be passed on."""
    with db.transaction() as session:
        session.execute(update(Complaint).where(Complaint.id.in_(ids)).values(enterprise_told=False))


def test_of_what_was_not_passed_on_nothing_reaches_the_enterprise(there: World) -> None:
    told = outbreak(there, 4)
    kept = outbreak(there, 3, first=50, batch="B7", narrative="It exploded in my hand.")
    untold(kept)
    assert detecting.detect(LATER) == 1
    found = the_signal()
    assert (found.fault, found.batch, found.safety, found.deadline["n"]) == ("lid", None, False, 10)
    assert (found.evidence["cases"], found.evidence["words"]) == ([*told, *kept], {"exploded": 3})
    assert (found.told["cases"], found.told["words"], sum(found.told["series"])) == (told, {}, 4)
    assert {(each["observed"], each["p"], each["batch"]) for each in found.told["findings"]} == {(4, None, "")}
    firm, sun = Actor(Role.ENTERPRISE, enterprise_id=there.hongyun), Actor(Role.SUPERVISOR, account_id=there.sun)
    assert (quality.evidence(found, [firm]), quality.evidence(found, [sun])) == (found.told, found.evidence)
    with db.reading() as session:
        letters = session.scalars(select(Notice).where(Notice.key.startswith("course:signal:"), Notice.at_once)).all()
        said = {each.recipient: [(why["say"], why.get("observed")) for why in each.facts["why"]] for each in letters}
    assert said == {
        f"enterprise:{there.hongyun}": [("more_than_expected", 4)],
        "desk:supervisor": [("more_than_expected", 7), ("recall", None)],
    }


def test_it_is_asked_only_once_enough_has_reached_it_and_sees_more_when_more_does(there: World) -> None:
    ids = outbreak(there)
    untold(ids[2:])
    assert detecting.detect(LATER) == 0
    with db.transaction() as session:
        session.execute(update(Complaint).where(Complaint.id.in_(ids[:4])).values(enterprise_told=True))
    assert detecting.detect(LATER) == 1
    assert the_signal().told["cases"] == ids[:4]
    with db.transaction() as session:
        session.execute(update(Complaint).where(Complaint.id.in_(ids)).values(enterprise_told=True))
    assert detecting.detect(LATER) == 1
    assert detecting.detect(LATER) == 0
    assert the_signal().told["cases"] == ids


@pytest.fixture
def december(monkeypatch: pytest.MonkeyPatch) -> None:
    """The policy of December 2026 is in force: it knows a time for what only the centre knows."""
    monkeypatch.setattr(course_policy, "in_force", lambda _day, _course="": course_policy.load("ring-2026-12"))


def readers(signal_id: int) -> set[str]:
    with db.reading() as session:
        mine = select(Notice.recipient).where(Notice.key.startswith(f"course:signal:{signal_id}:"))
        return set(session.scalars(mine))


def seen_by(there: World) -> tuple[list[str], list[str]]:
    """The open signals that the enterprise and the supervisor see."""
    with db.reading() as session:
        lists = [course_lists.listed(session, QualitySignal, enterprise_id=firm) for firm in (there.hongyun, None)]
    mine, all_of_them = ([line.subject.state for line in found.lines] for found in lists)
    return mine, all_of_them


def test_what_has_not_reached_the_enterprise_is_the_centres_at_once(there: World, december: None) -> None:
    ids = outbreak(there, narrative="It exploded in my hand.")
    untold(ids[1:])
    assert detecting.detect(LATER) == 1
    found = the_signal()
    assert (found.state, found.hidden, found.deadline["n"], found.fault) == ("with_centre", True, 3, "lid")
    assert readers(found.id) == {"desk:supervisor"}
    firm, sun = Actor(Role.ENTERPRISE, enterprise_id=there.hongyun), Actor(Role.SUPERVISOR, account_id=there.sun)
    assert (course.visible(found, [firm]), course.visible(found, [sun])) == (False, True)
    assert seen_by(there) == ([], ["with_centre"])
    assert detecting.detect(LATER) == 0
    with db.transaction() as session:
        session.execute(update(Complaint).where(Complaint.id.in_(ids[:4])).values(enterprise_told=True))
    assert detecting.detect(NEXT) == 1
    passed = the_signal()
    assert (passed.state, passed.hidden, passed.safety, passed.told["cases"]) == (
        "with_enterprise", False, True, ids[:4],
    )  # fmt: skip
    assert readers(found.id) == {"desk:supervisor", f"enterprise:{there.hongyun}"}
    assert seen_by(there) == (["with_enterprise"], ["with_enterprise"])


def test_silence_of_the_centre_is_told_and_never_to_the_enterprise(there: World, december: None) -> None:
    untold(outbreak(there))
    detecting.detect(LATER)
    late = MONDAY + timedelta(days=5)
    with db.transaction() as session:
        signal = course.lock(session, QualitySignal, the_signal().id)
        assert quality.run_out(session, signal, late)
    ended = the_signal()
    assert (ended.state, ended.hidden, seen_by(there)) == ("unjudged", True, ([], []))
    assert readers(ended.id) == {"desk:supervisor"}


def test_of_a_danger_that_was_not_passed_on_the_centre_alone_hears(there: World) -> None:
    outbreak(there)
    detecting.detect(LATER)
    untold(outbreak(there, 1, first=30, narrative="There was smoke."))
    assert detecting.detect(LATER) == 1
    found = the_signal()
    assert (found.seq, found.safety, len(found.told["cases"])) == (2, False, 7)
    with db.reading() as session:
        grown = select(Notice.recipient).where(Notice.key.startswith(f"course:signal:{found.id}:2:"))
        assert session.scalars(grown).all() == ["desk:supervisor"]


def test_a_sighting_that_fails_holds_up_no_other(there: World, monkeypatch: pytest.MonkeyPatch) -> None:
    outbreak(there)
    outbreak(there, first=50, product="toaster", fault="smells")
    announce = detecting.announce

    def broken(session: Session, seen: Sighting, at: datetime) -> bool:
        if seen.product == "kettle":
            raise ValueError("this one cannot be told")
        return announce(session, seen, at)

    monkeypatch.setattr(detecting, "announce", broken)
    assert detecting.detect(LATER) == 1
    assert the_signal().product == "toaster"
    monkeypatch.setattr(detecting, "announce", announce)
    assert detecting.detect(NEXT) == 1  # seen again tomorrow


def test_a_signal_that_has_ended_meanwhile_does_not_grow(there: World, monkeypatch: pytest.MonkeyPatch) -> None:
    outbreak(there)
    detecting.detect(LATER)
    outbreak(there, 2, first=20)
    newest = detecting._newest

    def ended_meanwhile(session: Session, enterprise_id: int, product: str) -> QualitySignal | None:
        found = newest(session, enterprise_id, product)
        ending = update(QualitySignal).values(state="dismissed", due_at=None)
        session.execute(ending.execution_options(synchronize_session=False))
        return found

    monkeypatch.setattr(detecting, "_newest", ended_meanwhile)
    with db.reading() as session:
        (seen,) = detecting.look(session, LATER)
    with db.transaction() as session:
        assert not detecting.announce(session, seen, LATER)
    assert (the_signal().state, the_signal().seq) == ("dismissed", 1)


def test_an_ended_signal_rests_and_then_only_what_is_new_counts(there: World) -> None:
    outbreak(there)
    detecting.detect(LATER)
    sun = Actor(Role.SUPERVISOR, account_id=there.sun)
    with db.transaction() as session:
        quality.dismiss(session, the_signal().id, sun, LATER, "One order was damaged on its way.")
    outbreak(there, 5, first=20)
    assert detecting.detect(NEXT) == 0
    assert detecting.detect(LATER + timedelta(days=27)) == 0
    with db.reading() as session:
        assert len(session.scalars(select(QualitySignal.id)).all()) == 1


def test_a_danger_that_is_new_waits_for_no_rest(there: World) -> None:
    outbreak(there)
    detecting.detect(LATER)
    sun = Actor(Role.SUPERVISOR, account_id=there.sun)
    with db.transaction() as session:
        quality.dismiss(session, the_signal().id, sun, LATER, "One order was damaged on its way.")
    outbreak(there, 2, first=20, narrative="It exploded.")
    assert detecting.detect(NEXT) == 0  # two are too few
    outbreak(there, 2, first=30)
    assert detecting.detect(NEXT) == 1
    with db.reading() as session:
        again = session.scalars(select(QualitySignal).order_by(QualitySignal.id.desc())).first()
    assert again is not None
    assert (again.state, again.safety, again.deadline["n"]) == ("with_enterprise", True, 3)


def test_the_answer_is_kept_masked_and_judged(there: World) -> None:
    outbreak(there)
    detecting.detect(LATER)
    firm, sun = Actor(Role.ENTERPRISE, enterprise_id=there.hongyun), Actor(Role.SUPERVISOR, account_id=there.sun)
    stranger = Actor(Role.ENTERPRISE, enterprise_id=there.baiyu)
    with db.transaction() as session:
        signal = session.scalars(select(QualitySignal)).one()
        assert not course.visible(signal, [stranger])
        said = "A glue was changed; 13812345678 knows."
        quality.act(session, signal.id, "answer", [firm], LATER, {"reason": said, "action": "recall"}, 1)
        quality.act(session, signal.id, "ask_again", [sun], LATER, {"reason": "Since when?"})
        quality.act(session, signal.id, "answer", [firm], LATER, {"reason": "Since May.", "action": "recall"})
        assert course.actions(signal, sun, LATER) == ["explain", "take_action", "dismiss"]
        quality.act(session, signal.id, "take_action", [sun], LATER, {"reason": "The recall is announced."})
    with db.reading() as session:
        log = course.log(session, the_signal())
        assert [each.trigger for each in log] == ["find", "answer", "ask_again", "answer", "take_action"]
        assert "13812345678" not in str(log[1].facts)
        assert log[1].facts["action"] == "recall"


@pytest.mark.parametrize(("narrative", "kind"), [("The lid came off.", "warning"), ("It exploded.", "suspension")])
def test_silence_leads_to_a_measure_at_once(there: World, narrative: str, kind: str) -> None:
    outbreak(there, narrative=narrative)
    detecting.detect(LATER)
    with db.transaction() as session:
        session.execute(update(Notice).where(Notice.status == "waiting").values(status="sent", sent_at=LATER))
        signal = course.lock(session, QualitySignal, the_signal().id)
        assert signal.due_at is not None
        late = signal.due_at + timedelta(hours=9)
        assert quality.run_out(session, signal, late)
    with db.reading() as session:
        measure = session.scalars(select(Measure)).one()
        assert (measure.kind, measure.rule, measure.cause) == (kind, "unanswered_signal", {"signal": signal.id})
        assert measure.state == ("in_force" if kind == "warning" else "proposed")


def run_out(at: datetime) -> bool:
    with db.transaction() as session:
        return quality.run_out(session, course.lock(session, QualitySignal, the_signal().id), at)


def letters(status: str) -> None:
    """What became of the letters that go at once."""
    sent = {"sent_at": LATER} if status == "sent" else {}
    with db.transaction() as session:
        session.execute(update(Notice).where(Notice.status == "waiting").values(status=status, **sent))


def test_an_outage_on_the_last_day_gives_the_enterprise_another_one(there: World) -> None:
    outbreak(there)
    detecting.detect(LATER)
    letters("sent")
    due = the_signal().due_at
    assert due is not None
    down, up = due - timedelta(hours=20), due + timedelta(hours=2)
    with db.transaction() as session:
        session.execute(delete(Uptime))
        session.add(Uptime(started_at=MONDAY, last_seen_at=down))
        session.add(Uptime(started_at=up, last_seen_at=up + timedelta(hours=1)))
    assert not run_out(up + timedelta(hours=1))
    moved = the_signal()
    assert (moved.state, moved.due_at, moved.deadline["moves"][-1]["why"]) == (
        "with_enterprise", due + timedelta(days=2), "outage",
    )  # fmt: skip


def test_the_day_is_looked_at_once_and_late_is_harmless(there: World) -> None:
    outbreak(there)
    with db.reading() as session:
        assert watching.due(session, LATER)
    assert watching.run(lambda: LATER) == 1
    assert watching.run(lambda: LATER) == 0
    with db.reading() as session:
        assert not watching.due(session, LATER)
        assert watching.due(session, LATER + timedelta(days=9))
    assert watching.run(lambda: LATER + timedelta(days=9)) == 0
    with db.reading() as session:
        assert len(session.scalars(select(CourseEvent.id).where(CourseEvent.course == "signal")).all()) == 1


def test_a_look_of_which_a_part_failed_is_tried_again(there: World, monkeypatch: pytest.MonkeyPatch) -> None:
    outbreak(there)

    def broken(session: Session, at: datetime) -> list[Sighting]:
        raise ValueError("nothing is to be seen")

    with monkeypatch.context() as failing:
        failing.setattr(detecting, "look", broken)
        assert watching.run(lambda: LATER) == 0
    assert watching.run(lambda: LATER) == 0  # not at once
    wall = clock.wall() + watching.AGAIN
    monkeypatch.setattr(clock, "wall", lambda: wall)
    assert watching.run(lambda: LATER) == 1
    assert watching.run(lambda: LATER) == 0
