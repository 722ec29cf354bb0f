"""`complaints enterprise`: enter traders, their names and their standing. Pledges and designations have pages."""

from datetime import datetime
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import clock, db
from complaints.errors import BadInput
from complaints.models import Enterprise
from complaints.registry import enterprises, firms, former_addresses, merging

STANDING = [
    click.option("--participant/--no-participant", default=None, help="Takes part; its pledge is its consent."),
    click.option("--answer-days", type=click.IntRange(1, 60), help="Working days it promises to answer in."),
    click.option("--email", help="Its complaints mailbox."),
    click.option("--locale", type=click.Choice(["zh", "en"]), help="The language of its letters."),
    click.option("--pledge-until", type=click.DateTime(["%Y-%m-%d"]), help="Last day of its pledge."),
]
COLUMNS = {"answer_days": "promised_answer_days"}


def _standing(function: Any) -> Any:
    for option in reversed(STANDING):
        function = option(function)
    return function


@click.group("enterprise")
def command() -> None:
    """Enterprises: add, set, name, merge, list."""


@command.command("add")
@click.argument("name")
@_standing
def add(name: str, **standing: Any) -> None:
    """Enter an enterprise."""
    with db.transaction() as session:
        enterprise = enterprises.create(session, name, clock.now())
        _set(enterprise, standing)
        click.echo(f"Enterprise {enterprise.id} entered: {enterprise.name}.")


@command.command("set")
@click.argument("name")
@_standing
def change(name: str, **standing: Any) -> None:
    """Change an enterprise; open cases keep the standing of their filing, and pledges say it where there are any."""
    with db.transaction() as session:
        enterprise = firms.get(session, _found(session, name).id)
        given = {COLUMNS.get(field, field) for field, value in standing.items() if value is not None}
        firms.leave_standing(session, enterprise.id, given)
        before = enterprise.email
        _set(enterprise, standing)
        former_addresses.tell(session, enterprise, before, clock.now())
        click.echo(f"Enterprise {enterprise.id} changed: {enterprise.name}.")


@command.command("name")
@click.argument("name")
@click.argument("other")
@click.option("--kind", type=click.Choice(["brand", "former", "alias"]), default="brand", show_default=True)
def another_name(name: str, other: str, kind: str) -> None:
    """Let an enterprise be found by one more name."""
    with db.transaction() as session:
        enterprises.add_name(session, _found(session, name), kind, other)
    click.echo(f"{name} is found as {other} now.")


@command.command("merge")
@click.argument("old")
@click.argument("new")
@click.option("--yes", is_flag=True, help="Do it; without this only what would happen is said.")
def merge(old: str, new: str, yes: bool) -> None:
    """Let OLD become names of NEW, with all its cases and people. Cannot be undone."""
    with db.reading() as session:
        pair = _found(session, old).id, _found(session, new).id
        effect = merging.preview(session, *pair, clock.now())
    if not yes:
        click.echo(f"Cases that have reached it: {effect.open_cases} open, {effect.closed_cases} closed.")
        click.echo(f"Names that lead to {new} then: {', '.join(effect.names)}.")
        for table, count in effect.rows.items():
            click.echo(f"  {table}: {count}")
        if effect.gives_up:
            click.echo(f"Ends with it, for new complaints: {', '.join(effect.gives_up)}.")
        click.echo("Nothing was changed. Say --yes to merge them.")
        return
    with db.transaction() as session:
        moved = merging.merge(session, *pair, None, clock.now())
    click.echo(f"{old} is {new} now: {moved.get('complaint', 0)} cases moved.")


@command.command("list")
def show() -> None:
    """Print every enterprise."""
    with db.reading() as session:
        for each in session.scalars(select(Enterprise).order_by(Enterprise.id)):
            marks = [word for word in ("participant", "benchmark") if getattr(each, word)]
            click.echo(f"{each.id:>6}  {each.name}  {', '.join(marks) or '-'}  {each.email or 'no mailbox'}")


def _found(session: Session, name: str) -> Enterprise:
    enterprise = enterprises.find(session, name)
    if enterprise is None:
        raise BadInput(f"there is no single enterprise found as {name}", {"name": ["unknown_enterprise"]})
    return enterprise


def _set(enterprise: Enterprise, standing: dict[str, Any]) -> None:
    """Write what was given; a new participant's pledge is in force from now."""
    given = {name: value for name, value in standing.items() if value is not None}
    until: datetime | None = given.pop("pledge_until", None)
    if until is not None:
        enterprise.pledge_until = clock.end_of_day(until.date())
    if given.get("participant") and enterprise.pledge_from is None:
        enterprise.pledge_from = clock.now()
    if "answer_days" in given:
        enterprise.promised_answer_days = given.pop("answer_days")
    for name, value in given.items():
        setattr(enterprise, name, value)
