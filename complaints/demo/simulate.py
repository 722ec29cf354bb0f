"""A file's complaints live through a simulated year on virtual time.

Nothing here moves a case: invented people pull the same verbs as pages do, and between them the same sweeps and the
same outbox do what falls due, each at its instant. An agenda of instants drives it; nothing is scanned day by day. All
chance comes from the seed, never from case numbers, real time or the order of a set.
"""

import heapq
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import calendars, clock, db
from complaints.demo import company, facts, people, report
from complaints.demo.company import Company
from complaints.demo.samples import SampleEnterprise
from complaints.demo.time_machine import settle
from complaints.demo.timeline import next_due, standing_at
from complaints.errors import ComplaintsError
from complaints.inputs import parse
from complaints.models import Event, Task
from complaints.registry import enterprises
from complaints.schemas import FACTS
from complaints.workflow import actions, lifecycle, policy, rows, sight
from complaints.workflow.case import Actor, Case, Move, Role, State
from complaints.workflow.filing import Filing

FILING_SHARE = 4  # complaints without a date are spread over the first quarter of the year
Progress = Callable[[int, int, date], None]  # closed, filed in all, the day that has been reached


@dataclass(frozen=True, slots=True)
class Entry:
    """One complaint to be filed, and on which day, where that is known."""

    filing: Filing
    filed_on: date | None = None


@dataclass(slots=True)
class Follow:
    """What the simulation keeps of one complaint."""

    entry: Entry
    rng: Random
    id: int = 0
    number: str = ""
    stay: int = 0  # the entry of the log with which the present state began
    done: set[str] = field(default_factory=set)  # what was done beside the state in this stay


@dataclass(frozen=True, slots=True)
class Plan:
    """Somebody means to act on a complaint: in this stay, or to finish a task."""

    place: int
    role: Role
    habit: people.Habit = people.TASK
    state: State = State.NEW
    stay: int = 0
    task: tuple[int, str] | None = None  # id and kind


def simulate(
    entries: Sequence[Entry],
    seed: int,
    days: int = 365,
    start: date | None = None,
    known: Sequence[SampleEnterprise] | None = None,
    progress: Progress | None = None,
) -> report.Report:
    """Run the complaints through `days` days from `start` (today) in this process's database, which must be empty.

    `known` are the enterprises of the registry; without them every name in the complaints is one, invented around it.
    """
    began = time.monotonic()
    year = Year(entries, seed, days, start or clock.local_date(clock.wall()), known, progress)
    year.run()
    with db.transaction() as session:
        return report.collect(session, seed, days, len(entries), year.refused, time.monotonic() - began)


class Year:
    """One simulated year."""

    def __init__(
        self,
        entries: Sequence[Entry],
        seed: int,
        days: int,
        start: date,
        known: Sequence[SampleEnterprise] | None,
        progress: Progress | None,
    ) -> None:
        self.start, self.end = clock.at_local(start, 8), clock.at_local(start + timedelta(days=days), 0)
        self.cases = [Follow(entry, Random(f"{seed} case {place}")) for place, entry in enumerate(entries)]
        self.progress = progress
        self._rng, self._days, self._known, self._seed = Random(f"{seed} year"), days, known, seed
        self._agenda: list[tuple[datetime, int, Plan]] = []
        self._tie = count()
        self._by_id: dict[int, int] = {}
        self._closed: set[int] = set()
        self._last_event = self._last_task = 0
        self.refused: Counter[str] = Counter()

    def run(self) -> None:
        """Open the doors, file everything in its time, and live until nothing is left to happen."""
        with db.transaction() as session:
            calendars.seed(session, self.end.year + 2)
            self._calendar = calendars.current(session)
            names = [follow.entry.filing.enterprise for follow in self.cases]
            self._company: Company = company.found(session, self.start, self._seed, names, self._known)
        for place, filed_at in enumerate(self._filing_instants()):
            self._plan(filed_at, Plan(place, Role.CONSUMER))
        now: datetime | None = self.start
        while now is not None and now < self.end:
            while self._agenda and self._agenda[0][0] <= now:
                self._act(heapq.heappop(self._agenda)[2], now)
            settle(standing_at(now))
            self._notice_changes(now)
            now = self._next(now)

    def _filing_instants(self) -> list[datetime]:
        """When each complaint is filed: the days of the file keep their distances, from the start on."""
        dates = [follow.entry.filed_on for follow in self.cases]
        first = min((day for day in dates if day is not None), default=None)
        spread = max(self._days // FILING_SHARE, 1)
        instants = []
        for day in dates:
            drawn = self._rng.randrange(spread)
            offset = (day - first).days if day is not None and first is not None else drawn
            instants.append(self.start + timedelta(days=offset, seconds=self._rng.randrange(13 * 3600)))
        return instants

    def _plan(self, instant: datetime, plan: Plan) -> None:
        heapq.heappush(self._agenda, (instant, next(self._tie), plan))

    def _next(self, now: datetime) -> datetime | None:
        """The next instant at which somebody acts or something falls due."""
        planned = self._agenda[0][0] if self._agenda else None
        due = next_due(now)
        return min((instant for instant in (planned, due) if instant is not None), default=None)

    # -- acting ---------------------------------------------------------------------------------------------------

    def _act(self, plan: Plan, at: datetime) -> None:
        follow = self.cases[plan.place]
        if not follow.number:
            self._file(plan.place, follow, at)
        elif plan.task is not None:
            self._do_task(follow, plan, at)
        elif plan.stay == follow.stay:
            self._try(follow, plan, at)

    def _file(self, place: int, follow: Follow, at: datetime) -> None:
        with db.transaction() as session:
            firm = enterprises.find(session, follow.entry.filing.enterprise) if follow.entry.filing.enterprise else None
            case = actions.file(session, follow.entry.filing, Actor(Role.CONSUMER), at, enterprise=firm)
        follow.id, follow.number = case.id, case.number
        self._by_id[case.id] = place

    def _try(self, follow: Follow, plan: Plan, at: datetime) -> None:
        """Choose among what is allowed now, and do it."""
        with self._refusals(plan.role), db.transaction() as session:
            case = self._load(session, follow, plan, at)
            if case is None or case.state is not plan.state:
                return  # the clock was faster
            actor = self._company.actor(plan.role, case, follow.rng)
            moving = Move(actor, at, {}, policy.load(case.policy).counters)
            allowed = lifecycle.actions(case, actor, moving)
            trigger = people.choose(plan.habit, case, allowed, follow.done, follow.rng)
            if trigger:
                scene = facts.Scene(follow.rng, case, at, self._calendar, self._company.enterprises)
                _perform(session, trigger, actor, scene, facts.draw(trigger, scene))
                follow.done.add(trigger)
            if trigger in people.AGAIN and case.state is plan.state:
                self._intend(follow, plan.place, plan.role, plan.habit, case, at)

    def _load(self, session: Session, follow: Follow, plan: Plan, at: datetime) -> Case | None:
        """The case, taken by whoever acts; None where it is not theirs to see."""
        seen = rows.load(session, number=follow.number, lock=False)
        assert seen is not None, follow.number
        actor = self._company.actor(plan.role, seen, follow.rng)
        return actions.take(session, follow.number, actor, at) if sight.may_see(seen, actor) else None

    def _do_task(self, follow: Follow, plan: Plan, at: datetime) -> None:
        assert plan.task is not None
        task_id, kind = plan.task
        with self._refusals(plan.role), db.transaction() as session:
            case = self._load(session, follow, plan, at)
            if case is None or case.state is State.CLOSED or session.get_one(Task, task_id).done_at is not None:
                return
            scene = facts.Scene(follow.rng, case, at, self._calendar, self._company.enterprises)
            result = {"task_id": task_id, "result": facts.task_result(kind, follow.rng)}
            _perform(session, "do_task", self._company.actor(plan.role, case, follow.rng), scene, result)

    @contextmanager
    def _refusals(self, role: Role) -> Iterator[None]:
        """What the engine refuses is counted, and nothing has happened."""
        try:
            yield
        except ComplaintsError as error:
            self.refused[f"{role.value}: {error.message}"] += 1

    # -- planning -------------------------------------------------------------------------------------------------

    def _notice_changes(self, now: datetime) -> None:
        """Whoever has something new before them makes up their mind."""
        with db.transaction() as session:
            moved = self._moved(session)
            for place in moved:
                follow = self.cases[place]
                case = rows.load(session, number=follow.number, lock=False)
                assert case is not None, follow.number
                (self._closed.add if case.state is State.CLOSED else self._closed.discard)(place)
                follow.done.clear()
                for role, habit in people.habits(case.state):
                    self._intend(follow, place, role, habit, case, now)
            self._notice_tasks(session, now)
        if moved and self.progress is not None:
            self.progress(len(self._closed), len(self.cases), clock.local_date(now))

    def _moved(self, session: Session) -> list[int]:
        """The places of the cases that have entered another state since the last look."""
        news = select(Event.id, Event.complaint_id, Event.seq, Event.from_state, Event.to_state)
        places = []
        for row in session.execute(news.where(Event.id > self._last_event).order_by(Event.id)):
            self._last_event = row.id
            if row.from_state != row.to_state:
                place = self._by_id[row.complaint_id]
                self.cases[place].stay = row.seq
                places.append(place)
        return list(dict.fromkeys(places))

    def _intend(self, follow: Follow, place: int, role: Role, habit: people.Habit, case: Case, at: datetime) -> None:
        instant = people.when(habit, role, case, at, self._calendar, follow.rng)
        if instant is not None:
            self._plan(instant, Plan(place, role, habit, case.state, follow.stay))

    def _notice_tasks(self, session: Session, now: datetime) -> None:
        fresh = select(Task).where(Task.id > self._last_task).order_by(Task.id)
        for task in session.scalars(fresh):
            self._last_task = task.id
            place = self._by_id[task.complaint_id]
            rng = self.cases[place].rng
            case = Case(participant=True, due_at=task.due_at)
            instant = people.when(people.TASK, Role(task.role), case, now, self._calendar, rng)
            if instant is not None:
                self._plan(instant, Plan(place, Role(task.role), task=(task.id, task.kind)))


def _perform(session: Session, trigger: str, actor: Actor, scene: facts.Scene, given: dict[str, object]) -> None:
    """The verb, with facts parsed as the pages parse them."""
    parsed = parse(FACTS[trigger](today=scene.today), given)
    actions.perform(session, scene.case, trigger, actor, scene.at, parsed)
