"""`complaints user`: the people who log in."""

import secrets
import sys

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import clock, db
from complaints.errors import BadInput
from complaints.messages import sentence
from complaints.models import Account, Enterprise
from complaints.registry import accounts, enterprises


@click.group("user")
def command() -> None:
    """People who log in: add, list, password, deactivate."""


@command.command("add")
@click.argument("login")
@click.option("--name", required=True, help="The person's name, as others see it.")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(accounts.ROLES), help="Repeat it.")
@click.option("--enterprise", help="For the role enterprise: its name or credit code.")
@click.option("--email", help="Where letters to this person go.")
@click.option("--generate", is_flag=True, help="Make up a password and print it.")
def add(
    login: str, name: str, roles: tuple[str, ...], enterprise: str | None, email: str | None, generate: bool
) -> None:
    """Make an account. The password is asked for, or read from standard input where that is no terminal."""
    password = _password(generate)
    with db.transaction() as session:
        enterprise_id = _enterprise(session, enterprise).id if enterprise else None
        try:
            account = accounts.create(session, login, name, password, roles, enterprise_id, email, at=clock.now())
        except BadInput as error:
            raise click.ClickException(f"{error.message}: {sentence('en', error.fields)}") from None
    click.echo(f"Account {account.login} made: {', '.join(account.roles)}.")
    _show(password, generate)


@command.command("list")
def show() -> None:
    """Print every account."""
    with db.transaction() as session:
        query = select(Account, Enterprise.name).outerjoin(Enterprise, Account.enterprise_id == Enterprise.id)
        rows = session.execute(query.order_by(Account.login)).all()
    for account, enterprise in rows:
        state = "" if account.active else "  (deactivated)"
        place = f"  {enterprise}" if enterprise else ""
        click.echo(f"{account.login:<24}{', '.join(account.roles):<28}{account.name}{place}{state}")
    if not rows:
        click.echo("There are no accounts yet; make one with: complaints user add")


@command.command("password")
@click.argument("login")
@click.option("--generate", is_flag=True, help="Make up a password and print it.")
def password(login: str, generate: bool) -> None:
    """Give an account a new password and end its open sessions."""
    new = _password(generate)
    with db.transaction() as session:
        accounts.set_password(session, accounts.by_login(session, login), new)
    click.echo(f"Password of {login} changed; its open sessions have ended.")
    _show(new, generate)


@command.command("deactivate")
@click.argument("login")
def deactivate(login: str) -> None:
    """Close an account and end its open sessions. What it did stays in the logs."""
    with db.transaction() as session:
        accounts.deactivate(session, accounts.by_login(session, login))
    click.echo(f"Account {login} is closed.")


def _password(generate: bool) -> str:
    if generate:
        return secrets.token_urlsafe(12)
    if sys.stdin.isatty():
        answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        return answer
    return sys.stdin.readline().rstrip("\r\n")


def _show(password: str, generated: bool) -> None:
    if generated:
        click.echo(f"Password: {password}")


def _enterprise(session: Session, name: str) -> Enterprise:
    found = enterprises.candidates(session, name)
    if len(found) != 1:
        many = f"{len(found)} enterprises are" if found else "no enterprise is"
        raise BadInput(f"{many} called {name}", {"enterprise": ["unknown_enterprise"]})
    return found[0]
