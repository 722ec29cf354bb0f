"""What the figures were taken on."""

import os
import platform
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import psutil

LIBRARIES = ("sqlalchemy", "psycopg", "flask", "waitress", "rq")


def facts() -> dict[str, str]:
    """Processor, cores, memory, kernel, Python, libraries, and how busy the machine was when we began."""
    return {
        "processor": _processor(),
        "cores": f"{len(os.sched_getaffinity(0))} usable of {psutil.cpu_count()}",
        "memory": f"{psutil.virtual_memory().total / 2**30:.1f} GiB",
        "kernel": platform.platform(),
        "python": platform.python_version(),
        "libraries": ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
        "load before": ", ".join(f"{each:.1f}" for each in os.getloadavg()),
    }


def stamp(at: datetime) -> str:
    """The name of a file of results."""
    return at.strftime("%Y-%m-%d-%H%M%S")


def _processor() -> str:
    lines = _read("/proc/cpuinfo")
    return lines.get("model name") or platform.processor() or platform.machine()


def _read(path: str) -> Mapping[str, str]:
    file = Path(path)
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    pairs = (line.partition(":") for line in text.splitlines() if ":" in line)
    return {name.strip(): value.strip() for name, _, value in pairs}
