"""The database's tables: brought up to date, checked, and drafted anew when the models change."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

import migrations
from complaints import calendars, clock, db, models
from complaints.db import Base
from complaints.registry import world

ONE_AT_A_TIME = 7_320_315  # key of PostgreSQL's advisory lock: two starters must not both migrate
UNMODELLED = ("search_fts", "ix_search_text_words")  # how each database keeps its index of words (migration 0007)
YEARS_AHEAD = 5  # a case may live for about a year, and a demo's clock runs ahead


def prepare() -> None:
    """Everything that must stand in the database before the first case: tables, and calendars for years to come."""
    upgrade(db.engine())
    with db.transaction() as session:
        calendars.seed(session, clock.local_date(clock.now()).year + YEARS_AHEAD)


def settle_as_live() -> None:
    """Unless the database says already what it is: a live world, whose clock nobody can ever move."""
    with db.transaction() as session:
        if world.kind(session) is None:
            world.create(session, world.LIVE, clock.now())


def upgrade(engine: Engine) -> None:
    """Bring the tables to the newest revision, in one transaction; harmless where they are there already."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
        if _revision(connection) != newest():
            command.upgrade(_config(connection), "head")


def downgrade(connection: Connection, to: str = "base") -> None:
    """Take the tables back to an older revision; "base" removes them with everything in them."""
    command.downgrade(_config(connection), to)


def is_current(engine: Engine) -> bool:
    """Whether the tables stand at the newest revision."""
    return revision(engine) == newest()


def revision(engine: Engine) -> str | None:
    """The revision at which the tables stand; None in an empty database."""
    with engine.connect() as connection:
        return _revision(connection)


def newest() -> str | None:
    """The newest revision that this version of the product knows."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def differences(engine: Engine) -> list[object]:
    """How the tables differ from the models; empty when they agree."""
    assert models.__all__  # imported for its tables
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": of_the_models})
        return list(compare_metadata(context, Base.metadata))


def of_the_models(name: str | None, kind: str, _parents: object) -> bool:
    """Whether a thing in the database is to be found in the models."""
    return not (kind in ("table", "index") and (name or "").startswith(UNMODELLED))


def draft(engine: Engine, message: str, number: str) -> Path:
    """Write a new revision file from the difference between `engine`, which must be current, and the models."""
    with engine.begin() as connection:
        script = command.revision(_config(connection), message, autogenerate=True, rev_id=number)
    if script is None or isinstance(script, list):
        raise ValueError("one revision was expected")
    return Path(script.path)


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, made here so that no file has to be found from the folder we are started in."""
    config = Config()
    folder = str(Path(migrations.__file__).parent)
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes |= {"connection": connection, "include_name": of_the_models}
    return config
