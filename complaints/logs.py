"""Logging: one line for one event, on standard error, for every process of the product."""

import logging
import os
import sys

import redis


def configure(process: str, level: int = logging.INFO) -> None:
    """Send this process's log to standard error. `process` names it in every line."""
    line = f"%(asctime)s %(levelname)s {process}[{os.getpid()}] %(name)s: %(message)s"
    logging.basicConfig(stream=sys.stderr, level=level, format=line, datefmt="%Y-%m-%dT%H:%M:%S%z", force=True)
    for handler in logging.getLogger().handlers:
        handler.addFilter(_shorten)
    for noisy in ("rq", "rq.worker", "rq.job", "alembic", "waitress", "transitions"):
        logging.getLogger(noisy).setLevel(max(level, logging.WARNING))


def _shorten(record: logging.LogRecord) -> bool:
    """A lost Redis is an event, not a bug: its traceback becomes one line. RQ logs it with twenty."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, redis.RedisError):
        record.msg, record.args = f"{record.getMessage()} error={brief(error)}", ()
        record.exc_info = record.exc_text = None
    return True


def brief(error: BaseException) -> str:
    """An exception on one line: its class and the first line of its text."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else ''}".rstrip(": ")
