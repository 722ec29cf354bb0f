"""`complaints notices`: what waits in the outbox, what could not be delivered, and trying again."""

from datetime import datetime

import click
from sqlalchemy import func, select

from complaints import clock, db
from complaints.delivery import outbox
from complaints.models import Notice


@click.group("notices")
def command() -> None:
    """The outbox: waiting and dead letters."""


@command.command("waiting")
def waiting() -> None:
    """Count letters by status, and say since when the oldest one due has been waiting."""
    with db.transaction() as session:
        at = clock.now()
        by_status = select(Notice.status, func.count()).group_by(Notice.status).order_by(Notice.status)
        counts = session.execute(by_status).all()
        due = outbox.due_count(session, at)
        overdue = (Notice.status == "waiting", Notice.send_at <= at)
        oldest = session.scalar(select(func.min(Notice.send_at)).where(*overdue))
    for status, count in counts:
        click.echo(f"{status:<8} {count:>8}")
    click.echo(f"Due now: {due}." + (f" The oldest was planned for {_local(oldest)}." if oldest else ""))


@command.command("dead")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True)
def dead(limit: int) -> None:
    """List letters that could not be delivered, newest first."""
    with db.transaction() as session:
        rows = outbox.dead(session, limit)
    if not rows:
        click.echo("No letter is dead.")
    for row in rows:
        what = f"{row.facts.get('number', '-')} {row.letter}"
        click.echo(f"{row.id:>8}  {what:<40} {row.recipient:<20} {row.last_error or ''}")


@command.command("retry")
@click.option("--all", "everything", is_flag=True, help="Retry every dead letter.")
@click.argument("ids", nargs=-1, type=int, metavar="[ID]...")
def retry(everything: bool, ids: tuple[int, ...]) -> None:
    """Let dead letters leave again: those given by ID, or all with --all."""
    if everything == bool(ids):
        raise click.UsageError("give the ids of letters, or --all")
    with db.transaction() as session:
        count = outbox.retry_dead(session, clock.now(), None if everything else ids)
    click.echo(f"Letters that will be tried again: {count}.")


def _local(at: datetime) -> str:
    return f"{at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M} (Asia/Shanghai)"
