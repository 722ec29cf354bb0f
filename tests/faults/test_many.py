"""Three web processes, three workers and two tickers on one PostgreSQL and one Redis, of which somebody always dies.

People file and act at all three web processes meanwhile, and try again with the same key where a connection broke.
"""

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import func, select

from complaints import clock, db
from complaints.models import Complaint, Event, Notice, PrivateItem
from complaints.registry import accounts, tokens
from tests.faults import afterwards
from tests.faults.afterwards import Records
from tests.faults.conftest import Stores
from tests.faults.machines import PULL, TICK, WEB, Machines
from tests.faults.public import Person
from tests.faults.running import Leases, leases
from tests.faults.staged import PATIENCE, Stage, build, stand_at, wait_until_quiet
from tests.people import moment
from tests.servers import SmtpServer

SECONDS = 26.0
PEOPLE = 5
LATER = moment("2026-07-20 23:59")  # the last minute of what was filed on the Monday


@pytest.mark.parametrize("seed", [4315])
def test_nothing_is_lost_and_nothing_twice(
    stores: Stores, letters: SmtpServer, settings_env: Callable[..., None], tmp_path: Path, seed: int
) -> None:
    settings_env(LIMITS="filing=off; mailboxes=off; acts=off; programs=off")
    stage, machines = build(letters), Machines(Random(seed), tmp_path / "log")
    people = crowd(stage, seed)
    with running(machines, people):
        storm(machines)
    say_what_happened(machines, people, seed)
    assert [fault for each in people for fault in each.unforeseen] == []
    there = afterwards.check(stage.mailbox, copies=machines.killed[PULL])
    every_filing_is_there_once(there, people)
    every_act_was_done_once(there, people)
    no_letter_left_twice_unless_its_sender_was_killed(stage, machines)
    assert leases() == Leases((), ())
    assert machines.killed.keys() == {WEB, PULL, TICK}
    assert sum(len(each.filed) for each in people) >= 2 * PEOPLE
    assert sum(each.replayed for each in people) > 0
    assert sum(len(each.refused) for each in people) > 0


def say_what_happened(machines: Machines, people: list[Person], seed: int) -> None:
    """Shown where the test fails, or with `-s`."""
    counts = {name: sum(len(getattr(each, name)) for each in people) for name in ("filed", "done", "refused")}
    tried = {name: sum(getattr(each, name) for each in people) for name in ("tried_again", "replayed")}
    sys.stdout.write(
        f"seed {seed}, killed {dict(machines.killed)}, {counts | tried}, in hand {len(machines.in_hand)}\n"
    )


def crowd(stage: Stage, seed: int) -> list[Person]:
    """So many people; each also answers for the enterprise, by a token of its agent."""
    with db.transaction() as session:
        firm = stage.there.hongyun
        agent = accounts.create(session, "agent", "Agent", "correct horse", ["enterprise"], firm, at=clock.now())
        _row, token = tokens.issue(session, agent, "CRM", clock.wall())
    over = threading.Event()
    people: list[Person] = []
    people += [Person(str(n), Random(seed + n), [], token, over, people) for n in range(PEOPLE)]
    return people


@contextmanager
def running(machines: Machines, people: list[Person]) -> Iterator[None]:
    """Machines and people at work. Afterwards: people have had their answers, the time of dead workers' leases has
    passed, everything due is done, and nobody runs any more."""
    threads = [threading.Thread(target=each.live, name=each.name) for each in people]
    try:
        machines.start(webs=3, workers=3, tickers=2)
        for each, thread in zip(people, threads, strict=True):
            each.ports = machines.ports
            thread.start()
        yield
        people[0].over.set()
        for thread in threads:
            thread.join(PATIENCE)
        assert not any(thread.is_alive() for thread in threads)
        settle_down()
    finally:
        people[0].over.set()
        machines.end()


def storm(machines: Machines) -> None:
    """One of a kind is killed at random, again and again. In the middle the first deadlines run out."""
    began, moved = time.monotonic(), False
    while (passed := time.monotonic() - began) < SECONDS:
        machines.kill_one(machines.rng.choice((WEB, PULL, PULL, TICK)))
        if not moved and passed > SECONDS / 2:
            stand_at(LATER)
            moved = True
        time.sleep(machines.rng.random())


def settle_down() -> None:
    """Nobody is killed any more."""
    leases().run_out()
    stand_at(max(clock.now(), LATER + timedelta(hours=10)))  # nine o'clock is past: reminders leave too
    wait_until_quiet(60)


def every_filing_is_there_once(there: Records, people: list[Person]) -> None:
    """Each answered filing is one case, under the number that was told; and there is no other case."""
    told = {product: case.number for each in people for product, case in each.filed.items()}
    assert Counter(case.product for case in there.cases) == Counter(told.keys())
    assert {case.product: case.number for case in there.cases} == told
    with db.reading() as session:
        firsts = session.execute(select(func.count()).select_from(Event).where(Event.trigger == "file")).scalar_one()
    assert firsts == len(told)


def every_act_was_done_once(there: Records, people: list[Person]) -> None:
    """What somebody was told has happened stands in the log, once; what was refused has left no word."""
    with db.reading() as session:
        said = Counter(session.scalars(select(PrivateItem.value).where(PrivateItem.value.like("these-words-%"))))
        numbers = dict(session.execute(select(Complaint.number, Complaint.id)).all())
    done = {words: what for each in people for words, what in each.done.items()}
    assert said == Counter(done.keys())
    assert not said.keys() & {words for each in people for words in each.refused}
    for number, trigger, version in done.values():
        entries = [event.trigger for event in there.events[numbers[number]][:version]]
        assert trigger in entries, number


def no_letter_left_twice_unless_its_sender_was_killed(stage: Stage, machines: Machines) -> None:
    """The outbox can promise no more: who dies between the server's yes and the record leaves a letter unrecorded."""
    with db.reading() as session:
        known = set(session.scalars(select(Notice.message_id)))
    taken = Counter(stage.mailbox.message_ids())
    assert taken.keys() <= known
    twice = {message_id: count for message_id, count in taken.items() if count > 1}
    assert {message_id for message_id, count in twice.items() if count > 1 + machines.in_hand[message_id]} == set()
    assert sum(twice.values()) - len(twice) <= machines.killed[PULL]  # a sender has one letter in hand at a time
