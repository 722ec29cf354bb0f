"""`complaints search`: the index of words by which cases are found."""

import click

from complaints import db
from complaints.workflow import indexing


@click.group("search")
def command() -> None:
    """The index of words by which cases are found."""


@command.command("waiting")
def waiting() -> None:
    """Say how many changes of cases the index has not followed yet; the workers do that by themselves."""
    with db.reading() as session:
        count = indexing.due_count(session)
    click.echo(f"Changes to be indexed: {count}{' or more' if count >= indexing.MANY else ''}.")


@command.command("rebuild")
def rebuild() -> None:
    """Have the workers index every case anew, after the database was mended or restored in parts, say."""
    with db.transaction() as session:
        count = indexing.rebuild(session)
    click.echo(f"Cases that the workers will index anew: {count}.")
