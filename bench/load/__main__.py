"""`make load`: 35 requests a second for ten minutes on everything that one machine runs, and then more until it breaks.

make load                       the yearly load of a country at fifty times the mean
make load RATE=10 MINUTES=1     less of it
make load CLIMB=1               afterwards the rate rises step by step until p99 breaks: what saturates first
"""

import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from bench import machine, report, server, settled, world
from bench.load import watching
from bench.load.arrival import Visit, arrive, planned
from bench.load.people import SHARES, Crowd
from bench.measure import percentile
from bench.serving import answers, started
from bench.world import Worlds
from complaints import clock
from tests.servers import free_port, wait_until

P99_SECONDS = 0.250
LETTER_SECONDS = 60.0
CLIMB = 1.25  # from one step to the next
CLIMB_MINUTES = 1.0
HIGHEST = 400.0
SHOWN = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0))


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that runs: where the database is, the port of the pages, and the processes by name."""

    address: str
    port: int
    processes: Mapping[str, int]


@click.command(help=__doc__)
@click.option("--rate", default=35.0, show_default=True, help="Requests a second.")
@click.option("--minutes", default=10.0, show_default=True, help="How long.")
@click.option("--cases", default=100_000, show_default=True, help="Open cases before the first request.")
@click.option("--climb", is_flag=True, help="Afterwards raise the rate until p99 breaks.")
def main(rate: float, minutes: float, cases: int, climb: bool) -> None:
    """Measure."""
    at, facts = clock.wall(), machine.facts()
    click.echo(f"Machine\n{report.pairs(facts)}")
    with server.running() as postgres, world.worlds(postgres) as worlds:
        stores = postgres.facts()
        click.echo(f"PostgreSQL, of its own\n{report.pairs(stores)}")
        with staged(worlds, worlds.of(cases)) as stage:
            steps = list(_steps(worlds, stage, rate, minutes, climb))
    kept = {"at": at, "machine": facts, "postgresql": stores, "cases": cases, "mix": SHARES, "steps": steps}
    path = report.write("load", at, kept)
    click.echo(f"Kept in {path.relative_to(path.parents[2])}")
    sys.exit(0 if steps[0]["reached"] else 1)


def _steps(worlds: Worlds, stage: Stage, rate: float, minutes: float, climb: bool) -> Iterator[dict[str, Any]]:
    """The load asked for; then, climbing, more and more until it is too much."""
    step = run(worlds, stage, rate, minutes, seed=1)
    yield step
    while climb and step["reached"] and rate * CLIMB < HIGHEST:
        rate *= CLIMB
        step = run(worlds, stage, rate, CLIMB_MINUTES, seed=int(rate))
        yield step


@contextmanager
def staged(worlds: Worlds, database: str) -> Iterator[Stage]:
    """`complaints run` with workers, ticker and Valkey, and a mail server, beside the database."""
    mail, port = free_port(), free_port()
    environment = worlds.environment(database) | {"COMPLAINTS_SMTP_URL": f"smtp://127.0.0.1:{mail}"}
    sink = [sys.executable, "-m", "bench.load.sink", str(mail)]
    product = [sys.executable, "-m", "complaints.cli", "run", "--port", str(port)]
    with (
        started(sink, {}) as letterbox,
        started(product, environment, Path(f"{worlds.server.folder}/product.log")) as everything,
    ):
        wait_until(lambda: answers(port, "/healthz"), 180, "the product")
        processes = {"product": everything.pid, "mail sink": letterbox.pid, "postgresql": _postmaster(worlds)}
        yield Stage(worlds.server.address(database), port, processes)


def run(worlds: Worlds, stage: Stage, rate: float, minutes: float, seed: int) -> dict[str, Any]:
    """One step at one rate."""
    plan = list(planned(rate, minutes * 60, SHARES, seed))
    database = stage.address.rpartition("=")[2]
    with settled.settled(worlds.environment(database)):
        crowd = Crowd(stage.address, worlds.town, stage.port, len(plan))
        since, watch = clock.now(), watching.Processors(dict(stage.processes) | {watching.GENERATOR: os.getpid()})
        watch.begin()
        visits = arrive(crowd, plan)
        cores = watch.end()
    sent = watching.letters(stage.address, since, LETTER_SECONDS * 2)
    step = {"rate": rate, "minutes": minutes, **_told(visits), "letters, seconds late": sent, "cores used": cores}
    step |= {"machine busy, percent": {name: percentile(watch.busy, share) for name, share in SHOWN}}
    good = step["all"]["p99"] <= P99_SECONDS * 1000 and not step["errors"]
    step["reached"] = good and sent.get("latest", 0) <= LETTER_SECONDS and not sent["still waiting"]
    click.echo(_text(step))
    return step


def _told(visits: Sequence[Visit]) -> dict[str, Any]:
    """Milliseconds from the planned time by kind; errors by what they were."""
    kinds = {"all": list(visits)} | {kind: [each for each in visits if each.kind == kind] for kind in SHARES}
    times = {kind: {"n": len(them), **_times([each.seconds for each in them])} for kind, them in kinds.items() if them}
    errors = Counter(f"{each.kind}: {each.status}" for each in visits if not each.good)
    late = _times([each.sent_late for each in visits])
    return {"all": times.pop("all"), "by kind": times, "errors": dict(errors), "sent late": late}


def _times(seconds: Sequence[float]) -> dict[str, float]:
    return {name: round(percentile(seconds, share) * 1000, 1) for name, share in SHOWN}


def _text(step: Mapping[str, Any]) -> str:
    """What people read of one step."""
    lines = [f"\n{step['rate']:.0f} requests a second, {step['minutes']:g} minutes: " + _verdict(step)]
    lines.append(f"  {'milliseconds':<26}{'n':>8}" + "".join(f"{name:>9}" for name, _ in SHOWN))
    lines += [
        f"  {kind:<26}{times['n']:>8}" + "".join(f"{times[name]:>9.1f}" for name, _ in SHOWN)
        for kind, times in {"all": step["all"], **step["by kind"]}.items()
    ]
    told = ("errors", "sent late", "letters, seconds late", "cores used", "machine busy, percent")
    said = {name: ", ".join(f"{key} {value}" for key, value in step[name].items()) for name in told}
    lines += [f"  {name}: {text or 'none'}" for name, text in said.items()]
    return "\n".join(lines)


def _verdict(step: Mapping[str, Any]) -> str:
    return "reached" if step["reached"] else f"MISSED (p99 under {P99_SECONDS * 1000:.0f} ms, no error, no late letter)"


def _postmaster(worlds: Worlds) -> int:
    return int((worlds.server.data / "postmaster.pid").read_text().splitlines()[0])


if __name__ == "__main__":
    main()
