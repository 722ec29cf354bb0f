"""Random lives: anybody does anything that is allowed, at any time, and what must hold holds after every step.

The machine draws from `lifecycle.actions()`, the list that pages show; so that list is tried as well: whatever it
offers must work when it is given sound facts.
"""

import contextlib
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine

from complaints import config, db
from complaints.clock import local_date
from complaints.errors import NotAllowed
from complaints.workflow import lifecycle
from complaints.workflow.case import Move, Role, State
from complaints.workflow.policy import load
from tests.conftest import forget
from tests.people import World, moment, world
from tests.playing import Playing, file_complaint

LONGEST_SILENCE = timedelta(days=200)
STARTS = ("2026-07-06", "2026-09-18 23:59", "2026-11-27", "2026-12-30")
STEPS = (timedelta(0), timedelta(hours=7), timedelta(days=1), timedelta(days=4), timedelta(days=9), timedelta(days=40))
PEOPLE = [role for role in Role if role is not Role.CLOCK]
NOT_DRAWN = ("merge", "join", "answer_joint", "do_task", "evidence", "file")  # they need another case, a task or a file


def facts(trigger: str, playing: Playing, draw: int) -> dict[str, Any]:
    """Sound facts for a verb; `draw` chooses between kinds of them."""
    today = local_date(playing.at)
    known: dict[str, dict[str, Any]] = {
        "ask_information": {"missing": ["evidence"]},
        "supply_information": {"text": "Here.", "share_consent": True},
        "refuse": {"ground": "refuse_1"},
        "return_to_sender": {"reason": "Not ours."},
        "redirect": {"reason": "Not ours."},
        "extend": {"reason": "Slow."},
        "offer": {"remedy": "New.", "perform_by": today + timedelta(days=draw), "nothing_to_perform": False},
        "late_offer": {"remedy": "New.", "perform_by": today + timedelta(days=draw)},
        "accept_offer": {"longer_agreed": True},
        "settle": {"longer_agreed": True},
        "decline": {"reason": "No."},
        "counter": {"text": "More."},
        "report_performance": {"text": "Done."},
        "dispute_performance": {"reason": "Not done."},
        "request_recusal": {"reason": "A cousin."},
        "decide_recusal": {"granted": draw % 2 == 0, "reason": "So."},
        "order_appraisal": {
            "laboratory": "One", "agreed_on": today + timedelta(days=draw), "payer": "centre", "both_agreed": True,
        },
        "receive_appraisal": {"text": "Broken."},
        "conclude": {"agreement": "Half.", "perform_by": today + timedelta(days=draw % 15)},
        "terminate": {"ground": "end_3"},
        "reopen": {"reason": "Still broken.", "evidence": "A photo."},
        "statement": {"text": "Listen."},
        "note": {"text": "Hm."},
        "split": {"reason": "A report."},
        "hearing": {"day": today, "time": "10:00", "place": "Room 1"},
        "request_evidence": {"text": "The bill.", "party": "consumer", "until": today + timedelta(days=draw)},
        "flag": {"flags": ["frequency"] if draw % 2 else []},
        "contact_consent": {"contact_consent": draw % 2 == 0},
        "rate": {"rating": 3},
        "route": {"enterprise_id": (playing.world.hongyun, playing.world.outside, playing.world.mute)[draw % 3]},
    }  # fmt: skip
    return known.get(trigger, {})


class Life(RuleBasedStateMachine):
    """One case from its filing, in a database of its own."""

    people: World
    spent: dict[str, int]

    @initialize(
        start=st.sampled_from(STARTS),
        against=st.sampled_from(["hongyun", "baiyu", "outside", "mute", None]),
        mandate=st.sampled_from(["association", "association", "delegated"]),
        consents=st.booleans(),
        share=st.booleans(),
        phone=st.sampled_from(["13812345678", ""]),
    )
    def file(self, start: str, against: str | None, mandate: str, consents: bool, share: bool, phone: str) -> None:
        """Somebody files against somebody, with or without all that is needed."""
        given: dict[str, Any] = {
            "mandate": mandate,
            "consumer_consents": consents,
            "share_consent": share,
            "phone": phone,
        }
        self.spent = {}
        self.playing = file_complaint(self.people, moment(start), against=against, **given)

    @rule(role=st.sampled_from(PEOPLE), pick=st.integers(0, 30), draw=st.integers(0, 12), wait=st.sampled_from(STEPS))
    def somebody_acts(self, role: Role, pick: int, draw: int, wait: timedelta) -> None:
        """After some time, somebody does one of the things that they may do now."""
        playing = self.playing
        playing.sweep(playing.at + wait)
        case, actor = playing.case, playing.actor(role)
        offered = lifecycle.actions(case, actor, Move(actor, playing.at, {}, load(case.policy).counters))
        offered = [trigger for trigger in offered if trigger not in NOT_DRAWN]
        if not offered or (role is Role.ENTERPRISE and not case.enterprise_told):
            return
        trigger = offered[pick % len(offered)]
        nobody_left = (NotAllowed,) if trigger in ("assign", "reassign") else ()
        with contextlib.suppress(*nobody_left):
            playing.act(actor, trigger, **facts(trigger, playing, draw))
            assert playing.case.version > case.version

    @rule(wait=st.sampled_from(STEPS))
    def time_passes(self, wait: timedelta) -> None:
        """Nobody does anything."""
        self.playing.sweep(self.playing.at + wait)

    @precondition(lambda self: self.playing.state is not State.CLOSED)
    @rule()
    def the_clock_runs_out(self) -> None:
        """Until the very instant of the deadline."""
        due_at = self.playing.case.due_at
        assert due_at is not None
        self.playing.sweep(max(due_at, self.playing.at))

    @rule(result=st.sampled_from(["reached", "not_reached"]))
    def an_officer_phones(self, result: str) -> None:
        """Somebody takes the first open task to reach a party."""
        open_tasks = [task for task in self.playing.tasks() if task.done_at is None and task.kind == "reach_party"]
        if open_tasks:
            self.playing.supervisor("do_task", task_id=open_tasks[0].id, result=result)

    @rule(reader=st.sampled_from(["consumer", "enterprise"]))
    def the_mail_stops(self, reader: str) -> None:
        """From now on letters are under way for ever, or bounce."""
        case = self.playing.case
        self.playing.mail = False
        self.playing.bounce(f"{reader}:{case.id if reader == 'consumer' else case.enterprise_id}", self.playing.at)

    @rule()
    def the_mail_comes(self) -> None:
        """Everything arrives."""
        self.playing.mail = True
        self.playing.post(self.playing.at)

    @invariant()
    def an_open_case_has_one_clock_and_an_owner(self) -> None:
        case = self.playing.case
        running = [clock for clock in self.playing.clocks() if clock.ended_at is None]
        if case.state is State.CLOSED:
            assert (running, case.due_at, case.wake_at, case.clock_id) == ([], None, None, None)
            assert case.outcome is not None
            return
        assert [(clock.id, clock.due_at, clock.state) for clock in running] == [
            (case.clock_id, case.due_at, case.state)
        ]
        assert lifecycle.owners(case)
        assert case.outcome is None
        assert case.wake_at is not None
        assert case.due_at is not None
        assert case.wake_at >= case.due_at

    @invariant()
    def the_log_is_whole(self) -> None:
        case, events = self.playing.case, self.playing.events()
        assert self.playing.first_break() is None
        assert case.version == case.chain_seq == len(events)
        assert (case.chain_head, case.state) == (events[-1].hash, events[-1].to_state)
        assert all(one.to_state == two.from_state for one, two in pairwise(events))
        assert all(entry.occurred_at <= entry.recorded_at for entry in events)

    @invariant()
    def no_counter_is_overspent_or_given_back(self) -> None:
        case = self.playing.case
        limits = load(case.policy).counters
        assert all(spent <= limits[lifecycle.limit_of(name)] for name, spent in case.counters.items())
        assert all(case.spent(name) >= spent for name, spent in self.spent.items())
        self.spent = dict(case.counters)

    @invariant()
    def letters_are_in_order(self) -> None:
        case, waiting = self.playing.case, self.playing.notices(status="waiting")
        assert max(Counter(each.key for each in self.playing.notices()).values(), default=1) == 1
        reminders = [each for each in waiting if each.letter == "reminder"]
        assert all(each.clock_id == case.clock_id and case.clock_id is not None for each in reminders)
        steps = Counter((each.clock_id, each.step, each.recipient) for each in reminders)
        assert max(steps.values(), default=1) == 1
        if not case.enterprise_told:
            assert not [each for each in waiting if each.recipient == f"enterprise:{case.enterprise_id}"]

    def teardown(self) -> None:
        """Now everybody falls silent for ever: the case closes, within the bound."""
        if not hasattr(self, "playing"):
            return
        self.the_mail_comes()
        began = self.playing.at
        case = self.playing.fall_silent()
        assert case.state is State.CLOSED
        assert self.playing.at - began <= LONGEST_SILENCE
        assert self.playing.notices("half_time", "before", "last_day", status="waiting") == []
        self.an_open_case_has_one_clock_and_an_owner()
        self.the_log_is_whole()


@pytest.fixture
def lives(sqlite: Engine) -> Iterator[type[Life]]:
    """The machine, each of whose lives begins in a fresh copy of the same world."""
    people = world()
    sqlite.dispose()
    original = config.settings().data_dir / "complaints.db"

    class FreshLife(Life):
        def __init__(self) -> None:
            super().__init__()
            self.people = people
            db.engine().dispose()
            for leftover in original.parent.glob("complaints.db-*"):
                leftover.unlink()
            shutil.copy(template, original)

    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "world.db"
        shutil.copy(original, template)
        yield FreshLife
    forget()


def test_random_lives(lives: type[Life]) -> None:
    run_state_machine_as_test(
        lives,
        settings=settings(
            max_examples=30,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
