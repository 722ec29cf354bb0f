"""`complaints web`: the pages alone, for machines where the workers run elsewhere."""

import gc
import signal
import sys
from types import FrameType

import click
import waitress

import web
from complaints import logs
from complaints.registry import uploads

THREADS = 8
AROUND_FILES = 1024 * 1024  # bytes of a request that may stand around its files


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


@click.command("web")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
def command(host: str, port: int) -> None:
    """Serve the pages only. Behind a proxy, gunicorn "web:create_app()" does the same."""
    logs.configure("web")
    signal.signal(signal.SIGTERM, _end)
    app = web.create_app()
    gc.collect()
    gc.freeze()  # what every process keeps is not looked at again each time that a document's garbage is
    most = uploads.most_bytes() + AROUND_FILES
    waitress.create_server(app, host=host, port=port, threads=THREADS, ident=None, max_request_body_size=most).run()
