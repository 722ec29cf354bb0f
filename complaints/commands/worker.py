"""`complaints worker`: the RQ workers and the ticker, supervised; the same as `python worker.py`."""

import click

import worker


@click.command("worker")
def command() -> None:
    """Run the RQ workers and the ticker, until Ctrl-C."""
    worker.main()
