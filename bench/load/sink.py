"""A mail server in a process of its own that takes every letter and keeps none."""

import sys
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Sink:
    """Says yes to everything."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd)
        """Take it."""
        return "250 taken"


def main() -> None:
    """Listen on the port given, until ended."""
    Controller(Sink(), hostname="127.0.0.1", port=int(sys.argv[1])).start()
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    main()
