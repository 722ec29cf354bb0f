"""RQ workers and the ticker, supervised.

    python worker.py          the supervisor: starts the rest, restarts what dies, ends everything on SIGTERM
    python worker.py pull K   one RQ worker on the queues K (comma-separated)
    python worker.py tick     the ticker: asks the database what is due and puts pull jobs on the queues

Any number of supervisors may run on any number of machines: what a worker does it first claims in the database.
"""

import math
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn, cast

import redis
from rq import Queue, SimpleWorker, Worker
from rq.executions import Execution
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker import BaseWorker

from complaints import db, jobs, logs, processes, queue, stores
from complaints.config import settings
from complaints.errors import ComplaintsError

log = logs.get("worker")

ROWS_PER_JOB = 200
WORKER_TTL_SECONDS = 45
MAINTENANCE_SECONDS = 20
PATIENCE_SECONDS = 25.0  # a pull job ends by itself after about 20 s


class _Telling(BaseWorker):
    """Every line that a job logs names the job; one says how it went."""

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        """Do the job."""
        began = time.monotonic()
        logs.begin(job=job.id)
        well: bool = super().perform_job(job, queue, execution)
        took = round(time.monotonic() - began, 3)
        log.info("job", queue=queue.name, well=well, seconds=took, handled=_handled(job) if well else None)
        logs.begin()
        return well


def _handled(job: Job) -> int | None:
    """How many cases or letters the job has settled."""
    found = job._result
    return found if isinstance(found, int) else None


class PullWorker(_Telling, Worker):
    """RQ's forking worker, whose horse leaves the parent's connections alone and dies with the parent."""

    max_connection_wait_time = 5.0

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """In the forked child: cut loose from the parent's sockets, then work."""
        processes.die_with_parent(self.pid or os.getppid())
        db.forget_connections()
        super().main_work_horse(job, queue)


class SimplePullWorker(_Telling, SimpleWorker):
    """RQ's worker without a fork: faster, but a job that crashes takes the worker with it."""

    max_connection_wait_time = 5.0


def pull(kinds: Sequence[str]) -> None:
    """Be one RQ worker until told to end, or until Redis goes: then end, for the supervisor to start another."""
    if not wait_for_redis():
        return
    jobs.warm()
    make = SimplePullWorker if settings().simple_worker else PullWorker
    try:
        make(
            [queue.queue(cast(queue.Kind, kind)) for kind in kinds],
            connection=queue.connection(),
            serializer=JSONSerializer,
            worker_ttl=WORKER_TTL_SECONDS,
            maintenance_interval=MAINTENANCE_SECONDS,
            log_job_description=False,
        ).work(logging_level="WARNING")
    except redis.RedisError as error:
        log.warning("worker-lost-redis", error=logs.brief(error))
        sys.exit(1)


class Ending:
    """Whether this process was told to end. The handler takes no lock, so that a second signal cannot meet its own."""

    def __init__(self) -> None:
        self.told = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._tell)

    def _tell(self, *_: object) -> None:
        self.told = True

    def sleep(self, seconds: float) -> None:
        """Sleep in small steps, until told to end."""
        until = time.monotonic() + seconds
        while not self.told and (left := until - time.monotonic()) > 0:
            time.sleep(min(0.1, left))


def wait_for_redis() -> bool:
    """Wait until Redis answers; False when told to end first."""
    ending = Ending()
    pause = 0.1
    while not ending.told:
        if stores.answers(stores.redis_url(settings(), start=False)):
            return True
        ending.sleep(pause * random.uniform(0.5, 1))
        pause = min(5.0, pause * 2)
    return False


def tick_for_ever() -> None:
    """Ask what is due, again and again, whatever happens to Redis or the database meanwhile."""
    ending = Ending()
    while not ending.told:
        began = time.monotonic()
        tick_once()
        ending.sleep(max(0.05, settings().tick_seconds - (time.monotonic() - began)))


def tick_once() -> None:
    """One turn of the ticker. Errors are logged, never raised: the next turn asks again."""
    try:
        due = jobs.tick()
    except Exception as error:  # the database may be restarting; the heartbeat resumes with it
        log.warning("tick-failed", error=logs.brief(error))
        return
    for kind in queue.KINDS:
        wanted = math.ceil(due.get(kind, 0) / ROWS_PER_JOB)
        try:
            added = queue.enqueue_pull(kind, wanted) if wanted else 0
        except Exception as error:  # Redis may be away; what is due stays due
            log.warning("enqueue-failed", kind=kind, due=due[kind], error=logs.brief(error))
            continue
        if added:
            log.debug("enqueued", kind=kind, due=due[kind], jobs=added)


def shares(workers: int) -> list[str]:
    """Which queues each worker listens to: one each, in turn. Where there are fewer workers than queues, what is left
    over goes to the last worker, after its own: a worker takes what stands first in its list first.
    """
    kinds = queue.KINDS
    if workers < len(kinds):
        return [*kinds[: workers - 1], ",".join(kinds[workers - 1 :])]
    return [kinds[number % len(kinds)] for number in range(workers)]


def supervise() -> None:
    """Start the workers and the ticker and keep them alive."""
    here = [sys.executable, str(Path(__file__).resolve())]
    stores.redis_url(settings())
    children = [processes.Child("ticker", [*here, "tick"])]
    for number, kinds in enumerate(shares(settings().workers), start=1):
        children.append(processes.Child(f"worker-{number}({kinds})", [*here, "pull", kinds]))
    try:
        processes.Supervisor(children, PATIENCE_SECONDS, upkeep=lambda: stores.keep(settings())).run()
    finally:
        stores.stop(settings())


def main(arguments: Sequence[str] = ()) -> None:
    """Be the process that the arguments name."""
    role = arguments[0] if arguments else "supervisor"
    roles: dict[str, Callable[[], None]] = {
        "supervisor": supervise,
        "tick": tick_for_ever,
        "pull": lambda: pull(arguments[1].split(",")),
    }
    if role not in roles:
        sys.exit(f"worker.py: unknown role {role!r}; known: {', '.join(roles)}")
    try:
        logs.configure(role if role != "pull" else f"pull-{arguments[1]}")
        roles[role]()
    except ComplaintsError as error:
        sys.exit(f"worker.py: {error.message}")


def run() -> NoReturn:
    """The script."""
    main(sys.argv[1:])
    sys.exit(0)


if __name__ == "__main__":
    run()
