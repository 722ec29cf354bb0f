"""Settings, read once from the environment. Nothing else reads `os.environ`."""

import contextlib
import os
import re
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from complaints.errors import Misconfigured

LIMITS = {
    "login": "30 per minute;300 per hour",  # one address
    "names": "600 per hour",  # one log-in name from one network: guesses from many addresses of it
    "filing": "60 per minute;600 per hour",  # one address, behind which a carrier may keep a whole town
    "mailboxes": "10 per hour;30 per day",  # one mail address, given from one network: it may be somebody else's
    "links": "10 per minute;100 per hour",  # one address that asks for lost links
    "codes": "20 per minute;200 per hour",  # one address that checks documents by their codes
    "marks": "20 per minute;200 per hour",  # one address that looks up codes of marks that there are not
    "drafts": "60 per minute;600 per hour",  # one address that begins to file
    "visits": "6000 per hour",  # all private links of one address together: acts, and files
    "files": "60 per minute;600 per hour",  # one person
    "pieces": "1200 per minute",  # one person; of large files
    "acts": "30 per minute;300 per hour",  # one person; each may send letters to the other side
    "programs": "600 per minute",  # all API tokens of one account: filing, acting and files, each
}
RATE = re.compile(r"([1-9]\d{0,8}) *(?:per|/) *(second|minute|hour|day)s?")
LEAST_SECRET = 32  # characters
VIDEO_MEGABYTES = 200  # a minute filmed by a phone in Full HD has 60 to 130
LEAST_VIDEO_MEGABYTES = 20  # as much as any other file
LOG_FORMATS = ("text", "json")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True)
class Settings:
    """How this installation runs. Each field's environment variable stands beside it."""

    data_dir: Path  # COMPLAINTS_DATA_DIR
    database_url: str  # COMPLAINTS_DATABASE_URL; default: SQLite in the data folder
    redis_url: str | None  # COMPLAINTS_REDIS_URL; None: an embedded Valkey in the data folder
    secret_key: str = field(repr=False)  # COMPLAINTS_SECRET_KEY; default: made once, kept in the data folder
    smtp_url: str | None = field(
        repr=False
    )  # COMPLAINTS_SMTP_URL, smtp[s]://user:password@host:port; None: kept, not sent
    base_url: str  # COMPLAINTS_BASE_URL: what links in letters begin with
    sender: str  # COMPLAINTS_SENDER: the From address of letters
    centre_name: str  # COMPLAINTS_CENTRE_NAME: what stands over issued documents; "": words for it in both languages
    intake_email: str  # COMPLAINTS_INTAKE_EMAIL: mailbox of the intake desk
    supervisor_email: str  # COMPLAINTS_SUPERVISOR_EMAIL: mailbox of the supervisors
    workers: int  # COMPLAINTS_WORKERS: worker processes of one worker.py
    simple_worker: bool  # COMPLAINTS_SIMPLE_WORKER: RQ's SimpleWorker instead of the forking Worker
    tick_seconds: float  # COMPLAINTS_TICK_SECONDS: pause between two questions to the database
    trusted_proxies: int  # COMPLAINTS_TRUSTED_PROXIES: proxies in front whose X-Forwarded-* is believed
    video_megabytes: int  # COMPLAINTS_VIDEO_MEGABYTES: how large a video may be, and the files of one form together
    limits: Mapping[str, str]  # COMPLAINTS_LIMITS: what differs from LIMITS, as "filing=90/minute,900/hour; acts=off"
    log_format: str  # COMPLAINTS_LOG_FORMAT, text or json; default: text on a terminal, else json
    log_level: str  # COMPLAINTS_LOG_LEVEL: the least that is logged: DEBUG, INFO, WARNING or ERROR
    metrics_token: str | None = field(repr=False)  # COMPLAINTS_METRICS_TOKEN: who may read /metrics; None: everybody
    webhook_local: bool  # COMPLAINTS_WEBHOOK_LOCAL: webhooks may lead into one's own network, and by http to loopback

    @property
    def embedded_database(self) -> bool:
        """Whether the database is the SQLite file of the data folder."""
        return self.database_url.startswith("sqlite")


def _number(name: str, default: float, least: float) -> float:
    text = os.environ.get(name, "").strip()
    try:
        value = float(text) if text else default
    except ValueError:
        raise Misconfigured(f"{name} must be a number, not {text!r}") from None
    if value < least:
        raise Misconfigured(f"{name} must be at least {least:g}, not {text}")
    return value


def _flag(name: str) -> bool:
    return os.environ.get(name, "").strip().lower() in ("1", "true", "yes", "on")


def _choice(name: str, known: tuple[str, ...], default: str) -> str:
    text = os.environ.get(name, "").strip() or default
    found = {each.casefold(): each for each in known}.get(text.casefold())
    if found is None:
        raise Misconfigured(f"{name} must be one of {', '.join(known)}, not {text!r}")
    return found


def _limits(name: str) -> dict[str, str]:
    """How often who may do what: `LIMITS`, with what the variable says instead. "" where there is no limit."""
    chosen = dict(LIMITS)
    for entry in filter(None, (part.strip() for part in os.environ.get(name, "").split(";"))):
        kind, _, text = (part.strip() for part in entry.partition("="))
        if kind not in LIMITS:
            raise Misconfigured(f"{name} knows {', '.join(LIMITS)}; there is no {kind!r}")
        chosen[kind] = "" if text == "off" else ";".join(_rate(name, part) for part in text.split(","))
    return chosen


def _rate(name: str, text: str) -> str:
    found = RATE.fullmatch(text.strip())
    if found is None:
        form = "filing=90/minute,900/hour; acts=off"
        raise Misconfigured(f'{name} is written like "{form}"; {text.strip()!r} is no rate')
    return f"{found[1]} per {found[2]}"


def _metrics_token(name: str) -> str | None:
    token = os.environ.get(name, "").strip()
    if token and not token.isascii():
        raise Misconfigured(f"{name} must be plain ASCII: it is sent in a header")
    return token or None


def _kept_secret(data_dir: Path) -> str:
    """The secret key of the data folder, made on first use, readable by its owner only; whole or not there at all."""
    path = data_dir / "secret_key"
    if not path.exists():
        draft = data_dir / f".secret_key.{secrets.token_hex(4)}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        with contextlib.suppress(FileExistsError):  # another process was first: its key is the key
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()


def _secret(name: str, data_dir: Path) -> str:
    """The key by which sessions and private links are made; whoever can guess it can open every case."""
    given = os.environ.get(name, "")
    key = given or _kept_secret(data_dir)
    if len(key) < LEAST_SECRET:
        where = name if given else data_dir / "secret_key"
        raise Misconfigured(f"{where} must have at least {LEAST_SECRET} characters, drawn at random")
    return key


def load() -> Settings:
    """Read the environment. Raises Misconfigured, naming the variable, when a value cannot be used."""
    env = os.environ.get
    data_dir = Path(env("COMPLAINTS_DATA_DIR") or "var").resolve()
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Misconfigured(f"COMPLAINTS_DATA_DIR: cannot make {data_dir}: {error.strerror}") from error
    return Settings(
        data_dir=data_dir,
        database_url=env("COMPLAINTS_DATABASE_URL") or f"sqlite:///{data_dir / 'complaints.db'}",
        redis_url=env("COMPLAINTS_REDIS_URL") or None,
        secret_key=_secret("COMPLAINTS_SECRET_KEY", data_dir),
        smtp_url=env("COMPLAINTS_SMTP_URL") or None,
        base_url=(env("COMPLAINTS_BASE_URL") or "http://127.0.0.1:8000").rstrip("/"),
        sender=env("COMPLAINTS_SENDER") or "complaints@example.org",
        centre_name=env("COMPLAINTS_CENTRE_NAME", "").strip(),
        intake_email=env("COMPLAINTS_INTAKE_EMAIL") or "intake@example.org",
        supervisor_email=env("COMPLAINTS_SUPERVISOR_EMAIL") or "supervisor@example.org",
        workers=int(_number("COMPLAINTS_WORKERS", 2, 1)),
        simple_worker=_flag("COMPLAINTS_SIMPLE_WORKER"),
        tick_seconds=_number("COMPLAINTS_TICK_SECONDS", 5, 0.1),
        trusted_proxies=int(_number("COMPLAINTS_TRUSTED_PROXIES", 0, 0)),
        video_megabytes=int(_number("COMPLAINTS_VIDEO_MEGABYTES", VIDEO_MEGABYTES, LEAST_VIDEO_MEGABYTES)),
        limits=_limits("COMPLAINTS_LIMITS"),
        log_format=_choice("COMPLAINTS_LOG_FORMAT", LOG_FORMATS, "text" if sys.stderr.isatty() else "json"),
        log_level=_choice("COMPLAINTS_LOG_LEVEL", LOG_LEVELS, "INFO"),
        metrics_token=_metrics_token("COMPLAINTS_METRICS_TOKEN"),
        webhook_local=_flag("COMPLAINTS_WEBHOOK_LOCAL"),
    )


@cache
def settings() -> Settings:
    """The settings of this process, read on first use. Tests call `settings.cache_clear()`."""
    return load()
