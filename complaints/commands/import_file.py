"""`complaints import`: a file of complaints from elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from complaints.errors import BadInput
from complaints.importer import mapping, reader
from complaints.importer.load import Importer, Options, Summary
from complaints.importer.rejects import Rejects

PLAIN_STEP = 1000  # rows between two lines where there is no terminal


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--mapping", "mapping_name", metavar="NAME|FILE", help="A mapping that ships, or a TOML file.")
@click.option(
    "--map", "pairs", multiple=True, metavar="FIELD=COLUMN", help="One field; on top of --mapping. Repeat it."
)
@click.option("--source", help="Whose file this is; with the ids in it, this tells its rows from others.")
@click.option("--date-format", "dates", multiple=True, metavar="FORM", help="How dates are written, such as %d.%m.%Y.")
@click.option("--decimal", type=click.Choice(["point", "comma"]), help="How amounts are written: 1,299.00 or 1.299,00.")
@click.option("--sheet", help="The sheet of an XLSX file; the first when not given.")
@click.option("--encoding", help="The encoding of a CSV file; recognised when not given.")
@click.option("--delimiter", help="The delimiter of a CSV file; recognised when not given.")
@click.option("--create-enterprises", is_flag=True, help="Enter unknown enterprises, as non-participants.")
@click.option("--filed-at", type=click.Choice(["now", "as-given"]), default="now", show_default=True)
@click.option(
    "--reject", type=click.Path(path_type=Path), help="Where bad rows go; FILE.rejects.csv here if not given."
)
@click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
def command(file: Path, mapping_name: str | None, reject: Path | None, **options: Any) -> None:
    """Import complaints from FILE, a CSV or XLSX file.

    Encoding and delimiter are recognised. A row that cannot be used goes to the reject file with its number and the
    reason, and a row that was imported before is left alone. Each field comes from a column, from several
    (--map "product={brand} {model}"), or is the same everywhere (--map category==cars).
    """
    reading = {name: options[name] for name in ("sheet", "encoding", "delimiter")}
    with reader.opened(file, **reading) as table:
        chosen = _mapping(mapping_name, table.columns, options)
        click.echo(f"{file.name}: {table.about}, {len(table.columns)} columns, mapping {chosen.name}")
        path = reject or Path(f"{file.stem}.rejects.csv")
        how = Options(options["create_enterprises"], options["filed_at"] == "as-given", options["dry_run"])
        with Rejects(path, table.columns, file) as rejects, _progress() as progress:
            summary = Importer(file, chosen, table, rejects, how).run(progress=progress)
    _report(summary, path, how)


def _mapping(name: str | None, columns: list[str], options: dict[str, Any]) -> mapping.ColumnMap:
    """The mapping that was named, or the pairs on the spot, or the one shipped mapping that fits."""
    given = {each: options[each] for each in ("source", "dates", "decimal")}
    if name is not None:
        return mapping.with_overrides(mapping.load(name), options["pairs"], **given)
    try:
        base = mapping.recognise(columns)
    except BadInput:
        if not options["pairs"]:
            raise
        base = None
    return mapping.with_overrides(base, options["pairs"], **given)


@contextmanager
def _progress() -> Iterator[Callable[[float, int], None]]:
    """A bar on a terminal; elsewhere a line now and then, so that a log stays short."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _plain_progress()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("0 rows", total=1.0)
        yield lambda part, rows: bar.update(task, completed=part, description=f"{rows} rows")


def _plain_progress() -> Callable[[float, int], None]:
    said = 0

    def report(_part: float, rows: int) -> None:
        nonlocal said
        if rows // PLAIN_STEP > said:
            said = rows // PLAIN_STEP
            print(f"{rows} rows read", file=sys.stderr, flush=True)  # noqa: T201

    return report


def _report(summary: Summary, rejects: Path, how: Options) -> None:
    words = ("would be filed", "would be created") if how.dry_run else ("filed", "created")
    click.echo(
        f"{summary.read} read, {summary.filed} {words[0]}, {summary.already_there} already there, "
        f"{summary.rejected} rejected, {summary.enterprises_created} enterprises {words[1]}"
    )
    if summary.rejected:
        for reason, count in summary.reasons.most_common(3):
            click.echo(f"  {count} x {reason}")
        click.echo(f"Rejected rows, with the reasons: {rejects}")
    if how.dry_run:
        click.echo("Dry run: nothing was changed.")
