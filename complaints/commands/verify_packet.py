"""`complaints verify-packet`: check a case packet offline, without any database."""

from pathlib import Path

import click

from complaints.documents import checking

PARTLY = "nothing was altered since this packet was made, as far as it can be checked (see the notes)"


@click.command("verify-packet")
@click.argument("packet", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--letter", multiple=True, metavar="ENTRY:FINGERPRINT", help="What a letter of the centre says.")
def command(packet: Path, letter: tuple[str, ...]) -> None:
    """Check a case packet (ZIP), offline.

    Exit code 0: nothing of what can be checked was altered; what cannot is said in lines that begin with NOTE.
    Exit code 1: something was altered or cannot be read, named in lines that begin with ALTERED.
    Exit code 2: wrong arguments.
    """
    found = checking.check(packet, dict(_known(each) for each in letter))
    for line in checking.lines(found):
        click.echo(line)
    for place, what in found.wrong:
        click.echo(f"ALTERED {place}: {what}", err=True)
    if found.wrong:
        raise SystemExit(1)
    for text in checking.limits(found):
        click.echo(f"NOTE {text}")
    whole = not found.part and not found.hidden and not found.hidden_texts
    click.echo("nothing was altered since this packet was made" if whole else PARTLY)


def _known(text: str) -> tuple[int, str]:
    seq, _colon, fingerprint = text.partition(":")
    if not seq.isdecimal() or not fingerprint:
        raise click.BadParameter(f"{text!r} is not ENTRY:FINGERPRINT", param_hint="--letter")
    return int(seq), fingerprint.strip().lower()
