"""`complaints verify`: prove by search that nobody is ever stuck, and say how long anything can last."""

import gc

import click

from complaints import calendars, clock
from complaints.workflow import policy, verify
from complaints.workflow.case import OPEN
from complaints.workflow.longest import Lengths, silent_remainder, total_life
from complaints.workflow.policy import Policy
from complaints.workflow.verify import Findings


@click.command("verify")
def command() -> None:
    """Search the whole lifecycle table under every policy; exit 1 and name the row when somebody could get stuck."""
    gc.disable()  # the search keeps all that it finds; looking for garbage among it takes a quarter of the time
    try:
        found = [(each, verify.check(each)) for each in policy.versions()]
    finally:
        gc.enable()
    for each, findings in found:
        _report(each, findings)
    problems = [f"{each.version}: {problem}" for each, findings in found for problem in findings.problems]
    problems += verify.unused([findings for _, findings in found]) if not problems else []
    for problem in problems:
        click.echo(f"PROBLEM {problem}", err=True)
    if problems:
        raise SystemExit(1)
    click.echo(
        "nobody is ever stuck: every state has an owner, a clock and a consequence, and every cycle spends a counter"
    )


def _report(each: Policy, findings: Findings) -> None:
    click.echo(f"policy {each.version}")
    click.echo(f"  states                    {len(OPEN)} open, 1 closed")
    click.echo(f"  triggers                  {len(verify.TRIGGERS)}")
    click.echo(f"  reachable configurations  {findings.configurations}")
    click.echo(f"  steps between them        {sum(map(len, findings.edges.values()))}")
    click.echo("  silence leads")
    for state in OPEN:
        if ways := findings.silences.get(state.value):
            click.echo(f"    from {state.value:<22} {'; '.join(sorted(ways))}")
    if not findings.problems:
        _durations(each, findings)


def _durations(each: Policy, findings: Findings) -> None:
    calendar = calendars.shipped(clock.local_date(clock.now()).year + 1)
    lengths = Lengths(each, calendar)
    silence = silent_remainder(findings, lengths)
    first, last = lengths.starts[0], lengths.starts[-1]
    click.echo(f"  over every start date from {first} to {last} (the published years), in calendar days")
    click.echo(f"    longest silent remainder  {silence.days} (from {silence.state.value}, begun on {silence.start})")
    click.echo(f"    longest total life        at most {total_life(findings, lengths)}")
