"""Settings, read once from the environment. Nothing else reads `os.environ`."""

import contextlib
import os
import secrets
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from complaints.errors import Misconfigured


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
    intake_email: str  # COMPLAINTS_INTAKE_EMAIL: mailbox of the intake desk
    supervisor_email: str  # COMPLAINTS_SUPERVISOR_EMAIL: mailbox of the supervisors
    workers: int  # COMPLAINTS_WORKERS: worker processes of one worker.py
    simple_worker: bool  # COMPLAINTS_SIMPLE_WORKER: RQ's SimpleWorker instead of the forking Worker
    tick_seconds: float  # COMPLAINTS_TICK_SECONDS: pause between two questions to the database
    trusted_proxies: int  # COMPLAINTS_TRUSTED_PROXIES: proxies in front whose X-Forwarded-* is believed

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
        secret_key=env("COMPLAINTS_SECRET_KEY") or _kept_secret(data_dir),
        smtp_url=env("COMPLAINTS_SMTP_URL") or None,
        base_url=(env("COMPLAINTS_BASE_URL") or "http://127.0.0.1:8000").rstrip("/"),
        sender=env("COMPLAINTS_SENDER") or "complaints@example.org",
        intake_email=env("COMPLAINTS_INTAKE_EMAIL") or "intake@example.org",
        supervisor_email=env("COMPLAINTS_SUPERVISOR_EMAIL") or "supervisor@example.org",
        workers=int(_number("COMPLAINTS_WORKERS", 2, 1)),
        simple_worker=_flag("COMPLAINTS_SIMPLE_WORKER"),
        tick_seconds=_number("COMPLAINTS_TICK_SECONDS", 5, 0.1),
        trusted_proxies=int(_number("COMPLAINTS_TRUSTED_PROXIES", 0, 0)),
    )


@cache
def settings() -> Settings:
    """The settings of this process, read on first use. Tests call `settings.cache_clear()`."""
    return load()
