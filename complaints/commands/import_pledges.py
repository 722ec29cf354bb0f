"""`complaints import-pledges`: pledges of a year's campaign from a spreadsheet."""

from pathlib import Path

import click

from complaints import clock
from complaints.importer import pledges, reader
from complaints.importer.pledges import Options
from complaints.importer.rejects import Rejects


@click.command("import-pledges")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--year", type=int, required=True, help="Of which year's campaign.")
@click.option("--approve", is_flag=True, help="They have been reviewed: they are announced on the campaign's day.")
@click.option("--sheet", help="The sheet of an XLSX file; the first when not given.")
@click.option("--reject", type=click.Path(path_type=Path), help="Where bad rows go; FILE.rejects.csv if not given.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
def command(file: Path, year: int, approve: bool, sheet: str | None, reject: Path | None, dry_run: bool) -> None:
    """Import pledges from FILE, a CSV or XLSX file with a column for each kind of promise.

    Other columns: enterprise or credit_code, answer_days, mediation_consent; Chinese names do as well. A row that
    cannot be used goes to the reject file with the reason; a row that was imported before is left alone.
    """
    path = reject or Path(f"{file.stem}.rejects.csv")
    with reader.opened(file, sheet=sheet) as table, Rejects(path, table.columns, file) as rejects:
        summary = pledges.Importer(table, rejects, year, Options(approve, dry_run)).run(clock.now())
    entered = "would be entered" if dry_run else "entered"
    click.echo(
        f"{summary.read} read, {summary.entered} {entered}, {summary.already_there} already there, "
        f"{summary.rejected} rejected"
    )
    for line in pledges.rejected(summary):
        click.echo(line)
    if summary.rejected:
        click.echo(f"Rejected rows, with the reasons: {path}")
    if dry_run:
        click.echo("Dry run: nothing was changed.")
