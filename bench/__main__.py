"""`make bench`: runs everything, prints the table, keeps it as JSON, and says what machine it ran on.

make bench                  the whole bench: 20 minutes to an hour on two cores, 30 GB of disk while it runs
make bench SCALE=0.01       the same with a hundredth of the cases, to see that it works
make bench ONLY=verb,lists  some of it: verb, expiry, lists, record, pages, marks, filing, signals
make bench PEERS=1          and the same work on django-helpdesk, side by side
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import click

from bench import expiry, filing, lists, machine, marks, pages, record, report, server, signals, verb, world
from bench.measure import Result
from bench.peers import compared
from bench.world import Worlds
from complaints import clock

LARGE, SMALL, DUE = 1_000_000, 10_000, 20_000
LEAST_LARGE, LEAST_SMALL = 2_000, 1_000


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    scale: float
    runs: int
    due: int

    @property
    def large(self) -> int:
        """Cases of the large world."""
        return max(LEAST_LARGE, round(LARGE * self.scale))

    @property
    def small(self) -> int:
        """Cases of the small one, never more than a quarter of the large one."""
        return min(SMALL, max(LEAST_SMALL, self.large // 4))


def _verb(worlds: Worlds, plan: Plan) -> Iterator[Result]:
    return verb.run(worlds, plan.large, plan.scale, plan.runs)


def _expiry(worlds: Worlds, plan: Plan) -> Iterator[Result]:
    return expiry.run(worlds, plan.large, plan.due, plan.runs)


def _lists(worlds: Worlds, plan: Plan) -> Iterator[Result]:
    return lists.run(worlds, plan.small, plan.large, plan.scale, plan.runs)


def _record(worlds: Worlds, plan: Plan) -> Iterator[Result]:
    return record.run(worlds, plan.small, plan.large, plan.scale, plan.runs)


def _pages(worlds: Worlds, plan: Plan) -> Iterator[Result]:
    return pages.run(worlds, plan.large, plan.scale)


def _marks(worlds: Worlds, plan: Plan) -> Iterator[Result]:
    return marks.run(worlds, plan.small, plan.large, plan.scale, plan.runs)


def _filing(worlds: Worlds, plan: Plan) -> Iterator[Result]:
    return filing.run(worlds, plan.large, plan.scale, plan.runs)


def _signals(worlds: Worlds, plan: Plan) -> Iterator[Result]:
    return signals.run(worlds, plan.large, plan.scale)


# In this order: all of them use one large world, and expiry uses it up.
PARTS: Mapping[str, Callable[[Worlds, Plan], Iterator[Result]]] = {
    "lists": _lists,
    "record": _record,
    "pages": _pages,
    "marks": _marks,
    "filing": _filing,
    "signals": _signals,
    "verb": _verb,
    "expiry": _expiry,
}


@click.command(help=__doc__)
@click.option("--scale", default=1.0, show_default=True, help="Share of the cases and requests.")
@click.option("--runs", default=5, show_default=True, help="Interleaved runs of each thing.")
@click.option("--due", default=0, help="Deadlines of one run; 0: 20,000 at full scale.")
@click.option("--only", default=",".join(PARTS), show_default=True, help="What to measure.")
@click.option("--peers", is_flag=True, help="Also measure the peer in bench/.peer-venv.")
def main(scale: float, runs: int, due: int, only: str, peers: bool) -> None:
    """Measure."""
    chosen = [name for name in only.split(",") if name]
    if set(chosen) - set(PARTS):
        raise click.UsageError(f"there is only {', '.join(PARTS)}")
    plan = Plan(scale, runs, due or max(50, round(DUE * scale)))
    at, facts = clock.wall(), machine.facts()
    click.echo(f"Machine\n{report.pairs(facts)}")
    with server.running() as postgres:
        stores = postgres.facts()
        click.echo(f"PostgreSQL, of its own\n{report.pairs(stores)}")
        results = list(_measured(postgres, plan, chosen, peers))
    said = "" if peers else "The peer was left out: `make bench PEERS=1` runs the same work on django-helpdesk."
    click.echo(f"\n{report.table(results)}\n\n{said}")
    kept = {"at": at, "machine": facts, "postgresql": stores, "plan": {"scale": scale, "runs": runs, "due": plan.due}}
    _keep(kept, results, peers)
    sys.exit(any(each.reached is False for each in results) and scale >= 1)


def _measured(postgres: server.BenchServer, plan: Plan, chosen: list[str], peers: bool) -> Iterator[Result]:
    with world.worlds(postgres) as worlds:
        for name in PARTS:
            if name in chosen:
                yield from _said(name, PARTS[name](worlds, plan))
        if peers:
            yield from _said("peers", compared.run(worlds, plan.scale, plan.runs))


def _said(name: str, results: Iterator[Result]) -> Iterator[Result]:
    """Each line as soon as it is known: the whole takes long."""
    click.echo(f"{name} ...")
    for result in results:
        click.echo(
            f"  {result.name}: {result.ours:,.1f} {result.unit} against {result.theirs:,.1f}: {result.ratio:.2f}"
        )
        yield result


def _keep(kept: dict[str, Any], results: list[Result], peers: bool) -> None:
    lines = [each.record() for each in results]
    path = report.write("bench", kept["at"], kept | {"peers": peers or "left out", "results": lines})
    click.echo(f"Kept in {path.relative_to(path.parents[2])}")


if __name__ == "__main__":
    main()
