"""`complaints run`: the whole product on this machine."""

import click

from complaints import serve


@click.command("run")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--demo", is_flag=True, help="Load a small demo world on first start and print its log-ins.")
def command(host: str, port: int, demo: bool) -> None:
    """Run pages, workers, ticker and stores together, until Ctrl-C."""
    serve.run(host, port, demo=demo)
