"""Mail by SMTP, the only home of smtplib: one connection for a batch, one message a call.

What went wrong is said in three words that the outbox can act on: the server could not be used at all (Unreachable),
it took the connection away in the middle (Dropped), or it answered about this one letter (Refused).
"""

import re
import smtplib
import socket
import ssl
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Self
from urllib.parse import SplitResult, unquote, urlsplit

from complaints.errors import Misconfigured

TIMEOUT_SECONDS = 12.0  # for each answer: a stalling server must not hold a worker
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
LOG_IN_FIRST = (530, 534, 535, 538)  # "authentication required": our settings are wrong, not this letter
SERVICE_CLOSING = 421

# Headers in ASCII, bodies in base64 where needed: every relay, however old, passes it on unchanged.
_FORM = policy.SMTP.clone(cte_type="7bit")


class MailFailure(Exception):
    """A letter was not accepted; the text says why."""


class Unreachable(MailFailure):
    """The server cannot be used now: nothing was tried."""


class Dropped(MailFailure):
    """The connection ended in the middle of this letter: it may or may not have been accepted."""


class Stalled(Dropped):
    """The server kept us waiting too long in the middle of this letter."""


class Refused(MailFailure):
    """The server refused this letter: `permanent` for good (5xx), else for now (4xx)."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


_ADDRESS = re.compile(r"[^\s<>]+@[^\s<>]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One message to one mailbox."""

    message_id: str
    sender: str
    to: str
    subject: str
    text: str
    html: str
    date: datetime


class Postman:
    """Sends mails over one connection, opened with the first mail and again after it was lost. A context manager.

    `url` is smtp://, smtp+starttls:// or smtps://[user:password@]host[:port]; without one nothing can be sent.
    """

    def __init__(self, url: str | None) -> None:
        self._address = _parsed(url) if url else None
        self._server: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, mail: Mail) -> None:
        """Hand over one mail. Raises Refused, Dropped (Stalled) or Unreachable."""
        if self._address is None:
            raise Unreachable("no SMTP configured")
        if self._server is None:
            self._server = _open(self._address, TIMEOUT_SECONDS)
        try:
            _send(self._server, mail)
        except (Dropped, Unreachable):
            self.close()
            raise

    def close(self) -> None:
        """End the connection, if there is one."""
        if self._server is not None:
            _quit(self._server)
            self._server = None


def compose(mail: Mail) -> EmailMessage:
    """The message as it goes out. Raises ValueError where a header would hold a line break."""
    message = EmailMessage(policy=_FORM)
    message["Message-ID"] = mail.message_id
    message["Date"] = format_datetime(mail.date)
    message["From"] = mail.sender
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message


def _composed(mail: Mail) -> EmailMessage:
    """A letter that the mail library cannot put together is that letter's own trouble, whatever it raises."""
    try:
        return compose(mail)
    except Exception as error:
        raise Refused(_line("cannot be sent", error), permanent=True) from error


def _send(server: smtplib.SMTP, mail: Mail) -> None:
    message = _composed(mail)
    try:
        server.send_message(message, parseaddr(mail.sender)[1], [mail.to])
    except smtplib.SMTPServerDisconnected as error:
        raise (Stalled if _timed_out(error) else Dropped)(_line("connection lost", error)) from error
    except smtplib.SMTPRecipientsRefused as error:
        raise _refusal(*error.recipients[mail.to]) from error
    except smtplib.SMTPResponseException as error:
        raise _refusal(error.smtp_code, error.smtp_error) from error
    except (smtplib.SMTPNotSupportedError, UnicodeError, ValueError) as error:
        raise Refused(_line("cannot be sent", error), permanent=True) from error
    except (OSError, smtplib.SMTPException) as error:
        raise (Stalled if _timed_out(error) else Dropped)(_line("connection lost", error)) from error


def _parsed(url: str) -> SplitResult:
    parts = urlsplit(url)
    try:
        usable = parts.scheme in PORTS and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        raise Misconfigured("COMPLAINTS_SMTP_URL must look like smtp[+starttls|s]://user:password@host:port")
    return parts


def _open(parts: SplitResult, timeout: float) -> smtplib.SMTP:
    """Connected, encrypted and logged in as the URL says; whatever fails here is no letter's fault."""
    server = None
    try:
        server = _connect(parts, timeout)
        if parts.scheme == "smtp+starttls":
            server.starttls(context=ssl.create_default_context())
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.ehlo_or_helo_if_needed()
    except (OSError, smtplib.SMTPException) as error:
        if server is not None:
            server.close()
        raise Unreachable(_line("mail server not usable", error)) from error
    return server


def _connect(parts: SplitResult, timeout: float) -> smtplib.SMTP:
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    name = socket.gethostname()  # smtplib's own choice asks the name server and may hang for seconds
    if parts.scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, name, timeout=timeout, context=ssl.create_default_context())
    return smtplib.SMTP(host, port, name, timeout=timeout)


def _quit(server: smtplib.SMTP) -> None:
    """Say goodbye if the server still listens; whether it does is of no interest any more."""
    try:
        if server.sock is not None:
            server.sock.settimeout(2.0)
            server.quit()
    except (OSError, smtplib.SMTPException):
        pass
    finally:
        server.close()


def _refusal(code: int, answer: bytes | str) -> MailFailure:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    line = _without_addresses(f"{code} {' '.join(text.split())}")[:300]
    if code in LOG_IN_FIRST:
        return Unreachable(line)
    if code == SERVICE_CLOSING:
        return Dropped(line)
    return Refused(line, permanent=code >= 500)


def _timed_out(error: BaseException) -> bool:
    """smtplib says "server not connected" about a time-out too; what it was is in the cause."""
    return isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)


def _line(what: str, error: BaseException) -> str:
    return _without_addresses(f"{what}: {' '.join(str(error).split()) or type(error).__name__}")[:300]


def _without_addresses(text: str) -> str:
    """What a server answers goes into logs and lists, where no reader's address may stand."""
    return _ADDRESS.sub("***", text)
