"""Logging: one line for one event, on standard error, for every process of the product.

A line of JSON, or one for a person at a terminal. What a request or a job is about (its id, the case) is bound once
and stands in every line after. No personal data: nobody's name, contact, text, private link or address on the net
gets into a line; what an exception says of the data it met is left out; only our own loggers say more than warnings.
"""

import json
import logging
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import redis
import structlog
from structlog.contextvars import bind_contextvars, bound_contextvars, clear_contextvars, get_contextvars

from complaints.config import settings

OURS = ("complaints", "web", "worker", "migrations")
FIRST = ("ts", "level", "process", "pid", "logger", "event", "request_id", "case")

# Whose texts speak of machines and of our code, never of what people typed.
_PLAIN = (OSError, redis.RedisError, AttributeError, ImportError, NameError, TypeError, MemoryError, RecursionError)
_PLAIN_NAMES = ("OperationalError", "InterfaceError", "Misconfigured")

# What must not stand in a line, wherever it came from: private links and tokens, mail addresses, mobile numbers.
_SECRETS = re.compile(
    r"(?<=/c/)[\w-]{16,}"
    r"|\bcpl_[\w-]+"
    r"|[^\s<>()\"'=:,;]+@[^\s<>()\"'=:,;]+"
    r"|(?<![0-9A-Za-z])(?:\+?86[ -]?)?1[3-9]\d(?:[ -]?\d){8}(?![0-9A-Za-z])"
)

Line = MutableMapping[str, Any]

structlog.configure(
    processors=[structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
)


def get(name: str) -> structlog.stdlib.BoundLogger:
    """A logger that takes fields: `log.info("enqueued", kind="deliver", jobs=3)`."""
    log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return log


def bind(**fields: Any) -> None:
    """What every further line of this request or job is about."""
    bind_contextvars(**fields)


def begin(**fields: Any) -> None:
    """A new request or job: forget the last one's fields, and bind these."""
    clear_contextvars()
    bind_contextvars(**fields)


def bound() -> Mapping[str, Any]:
    """What lines are about now."""
    return get_contextvars()


@contextmanager
def about(**fields: Any) -> Iterator[None]:
    """Bind these fields for a while; whatever of these names is bound meanwhile ends with it."""
    with bound_contextvars(**fields):
        yield


def configure(process: str, level: str | int | None = None) -> None:
    """Send this process's log to standard error. `process` names it in every line; the rest is in the settings."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(process, settings().log_format))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in OURS:
        logging.getLogger(name).setLevel(level or settings().log_level)


def ensure(process: str) -> None:
    """The same, unless somebody has taken the log in hand already: for servers that only load the application."""
    if not logging.getLogger().handlers:
        configure(process)


def formatter(process: str, form: str) -> logging.Formatter:
    """Makes lines of records, whether they come with fields or as text."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[],
        processors=[
            _Origin(process),
            structlog.contextvars.merge_contextvars,
            _exception,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _readable if form == "text" else _json,
        ],
    )


class _Origin:
    """Says when, how grave, and by whom."""

    def __init__(self, process: str) -> None:
        self.process = process

    def __call__(self, _logger: Any, _method: str, line: Line) -> Line:
        record: logging.LogRecord = line["_record"]
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        own = {"ts": at, "level": record.levelname, "process": self.process, "pid": os.getpid(), "logger": record.name}
        line.update(own)
        return line


def _exception(_logger: Any, _method: str, line: Line) -> Line:
    """What went wrong and where. A lost Redis is an event, not a bug: RQ logs it with twenty lines."""
    found = line.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        line["error"] = brief(error)
        if not isinstance(error, redis.RedisError):
            line["trace"] = trace(error)
    return line


def brief(error: BaseException) -> str:
    """An exception on one line: its class, and the first line of its text where that cannot hold people's data."""
    plain = isinstance(error, _PLAIN) or type(error).__name__ in _PLAIN_NAMES
    lines = str(error).strip().splitlines() if plain else [str(getattr(error, "orig", None).__class__.__name__)]
    said = lines[0] if lines else ""
    return f"{type(error).__name__}: {'' if said == 'NoneType' else said}".rstrip(": ")


def tried(log: logging.Logger, what: str, do: Callable[[], int]) -> int:
    """What came of it; a failure is logged and is nothing, so that it holds up no other."""
    return attempted(log, what, do) or 0


def attempted(log: logging.Logger, what: str, do: Callable[[], int]) -> int | None:
    """What came of it; None where it failed, which is logged."""
    try:
        return do()
    except Exception as error:
        log.warning("%s failed: %s", what, brief(error))
        return None


def trace(error: BaseException) -> str:
    """Where an exception came from, and what led to it: places in the code only."""
    parts = [_places(error.__traceback__) + brief(error)]
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        parts.insert(0, trace(cause))
    return "\nthen\n".join(parts)


def _places(of: TracebackType | None) -> str:
    frames = traceback.extract_tb(of)
    return "".join(f"{frame.filename}:{frame.lineno} in {frame.name}\n" for frame in frames)


def _json(_logger: Any, _method: str, line: Line) -> str:
    return _SECRETS.sub("***", json.dumps(_ordered(line), ensure_ascii=False, default=str))


def _readable(_logger: Any, _method: str, line: Line) -> str:
    """For a person: time, level, who, what, then the fields; a trace below."""
    told = _ordered(line)
    below = told.pop("trace", None)
    head = "{ts} {level} {process}[{pid}] {logger}: {event}".format_map(
        {name: told.pop(name, "") for name in FIRST[:6]}
    )
    text = " ".join([head, *(f"{name}={value}" for name, value in told.items())])
    return _SECRETS.sub("***", text if below is None else f"{text}\n{below}")


def _ordered(line: Line) -> dict[str, Any]:
    """Without what is not known, in the order in which one reads."""
    known = {name: value for name, value in line.items() if value is not None}
    return {name: known.pop(name) for name in FIRST if name in known} | known
