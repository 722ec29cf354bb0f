"""`complaints demo`: the complaints of a file live through a simulated year, and a table shows what came of it."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from complaints import clock, db, schema
from complaints.demo import report, simulate, source, timeline
from complaints.demo.apart import apart
from complaints.registry import world


@click.command("demo")
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--mapping", "mapping_name", metavar="NAME|FILE", help="How its columns are read; the one that fits.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same table.")
@click.option("--days", type=click.IntRange(1, 3 * 365), default=365, show_default=True, help="How long to simulate.")
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), help="The first simulated day; today when not given.")
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), help="Keep the simulated database there.")
def command(
    file: Path | None, mapping_name: str | None, seed: int, days: int, start: datetime | None, keep: Path | None
) -> None:
    """Run the complaints of FILE (CSV or XLSX), or generated ones, through a simulated year.

    Days on which complaints were filed (filed_on) keep their distances; without them they spread over the first months.

    Consumers, enterprises and officers are invented and act by chance; the cases, deadlines, letters and logs are real.
    Your own database is not touched: everything happens in a folder of its own, deleted at the end unless --keep.
    """
    first = start.date() if start else clock.local_date(clock.wall())
    read = source.read(file, mapping_name) if file else source.generated(seed, first, days)
    click.echo(f"{read.about}: {len(read.entries)} to file, {read.rejected.total()} cannot be used")
    for reason, times in read.rejected.most_common(3):
        click.echo(f"  {times} x {reason}")
    with _folder(keep) as folder, apart(folder):
        click.echo(f"Simulating {days} days from {first}, seed {seed}, in {folder}")
        schema.prepare()
        with db.transaction() as session:
            world.create(session, world.DEMO, clock.at_local(first, 0))
        with _progress() as progress:
            figures = simulate.simulate(read.entries, seed, days, first, read.known, progress)
        timeline.stand_at(clock.at_local(first + timedelta(days=days), 0))
        report.show(Console(), figures)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """The folder to work in: a temporary one, or an empty one that stays."""
    if keep is None:
        folder = Path(tempfile.mkdtemp(prefix="complaints-demo-"))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return
    if keep.exists() and any(keep.iterdir()):
        raise click.UsageError(f"--keep: {keep} is not empty")
    yield keep.resolve()
    click.echo(f"Kept in {keep}; look at it with: COMPLAINTS_DATA_DIR={keep} complaints web")


@contextmanager
def _progress() -> Iterator[simulate.Progress | None]:
    """A bar on a terminal, nothing elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[closed]}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=1, closed="")

        def report_progress(closed: int, filed: int, day: date) -> None:
            bar.update(task, completed=closed, total=filed, description=f"{day}", closed=f"{closed}/{filed} closed")

        yield report_progress
