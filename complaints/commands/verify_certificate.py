"""`complaints verify-certificate`: check a certificate offline, by its signature and the published key."""

from pathlib import Path

import click

from complaints.registry import signing

MOST_BYTES = 20_000_000
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("verify-certificate")
@click.argument("file", type=FILE)
@click.option("--signature", type=FILE, required=True, help="The file of the signature (.sig).")
@click.option("--key", type=FILE, required=True, help="The association's public key (PEM).")
def command(file: Path, signature: Path, key: Path) -> None:
    """Check a certificate (PDF) and its signature, offline.

    Exit code 0: it is what was signed with this key. Exit code 1: it is not. Exit code 2: wrong arguments. Whether the
    pledge still stands is on the page to which the code on the certificate leads.
    """
    pem = _read(key)
    if not signing.verified(_read(file), _read(signature).decode("ascii", "replace"), pem):
        click.echo(f"ALTERED {file}: this is not what was signed with this key", err=True)
        raise SystemExit(1)
    click.echo(f"unaltered: signed with the key {signing.id_of(pem)}")


def _read(path: Path) -> bytes:
    if path.stat().st_size > MOST_BYTES:
        raise click.BadParameter(f"{path} is larger than {MOST_BYTES} bytes")
    return path.read_bytes()
