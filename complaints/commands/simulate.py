"""`complaints simulate`: move the clock of a demo world, as its page does."""

import click

from complaints import clock, db
from complaints.demo import time_machine


@click.command("simulate")
@click.option(
    "--days",
    type=click.IntRange(1, time_machine.MOST_WORKING_DAYS),
    default=1,
    show_default=True,
    help="How many working days to move on.",
)
def command(days: int) -> None:
    """Move a demo world on to 9:00 of a coming working day; what falls due on the way happens at its hour.

    Refused in a live world.
    """
    with db.transaction() as session:
        time_machine.refuse_unless_demo(session)
    before = clock.now()
    after = time_machine.move(days)
    local = [instant.astimezone(clock.SHANGHAI) for instant in (before, after)]
    click.echo(f"The demo's clock: {local[0]:%Y-%m-%d %H:%M} -> {local[1]:%Y-%m-%d %H:%M} (Asia/Shanghai)")
