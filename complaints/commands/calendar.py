"""`complaints calendar`: which years are known, a new year from a file, and how a deadline is counted."""

from datetime import datetime, timedelta
from pathlib import Path

import click

from complaints import calendar_file, calendars, clock, db
from complaints.errors import BadInput
from complaints.messages import message
from complaints.workflow import sweeps
from complaints.workflow.workdays import Calendar, Count, Reading, Skipped, SpecialDay

Moved = tuple[str, datetime, datetime]  # the case's number, its old and its new due instant


@click.group("calendar")
def command() -> None:
    """Working-day calendars: list, import, check."""


@command.command("list")
def show() -> None:
    """Print the calendar in force of each year."""
    with db.transaction() as session:
        rows = calendars.summaries(session)
    click.echo(f"{'year':<6}{'version':<9}{'state':<13}{'special days':<14}source")
    for row in rows:
        state = "published" if row.published else "provisional"
        click.echo(f"{row.year:<6}{row.version:<9}{state:<13}{row.special_days:<14}{row.source}")


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Show the effect and change nothing.")
def take_in(file: Path, dry_run: bool) -> None:
    """Publish the years in FILE and recompute the open deadlines.

    FILE is CSV with the header day,kind,name, or TOML with [[day]] tables of the same keys. The kinds are statutory
    (a statutory holiday), rest (a make-up rest day) and working (a weekend day made a working day). A year in the file
    replaces the whole year in force.
    """
    years = _parsed(file)
    with db.transaction() as session:
        at = clock.now()
        imported = [calendars.import_year(session, year, days, file.name, at) for year, days in years.items()]
        moved = sweeps.recompute_deadlines(session, at) if dry_run else []
        taken = [(row.year, row.version, row.imported_at == at) for row in imported]
        if dry_run:
            session.rollback()
    if not dry_run:
        moved = sweeps.recompute_all()
    for year, version, added in taken:
        click.echo(f"{year}: version {version}{'' if added else ' says the same already, nothing added'}")
    _report(moved)
    if dry_run:
        click.echo("Dry run: nothing was changed.")


@command.command("check")
@click.argument("day", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]))
@click.argument("n", type=click.IntRange(0, 10_000))
@click.option("--unit", type=click.Choice(["working", "calendar"]), default="working", show_default=True)
@click.option("--reading", type=click.Choice(["broad", "narrow"]), default="broad", show_default=True)
def check(day: datetime, n: int, unit: str, reading: Reading) -> None:
    """Count N days from DATE, which is day 0, and say why days were skipped.

    The reading says where a period of calendar days may not end: broad, on any day that is no working day; narrow, on
    a statutory holiday only (Order 121 art 45).
    """
    start = day.date()
    with db.transaction() as session:
        calendar = calendars.current(session)
    count = calendar.working_days(start, n) if unit == "working" else calendar.calendar_days(start, n, reading)
    click.echo(f"{n} {unit} days from {start} end on {count.end} ({count.end:%A}), 24:00 Asia/Shanghai.")
    _explain(count, calendar)


def _parsed(file: Path) -> dict[int, list[SpecialDay]]:
    try:
        return calendar_file.parse(file)
    except BadInput as error:
        lines = [f"  {place}: {message('en', key)}" for place, keys in error.fields.items() for key in keys]
        raise click.ClickException("\n".join([f"{file.name} cannot be used, nothing was changed:", *lines])) from error


def _report(moved: list[Moved]) -> None:
    """Each deadline that moved, and how many kept their day and are provisional no more."""
    changed = [each for each in moved if each[1] != each[2]]
    for number, old, new in changed:
        click.echo(f"{number}: due {_last_day(old)} -> {_last_day(new)}")
    click.echo(f"Open deadlines moved: {len(changed)}; now certain, with the same day: {len(moved) - len(changed)}.")


def _last_day(due: datetime) -> str:
    """The day at whose end (24:00 Asia/Shanghai) a deadline runs out."""
    return clock.local_date(due - timedelta(microseconds=1)).isoformat()


def _explain(count: Count, calendar: Calendar) -> None:
    for skipped in count.skipped:
        click.echo(f"  skipped {_days(skipped):<25}{skipped.why.replace(':', ': ', 1)}")
    if count.provisional:
        click.echo("Provisional: the count reaches into a year whose calendar is not published yet.")
    click.echo(f"Calendar {calendar.version}.")


def _days(skipped: Skipped) -> str:
    return f"{skipped.first}" if skipped.first == skipped.last else f"{skipped.first} .. {skipped.last}"
