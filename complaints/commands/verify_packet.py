"""`complaints verify-packet`: check a case packet offline, without any database."""

from pathlib import Path

import click

from complaints.documents import checking


@click.command("verify-packet")
@click.argument("packet", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--letter", multiple=True, metavar="ENTRY:FINGERPRINT", help="What a letter of the centre says.")
def command(packet: Path, letter: tuple[str, ...]) -> None:
    """Check a case packet (ZIP); exit code 1, naming the place, where anything was altered."""
    found = checking.check(packet, dict(_known(each) for each in letter))
    for line in checking.lines(found):
        click.echo(line)
    for place, what in found.wrong:
        click.echo(f"ALTERED {place}: {what}", err=True)
    if found.wrong:
        raise SystemExit(1)
    click.echo("nothing was altered since this packet was made")


def _known(text: str) -> tuple[int, str]:
    seq, _colon, fingerprint = text.partition(":")
    if not seq.isdecimal() or not fingerprint:
        raise click.BadParameter(f"{text!r} is not ENTRY:FINGERPRINT", param_hint="--letter")
    return int(seq), fingerprint.strip().lower()
