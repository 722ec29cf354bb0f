"""`complaints init`: make the tables, or bring them up to date, and load the calendar."""

import click

from complaints import db, schema


@click.command("init")
def command() -> None:
    """Make or upgrade the tables and load the working-day calendar. Harmless when done already."""
    before = schema.revision(db.engine())
    schema.prepare()
    schema.settle_as_live()
    now = schema.revision(db.engine())
    click.echo(f"Tables at revision {now}" + (" already." if before == now else f" (before: {before or 'none'})."))
