"""`complaints token`: the tokens with which programs come in for an account."""

from datetime import datetime, timedelta

import click

from complaints import clock, db
from complaints.errors import BadInput
from complaints.messages import sentence
from complaints.registry import accounts, tokens

LONGEST_DAYS = 3660


@click.group("token")
def command() -> None:
    """Tokens for programs: issue, list, revoke."""


@command.command("issue")
@click.argument("login")
@click.option("--name", required=True, help="Which program it is for.")
@click.option(
    "--days", type=click.IntRange(1, LONGEST_DAYS), help="How long it is good for; without it, until revoked."
)
def issue(login: str, name: str, days: int | None) -> None:
    """Make a token for the account LOGIN and print it. It is shown this once: only its hash is kept."""
    now = clock.wall()
    with db.transaction() as session:
        account = accounts.by_login(session, login)
        if not account.active:
            raise click.ClickException(f"the account {account.login} is closed")
        try:
            row, text = tokens.issue(session, account, name, now, now + timedelta(days=days) if days else None)
        except BadInput as error:
            raise click.ClickException(f"{error.message}: {sentence('en', error.fields)}") from None
    click.echo(f"Token {row.id} of {account.login} for {row.name}, {_until(row.expires_at)}:\n{text}")


@command.command("list")
@click.argument("login")
def show(login: str) -> None:
    """List the tokens of the account LOGIN that were not revoked."""
    with db.reading() as session:
        rows = tokens.of(session, accounts.by_login(session, login).id)
    for row in rows:
        over = "  (over)" if row.expires_at and row.expires_at <= clock.wall() else ""
        click.echo(f"{row.id:>8}  {row.name:<32} made {_local(row.made_at)}, {_until(row.expires_at)}{over}")
    if not rows:
        click.echo(f"{login} has no tokens.")


@command.command("revoke")
@click.argument("login")
@click.argument("token_id", metavar="ID", type=int)
def revoke(login: str, token_id: int) -> None:
    """End the token ID of the account LOGIN at once."""
    with db.transaction() as session:
        tokens.revoke(session, accounts.by_login(session, login).id, token_id, clock.wall())
    click.echo(f"Token {token_id} of {login} is revoked.")


def _until(expires_at: datetime | None) -> str:
    return f"good until {_local(expires_at)}" if expires_at else "good until revoked"


def _local(at: datetime) -> str:
    return f"{at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"
