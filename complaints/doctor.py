"""What `complaints doctor` checks: the stores, the calendar, the heartbeat, the outbox, the disk, the people.

Each check asks one question and never raises: what went wrong becomes its detail.
"""

import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import redis
from sqlalchemy import Connection, func, make_url, select, text
from sqlalchemy.exc import SQLAlchemyError

from complaints import clock, db, logs, schema, stores, words
from complaints.config import Settings
from complaints.delivery import addresses
from complaints.errors import ComplaintsError
from complaints.models import CalendarYear, Enterprise, Notice, Uptime, World
from complaints.registry import measures, staff

LEAST_FREE_MEGABYTES = 200
OLDEST_POSTGRESQL = 14
SILENT_TICKS = 6  # a heartbeat older than so many ticks (and a minute) means that no ticker runs


@dataclass(frozen=True)
class Seen:
    """What was seen: a key of the words (`seen.…`) and its facts, of which some are such words themselves."""

    key: str
    facts: Mapping[str, "object | Seen"]

    def told(self, locale: str) -> str:
        """In one language."""
        said = {name: fact.told(locale) if isinstance(fact, Seen) else fact for name, fact in self.facts.items()}
        return words.say(locale, f"seen.{self.key}", **said)


def seen(key: str, /, **facts: "object | Seen") -> Seen:
    """What was seen, as it is written in this module."""
    return Seen(key, facts)


Question = Callable[[Settings], tuple[bool, Seen]]


@dataclass(frozen=True)
class Check:
    """One answer: what was asked, whether it is well, and what was seen."""

    name: str
    ok: bool
    seen: Seen


def examine(settings: Settings) -> list[Check]:
    """Ask everything; what stands in the tables is asked only where there are tables."""
    checks = [_ask(name, question, settings) for name, question in STORES.items()]
    if all(check.ok for check in checks if check.name in ("database", "migrations")):
        checks += [_ask(name, question, settings) for name, question in CONTENTS.items()]
    return checks


def glance(settings: Settings) -> list[Check]:
    """Everything but what reads a whole database: for a page, which must be quick."""
    quick = {name: question for name, question in (STORES | CONTENTS).items() if name not in SLOW}
    return [_ask(name, question, settings) for name, question in quick.items()]


def _ask(name: str, question: Question, settings: Settings) -> Check:
    try:
        return Check(name, *question(settings))
    except ComplaintsError as error:
        return Check(name, False, seen("failed", text=error.message))
    except (SQLAlchemyError, redis.RedisError, OSError) as error:
        return Check(name, False, seen("failed", text=logs.brief(error)))


def data_folder(settings: Settings) -> tuple[bool, Seen]:
    """Whether files can be written in the data folder."""
    with tempfile.TemporaryFile(dir=settings.data_dir) as file:
        file.write(b"x")
    return True, seen("data_folder", folder=settings.data_dir)


def disk(settings: Settings) -> tuple[bool, Seen]:
    """Whether there is room for the database to grow."""
    free = shutil.disk_usage(settings.data_dir).free // 1_000_000
    return free >= LEAST_FREE_MEGABYTES, seen("disk", free=f"{free:,}", least=LEAST_FREE_MEGABYTES)


def database(settings: Settings) -> tuple[bool, Seen]:
    """Which database there is, whether it answers and is sound."""
    with db.engine().connect() as connection:
        return _sqlite(connection) if settings.embedded_database else _postgresql(connection)


def _sqlite(connection: Connection) -> tuple[bool, Seen]:
    mode = connection.execute(text("PRAGMA journal_mode")).scalar_one()
    sound = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
    version = connection.execute(text("SELECT sqlite_version()")).scalar_one()
    place = connection.engine.url.database
    well = mode == "wal" and sound == "ok"
    return well, seen("sqlite", version=version, place=place, journal=mode, integrity=sound)


def _postgresql(connection: Connection) -> tuple[bool, Seen]:
    version = connection.execute(text("SHOW server_version")).scalar_one()
    place = connection.engine.url.render_as_string(hide_password=True)
    recent = int(version.split(".")[0].split()[0]) >= OLDEST_POSTGRESQL
    key = "postgresql" if recent else "postgresql_old"
    return recent, seen(key, version=version, place=place, least=OLDEST_POSTGRESQL)


def migrations(_settings: Settings) -> tuple[bool, Seen]:
    """Whether the tables stand at the revision that this version of the product needs."""
    here, needed = schema.revision(db.engine()), schema.newest()
    if here == needed:
        return True, seen("newest", here=here)
    return False, seen("older" if here else "no_tables", here=here, needed=needed)


def redis_server(settings: Settings) -> tuple[bool, Seen]:
    """Which Redis there is, whether it answers, and what it keeps."""
    url = stores.redis_url(settings, start=False)
    kind = seen("by_url" if settings.redis_url else "embedded")
    place = str(stores.socket_path(settings))
    if settings.redis_url:
        place = make_url(url).render_as_string(hide_password=True)
    if not stores.answers(url):
        return False, seen("redis_silent" if settings.redis_url else "redis_not_started", kind=kind, place=place)
    with redis.Redis.from_url(url, socket_timeout=stores.PING_SECONDS, decode_responses=True) as client:
        facts = client.info()
    name = "Valkey" if "valkey_version" in facts else "Redis"
    version = facts.get("valkey_version") or facts.get("redis_version")
    file, used = seen("file_on" if facts.get("aof_enabled") else "file_off"), facts.get("used_memory_human")
    return True, seen("redis", kind=kind, place=place, name=name, version=version, file=file, used=used)


def calendar(_settings: Settings) -> tuple[bool, Seen]:
    """Up to which year working days are published; beyond it deadlines are provisional."""
    with db.engine().connect() as connection:
        latest = connection.execute(select(func.max(CalendarYear.year)).where(CalendarYear.published)).scalar()
    year = clock.local_date(clock.now()).year
    if latest is None:
        return False, seen("no_calendar")
    return latest >= year, seen("calendar", year=latest, next=latest + 1)


def ticker(settings: Settings) -> tuple[bool, Seen]:
    """How long ago the ticker was last seen alive."""
    with db.engine().connect() as connection:
        last = connection.execute(select(func.max(Uptime.last_seen_at))).scalar()
        offset = connection.execute(select(World.clock_offset_seconds).where(World.kind == "demo")).scalar()
    if last is None:
        return False, seen("never_ticked")
    age = clock.wall() + timedelta(seconds=offset or 0) - last
    silent = age > timedelta(seconds=max(60.0, SILENT_TICKS * settings.tick_seconds))
    return not silent, seen("ticker", seconds=max(0, round(age.total_seconds())))


def notices(_settings: Settings) -> tuple[bool, Seen]:
    """How many letters wait, and how many could not be delivered. A reader without any address is no fault of the
    installation: an officer has a task to reach them."""
    counted = (
        select(Notice.status, func.count())
        .where(Notice.status.in_(("waiting", "bundled", "dead")))
        .where(func.coalesce(Notice.last_error, "") != addresses.NONE_KNOWN)
    )
    with db.engine().connect() as connection:
        counts = {str(row[0]): int(row[1]) for row in connection.execute(counted.group_by(Notice.status))}
    dead = counts.get("dead", 0)
    waiting = counts.get("waiting", 0) + counts.get("bundled", 0)
    return dead == 0, seen("dead_notices" if dead else "notices", waiting=waiting, dead=dead)


def supervisors(_settings: Settings) -> tuple[bool, Seen]:
    """Whether another person can decide on an objection to a measure, as soon as there are pledges to measure."""
    with db.reading() as session:
        count = staff.supervisors(session)
        bound = session.scalar(select(Enterprise.id).where(Enterprise.participant).limit(1)) is not None
    enough = count >= measures.LEAST_SUPERVISORS
    return enough or not bound, seen("supervisors" if enough else "too_few_supervisors", n=count,
                                     least=measures.LEAST_SUPERVISORS)  # fmt: skip


STORES: dict[str, Question] = {
    "data folder": data_folder,
    "disk": disk,
    "database": database,
    "migrations": migrations,
    "redis": redis_server,
}
CONTENTS: dict[str, Question] = {
    "calendar": calendar, "ticker": ticker, "notices": notices, "supervisors": supervisors,
}  # fmt: skip
SLOW = ("database", "notices")  # an integrity check; a count over every letter
