"""`complaints doctor`: says which stores are used and whether all is well."""

import sys

import click

from complaints import doctor
from complaints.config import settings


@click.command("doctor")
def command() -> None:
    """Check stores, migrations, calendar, ticker and outbox; exit code 1 when something is wrong."""
    checks = doctor.examine(settings())
    width = max(len(check.name) for check in checks)
    for check in checks:
        click.echo(f"{'ok   ' if check.ok else 'WRONG'}  {check.name:<{width}}  {check.seen.told('en')}")
    sys.exit(0 if all(check.ok for check in checks) else 1)
