"""The table that people read, and the file that programs read."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from bench import machine
from bench.measure import Result

FOLDER = Path(__file__).parent / "results"
HEAD = ("what", "unit", "ours", "against", "", "ratio", "target", "")


def table(results: Sequence[Result]) -> str:
    """One line a result; the figures are medians of the runs."""
    lines = [HEAD, *(_line(each) for each in results)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    return "\n".join(_aligned(line, widths) for line in lines)


def _line(result: Result) -> tuple[str, ...]:
    target = f"{result.sense} {result.target:.2f}" if result.target is not None else ""
    reached = {True: "reached", False: "MISSED", None: ""}[result.reached]
    figures = (f"{result.ours:,.1f}", f"{result.theirs:,.1f}")
    return (result.name, result.unit, *figures, result.against, f"{result.ratio:.2f}", target, reached)


def _aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    right = (2, 3, 5)
    cells = [
        text.rjust(w) if n in right else text.ljust(w) for n, (text, w) in enumerate(zip(line, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()


def pairs(facts: Mapping[str, Any]) -> str:
    """Names and values, one a line."""
    return "\n".join(f"  {name:<22} {value}" for name, value in facts.items())


def write(kind: str, at: datetime, content: Mapping[str, Any]) -> Path:
    """Keep everything as JSON under bench/results/."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{machine.stamp(at)}-{kind}.json"
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
    return path
