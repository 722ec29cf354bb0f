"""The demo world: loaded once, by the same verbs, sweeps and outbox as everything else, in the last weeks of case time.

Loading may be broken off at any step: the next start goes on where the log of each case stands.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from complaints import calendars, clock, db
from complaints.config import settings
from complaints.demo import cast, marks, past, pledges, ring, samples
from complaints.demo.apart import without_mail
from complaints.demo.stories import STORIES, Step, Story
from complaints.demo.time_machine import settle
from complaints.demo.timeline import live_through, standing_at
from complaints.errors import ComplaintsError, Misconfigured
from complaints.inputs import parse
from complaints.insight import watching
from complaints.models import Account, Complaint, Event, ImportFile, ImportRow
from complaints.registry import links as private_links
from complaints.registry import world
from complaints.schemas import FACTS
from complaints.workflow import actions, rows
from complaints.workflow.case import Actor, Case, Role, State
from complaints.workflow.filing import Filing
from complaints.workflow.workdays import Calendar

NAME = "demo world"
LOADING, LOADED = "loading", "loaded"  # what the file's row says of how far we are
BEFORE = timedelta(days=365)  # the enterprises joined long before
FIRST_HOUR = 10
FEW = 6  # private links that are shown
TOLD = (*STORIES, *past.PAST)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Moment:
    """One step of one story at its instant; without a step, the filing."""

    at: datetime
    place: int
    step: Step | None = None


def ensure() -> bool:
    """Load the demo world into this database, unless it is there; True when something was loaded.

    Raises Misconfigured in a live world, and where there are cases but nobody has said what world it is.
    """
    with db.transaction() as session:
        present = _begin(session)
        calendar = calendars.current(session)
    if present is None:
        return False
    moments = sorted(_moments(present, calendar), key=lambda moment: (moment.at, moment.place))
    with without_mail():
        _live(moments, present, calendar)
        past.publish(present, calendar)
    with db.transaction() as session:
        pledges.announce(session, present)
        marks.order(session, present)
        ring.settle_in(session, clock.now())
    watching.run(clock.now)  # so that the signal in the stories is there from the beginning
    with without_mail():
        settle(clock.now)
    with db.transaction() as session:
        _file(session).mapping = LOADED
    return True


def logins() -> list[tuple[str, str, str]]:
    """Log-in, password and role of every account of the demo world."""
    return [(each.login, each.password, each.says) for each in cast.LOG_INS]


def links() -> list[tuple[str, str]]:
    """A few consumers' private links, by case number: first those on whose answer a case waits."""
    waits = Complaint.state.in_((State.WITH_CONSUMER, State.PERFORMANCE_REPORTED, State.NEEDS_INFORMATION))
    ours = select(Complaint.id, Complaint.number).join(ImportRow, ImportRow.complaint_id == Complaint.id)
    query = ours.where(ImportRow.key.startswith(f"{NAME}:"), Complaint.state != State.CLOSED)
    with db.transaction() as session:
        found = session.execute(query.order_by(waits.desc(), Complaint.id).limit(FEW)).all()
        tokens = [(row.number, private_links.current(session, row.id)) for row in found]
    return [(number, f"{settings().base_url}/c/{token}") for number, token in tokens if token is not None]


def _begin(session: Session) -> datetime | None:
    """Enter world and cast; the instant that the stories call today, None where all of them have been told."""
    now = clock.now()
    if world.kind(session) is None and session.scalar(select(func.count()).select_from(Complaint)):
        raise Misconfigured("this database holds cases already; a demo world needs an empty one")
    world.create(session, world.DEMO, now)
    file = session.scalar(select(ImportFile).where(ImportFile.name == NAME))
    if file is not None:
        return file.imported_at if file.mapping == LOADING else None
    cast.settle_in(session, now - BEFORE)
    session.add(ImportFile(name=NAME, sha256="", mapping=LOADING, imported_at=now))
    session.flush()
    return now


def _file(session: Session) -> ImportFile:
    return session.scalars(select(ImportFile).where(ImportFile.name == NAME)).one()


def _moments(present: datetime, calendar: Calendar) -> Iterator[Moment]:
    """Every step of every story, at an hour of its own; later steps of a case come after earlier ones."""
    today = clock.local_date(present)
    for place, story in enumerate(TOLD):
        hour, minute = (story.hour, 0) if story.hour is not None else (FIRST_HOUR + place % 8, place * 7 % 60)
        for ago, step in ((story.filed, None), *((step.ago, step) for step in story.steps)):
            yield Moment(clock.at_local(calendar.working_days_before(today, ago), hour, minute=minute), place, step)


def _live(moments: list[Moment], present: datetime, calendar: Calendar) -> None:
    """Tell the stories in the order of time, with everything that falls due between their steps."""
    with db.transaction() as session:
        told = _told(session)
        now = session.scalar(select(func.max(Event.recorded_at))) or moments[0].at
    settle(standing_at(now))
    for at, together in groupby(moments, key=lambda moment: moment.at):
        fresh = [moment for moment in together if not _was_told(told, moment)]
        if fresh:
            live_through(now, at)
            now = max(now, at)
        for moment in fresh:
            _tell(moment, clock.local_date(present), calendar)
        if fresh:
            settle(standing_at(now))
    live_through(now, clock.now())


def _was_told(told: dict[int, int], moment: Moment) -> bool:
    """Whether this step stands in the log already; then it is counted off."""
    left = told.get(moment.place, 0)
    told[moment.place] = max(0, left - 1)
    return left > 0


def _told(session: Session) -> dict[int, int]:
    """How many steps of each story stand in the log already."""
    people = (Event.role != Role.CLOCK.value, ImportRow.key.startswith(f"{NAME}:"))
    steps = select(ImportRow.key, func.count()).join(Event, Event.complaint_id == ImportRow.complaint_id)
    counted = session.execute(steps.where(*people).group_by(ImportRow.key))
    return {int(key.rpartition(":")[2]): count for key, count in counted}


def _tell(moment: Moment, today: date, calendar: Calendar) -> None:
    """One step in its transaction. One that the engine refuses is left out, and the rest goes on."""
    try:
        with db.transaction() as session:
            if moment.step is None:
                _file_story(session, moment)
            else:
                _act(session, moment, moment.step, today, calendar)
    except ComplaintsError as error:
        what = moment.step.trigger if moment.step else "file"
        log.warning("demo world: story %s, %s was refused: %s", moment.place, what, error.message)


def _file_story(session: Session, moment: Moment) -> None:
    story = TOLD[moment.place]
    case = actions.file(session, _filing(story, moment), Actor(Role.CONSUMER), moment.at)
    row = ImportRow(import_file_id=_file(session).id, key=f"{NAME}:{moment.place}", complaint_id=case.id)
    session.add(row)
    session.flush()


def _filing(story: Story, moment: Moment) -> Filing:
    """An invented complaint about this enterprise, complete unless the story says otherwise."""
    [(_, filing)] = samples.filings(moment.place, 1, [story.against], clock.local_date(moment.at), 1)
    whole: dict[str, Any] = {
        "enterprise": story.against.name,
        "email": f"consumer{moment.place + 1}@example.com",
        "address": filing.address or story.against.address,
        "request": filing.request or "退货并退还货款。",
        "consumer_consents": True,
        "share_consent": True,
    }
    return replace(filing, **whole | story.change)


def _act(session: Session, moment: Moment, step: Step, today: date, calendar: Calendar) -> None:
    key = f"{NAME}:{moment.place}"
    number = session.scalars(
        select(Complaint.number).join(ImportRow, ImportRow.complaint_id == Complaint.id).where(ImportRow.key == key)
    ).one()
    seen = rows.load(session, number=number, lock=False)
    assert seen is not None, number
    actor = _actor(session, seen, Role(step.role))
    case = actions.take(session, number, actor, moment.at)
    dated = {name: _dated(value, today, calendar) if name in DATES else value for name, value in step.facts.items()}
    facts = parse(FACTS[step.trigger](today=clock.local_date(moment.at)), dated)
    actions.perform(session, case, step.trigger, actor, moment.at, facts)


DATES = ("perform_by", "agreed_on", "until", "day")


def _dated(days: int, today: date, calendar: Calendar) -> str:
    """A whole number as a date: days from today, or working days ago."""
    day = today + timedelta(days=days) if days >= 0 else calendar.working_days_before(today, -days)
    return day.isoformat()


def _actor(session: Session, case: Case, role: Role) -> Actor:
    """Who acts: the case's own parties and mediator, the one intake officer, the one supervisor."""
    if role is Role.CONSUMER:
        return Actor(role, complaint_id=case.id)
    if role is Role.ENTERPRISE:
        agent = session.scalar(select(Account.id).where(Account.enterprise_id == case.enterprise_id))
        return Actor(role, account_id=agent, enterprise_id=case.enterprise_id)
    return Actor(role, account_id=case.mediator_id if role is Role.MEDIATOR else cast.account_id(session, role.value))
